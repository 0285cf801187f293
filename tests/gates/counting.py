"""Count what a piece of work does: calls, the texts handed to YAML parsers, and values that are left of it."""

from __future__ import annotations

import gc
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any


@dataclass(slots=True)
class Counted:
    """The calls of Python functions by file and name, those of functions in C by module and name, and texts parsed."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    parsed: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All calls."""
        return self.calls.total()

    def of(self, file: str, function: str) -> int:
        """Return the calls of a function in a file, by the end of its path, or of one in C by its module."""
        return sum(count for (where, name), count in self.calls.items() if where.endswith(file) and name == function)

    def note(self, frame: FrameType, event: str, argument: Any) -> None:
        """Take down what the interpreter tells of a call."""
        if event == "call":
            called = frame.f_code.co_filename, frame.f_code.co_name
            self.calls[called] += 1
            if (text := _parsed(called, frame)) is not None:
                self.parsed.append(text)
        elif event == "c_call":
            self.calls[str(argument.__module__), str(argument.__name__)] += 1


def _parsed(called: tuple[str, str], frame: FrameType) -> str | None:
    """Return the text that a parser of YAML is given by a call, None where it is none of those."""
    file, name = called
    if name == "__init__" and file.endswith("yaml/cyaml.py"):
        return str(frame.f_locals["stream"])
    return str(frame.f_locals["s"]) if name == "loads" and file.endswith("yaml_rs/_lib.py") else None


@contextmanager
def counted() -> Iterator[Counted]:
    """Count what happens meanwhile, in threads that are started meanwhile too."""
    found = Counted()
    threading.setprofile(found.note)
    sys.setprofile(found.note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def alive(kind: type) -> int:
    """Return how many values of a type there are."""
    gc.collect()
    return sum(1 for each in gc.get_objects() if type(each) is kind)
