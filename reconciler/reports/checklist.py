"""Actions as a list for somebody who clicks: where in the portal, what to choose, what to confirm, removals last.

The rows are built once, from a plan and the steps of a portal, and laid out as Markdown, HTML and CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from reconciler.model.catalogue import Catalogue
from reconciler.model.fleet import Service
from reconciler.model.plan import Action, Change, Kind, Plan
from reconciler.model.snapshot import LiveUser, Task
from reconciler.reports.delimited import csv_text

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SIMS = {"esim": "eSIM", "physical": "a physical SIM"}
_ACTIVATIONS = {"administrator": "you", "email": "the user, by e-mail"}
_STEPS = {
    "user": "user",
    "bundle": "bundle",
    "number": "number",
    "sim.type": "sim_type",
    "sim.iccid": "iccid",
    "sim.eid": "eid",
    "cost_centre": "cost_centre",
}


class Steps(NamedTuple):
    """What is clicked for one kind of action; for a change, `lines` are by what changes."""

    path: str
    lines: Mapping[str, str]
    confirm: str


class Sheet(NamedTuple):
    """A sheet of the operator's: headings with what stands below them."""

    columns: Mapping[str, str]
    delimiter: str


class Portal(NamedTuple):
    """A portal: its name, its steps by the kind of action, and its sheets."""

    name: str
    steps: Mapping[str, Steps]
    sheets: Mapping[str, Sheet]


class Item(NamedTuple):
    """One action to carry out: its task's id, where, what to choose, what to confirm, and whether that is said done."""

    id: str
    address: str
    kind: Kind
    user: str
    title: str
    path: tuple[str, ...]
    steps: tuple[str, ...]
    confirm: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """The items of one run in the order that is safe: additions and changes by user, then the removals."""

    run: str
    organisation: str
    day: date
    portal: str
    items: tuple[Item, ...]
    removals: tuple[Item, ...]

    @property
    def all(self) -> tuple[Item, ...]:
        """Every item in its order."""
        return (*self.items, *self.removals)


def checklist(
    run: str,
    plan: Plan,
    tasks: Sequence[Task],
    portal: Portal,
    *,
    users: Mapping[str, LiveUser],
    catalogue: Catalogue,
) -> Checklist:
    """Return what `tasks` of a run ask for; users and the catalogue give names to keys and ids."""
    actions = {action.id: action for action in plan.actions}
    items = [
        _item(task, actions[task.address], portal, _Words(users, catalogue))
        for task in tasks
        if task.address in actions
    ]
    return Checklist(
        run=run,
        organisation=plan.organisation,
        day=plan.day,
        portal=portal.name,
        items=tuple(item for item in items if item.kind is not Kind.REMOVE),
        removals=tuple(item for item in items if item.kind is Kind.REMOVE),
    )


def sheets(
    plan: Plan,
    tasks: Sequence[Task],
    portal: Portal,
    *,
    users: Mapping[str, LiveUser],
    catalogue: Catalogue,
) -> Iterator[tuple[str, str]]:
    """Yield the operator's sheets that have rows, by the kind of action, as CSV."""
    actions = {action.id: action for action in plan.actions}
    words = _Words(users, catalogue)
    for kind, sheet in portal.sheets.items():
        wanted = [(task, actions[task.address]) for task in tasks if task.kind == kind and task.address in actions]
        facts = [words.of(task, action) for task, action in wanted]
        rows = [[_filled(text, each) or "" for text in sheet.columns.values()] for each in facts]
        if rows:
            yield kind, csv_text(list(sheet.columns), rows, delimiter=sheet.delimiter)


def checklist_csv(made: Checklist) -> str:
    """Return a checklist as CSV, a row for each step."""
    heads = ("id", "service", "action", "user", "where", "step", "done")
    rows = [
        (item.id, item.address, item.title, item.user, " › ".join(item.path), step, "yes" if item.ticked else "")
        for item in made.all
        for step in (*item.steps, item.confirm)
    ]
    return csv_text(heads, rows)


