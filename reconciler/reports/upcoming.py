"""What dates in the files will change, as a table for people, as JSON and as CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from reconciler.model.money import total
from reconciler.model.plan import Turning, Upcoming
from reconciler.reports.delimited import csv_text
from reconciler.reports.listing import cell, plain
from reconciler.reports.rows import counted, signed
from reconciler.reports.table import Column, Worth, table_text
from reconciler.reports.text import Paint, wrapped

_FIELDS = ("day", "kind", "what", "user", "label", "monthly_delta", "currency", "declared")
_COLUMNS = (
    Column("DAY", Worth.ESSENTIAL, least=10),
    Column("USER", Worth.ESSENTIAL, least=22),
    Column("LABEL", Worth.ESSENTIAL, least=12),
    Column("WHAT", Worth.ESSENTIAL, least=30),
    Column("MONTHLY", Worth.GOOD, figures=True),
    Column("DECLARED"),
)


def upcoming_table(
    items: Sequence[Upcoming],
    *,
    day: date,
    until: date,
    currency: str,
    priced: bool,
    paint: Paint,
    width: int | None,
) -> str:
    """Return what changes as a table, and what all of it does to a month."""
    span = f"after {day} until {until}"
    if not items:
        return f"Nothing changes by itself {span}.\n"
    columns = [column for column in _COLUMNS if priced or not column.figures]
    cells = [_cells(each, priced=priced) for each in items]
    table = table_text(columns, cells, paint=paint, width=width)
    known = (each.monthly_delta for each in items if each.monthly_delta is not None)
    cost = f"{currency} {signed(total(known, currency=currency))} a month once all of it is done."
    words = cost if priced else "What that costs is the operator's to say."
    ends = sum(1 for each in items if each.kind is Turning.SERVICE_ENDS)
    removals = f", {counted(ends, 'removal')} among them (R2)" if ends else ""
    sentence = f"{counted(len(items), 'change')} by the dates in the files {span}{removals}. {words}"
    return table + "\n".join(wrapped(sentence, width or 1000)) + "\n"


def upcoming_json(items: Sequence[Upcoming], *, currency: str) -> str:
    """Return what changes as a list of objects; money as decimal strings, days as ISO dates."""
    documents = [dict(zip(_FIELDS, map(plain, _values(each, currency)), strict=True)) for each in items]
    return json.dumps(documents, indent=2, ensure_ascii=False) + "\n"


def upcoming_csv(items: Sequence[Upcoming], *, currency: str) -> str:
    """Return what changes as CSV."""
    return csv_text(_FIELDS, ([cell(value) for value in _values(each, currency)] for each in items))


def _values(each: Upcoming, currency: str) -> tuple[object, ...]:
    return each.day, each.kind.value, each.what, each.user, each.label, each.monthly_delta, currency, each.place


def _cells(each: Upcoming, *, priced: bool) -> tuple[str, ...]:
    money = (signed(each.monthly_delta) if each.monthly_delta is not None else "",) if priced else ()
    return cell(each.day), each.user or "(fleet.yaml)", cell(each.label), each.what, *money, cell(each.place)
