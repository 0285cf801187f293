"""A QR code on the screen and in files holds exactly the text; what is drawn is read back module by module."""

from __future__ import annotations

import zlib
from itertools import chain

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from reconciler.reports.qr import SUFFIXES, file_content, qr_lines

CODE = "LPA:1$sandbox.example$A0A0988D895465505550"
#: The upper and the lower module of each character; a module that is not drawn is dark.
HALVES = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}
QUIET = 4


def modules(lines: list[str]) -> list[list[int]]:
    """Return what a camera sees of the lines: rows of modules, the quiet zone around them taken off."""
    pairs = [[HALVES[character] for character in line] for line in lines]
    rows = list(chain.from_iterable(([up for up, _ in row], [down for _, down in row]) for row in pairs))
    inner = [row[QUIET:-QUIET] for row in rows[QUIET : QUIET + len(rows[0]) - 2 * QUIET]]
    edges = [*rows[:QUIET], *rows[QUIET + len(inner) : len(rows[0])]]
    assert not any(chain.from_iterable(edges)), "the quiet zone is light"
    return inner


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200))
def test_what_is_drawn_on_the_screen_is_the_qr_code_of_the_text(tail: str) -> None:
    text = f"LPA:1${tail}"
    assert modules(qr_lines(text)) == [list(row) for row in segno.make_qr(text).matrix]


def test_a_usual_code_fits_a_narrow_terminal() -> None:
    lines = qr_lines(CODE)
    assert {len(line) for line in lines} == {37}
    assert len(lines) == 19


def test_a_text_file_holds_the_code_and_nothing_else() -> None:
    assert file_content(CODE, ".txt") == f"{CODE}\n".encode()


def test_a_png_holds_the_qr_code_on_white() -> None:
    content = file_content(CODE, ".png")
    assert content.startswith(b"\x89PNG\r\n")
    size = (29 + 2 * QUIET) * 8
    assert int.from_bytes(content[16:20]) == int.from_bytes(content[20:24]) == size
    start = content.index(b"IDAT") + 4
    length = int.from_bytes(content[start - 8 : start - 4])
    scanlines = zlib.decompress(content[start : start + length])
    first = scanlines[1 : 1 + size // 8]
    assert set(first) == {255}, "white"


def test_an_svg_holds_the_picture_and_not_the_text() -> None:
    content = file_content(CODE, ".svg").decode()
    assert content.count("<path") == 2
    assert 'fill="#fff"' in content
    assert "LPA" not in content


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_the_same_for_the_same_code(suffix: str) -> None:
    assert file_content(CODE, suffix) == file_content(CODE, suffix)
