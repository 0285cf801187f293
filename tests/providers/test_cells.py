"""Cells mean the same however a spreadsheet or a person wrote them, or are said to make no sense."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.identifiers import number_flaw
from reconciler.providers.file import cells
from reconciler.providers.file.cells import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, Unreadable

NUMBERS = st.tuples(st.integers(5, 9), st.integers(0, 9_999_999)).map(lambda parts: f"4{parts[0]}{parts[1]:07d}")
WAYS = (
    "+32{0}",
    "0032{0}",
    "32{0}",
    "0{0}",
    "{0}",
    "+32 (0){0}",
    "0{0[0]}{0[1]}{0[2]}/{0[3]}{0[4]}.{0[5]}{0[6]}.{0[7]}{0[8]}",
    "0{0[0]}{0[1]}{0[2]} {0[3]}{0[4]} {0[5]}{0[6]} {0[7]}{0[8]}",
    "+32-{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}{0[6]}{0[7]}{0[8]}",
)


@given(NUMBERS, st.sampled_from(WAYS))
@settings(max_examples=60)
def test_a_belgian_number_is_the_same_in_every_way(number: str, way: str) -> None:
    assert cells.number(cells.plain(way.format(number)), "BE") == f"+32{number}"


@given(st.text(alphabet="+0123456789 ./()-eE,", max_size=18))
@settings(max_examples=150)
def test_what_is_taken_for_a_number_is_one(text: str) -> None:
    try:
        found = cells.number(cells.plain(text), "BE")
    except Unreadable:
        return
    assert number_flaw(found) is None


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("06 12345678", "NL", "+31612345678"),
        ("31612345678", "NL", "+31612345678"),
        ("0612345678", "FR", "+33612345678"),
        ("+352 621 123 456", "BE", "+352621123456"),
        ("0047 987 65 432", "BE", "+4798765432"),
        ("470123456.0", "BE", "+32470123456"),
    ],
)
def test_numbers_of_other_countries_are_read(text: str, country: str, number: str) -> None:
    assert cells.number(text, country) == number


@pytest.mark.parametrize("text", ["4798765432", "0470 12 34 56 / 57", "31612345678", "02 555 12 12 12", "none"])
def test_what_could_be_a_number_of_elsewhere_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(Unreadable):
        cells.number(text, "BE")


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from([DAY_FIRST, MONTH_FIRST, YEAR_FIRST]))
@settings(max_examples=60)
def test_a_day_is_read_in_the_order_that_is_declared(day: date, order: str) -> None:
    written = {DAY_FIRST: f"{day:%d/%m/%Y}", MONTH_FIRST: f"{day:%m-%d-%Y}", YEAR_FIRST: f"{day:%Y.%m.%d}"}[order]
    assert cells.day(written, order) == day
    assert cells.day(f"{day:%Y-%m-%d} 09:30:00", order) == day
    assert cells.day(str((day - date(1899, 12, 30)).days), order) == day


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
@settings(max_examples=60)
def test_a_day_without_an_order_is_never_read_as_another(day: date) -> None:
    try:
        found = cells.day(f"{day:%d/%m/%Y}", None)
    except Unreadable:
        assert day.day <= 12
        return
    assert found == day


@given(st.decimals(Decimal("-9999999"), Decimal("9999999"), places=2), st.sampled_from(".,"), st.booleans())
@settings(max_examples=80)
def test_an_amount_is_read_with_its_sign(amount: Decimal, sign: str, grouped: bool) -> None:
    text = f"{amount:,}" if grouped else str(amount)
    written = text if sign == "." else text.translate(str.maketrans(".,", ",."))
    assert cells.amount(written, sign) == amount
    assert cells.amount(f"€ {written}", sign) == amount


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["10.00"], "."),
        (["10,00", "1.234,50"], ","),
        (["1,234"], None),
        (["10.00", "10,00"], None),
        ([], None),
        (["7"], None),
    ],
)
def test_the_decimal_sign_is_known_where_only_one_is_possible(texts: list[str], sign: str | None) -> None:
    assert cells.decimal_sign(texts) == sign


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["31/12/2026", "01/02/2026"], DAY_FIRST),
        (["12/31/2026", "01/02/2026"], MONTH_FIRST),
        (["01/02/2026"], None),
        (["31/12/2026", "12/31/2026"], None),
        (["2026-01-02"], YEAR_FIRST),
        ([], None),
    ],
)
def test_the_order_of_dates_is_known_where_only_one_is_possible(texts: list[str], order: str | None) -> None:
    assert cells.date_order(texts) == order


@pytest.mark.parametrize("text", ["8.93107E+18", "8931070820307245", "9931070820307245732"])
def test_a_sim_that_lost_digits_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        cells.iccid(text)
