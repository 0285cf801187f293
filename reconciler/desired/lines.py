"""Which lines of a file are certainly those of a user, so that no others need to be read to know where things stand."""

from __future__ import annotations

import re
from array import array
from typing import NamedTuple, Self

from reconciler.desired.yaml import Text, parse

_BLANK = r"(?:[ \r]*(?:#.*)?\n)*"
#: The beginning of a file down to the first line below `users:`, and the indent of that.
_HEAD = re.compile(rf"{_BLANK}(?:---[ \r]*(?:#.*)?\n{_BLANK})?users *:[ \r]*(?:#.*)?\n{_BLANK}( +)(?=[^ #\r\n])")
#: A line that begins with a key, but for its indent.
_KEY = r"""(?:"([^"\\\n]+)"|'([^'\n]+)'|([^\s"'#?&!*|>%@`,\[\]{}-]\S*?)) *:(?=[ \r\n])"""
#: What ends a line for libyaml beside the usual.
_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")


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


class Index(NamedTuple):
    """Where the lines of users begin in a file: hashes of their keys, offsets, and how many lines are before."""

    indent: int
    keys: array[int]
    starts: array[int]
    lines: array[int]

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the index of a text: of those users whose lines are certain."""
        head = _HEAD.match(text)
        index = cls(len(head[1]) if head else 0, array("q"), array("q"), array("q"))
        if head is not None and not (_BREAKS.search(text) if "\r" in text or not text.isascii() else None):
            index._fill(text, head.start(1) - 1)
        return index

    def _fill(self, text: str, begin: int) -> None:
        unclosed = _UNCLOSED.search(text, begin)
        before = counted = 0
        lines = re.compile("\n" + " " * self.indent + _KEY)
        for key in lines.finditer(text, begin, unclosed.start() if unclosed else len(text)):
            start = key.start() + 1
            before, counted = before + text.count("\n", counted, start), start
            self.keys.append(hash(key[key.lastindex or 0]))
            self.starts.append(start)
            self.lines.append(before)

    def lines_of(self, text: str, user: str, name: str) -> Text | None:
        """Return a user's own lines, read by themselves with their places; None where these are not certain."""
        key = hash(user)
        if self.keys.count(key) != 1:
            return None
        at = self.keys.index(key)
        start, before = self.starts[at], self.lines[at]
        end = re.compile(rf"^ {{0,{self.indent}}}[^ \r\n#]", re.MULTILINE).search(text, start + self.indent + 1)
        read = parse(text[start : end.start() if end else len(text)], name)
        if read.problems or not isinstance(read.value, dict) or list(read.value) != [user]:
            return None
        positions = {
            ("users", *path): at._replace(line=at.line + before, key_line=at.key_line + before)
            for path, at in read.positions.items()
            if path
        }
        return Text(name, {"users": read.value}, positions)
