"""CSV as RFC 4180 has it, from which no spreadsheet computes anything."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.reports.characters import printable
from reconciler.reports.delimited import csv_text, harmless


def test_lines_end_in_crlf_and_cells_are_quoted_where_they_must_be() -> None:
    made = csv_text(["user", "name"], [["an", 'An "the boss" Peeters'], ["els", "Maes, Els"], ["jan", "two\nlines"]])
    assert made == 'user,name\r\nan,"An ""the boss"" Peeters"\r\nels,"Maes, Els"\r\njan,"two\nlines"\r\n'
    assert printable(made) == made


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        " =1+1",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        '=HYPERLINK("http://evil.example")',
        "+cmd|' /C calc'!A0",
        "+32470123456+A1",
        "-2+3+cmd|' /C calc'!A0",
        "＝1+1",
        '"=1+1',
    ],
)
def test_a_formula_becomes_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["x;=1+1", "x\t@SUM(A1)", 'x";"=1+1', "x\n-1+A1"])
def test_a_formula_behind_what_other_spreadsheets_split_at_becomes_text(cell: str) -> None:
    assert harmless(cell) != cell
    assert harmless(cell).replace("'", "", 1) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "+32470123456",
        "-12.50",
        "+9.51",
        "",
        "An Peeters",
        "an.peeters@brouwerij.example",
        "roaming-world",
        "2026-12-31",
        "a=b",
    ],
)
def test_numbers_amounts_and_words_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.lists(st.text(), min_size=1))
def test_any_csv_reader_reads_back_what_was_written(cells: list[str]) -> None:
    heads = [str(number) for number in range(len(cells))]
    read = list(csv.reader(io.StringIO(csv_text(heads, [cells]), newline="")))
    assert read == [heads, [harmless(cell) for cell in cells]]


@given(st.text())
def test_no_cell_begins_a_formula_at_any_separator(text: str) -> None:
    for part in harmless(text).replace("\t", ";").replace("\n", ";").replace("\r", ";").split(";"):
        start = part.strip().lstrip('"').strip()
        assert not start or start[0] not in "=@" or "'" in part
