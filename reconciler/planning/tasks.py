"""What was to be done by hand, held against live: an export proves it or does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.plan import Action, Finding, Kind, Severity
from reconciler.model.snapshot import LiveService, Presence, Snapshot, Task
from reconciler.planning.diff import attributes


def undone(snapshot: Snapshot, actions: Sequence[Action]) -> frozenset[Task]:
    """Return the tasks of `snapshot` that it does not show; `actions` is what a plan of it finds to do.

    A change or a removal shows by its service. An addition shows where it is not planned any more and its user has
    such a service, as far as an export tells: there may be another one like it.
    """
    if not snapshot.tasks:
        return frozenset()
    there = {line.id: line for line in snapshot.services if line.presence is not Presence.GOING}
    wanted = {action.id for action in actions if action.kind is Kind.ADD}
    return frozenset(task for task in snapshot.tasks if not _shows(task, there, wanted))


def of_tasks(snapshot: Snapshot, actions: Sequence[Action]) -> Iterator[Finding]:
    """Say what was ticked off and is not in live, and what is in live and was not ticked off."""
    left = undone(snapshot, actions)
    for task in snapshot.tasks:
        if task.ticked is not None and task in left:
            message = f"{task.address}: {task.id} was ticked off by {task.by}, and the export does not show it"
            hint = "What is still wanted is planned again. Did the portal refuse, or was the last step not confirmed?"
            yield Finding("ticked-not-done", Severity.WARNING, message, hint, *_whose(task))
        elif task.ticked is None and task not in left:
            message = f"{task.address}: {task.id} is done, as the export shows, and was not ticked off"
            yield Finding("done-not-ticked", Severity.INFO, message, None, *_whose(task))


def _shows(task: Task, there: dict[str, LiveService], wanted: set[str]) -> bool:
    if task.kind == Kind.REMOVE:
        return task.live_id not in there
    if task.kind == Kind.CHANGE:
        line = there.get(task.live_id or "")
        return line is not None and _is_as_meant(task, attributes(line.service))
    user, _ = _whose(task)
    asked = {path: after for path, _, after in task.aims if path != "options" and after is not None}
    ours = (attributes(line.service) for line in there.values() if line.service.user == user)
    return task.address not in wanted and any(_is_as_meant(task, asked | held) for held in ours)


def _is_as_meant(task: Task, held: dict[str, str]) -> bool:
    """Tell whether a service has everything that a task was to give it, and nothing that it was to take away."""
    for path, before, after in task.aims:
        if path == "options":
            if (f"options.{after or before}" in held) is not bool(after):
                return False
        elif after is not None and held.get(path) != after:
            return False
    return True


def _whose(task: Task) -> tuple[str, str | None]:
    user, _, label = task.address.partition("/")
    return user, label or None
