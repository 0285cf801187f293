"""How what was handed to somebody stands, as a table and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.model.snapshot import Task
from reconciler.ports import Outcome, Result
from reconciler.reports.rows import counted
from reconciler.reports.text import Paint

_COLOURS = {Result.DONE: "green", Result.FAILED: "red"}


def standing_text(waiting: Sequence[Task], shown: Mapping[Task, Outcome], *, paint: Paint) -> str:
    """Return what an export has shown of tasks, what waits for one, and what waits for somebody."""
    lines = [
        f"{paint(f'{outcome.result:<11}', _COLOURS.get(outcome.result, 'yellow'))} {task.id}  {task.kind} "
        f"{task.address}: {outcome.reason}"
        for task, outcome in shown.items()
    ]
    for task in waiting:
        word = "ticked" if task.ticked else "to do"
        by = f": says {task.by} on {task.ticked:%Y-%m-%d %H:%M} UTC; no export since" if task.ticked else ""
        lines.append(f"{paint(f'{word:<11}', 'yellow')} {task.id}  {task.kind} {task.address}{by}")
    return "\n".join([*lines, *([""] if lines else []), _sentence(waiting, shown)]) + "\n"


def _sentence(waiting: Sequence[Task], shown: Mapping[Task, Outcome]) -> str:
    if not waiting and not shown:
        return "Nothing is on a checklist."
    ticked = sum(1 for task in waiting if task.ticked)
    parts = [f"{counted(len(waiting) - ticked, 'task')} to do", f"{ticked} ticked and not exported since"]
    if shown:
        proved = sum(1 for outcome in shown.values() if outcome.result is Result.DONE)
        parts.append(f"{proved} of {len(shown)} shown by the newest export")
    return f"Checklist: {', '.join(parts)}."