def groups(items: Iterable[Item]) -> Iterator[tuple[str, list[Item]]]:
    """Yield items by user, in the order of the first of each."""
    by_user: dict[str, list[Item]] = {}
    for item in items:
        by_user.setdefault(item.user, []).append(item)
    yield from by_user.items()


@dataclass(frozen=True, slots=True)
class _Words:
    """Says what placeholders stand for, in the words of the portal."""

    users: Mapping[str, LiveUser]
    catalogue: Catalogue

    def of(self, task: Task, action: Action) -> dict[str, str]:
        service = (action.before if action.kind is Kind.CHANGE else action.after) or action.before
        assert service is not None, "an action of a checklist is about a service"
        person = self.users.get(service.user)
        port = service.port_in
        facts = {
            "id": task.id,
            "address": action.id,
            "live_id": action.live_id,
            "monthly": str(action.cost.monthly_delta),
            "reason": action.reason,
            "name": person.name if person else service.user,
            "activation": _ACTIVATIONS.get(str(service.activation)) if service.activation else None,
            "donor": port.operator if port else None,
            "donor_account": port.account if port else None,
            "port_date": str(port.date) if port and port.date else None,
            **self._service(service),
        }
        return {name: value for name, value in facts.items() if value}

    def _service(self, service: Service) -> dict[str, str | None]:
        return {
            "user": service.user,
            "label": service.label,
            "number": service.number,
            "bundle": self.called(service.bundle),
            "bundle_id": service.bundle,
            "options": ", ".join(map(self.called, sorted(service.options))),
            "sim": _SIMS.get(str(service.sim.type)) if service.sim.type else None,
            "iccid": service.sim.iccid,
            "eid": service.sim.eid,
            "state": str(service.state) if service.state else None,
            "cost_centre": service.cost_centre,
        }

    def called(self, word: str) -> str:
        found = self.catalogue.bundles.get(word) or self.catalogue.options.get(word)
        return found.name if found else word

    def changed(self, change: Change) -> dict[str, str]:
        words = {"before": change.before, "after": change.after}
        if change.path in ("bundle", "options"):
            return {name: self.called(word) for name, word in words.items() if word}
        if change.path == "sim.type":
            return {name: _SIMS[word] for name, word in words.items() if word}
        if change.path == "user":
            return {name: self.users[word].name if word in self.users else word for name, word in words.items() if word}
        return {name: word for name, word in words.items() if word}


def _item(task: Task, action: Action, portal: Portal, words: _Words) -> Item:
    how, facts = portal.steps[str(action.kind)], words.of(task, action)
    if action.kind is Kind.CHANGE:
        lines = [_filled(how.lines[_step(change)], facts | words.changed(change)) for change in action.changes]
    else:
        lines = [_filled(line, facts) for line in how.lines.values()]
    return Item(
        id=task.id,
        address=action.id,
        kind=action.kind,
        user=facts["user"] if facts["name"] == facts["user"] else f"{facts['name']} <{facts['user']}>",
        title=f"{action.kind} {action.label or facts.get('number') or facts['bundle']}",
        path=tuple(_path(how.path, facts)),
        steps=tuple(line for line in lines if line),
        confirm=_bare(how.confirm, facts),
        ticked=task.ticked is not None,
    )


def _step(change: Change) -> str:
    if change.path == "options":
        return "option_added" if change.after else "option_removed"
    if change.path == "state":
        return "blocked" if change.after == "blocked" else "unblocked"
    return _STEPS[change.path]


def _path(text: str, facts: Mapping[str, str]) -> Iterator[str]:
    """Yield the pages of a path; what is not there is left out with the comma before it."""
    for page in text.split("›"):
        parts = [filled for part in page.split(",") if (filled := _filled(part.strip(), facts))]
        if parts:
            yield ", ".join(parts)


def _filled(text: str, facts: Mapping[str, str]) -> str | None:
    """Return a text with its placeholders filled in; None where something it names is not there."""
    if any(word not in facts for word in _PLACEHOLDER.findall(text)):
        return None
    return _bare(text, facts)


def _bare(text: str, facts: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: facts.get(found[1], "?"), text)
