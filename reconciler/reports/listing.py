"""Services and users listed: as a table for people, as JSON and as CSV for programs, from the same rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from reconciler.errors import Place
from reconciler.model.fleet import Ending
from reconciler.model.money import Money
from reconciler.model.overview import Overview, Sides, Standing
from reconciler.model.plan import Change
from reconciler.reports.delimited import csv_text
from reconciler.reports.overview import ServiceRow, UserRow, mark, total_of, words
from reconciler.reports.rows import change_line
from reconciler.reports.table import Column, Worth, table_text
from reconciler.reports.text import Paint, wrapped

_MARK_COLOURS = {"~": "yellow", ">": "cyan", "+": "green", "-": "red", "…": "magenta", "!": "red"}
_STATES = {"blocked": "yellow", "coming": "magenta", "going": "magenta"}
_STANDINGS = {
    "changed": "yellow",
    "only desired": "green",
    "only live": "red",
    "in flight": "magenta",
    "unclear": "red",
    "unmanaged": "blue",
}
#: The columns of a table by the attribute they show, the most valuable first; `mark` and `changes` in a difference.
_SERVICES = MappingProxyType(
    {
        "mark": Column("", Worth.ESSENTIAL, colours=_MARK_COLOURS),
        "user": Column("USER", Worth.ESSENTIAL, least=22),
        "label": Column("LABEL", Worth.ESSENTIAL, least=12),
        "changes": Column("DIFFERS", Worth.ESSENTIAL, least=30),
        "bundle": Column("BUNDLE", Worth.GOOD, least=18),
        "monthly": Column("MONTHLY", Worth.GOOD, figures=True),
        "standing": Column("STANDING", Worth.GOOD, colours=_STANDINGS),
        "state": Column("STATE", Worth.GOOD, colours=_STATES),
        "number": Column("NUMBER"),
        "cost_centre": Column("COST CENTRE"),
        "since": Column("SINCE"),
        "options": Column("OPTIONS"),
        "ends": Column("ENDS"),
        "name": Column("NAME"),
        "sim": Column("SIM"),
        "iccid": Column("ICCID"),
        "declared": Column("DECLARED"),
    }
)
_USERS = MappingProxyType(
    {
        "mark": Column("", Worth.ESSENTIAL, colours=_MARK_COLOURS),
        "user": Column("USER", Worth.ESSENTIAL, least=22),
        "changes": Column("DIFFERS", Worth.ESSENTIAL, least=30),
        "services": Column("SERVICES", Worth.GOOD, figures=True),
        "state": Column("STATE", Worth.GOOD),
        "monthly": Column("MONTHLY", Worth.GOOD, figures=True),
        "standing": Column("STANDING", Worth.GOOD, colours=_STANDINGS),
        "name": Column("NAME"),
        "cost_centre": Column("COST CENTRE"),
        "blocked": Column("BLOCKED", figures=True),
        "declared": Column("DECLARED"),
    }
)
_SHORT = ("mark", "label", "changes", "bundle", "monthly", "standing", "state", "number", "options")
_DIFFERENCE = frozenset({"mark", "changes"})
#: What only the files know, and what only both sides together tell.
_DECLARED = frozenset({"ends", "declared", "standing"})


def services_table(
    rows: Sequence[ServiceRow], overview: Overview, *, diff: bool = False, paint: Paint, width: int | None
) -> str:
    """Return services as a table, and how many of each kind there are; `diff` marks and says what differs."""
    table = _table(_SERVICES, rows, overview, diff=diff, paint=paint, width=width) if rows else ""
    return table + "\n".join(wrapped(_services_sum(rows, overview), width or 1000)) + "\n"


def short_table(
    rows: Sequence[ServiceRow], overview: Overview, *, diff: bool = False, paint: Paint, width: int | None
) -> str:
    """Return the services of one user as a table of what tells them apart."""
    columns = {name: _SERVICES[name] for name in _SHORT}
    return _table(columns, rows, overview, diff=diff, paint=paint, width=width)


def users_table(
    rows: Sequence[UserRow], overview: Overview, *, diff: bool = False, paint: Paint, width: int | None
) -> str:
    """Return users as a table, and how many services they have; `diff` marks and says what differs."""
    table = _table(_USERS, rows, overview, diff=diff, paint=paint, width=width) if rows else ""
    return table + "\n".join(wrapped(_users_sum(rows, overview), width or 1000)) + "\n"


def rows_json(rows: Sequence[ServiceRow | UserRow]) -> str:
    """Return rows as a list of objects; money as decimal strings, days as ISO dates."""
    return json.dumps([document(row) for row in rows], indent=2, ensure_ascii=False) + "\n"


def rows_csv(rows: Sequence[ServiceRow | UserRow], kind: type[ServiceRow | UserRow]) -> str:
    """Return rows as CSV under the names of their attributes."""
    return csv_text(kind._fields, ([cell(value) for value in row] for row in rows))


def document(row: ServiceRow | UserRow) -> dict[str, Any]:
    """Return a row as plain values."""
    return {name: plain(value) for name, value in row._asdict().items()}


def plain(value: object) -> Any:
    """Return a value as JSON has it."""
    match value:
        case Ending(what, day, _):
            return {"what": what, "until": day.isoformat()}
        case Change():
            return value._asdict()
        case Place() | Money():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case tuple():
            return [plain(each) for each in value]
        case _:
            return value


def cell(value: object) -> str:
    """Return a value as text for one cell."""
    match value:
        case None:
            return ""
        case Ending(what, day, _):
            return f"{what} until {day}"
        case Change():
            return change_line(value)
        case Place():
            return str(value)
        case tuple():
            return ", ".join(map(cell, value))
        case _:
            return str(value)


def _table(
    columns: Mapping[str, Column],
    rows: Sequence[ServiceRow | UserRow],
    overview: Overview,
    *,
    diff: bool,
    paint: Paint,
    width: int | None,
) -> str:
    hidden = frozenset() if diff else _DIFFERENCE
    if overview.sides is Sides.LIVE:
        hidden |= _DECLARED
    if overview.sides is Sides.DESIRED:
        hidden |= {"standing", *(() if overview.catalogue else ("monthly",))}
    shown = {name: column for name, column in columns.items() if name not in hidden}
    cells = [[_shown(row, name, diff=diff) for name in shown] for row in rows]
    return table_text(tuple(shown.values()), cells, paint=paint, width=width)


def _shown(row: ServiceRow | UserRow, name: str, *, diff: bool) -> str:
    """Return the cell of a table; in a difference, figures of both sides where they are not the same."""
    if name == "mark":
        return mark(row)
    if name == "standing":
        return words(row.standing)
    if name == "changes" and row.standing is Standing.IN_FLIGHT and isinstance(row, ServiceRow):
        return ", ".join([*map(cell, row.changes), *(f"order {order}" for order in row.orders)])
    value = getattr(row, name)
    declared = getattr(row, f"desired_{name}", None) if diff else None
    if declared is not None and value is not None and declared != value:
        return f"{value} → {declared}"
    return cell(value)


def _services_sum(rows: Sequence[ServiceRow], overview: Overview) -> str:
    counts = Counter(words(row.standing) for row in rows)
    parts = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    kinds = f": {parts}" if overview.sides is Sides.BOTH and rows else ""
    held = [row for row in rows if overview.sides is Sides.DESIRED or (row.live_id and row.state != "going")]
    return f"{_count(len(rows), 'service')}{kinds}. {_cost(held, overview)}"


def _users_sum(rows: Sequence[UserRow], overview: Overview) -> str:
    services = sum(row.services for row in rows)
    idle = sum(1 for row in rows if row.state == "inactive")
    users = f"{_count(len(rows), 'user')}{f', {idle} of them inactive' if idle else ''}"
    return f"{users}, with {_count(services, 'service')}. {_cost(rows, overview)}"


def _cost(rows: Sequence[ServiceRow | UserRow], overview: Overview) -> str:
    if overview.catalogue is None:
        return "What they cost is the operator's to say."
    where = {Sides.DESIRED: "as declared", Sides.LIVE: "at the operator", Sides.BOTH: "at the operator"}
    amount = total_of(rows, currency=overview.currency)
    return f"{overview.currency} {amount} a month {where[overview.sides]}."


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
