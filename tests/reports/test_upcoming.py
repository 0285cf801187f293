"""What is upcoming, as a table, JSON and CSV."""

from __future__ import annotations

import json
from datetime import date

from inline_snapshot import snapshot as golden

from reconciler.model.plan import Turning, Upcoming
from reconciler.reports.upcoming import upcoming_csv, upcoming_json, upcoming_table
from tests.harness import PLACE
from tests.planning.values import AN, DAY, JAN, eur
from tests.reports.test_text import plain

UNTIL = date(2026, 12, 23)
ITEMS = (
    Upcoming(date(2026, 12, 1), Turning.OPTION_ENDS, "option calls ends", AN, "phone", eur("-7.50"), PLACE),
    Upcoming(date(2026, 12, 1), Turning.SERVICE_ENDS, "the service ends: data-5", JAN, "tablet", eur("-6.50"), PLACE),
    Upcoming(date(2026, 12, 8), Turning.PROTECTION_ENDS, "the protection of 'ceo/*' ends", place=PLACE),
)


def table(items: tuple[Upcoming, ...], *, priced: bool = True, width: int | None = None) -> str:
    """Return the table."""
    return upcoming_table(items, day=DAY, until=UNTIL, currency="EUR", priced=priced, paint=plain, width=width)


def test_a_table() -> None:
    assert table(ITEMS) == golden("""\
DAY         USER                          LABEL   WHAT                            MONTHLY  DECLARED
2026-12-01  an.peeters@brouwerij.example  phone   option calls ends                 -7.50  users/test.yaml:3:7
2026-12-01  jan.claes@brouwerij.example   tablet  the service ends: data-5          -6.50  users/test.yaml:3:7
2026-12-08  (fleet.yaml)                          the protection of 'ceo/*' ends           users/test.yaml:3:7
3 changes by the dates in the files after 2026-11-23 until 2026-12-23, 1 removal among them (R2). EUR -14.00 a month \
once all of it is done.
""")


def test_a_narrow_terminal_is_told_what_it_does_not_show() -> None:
    assert table(ITEMS, width=60) == golden("""\
DAY         USER                 LABEL   WHAT
2026-12-01  an.peeters@brouwer…  phone   option calls ends
2026-12-01  jan.claes@brouweri…  tablet  the service ends:…
2026-12-08  (fleet.yaml)                 the protection of…
columns left out: monthly, declared; --format csv has all
long cells end in …; --format csv has them whole
3 changes by the dates in the files after 2026-11-23 until
2026-12-23, 1 removal among them (R2). EUR -14.00 a month
once all of it is done.
""")


def test_without_prices_there_is_no_column_for_them() -> None:
    text = table(ITEMS, priced=False)
    assert "MONTHLY" not in text
    assert text.endswith("1 removal among them (R2). What that costs is the operator's to say.\n")


def test_nothing_is_said_in_one_sentence() -> None:
    assert table(()) == "Nothing changes by itself after 2026-11-23 until 2026-12-23.\n"


def test_json_and_csv_have_the_same_keys_and_nothing_for_what_nobody_knows() -> None:
    listed = json.loads(upcoming_json(ITEMS, currency="EUR"))
    assert listed[2] == golden(
        {
            "day": "2026-12-08",
            "kind": "protection-ends",
            "what": "the protection of 'ceo/*' ends",
            "user": None,
            "label": None,
            "monthly_delta": None,
            "currency": "EUR",
            "declared": "users/test.yaml:3:7",
        }
    )
    lines = upcoming_csv(ITEMS, currency="EUR").splitlines()
    assert lines[0] == ",".join(listed[0])
    assert lines[3] == golden("2026-12-08,protection-ends,the protection of 'ceo/*' ends,,,,EUR,users/test.yaml:3:7")
