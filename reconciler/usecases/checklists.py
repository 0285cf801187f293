"""Checklists for whoever carries out by hand what an apply ordered: written, ticked off, and held against exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.applying.journal import history, lease
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.runs import RunJournal
from reconciler.applying.journal.tasks import open_tasks, tasks_of
from reconciler.desired.catalogue import load_catalogue
from reconciler.desired.load import load, load_settings
from reconciler.desired.portal import PortalFile, SheetPart, load_portal
from reconciler.errors import FleetError, UsageError, quoted
from reconciler.files import make_folder_inside, write_private
from reconciler.model.config import FleetConfig
from reconciler.model.snapshot import LiveUser, Task
from reconciler.ports import Outcome, World
from reconciler.reports.checklist import Checklist, Portal, Sheet, Steps, checklist, checklist_csv, sheets
from reconciler.reports.html.checklist import checklist_html
from reconciler.reports.markdown.checklist import checklist_markdown
from reconciler.usecases.changed import LoadedFiles
from reconciler.usecases.journal_place import require_no_old_journal
from reconciler.usecases.planning import PlanRequest, plan_again
from reconciler.usecases.proving import proofs
from reconciler.usecases.saving import parse_plan


@dataclass(frozen=True, slots=True)
class Standing:
    """What was given out and is not proved: what waits, and what the newest export shows of the rest."""

    waiting: tuple[Task, ...]
    shown: Mapping[Task, Outcome]


def is_by_hand(config: FleetConfig) -> bool:
    """Tell whether somebody carries out by hand what is ordered."""
    return config.provider.type == "file"


async def write_checklist(world: World, run_id: str | None = None) -> list[Path]:
    """Write the checklist of a run (None: the last with something on it) and return its files; none where all is done.

    Raises UsageError for a run there is none of.
    """
    config = load_settings(world.root).config
    if not is_by_hand(config):
        return []
    with _journal(world, config, to_read=True) as database:
        tasks = open_tasks(database, config.organisation)
        run_id = run_id or (tasks[-1].run if tasks else None)
        if run_id is None:
            return []
        run = history.one_run(database, run_id)
        if run is None or run.organisation != config.organisation:
            raise UsageError(f"the journal has no run '{run_id}'", hint="See 'fleet history' for those it has.")
        tasks = tasks_of(database, run_id)
    if not tasks:
        return []
    return _written(world, config, run_id, tasks, run.plan, await _users(world, config))


def _written(
    world: World, config: FleetConfig, run_id: str, tasks: Sequence[Task], document: str, users: Mapping[str, LiveUser]
) -> list[Path]:
    settings: Mapping[str, Any] = config.provider.settings
    portal = _portal(load_portal(world.root, settings["checklist"].get("template")))
    catalogue = load_catalogue(world.root, settings["catalogue"])
    plan = parse_plan(document, name=f"the plan of run {run_id}").plan
    known: dict[str, Any] = {"users": users, "catalogue": catalogue}
    made = checklist(run_id, plan, tasks, portal, **known)
    folder = world.root / settings["checklist"]["folder"]
    real = make_folder_inside(world.root, settings["checklist"]["folder"])
    texts = {f"{run_id}{suffix}": lay_out(made) for suffix, lay_out in _LAYOUTS.items()}
    texts |= {f"{run_id}-{kind}.csv": text for kind, text in sheets(plan, tasks, portal, **known)}
    for name, text in texts.items():
        write_private(real / name, text.encode("utf-8-sig" if name.endswith(".csv") else "utf-8"))
    return [folder / name for name in texts]


_LAYOUTS: Mapping[str, Callable[[Checklist], str]] = {
    ".html": checklist_html,
    ".md": checklist_markdown,
    ".csv": checklist_csv,
}


async def standing(world: World) -> Standing:
    """Return how what was given out stands, and record what the newest export shows of it.

    Raises UsageError where nobody carries out anything by hand, LockedError while a run writes.
    """
    documents = load(world.root, progress=world.reading.files)
    config = documents.config
    _require_by_hand(config)
    with _journal(world, config) as database:
        if not open_tasks(database, config.organisation):
            return Standing((), {})
        async with world.provider(config).reading() as reader:
            made = await plan_again(world, LoadedFiles(documents), reader, PlanRequest())
        shown = proofs(made)
        if shown:
            with _writing(world, config, database) as journal:
                await journal.prove(shown)
        return Standing(tuple(open_tasks(database, config.organisation)), shown)


async def tick(world: World, words: Sequence[str], *, undo: bool) -> list[Task]:
    """Record that somebody says that tasks are done (`undo`: that they are not), and return them as they are then.

    `words` are ids or addresses. Raises UsageError for one that is no open task or several, LockedError.
    """
    require_no_old_journal(world.root)
    config = load_settings(world.root).config
    _require_by_hand(config)
    with _journal(world, config) as database:
        chosen = _chosen(open_tasks(database, config.organisation), words)
        with _writing(world, config, database) as journal:
            await journal.tick(chosen, None if undo else world.requester())
        keys = {(task.run, task.order, task.address) for task in chosen}
        after = open_tasks(database, config.organisation)
        return [task for task in after if (task.run, task.order, task.address) in keys]


def _chosen(tasks: Sequence[Task], words: Sequence[str]) -> list[Task]:
    found: dict[Task, None] = {}
    for word in words:
        meant = [task for task in tasks if word.lower() in (task.id.lower(), task.address.lower())]
        if len(meant) != 1:
            listed = ", ".join(f"{task.id} ({task.address})" for task in (meant or tasks)[:10]) or "nothing"
            what = f"{quoted(word)} is several tasks" if meant else f"there is no open task {quoted(word)}"
            raise UsageError(what, hint=f"On the checklist: {listed}.")
        found[meant[0]] = None
    return list(found)


def _require_by_hand(config: FleetConfig) -> None:
    if not is_by_hand(config):
        message = f"there are no checklists with provider {quoted(config.provider.type)}, which orders by itself"
        raise UsageError(message, hint="See 'fleet history' for what was ordered.")


@contextmanager
def _journal(world: World, config: FleetConfig, *, to_read: bool = False) -> Iterator[Database]:
    opened = Database.reading if to_read else Database.open
    database = opened(world.journal_url(config), seconds=config.journal.timeout)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _writing(world: World, config: FleetConfig, database: Database) -> Iterator[RunJournal]:
    """Yield a journal that may be written to: no run writes meanwhile."""
    held, _ = lease.acquire(
        database,
        config.organisation,
        run_id=world.run_id(),
        who=world.requester(),
        place=world.place(),
        seconds=config.journal.lease,
    )
    with held:
        yield RunJournal(database, held)


async def _users(world: World, config: FleetConfig) -> Mapping[str, LiveUser]:
    """Return users by their keys as the portal names them; nobody where the exports cannot be read any more."""
    try:
        async with world.provider(config).reading() as reader:
            return (await reader.snapshot()).users
    except FleetError:
        return {}


def _portal(document: PortalFile) -> Portal:
    steps = {
        kind: Steps(part.path, {str(number): line for number, line in enumerate(part.steps)}, part.confirm)
        for kind, part in (("add", document.add), ("remove", document.remove))
    }
    steps["change"] = Steps(document.change.path, document.change.steps.model_dump(), document.change.confirm)
    found: dict[str, SheetPart | None] = {kind: getattr(document.bulk, kind) for kind in ("add", "change", "remove")}
    bulk = {kind: Sheet(part.columns, part.delimiter) for kind, part in found.items() if part is not None}
    return Portal(document.portal, steps, bulk)
