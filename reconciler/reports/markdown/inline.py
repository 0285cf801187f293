"""Text that others wrote, as Markdown that shows it and does nothing else.

Names, labels, bundles, cost centres, reasons and messages come from files and from the operator. Escaping signs one by
one is not enough: GitHub links mentions, issues, commits and addresses after Markdown is done. It leaves alone what
stands in code, so whatever is not a plain word or number stands there; what is, can do nothing anywhere in a line.
"""

from __future__ import annotations

import re

from reconciler.reports.characters import visible

NOTHING = "(none)"
#: The most characters of one name, and of one message: a comment has room for few that are longer.
MOST_OF_A_NAME = 160
MOST_OF_A_MESSAGE = 1200
#: A word of seven letters from a to f could be a commit.
_PLAIN = re.compile(
    r"(?![A-Fa-f]{7})[A-Za-z]+(?:'[a-z]{1,2})?"
    r"|[+-]?[0-9]{1,6}(?:[.,][0-9]{1,2})?%?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|R[0-9]{1,2}"
    r"|[→+=…]"
)
#: What stands in quotes is one word.
_WORD = re.compile(r"\(?'[^']{1,80}'[).,:;?]*(?=\s|$)|\S+")
_AROUND = re.compile(r"(?P<before>\(?)(?P<core>.*?)(?P<after>[).,:;?]*)")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&+,;=%-]+")


def code(text: str | None) -> str:
    """Return `text` as a code span, in a fence that it does not hold."""
    shown = cut(visible(text or ""), MOST_OF_A_NAME)
    if not shown.strip():
        return NOTHING
    runs = {len(run) for run in re.findall("`+", shown)}
    fence = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    padded = shown[0] in "` " or shown[-1] in "` "
    return f"{fence} {shown} {fence}" if padded else f"{fence}{shown}{fence}"


def prose(text: str) -> str:
    """Return a message with its plain words as they are and everything else in it as code spans."""
    parts: list[str] = []
    run: list[re.Match[str]] = []
    words = _WORD.findall(" ".join(cut(text, MOST_OF_A_MESSAGE).split()))
    for word in filter(None, map(_AROUND.fullmatch, words)):
        plain = _is_plain(word)
        if run and (plain or run[-1]["after"]):
            parts.append(_quoted(run))
            run = []
        if plain:
            parts.append(word[0])
        else:
            run.append(word)
    return " ".join([*parts, _quoted(run)] if run else parts)


def cell(markdown: str) -> str:
    """Return Markdown of one line so that it stays in one cell of a table."""
    return markdown.replace("|", "\\|")


def link(words: str, url: str | None) -> str | None:
    """Return a link of ours, `words` alone where the address is none to be trusted; None for no address."""
    if not url:
        return None
    return f"[{words}]({url})" if _URL.fullmatch(url) else words


def cut(text: str, most: int) -> str:
    """Return `text` in at most `most` characters, its middle left out where it is longer."""
    if len(text) <= most:
        return text
    tail = most // 4
    return f"{text[: most - tail - 1]}…{text[-tail:]}"


def _is_plain(word: re.Match[str]) -> bool:
    return not word["core"] or _PLAIN.fullmatch(word["core"]) is not None


def _quoted(words: list[re.Match[str]]) -> str:
    """Return words as one code span, without the quotes around them, and with what stood around those outside."""
    before, after = words[0]["before"], words[-1]["after"]
    inner = " ".join(word[0] for word in words)
    inner = inner[len(before) : len(inner) - len(after)]
    if len(inner) > 2 and inner[0] == inner[-1] == "'" and inner.count("'") == 2:
        inner = inner[1:-1]
    return f"{before}{code(inner)}{after}"
