"""Tables fit the terminal, and say what they leave out or cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot as golden

from reconciler.reports.characters import columns as columns_of
from reconciler.reports.characters import cut
from reconciler.reports.table import Column, Worth, table_text
from tests.reports.test_text import plain

COLUMNS = (
    Column("USER", Worth.ESSENTIAL, least=12),
    Column("BUNDLE", Worth.GOOD),
    Column("MONTHLY", Worth.GOOD, figures=True),
    Column("OPTIONS"),
    Column("SINCE"),
)
ROWS = (
    ("an.peeters@brouwerij.example", "mobile-10", "10.00", "roaming-world, international-calls", "2026-01-01"),
    ("els@brouwerij.example", "m2m-1", "2.95", "", "2025-12-31"),
)


def table(width: int | None) -> str:
    """Return the table in so many columns."""
    return table_text(COLUMNS, ROWS, width=width, paint=plain)


def test_without_a_terminal_everything_is_shown() -> None:
    assert table(None) == golden("""\
USER                          BUNDLE     MONTHLY  OPTIONS                             SINCE
an.peeters@brouwerij.example  mobile-10    10.00  roaming-world, international-calls  2026-01-01
els@brouwerij.example         m2m-1         2.95                                      2025-12-31
""")
    assert table(200) == table(None)


def test_the_last_columns_are_left_out_first_and_that_is_said() -> None:
    assert table(90) == golden("""\
USER                          BUNDLE     MONTHLY  OPTIONS
an.peeters@brouwerij.example  mobile-10    10.00  roaming-world, international-calls
els@brouwerij.example         m2m-1         2.95
columns left out: since; --format csv has all
""")
    assert table(80) == golden("""\
USER                          BUNDLE     MONTHLY
an.peeters@brouwerij.example  mobile-10    10.00
els@brouwerij.example         m2m-1         2.95
columns left out: options, since; --format csv has all
""")


def test_then_long_cells_are_cut_and_that_is_said_too() -> None:
    assert table(44) == golden("""\
USER                      BUNDLE     MONTHLY
an.peeters@brouwerij.ex…  mobile-10    10.00
els@brouwerij.example     m2m-1         2.95
columns left out: options, since; --format
csv has all
long cells end in …; --format csv has them
whole
""")


def test_an_essential_column_stays_however_narrow_it_gets() -> None:
    assert table(20) == golden("""\
USER
an.peeters@brouweri…
els@brouwerij.examp…
columns left out:
bundle, monthly,
options, since;
--format csv has all
long cells end in …;
--format csv has
them whole
""")


def test_colours_do_not_count() -> None:
    columns = (Column("STATE", colours={"blocked": "yellow"}), Column("NUMBER"))
    made = table_text(columns, [("blocked", "1"), ("active", "2")], width=40, paint=lambda text, style: f"<{text}>")
    assert made == "<STATE    NUMBER>\n<blocked>  1\nactive   2\n"


def test_wide_letters_and_accents_stand_in_line() -> None:
    made = table_text(
        (Column("NAME"), Column("X")), [("山田太郎", "1"), ("Ame\u0301lie", "2")], width=None, paint=plain
    )
    assert made == "NAME      X\n山田太郎  1\nAme\u0301lie    2\n"


def test_a_cell_cannot_break_the_table() -> None:
    [_, row] = table_text((Column("NAME"),), [("a\nb\tc\x1b[31m\u202ed",)], width=None, paint=plain).splitlines()
    assert row == "a b c\\u001b[31m\\u202ed"


def test_an_empty_table_is_its_heads() -> None:
    assert table_text(COLUMNS, [], width=None, paint=plain) == "USER  BUNDLE  MONTHLY  OPTIONS  SINCE\n"


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@given(st.lists(st.tuples(words, words, words, words, words), min_size=1, max_size=5), st.integers(20, 200))
def test_no_line_is_wider_than_the_terminal_and_nothing_goes_missing_unsaid(
    rows: list[tuple[str, ...]], width: int
) -> None:
    made = table_text(COLUMNS, rows, width=width, paint=plain)
    assert all(columns_of(line) <= width for line in made.split("\n"))
    said = " ".join(made.split())
    assert said.count("has all") == ("columns left out" in said)
    if "left out" not in said and "has them whole" not in said:
        assert made == table_text(COLUMNS, rows, width=None, paint=plain)


@given(words, st.integers(1, 80))
def test_what_is_cut_fits_and_shows_it(text: str, width: int) -> None:
    short = cut(text, width)
    assert columns_of(short) <= width
    assert short == text or short.endswith("…")
