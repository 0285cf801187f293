"""What stands between two entries of a collection in brackets: white space, comments and one comma."""

from __future__ import annotations

import re

from reconciler.desired.layout import BREAK, COMMENT, Layout
from reconciler.errors import EditRefused

_WORD = re.compile(r"[ \t]+|(?P<break>\r\n|[\n\r\x85\u2028\u2029])|(?P<comment>#[^\n\r\x85\u2028\u2029]*)|(?P<comma>,)")


def gap_between(layout: Layout, start: int, end: int, *, commas: int) -> str:
    """Return what stands between entries; -1 `commas` for one at most."""
    text, at, found = layout.text[start:end], 0, 0
    while at < len(text):
        word = _WORD.match(text, at)
        if word is None:
            hint = "Write it in the usual form by hand: 'key: value', with a comma behind it."
            raise EditRefused(
                "between these brackets stands what no edit can keep", place=layout.place(start + at), hint=hint
            )
        found += bool(word["comma"])
        at = word.end()
    if commas not in (found, -1):
        raise EditRefused("these brackets have no comma here", place=layout.place(start), hint="Write one by hand.")
    return text


def ends_line(text: str) -> bool:
    """Tell whether a text ends with the end of a line."""
    return text.endswith(("\n", "\r", "\x85", "\u2028", "\u2029"))


def without_comments(gap: str) -> str:
    """Return a gap without its comments."""
    return COMMENT.sub("", gap)


def split_first_line(gap: str) -> tuple[str, str]:
    """Split a gap behind the end of its first line; all of it is the first where it has one line."""
    found = BREAK.search(gap)
    return (gap[: found.end()], gap[found.end() :]) if found else (gap, "")


def split_before_bracket(gap: str) -> tuple[str, str]:
    """Split the gap before a closing bracket on the same line, behind the comma there may be."""
    before, comma, after = gap.partition(",")
    return (before + comma, after) if comma else ("", gap)


def without_comma(gap: str) -> str:
    """Take the comma out of a gap, and its line where nothing else is on it."""
    lines, done = [], False
    for line in gap_lines(gap):
        bare = line.partition("#")[0]
        if not done and "," in bare:
            done = True
            line = line.replace(",", "", 1)
            if not line.strip() and ends_line(line):
                continue
        lines.append(line)
    return "".join(lines)


def gap_lines(gap: str) -> list[str]:
    """Return the lines of a gap with their ends; the last one has none."""
    starts = [0, *(found.end() for found in BREAK.finditer(gap))]
    return [gap[start:end] for start, end in zip(starts, [*starts[1:], len(gap)], strict=True)]
