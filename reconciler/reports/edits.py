"""An edit of the files as text: the lines that go and come, and what else there is to know before a yes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from reconciler.reports.text import Paint

_MOST_LINES = 80


def lines_text(name: str, before: str, after: str, *, paint: Paint) -> str:
    """Return the lines of one file that go and come, with one around them."""
    changed = list(_changed(before.splitlines(), after.splitlines()))
    shown = [paint(name, "bold"), *(_painted(line, paint) for line in changed[:_MOST_LINES])]
    if len(changed) > _MOST_LINES:
        shown.append(f"  … and {len(changed) - _MOST_LINES} more lines")
    return "\n".join(shown) + "\n"


def _changed(before: list[str], after: list[str]) -> Iterator[str]:
    found: Iterable[str] = unified_diff(before, after, n=1, lineterm="")
    for number, line in enumerate(found):
        if number > 1:
            yield "  …" if line.startswith("@@") else f"  {line}"


def _painted(line: str, paint: Paint) -> str:
    colours = {"+": "green", "-": "red"}
    return paint(line, colours[line[2:3]]) if line[2:3] in colours else line
