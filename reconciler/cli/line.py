"""The last line of a terminal, written over while something goes on and gone before anything else is written."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TextIO

from reconciler.reports.characters import visible

_WIDTH = 80


@dataclass(slots=True)
class Line:
    """One line at the end of stderr, or of another `stream`; nothing but spaces takes it away, on any terminal.

    It is `covered` while something else is drawn there.
    """

    stream: TextIO | None = None
    covered: bool = False
    _length: int = 0

    @property
    def width(self) -> int:
        """How much there is room for; the last column stays free, so that no terminal begins another line."""
        try:
            columns = os.get_terminal_size(self._out.fileno()).columns
        except (OSError, ValueError):
            columns = 0
        return (columns or shutil.get_terminal_size((_WIDTH, 24)).columns) - 1

    def fits(self, text: str) -> bool:
        """Tell whether there is room for a text."""
        return len(text) <= self.width

    def draw(self, text: str) -> None:
        """Write `text` over what stands there."""
        if self.covered:
            return
        text = visible(text)
        width, letters = self.width, self._out.encoding or "utf-8"
        text = text[:width].encode(letters, "replace").decode(letters)  # a column for each letter, whatever it knows
        self._write(f"\r{text:{min(self._length, width)}}")
        self._length = len(text)

    def erase(self) -> None:
        """Leave the line empty, with the cursor at its beginning; what Ctrl-C has left behind it goes, too."""
        if self._length:
            self._write(f"\r{'':{min(self._length + len('^C'), self.width)}}\r")
            self._length = 0

    @property
    def _out(self) -> TextIO:
        return self.stream or sys.stderr

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
