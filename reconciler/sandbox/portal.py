"""What the portal of this operator exports: users, services and options as files, in one of three layouts.

English as CSV with commas, Dutch as CSV with semicolons and decimal commas in the encoding of Windows, French as a
workbook with dates as a spreadsheet keeps them. Operators differ in all of that, and so do these on purpose.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from reconciler.sandbox import state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.schema import bundle_changes, individuals, products

Cell = str | date | Decimal | None
_USERS = ("id", "email", "name", "cost_centre")
_SERVICES = (
    *("id", "user", "label", "number", "bundle", "sim", "iccid", "eid", "state", "cost_centre"),
    *("started", "ended", "bundle_changed", "monthly"),
)
_OPTIONS = ("service", "option", "ended", "monthly")
#: A formula to a spreadsheet, unless it is a number.
_FORMULA = re.compile(r"[=+\-@](?![\d ]+$)")


@dataclass(frozen=True, slots=True)
class Layout:
    """How one portal writes: headings of users, services and options, its words, and its way with numbers."""

    files: tuple[str, str, str]
    headings: Mapping[str, str]
    words: Mapping[str, str]
    number: Callable[[str], str]
    suffix: str = ".csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    day: str = "%Y-%m-%d"
    decimal: str = "."
    #: Whether services have their options in a cell of their own instead of a file.
    options_inline: bool = False


def _spaced(number: str) -> str:
    return f"0{number[3:6]} {number[6:8]} {number[8:10]} {number[10:]}"


_ENGLISH = Layout(
    files=("users", "services", "options"),
    headings=MappingProxyType(
        {
            **{"id": "User ID", "email": "E-mail", "name": "Name", "cost_centre": "Cost centre"},
            **{"service id": "Service ID", "user": "E-mail", "label": "Label", "number": "Mobile number"},
            **{"bundle": "Bundle", "sim": "SIM type", "iccid": "ICCID", "eid": "EID", "state": "Status"},
            **{"started": "Start date", "ended": "End date", "bundle_changed": "Bundle changed on"},
            **{"monthly": "Monthly fee", "service": "Service ID", "option": "Option"},
        }
    ),
    words=MappingProxyType(
        {
            **{"active": "Active", "suspended": "Suspended", "pendingActive": "Pending active"},
            **{"pendingTerminate": "Pending terminate", "terminated": "Terminated"},
            **{"eSIM": "eSIM", "physical": "Physical"},
        }
    ),
    number=str,
)
_DUTCH = Layout(
    files=("gebruikers", "diensten", "opties"),
    headings=MappingProxyType(
        {
            **{"id": "Gebruikers-ID", "email": "E-mailadres", "name": "Naam", "cost_centre": "Kostenplaats"},
            **{"service id": "Dienst-ID", "user": "Gebruikers-ID", "label": "Omschrijving", "number": "GSM-nummer"},
            **{"bundle": "Bundel", "sim": "Type SIM", "iccid": "Simkaartnummer", "eid": "EID", "state": "Toestand"},
            **{"started": "Begindatum", "ended": "Einddatum", "bundle_changed": "Bundel gewijzigd op"},
            **{"monthly": "Maandbedrag", "service": "GSM-nummer", "option": "Optie"},
        }
    ),
    words=MappingProxyType(
        {
            **{"active": "Actief", "suspended": "Geblokkeerd", "pendingActive": "In bestelling"},
            **{"pendingTerminate": "Wordt stopgezet", "terminated": "Beëindigd"},
            **{"eSIM": "eSIM", "physical": "Fysieke SIM"},
        }
    ),
    number=_spaced,
    encoding="cp1252",
    delimiter=";",
    day="%d/%m/%Y",
    decimal=",",
)
_FRENCH = Layout(
    files=("utilisateurs", "services", ""),
    headings=MappingProxyType(
        {
            **{"id": "Identifiant", "email": "Adresse e-mail", "name": "Nom", "cost_centre": "Centre de coûts"},
            **{"service id": "N° de service", "user": "Adresse e-mail", "label": "Libellé", "number": "N° de GSM"},
            **{
                "bundle": "Abonnement",
                "sim": "Type de SIM",
                "iccid": "N° de carte SIM",
                "eid": "EID",
                "state": "Statut",
            },
            **{"started": "Date de début", "ended": "Date de fin", "bundle_changed": "Abonnement modifié le"},
            **{"monthly": "Prix mensuel", "options": "Options"},
        }
    ),
    words=MappingProxyType(
        {
            **{"active": "Actif", "suspended": "Bloqué", "pendingActive": "En attente"},
            **{"pendingTerminate": "Résiliation en cours", "terminated": "Résilié"},
            **{"eSIM": "eSIM", "physical": "Carte SIM"},
        }
    ),
    number=lambda number: f"00{number[1:]}",
    suffix=".xlsx",
    options_inline=True,
)
LAYOUTS = MappingProxyType({"en": _ENGLISH, "nl": _DUTCH, "fr": _FRENCH})


def export(connection: Connection, layout: str, folder: Path) -> list[Path]:
    """Write what the portal exports into a folder, with the moment in the files' names, and the catalogue beside."""
    how = LAYOUTS[layout]
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{state.now(connection).astimezone(state.ZONE):%Y-%m-%dT%H%M}"
    users, services, options = how.files
    tables = [(users, _users(connection, how)), (services, _services(connection, how))]
    tables += [(options, _options(connection, how))] if options else []
    paths = []
    for name, rows in tables:
        path = folder / f"{name}-{stamp}{how.suffix}"
        (_write_workbook if how.suffix == ".xlsx" else _write_csv)(path, how, rows)
        paths.append(path)
    catalogue = folder / "catalogue.yaml"
    catalogue.write_text(_catalogue(), encoding="utf-8")
    return [*paths, catalogue]


