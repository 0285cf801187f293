"""A row of a table that makes no sense says why, before anything else is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.usecases.table import read_table
from reconciler.usecases.wanted import Change

HEADER = "action,user,label,port-in operator,port-in account,port-in date"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("add,an@x.example,phone,Other,,", "where the number comes from is said in part; column 'port_in_account'"),
        ("add,an@x.example,phone,,,2026-12-15", "column 'port_in_operator' is empty"),
        ("change,an@x.example,phone,Other,77,15/12/2026", "'15/12/2026' is no date; expected one like 2026-12-31"),
        ("remove,an@x.example,phone,Other,77,", "'port_in_operator' says nothing to the action 'remove'"),
    ],
)
def test_a_port_in_is_said_in_full_or_not_at_all(row: str, reason: str, tmp_path: Path) -> None:
    table = tmp_path / "changes.csv"
    table.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    rows, bad = read_table(table)
    assert rows == []
    assert [(each.number, reason in each.reason) for each in bad] == [(2, True)], bad


def test_a_dash_takes_a_port_in_away_with_all_its_parts(tmp_path: Path) -> None:
    table = tmp_path / "changes.csv"
    table.write_text(f"{HEADER}\nchange,an@x.example,phone,-,-,-\n", encoding="utf-8")
    (row,), _ = read_table(table)
    assert isinstance(row.wanted, Change)
    assert row.wanted.values == {"port_in": None}
