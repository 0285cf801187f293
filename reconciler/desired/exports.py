"""The part of `fleet.yaml` that describes an operator's exports, and what has to hold in it beyond its shape."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from reconciler.desired.documents import Part
from reconciler.desired.values import Amount, Text
from reconciler.desired.yaml import Text as Read
from reconciler.errors import Problem
from reconciler.model.fleet import SimType

_Word = Annotated[str, Field(min_length=1)]
_Days = Literal["year-month-day", "day-month-year", "month-day-year"]


class UsersColumns(Part):
    """Which heading has what of a user."""

    user: Text = Field(description="The e-mail address, or whatever the fleet's files name users by.")
    id: Text | None = Field(None, description="The operator's key of a user, which the services' user_id names.")
    name: Text | None = Field(None, description="The whole name.")
    given_name: Text | None = None
    family_name: Text | None = None
    cost_centre: Text | None = None


class ServicesColumns(Part):
    """Which heading has what of a service."""

    user: Text | None = Field(None, description="The e-mail address of its user.")
    user_id: Text | None = Field(None, description="The operator's key of its user; users.columns.id has the same.")
    id: Text | None = Field(None, description="The operator's key of a service; by default its number, or its ICCID.")
    label: Text | None = Field(None, description="What tells a user's services apart, where the operator keeps that.")
    number: Text | None = None
    bundle: Text = Field(description="The tariff plan, by its name or id in the catalogue, or as values map it.")
    options: Text | None = Field(None, description="The options in one cell, where no export of options has them.")
    sim: Text | None = Field(None, description="eSIM or physical.")
    iccid: Text | None = None
    eid: Text | None = None
    state: Text | None = Field(None, description="active, blocked, coming, going or gone; all active without it.")
    cost_centre: Text | None = None
    started: Text | None = Field(None, description="The first day of the service.")
    ended: Text | None = Field(None, description="The last day of the service.")
    bundle_changed: Text | None = Field(None, description="The day of the last bundle change (R5).")
    monthly: Text | None = Field(None, description="The monthly fee of the bundle, compared with the catalogue's.")


class OptionsColumns(Part):
    """Which heading has what of an option in force."""

    option: Text = Field(description="The option, by its name or id in the catalogue, or as values map it.")
    service_id: Text | None = Field(None, description="The key of its service; services.columns.id has the same.")
    number: Text | None = Field(None, description="The number of its service.")
    id: Text | None = None
    ended: Text | None = Field(None, description="Its last day, where it has one.")
    monthly: Text | None = Field(None, description="The monthly fee of the option, compared with the catalogue's.")


class ServiceValues(Part):
    """What the words of an export of services mean."""

    state: dict[_Word, Literal["active", "blocked", "coming", "going", "gone"]] = Field(default_factory=dict)
    sim: dict[_Word, SimType] = Field(default_factory=dict)
    bundle: dict[_Word, Text] = Field(default_factory=dict, description="To ids of the catalogue, or 'skip'.")
    option: dict[_Word, Text] = Field(default_factory=dict, description="To ids of the catalogue.")


class OptionValues(Part):
    """What the words of an export of options mean."""

    option: dict[_Word, Text] = Field(default_factory=dict, description="To ids of the catalogue.")


class ExportPart(Part):
    """A file the operator's portal has written; what is not said of its form is recognised anew at each reading."""

    file: Text = Field(description="Within the fleet's folder; * stands for any characters, and the newest is read.")
    sheet: Text | None = Field(None, description="The sheet of a workbook, by default its first.")
    encoding: Literal["utf-8", "utf-16", "cp1252", "iso-8859-15"] | None = Field(None, description="Of a CSV file.")
    delimiter: Literal[",", ";", "\t", "|"] | None = Field(None, description="What parts the cells of a CSV file.")
    decimal: Literal[".", ","] | None = Field(None, description="The decimal sign of amounts.")
    dates: _Days | None = Field(None, description="The order of a date's parts; year-month-day is always understood.")


class UsersExport(ExportPart):
    """The operator's list of users."""

    columns: UsersColumns


class ServicesExport(ExportPart):
    """The operator's list of services."""

    columns: ServicesColumns
    values: ServiceValues = ServiceValues()


class OptionsExport(ExportPart):
    """The operator's list of options in force."""

    columns: OptionsColumns
    values: OptionValues = OptionValues()


class ExportsPart(Part):
    """The lists of the operator; only that of services has to be there."""

    users: UsersExport | None = Field(None, description="Without it, users without services are not known.")
    services: ServicesExport
    options: OptionsExport | None = None


class ChecklistPart(Part):
    """What an apply writes for the person who clicks."""

    folder: Text = Field(".fleet/checklists", description="Where to, within the fleet's folder.")
    template: Text | None = Field(None, description="Steps of another portal than MyDstny's, in the fleet's folder.")


class FilePart(Part):
    """The operator's exports in, a checklist of portal steps out."""

    type: Literal["file"]
    exports: ExportsPart
    catalogue: Text = Field("catalogue.yaml", description="Bundles and options on offer, within the fleet's folder.")
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "BE"
    max_age: Amount = Field(Decimal(3), description="How many days old an export may be.")
    checklist: ChecklistPart = ChecklistPart()


def export_problems(part: FilePart, read: Read) -> Iterator[Problem]:
    """Yield what makes no sense in the description of exports."""
    at = ("provider", "exports")
    users, services, options = part.exports.users, part.exports.services, part.exports.options
    columns, where = services.columns, read.place((*at, "services", "columns"), key=True)
    if (columns.user is None) is (columns.user_id is None):
        yield Problem("services: expected a column for either 'user' or 'user_id'", where)
    if columns.user_id and not (users and users.columns.id):
        yield Problem("services.columns.user_id names a key that no column 'id' of users has", where)
    if not (columns.id or columns.number or columns.iccid):
        yield Problem("services: expected a column for 'id', 'number' or 'iccid', to tell services apart", where)
    if options is not None:
        yield from _joint_problems(options.columns, columns, read)
    for path, keys in ((part.catalogue, ("catalogue",)), *_files(part)):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            yield Problem(f"{keys[-1]}: expected a path within the fleet's folder", read.place(("provider", *keys)))


def _joint_problems(columns: OptionsColumns, services: ServicesColumns, read: Read) -> Iterator[Problem]:
    where = read.place(("provider", "exports", "options", "columns"), key=True)
    if (columns.service_id is None) is (columns.number is None):
        yield Problem("options: expected a column for either 'service_id' or 'number' of their service", where)
    if columns.service_id and not services.id:
        yield Problem("options.columns.service_id names a key that no column 'id' of services has", where)
    if columns.number and not services.number:
        yield Problem("options.columns.number names a key that no column 'number' of services has", where)
    if services.options:
        yield Problem("options come from services.columns.options and from an export of their own", where, "Keep one.")


def _files(part: FilePart) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in ("users", "services", "options"):
        export: ExportPart | None = getattr(part.exports, name)
        if export is not None:
            yield export.file, ("exports", name, "file")
    yield part.checklist.folder, ("checklist", "folder")
    if part.checklist.template:
        yield part.checklist.template, ("checklist", "template")