def _users(connection: Connection, how: Layout) -> Iterator[Sequence[Cell]]:
    yield [how.headings[name] for name in _USERS]
    for row in connection.execute(select(individuals).order_by(individuals.c.n)).mappings():
        yield [row["id"], row["email"], f"{row['given_name']} {row['family_name']}", row["cost_centre"]]


def _services(connection: Connection, how: Layout) -> Iterator[Sequence[Cell]]:
    heads = ["service id" if name == "id" else name for name in _SERVICES]
    yield [how.headings[name] for name in [*heads, *(["options"] if how.options_inline else [])]]
    mails = {row.id: row.email for row in connection.execute(select(individuals.c.id, individuals.c.email))}
    changed = _changed(connection)
    held = _held(connection) if how.options_inline else {}
    ours = products.c.parent.is_(None) & products.c.status.not_in(("cancelled", "aborted"))
    for row in connection.execute(select(products).where(ours).order_by(products.c.n)).mappings():
        user = row["user_id"] if how.headings["user"] == how.headings["id"] else mails[row["user_id"]]
        offering = OFFERINGS[row["offering"]]
        cells = [row["id"], user, row["label"], how.number(row["number"]) if row["number"] else None, offering.name]
        cells += [how.words.get(row["sim_type"] or ""), row["iccid"], row["eid"], how.words[row["status"]]]
        cells += [row["cost_centre"], _day(row["started"]), _last_day(row), changed.get(row["id"]), offering.monthly]
        yield [*cells, *([", ".join(held.get(row["id"], ()))] if how.options_inline else [])]


def _options(connection: Connection, how: Layout) -> Iterator[Sequence[Cell]]:
    yield [how.headings[name] for name in _OPTIONS]
    numbers = {row.id: row.number for row in connection.execute(select(products.c.id, products.c.number))}
    by_number = how.headings["service"] == how.headings["number"]
    for row in _in_force(connection):
        offering = OFFERINGS[row["offering"]]
        service = how.number(numbers[row["parent"]]) if by_number else row["parent"]
        yield [service, offering.name, _last_day(row), offering.monthly]


def _held(connection: Connection) -> dict[str, list[str]]:
    """Return the names of the options in force on each service."""
    held: dict[str, list[str]] = defaultdict(list)
    for row in _in_force(connection):
        held[row["parent"]].append(OFFERINGS[row["offering"]].name)
    return held


def _in_force(connection: Connection) -> Iterable[RowMapping]:
    ours = products.c.parent.is_not(None) & products.c.status.in_(("active", "pendingActive"))
    return connection.execute(select(products).where(ours).order_by(products.c.n)).mappings()


def _changed(connection: Connection) -> dict[str, date]:
    """Return the month of each service's last bundle change, as its first day."""
    month = func.max(bundle_changes.c.month)
    rows = connection.execute(select(bundle_changes.c.product_id, month).group_by(bundle_changes.c.product_id))
    return {identity: date.fromisoformat(f"{last}-01") for identity, last in rows}


def _day(text: str | None) -> date | None:
    return state.local_day(datetime.fromisoformat(text)) if text else None


def _last_day(row: RowMapping) -> date | None:
    """Return the last day of what has one: what ends at midnight is not there on the day that begins then."""
    if not row["terminated"]:
        return None
    moment = datetime.fromisoformat(row["terminated"]).astimezone(UTC)
    return state.local_day(moment if row["status"] == "terminated" else moment - timedelta(microseconds=1))


def _write_csv(path: Path, how: Layout, rows: Iterable[Sequence[Cell]]) -> None:
    with path.open("w", encoding=how.encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=how.delimiter, lineterminator="\r\n")
        writer.writerows([_text(cell, how) for cell in row] for row in rows)


def _text(cell: Cell, how: Layout) -> str:
    if isinstance(cell, date):
        return cell.strftime(how.day)
    if isinstance(cell, Decimal):
        return str(cell).replace(".", how.decimal)
    return "" if cell is None else f"'{cell}" if _FORMULA.match(cell) else cell


def _write_workbook(path: Path, how: Layout, rows: Iterable[Sequence[Cell]]) -> None:
    """Write a workbook row by row; a text is a text, also where it looks like a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    del how
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")

    def made(cell: Cell) -> Any:
        if not isinstance(cell, str):
            return cell
        written = WriteOnlyCell(sheet, cell)
        written.data_type = "s"
        return written

    for row in rows:
        sheet.append([made(cell) for cell in row])
    book.save(path)


def _catalogue() -> str:
    """Return what is on offer as the YAML that a fleet of exports declares."""
    lines = ["# What the operator offers; exports do not tell it.", "version: 1", "currency: EUR"]
    for kind in ("bundle", "option"):
        lines.append(f"{kind}s:")
        for each in OFFERINGS.values():
            if each.category == kind:
                facts: dict[str, object] = {"name": each.name, "monthly": str(each.monthly)}
                facts |= {} if each.sellable else {"sellable": False}
                facts |= {"options": list(each.carries)} if each.carries else {}
                lines.append(f"  {each.id}: {json.dumps(facts)}")
    return "\n".join(lines) + "\n"
