"""A table of what is wanted, as it comes out of a spreadsheet: one row, one service, each bad row with its reason."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from reconciler.desired.yaml import nearest
from reconciler.errors import UsageError, quoted
from reconciler.files import LARGEST_FILE, read_given
from reconciler.usecases.wanted import Add, Change, Leave, Remove, Transfer, Wanted
from reconciler.usecases.words import day_of, option_name, option_of

COLUMNS = (
    "action", "user", "label", "profile", "bundle", "options", "number", "sim", "iccid", "state", "from", "until",
    "cost_centre", "activation", "port_in_operator", "port_in_account", "port_in_date", "reason", "to",
)  # fmt: skip
_NEEDED = ("action", "user")
_VALUES = ("profile", "bundle", "number", "state", "from", "until", "cost_centre", "activation", "reason")
#: What an action takes besides `action`, `user` and `label`.
_TAKES = MappingProxyType(
    {"add": COLUMNS[3:-1], "change": COLUMNS[3:-1], "remove": (), "transfer": ("to",), "leave": ("reason",)},
)
_PORT_IN = MappingProxyType({"operator": "port_in_operator", "account": "port_in_account", "date": "port_in_date"})
_SIM = MappingProxyType({"type": "sim", "iccid": "iccid"})
#: A cell that takes a value away.
_NOTHING = "-"


class Row(NamedTuple):
    """A row of the table, numbered as a spreadsheet does, and what it wants."""

    number: int
    wanted: Wanted


class BadRow(NamedTuple):
    """A row that cannot be carried out, and why."""

    number: int
    reason: str


def read_table(path: Path) -> tuple[list[Row], list[BadRow]]:
    """Return the rows of a table and those that make no sense; raises UsageError where it is no such table."""
    lines = _lines(path)
    header = _header(lines[0] if lines else [], path)
    rows: list[Row] = []
    bad: list[BadRow] = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            rows.append(Row(number, _wanted(_cells(header, cells))))
        except UsageError as error:
            bad.append(BadRow(number, str(error)))
    return rows, bad


def _lines(path: Path) -> list[list[str]]:
    try:
        text = read_given(path, limit=LARGEST_FILE).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", hint="Save it as 'CSV UTF-8'.") from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UsageError(f"{path} is no table: {error}", hint="Look at its quotes.") from error


def _header(cells: Sequence[str], path: Path) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_").replace("-", "_") for cell in cells]
    hint = f"Its first row names the columns: {', '.join(COLUMNS)}."
    unknown = [name for name in names if name not in COLUMNS]
    if unknown and any(names):
        raise UsageError(f"{path}: unknown column {quoted(unknown[0])}{nearest(unknown[0], list(COLUMNS))}", hint=hint)
    twice = [name for name in names if names.count(name) > 1]
    missing = [name for name in _NEEDED if name not in names]
    if twice or missing:
        flaw = f"column {quoted(twice[0])} is there twice" if twice else f"column {quoted(missing[0])} is missing"
        raise UsageError(f"{path}: {flaw}", hint=hint)
    return names


def _cells(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Return what is said in a row, by column."""
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        raise UsageError(f"it has {len(cells)} cells, and there are {len(header)} columns")
    return {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}


def _wanted(said: Mapping[str, str]) -> Wanted:
    action = said.get("action", "").lower()
    if action not in _TAKES:
        near = nearest(action, list(_TAKES))
        raise UsageError(f"unknown action {quoted(action)}{near}; there are {', '.join(_TAKES)}")
    if "user" not in said:
        raise UsageError("no user is named")
    useless = [name for name in said if name not in ("action", "user", "label", *_TAKES[action])]
    if useless:
        raise UsageError(f"{quoted(useless[0])} says nothing to the action {quoted(action)}")
    readers: dict[str, Callable[[Mapping[str, str]], Wanted]] = {"add": _add, "change": _change, "transfer": _transfer}
    if action in readers:
        return readers[action](said)
    return Remove(said["user"], said.get("label")) if action == "remove" else Leave(said["user"], said.get("reason"))


def _add(said: Mapping[str, str]) -> Add:
    if "label" not in said:
        raise UsageError("a new service needs a label")
    sim = {key: said[name] for key, name in _SIM.items() if name in said}
    options = [option_of(word) for word in said.get("options", "").replace("|", " ").split()]
    values: dict[str, Any] = {name: said[name] for name in _VALUES if name in said}
    values |= {"sim": sim} if sim else {}
    values |= {"options": options} if options else {}
    values |= {"port_in": _donor(said)} if _names_donor(said) else {}
    return Add(said["user"], said["label"], values)


def _change(said: Mapping[str, str]) -> Change:
    values: dict[str, Any] = {name: _value(said[name]) for name in _VALUES if name in said}
    if _names_donor(said):
        values["port_in"] = None if said.get("port_in_operator") == _NOTHING else _donor(said)
    sim = {key: _value(said[name]) for key, name in _SIM.items() if name in said}
    words = said.get("options", "").replace("|", " ").split()
    more = [option_of(word[1:]) for word in words if word.startswith("+") and word[1:]]
    less = [option_name(option_of(word[1:])) for word in words if word.startswith("-") and word[1:]]
    if words and len(more) + len(less) not in (0, len(words)):
        raise UsageError("options: either all of them, or those that come and go as +this and -that")
    if words and not (more or less):
        values["options"] = None if words == [_NOTHING] else [option_of(word) for word in words]
    if not (values or sim or more or less):
        raise UsageError("nothing is said about what to change")
    return Change(said["user"], said.get("label"), values, sim, more, less)


def _transfer(said: Mapping[str, str]) -> Transfer:
    if "to" not in said:
        raise UsageError("column 'to' does not say who gets the service")
    return Transfer(said["user"], said.get("label"), said["to"])


def _names_donor(said: Mapping[str, str]) -> bool:
    return any(name in said for name in _PORT_IN.values())


def _donor(said: Mapping[str, str]) -> dict[str, str]:
    """Return where a number comes from, as it stands in a file."""
    parts = {key: said[name] for key, name in _PORT_IN.items() if name in said}
    missing = [name for key, name in _PORT_IN.items() if key not in parts and key != "date"]
    if missing:
        raise UsageError(f"where the number comes from is said in part; column {quoted(missing[0])} is empty")
    return parts | ({"date": day_of(parts["date"])} if "date" in parts else {})


def _value(cell: str) -> str | None:
    return None if cell == _NOTHING else cell
