"""Carry out a table of edits: every row is tried, and each that will not do is named with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.desired.layout import BOM
from reconciler.desired.yaml import parse
from reconciler.errors import EditRefused, FleetError, InvalidInput, Place
from reconciler.model.identifiers import address, user_key
from reconciler.usecases.editing import Draft, Editing, Unworkable, WouldBeInvalid, draft_of
from reconciler.usecases.editor import Editor
from reconciler.usecases.table import BadRow, Row
from reconciler.usecases.wanted import Add
from reconciler.usecases.writing import Workspace


@dataclass(frozen=True, slots=True)
class Bulk:
    """The edit that the good rows of a table make, None where they change nothing, and the bad rows."""

    draft: Draft | None
    bad: tuple[BadRow, ...]


def draft_rows(editing: Editing, rows: Sequence[Row]) -> Bulk:
    """Return the edit of all rows that can be carried out, and the others with their reasons.

    Raises InvalidInput or EditRefused for what is wrong and lies at no row.
    """
    bad: dict[int, str] = {}
    while True:
        left = [row for row in rows if row.number not in bad]
        editor = Editor(editing.documents, editing.snapshot, Workspace(editing.world.root))
        editor = _accepted(editor, left, bad)
        try:
            made = draft_of(editing, editor)
            return Bulk(made, tuple(BadRow(number, reason) for number, reason in sorted(bad.items())))
        except (WouldBeInvalid, Unworkable) as error:
            found = _blamed(error, editor, left)
            if not found:
                raise
            bad |= found


def _accepted(editor: Editor, rows: Sequence[Row], bad: dict[int, str]) -> Editor:
    """Return an editor that has carried out the rows it could; halves are tried where not all of them go."""
    if not rows:
        return editor
    trial = editor.copy()
    try:
        for row in rows:
            trial.carry_out(row.wanted, row=row.number)
        trial.workspace.rewritten()
        return trial
    except (EditRefused, InvalidInput) as error:
        if len(rows) == 1:
            bad[rows[0].number] = _reason(error)
            return editor
    half = len(rows) // 2
    return _accepted(_accepted(editor, rows[:half], bad), rows[half:], bad)


def _reason(error: FleetError) -> str:
    if isinstance(error, InvalidInput):
        return "; ".join(problem.message for problem in error.problems)
    return f"{error}. {error.hint}" if error.hint else str(error)


def _blamed(error: WouldBeInvalid | Unworkable, editor: Editor, rows: Sequence[Row]) -> dict[int, str]:
    """Return the rows at which the problems of the whole fleet lie, with these."""
    if isinstance(error, Unworkable):
        spots = [(address(found.user or "", found.label or ""), found.message) for found in error.findings]
    else:
        spots = [(_service_at(editor, problem.place), problem.message) for problem in error.problems]
    blamed: dict[int, str] = {}
    for service, message in spots:
        row = editor.rows.get(service) or _naming(rows, message)
        if row is not None:
            blamed[row] = "; ".join(filter(None, [blamed.get(row), message]))
    return blamed


def _service_at(editor: Editor, place: Place | None) -> str:
    """Return the address of the service that stands at a place of the edited files."""
    if place is None or place.file not in editor.workspace.names:
        return ""
    read = parse(editor.workspace.text(place.file).removeprefix(BOM), place.file)
    services = {path: at.key_line for path, at in read.positions.items() if len(path) == 4 and path[2] == "services"}
    above = [path for path, line in services.items() if line <= place.line]
    last = max(above, key=lambda path: services[path], default=None)
    return address(user_key(str(last[1])), str(last[3])) if last else ""


def _naming(rows: Sequence[Row], message: str) -> int | None:
    """Return the row that names the number or the SIM a message is about: it may lie at the service that had it."""
    for row in rows:
        values = row.wanted.service if isinstance(row.wanted, Add) else getattr(row.wanted, "values", {})
        sim = values.get("sim") or getattr(row.wanted, "sim", {})
        if any(word and word in message for word in (values.get("number"), sim.get("iccid"))):
            return row.number
    return None
