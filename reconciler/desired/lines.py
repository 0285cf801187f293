"""Which lines of a file are certainly those of a user, so that no others need to be read to know where things stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from reconciler.desired.yaml import Text, parse

_BLANK = r"(?:[ \r]*(?:#.*)?\n)*"
#: The beginning of a file down to the first line below `users:`, and the indent of that.
_HEAD = re.compile(rf"{_BLANK}(?:---[ \r]*(?:#.*)?\n{_BLANK})?users *:[ \r]*(?:#.*)?\n{_BLANK}( +)(?=[^ #\r\n])")
_COLON = re.compile(r" *:(?=[ \r\n])")
#: What ends a line for libyaml beside the usual, or may begin one unseen.
_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029\ufeff]")


class _Unclosed:
    """The pattern of what may begin a value with a quote or a bracket that is not closed on its line.

    Anchors and tags count as well, since a value may begin behind them. Before the first of these in a file, nothing
    reaches over the end of a line but what is indented more than its key. What is found may be harmless.
    """

    _BEGINS = r"(?:(?<=[\[{,:\t\n].)|(?<=[:,?\-\s][ ].))"
    _TEXT = r"""(?<=")[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(?!")|(?<=')[^'\n]*+(?:''[^'\n]*+)*+(?!')"""
    #: A text within brackets, where it certainly is one.
    _QUOTED = r"""(?:(?<=[\[{,])|(?<=[\[{,:][ ]))(?:"[^"\\\n]*+"|'[^'\n]*+')"""
    _WITHIN = r"""[^]\[{}"'\n#\\]++|(?<=\w)["'#]|""" + _QUOTED
    #: How many brackets may stand in each other; a user on one line has no more.
    _DEEPEST = 6

    @classmethod
    def pattern(cls) -> re.Pattern[str]:
        rest = rf"(?:{cls._WITHIN})*+[]}}]"
        for _ in range(cls._DEEPEST - 1):
            rest = rf"(?:{cls._WITHIN}|[\[{{]{rest})*+[]}}]"
        kinds = rf"{cls._TEXT}|(?<=[&!])(?=\S)|(?<=[\[{{])(?!{rest})"
        return re.compile(rf"""["'\[{{&!]{cls._BEGINS}(?:{kinds})""")


_UNCLOSED = _Unclosed.pattern()


@dataclass(slots=True)
class Lines:
    """How the users of a file are indented, and down to where it is certain that nothing is open between two lines.

    What one of them knows is of one text.
    """

    indent: str
    checked: int
    certain: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Return what is known of a text to begin with."""
        head = _HEAD.match(text)
        if head is None or (("\r" in text or not text.isascii()) and _BREAKS.search(text)):
            return cls("", 0, 0)
        return cls(head[1], head.start(1) - 1, len(text))

    def of_user(self, text: str, user: str, name: str) -> Text | None:
        """Return a user's own lines, read by themselves with their places; None where these are not certain."""
        for start in self._starts(text, user):
            end = re.compile(rf"^ {{0,{len(self.indent)}}}[^ \r\n#]", re.MULTILINE).search(
                text, start + len(self.indent) + 1
            )
            read = parse(text[start : end.start() if end else len(text)], name)
            if not read.problems and isinstance(read.value, dict) and list(read.value) == [user]:
                return _below(read, text.count("\n", 0, start))
        return None

    def _starts(self, text: str, user: str) -> Iterator[int]:
        """Yield where lines begin that may be those of the key of a user."""
        for quote in ("", '"', "'") if self.indent else ():
            line, at = f"\n{self.indent}{quote}{user}{quote}", 0
            while (at := text.find(line, at, self.certain)) >= 0:
                if _COLON.match(text, at + len(line)) and self._is_certain(text, at + 1):
                    yield at + 1
                at += 1

    def _is_certain(self, text: str, start: int) -> bool:
        if start > self.checked:
            unclosed = _UNCLOSED.search(text, self.checked, start)
            self.certain = unclosed.start() if unclosed else self.certain
            self.checked = start
        return start <= self.certain


def _below(read: Text, before: int) -> Text:
    """Return the lines of a user as what they are a part of, that has so many lines before them."""
    positions = {
        ("users", *path): at._replace(line=at.line + before, key_line=at.key_line + before)
        for path, at in read.positions.items()
        if path
    }
    return Text(read.file, {"users": read.value}, positions)
