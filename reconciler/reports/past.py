"""What was applied, as text and as plain values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.model.run import PastAction, PastRun
from reconciler.reports.table import Column, table_text
from reconciler.reports.text import Paint

_RUNS = tuple(map(Column, ("RUN", "STARTED (UTC)", "BY", "STATE", "EXIT", "COMMIT")))
_COLOURS = {"done": "green", "waiting": "yellow", "ordered": "yellow"}


def runs_text(runs: Sequence[PastRun], *, paint: Paint) -> str:
    """Return runs as a table, newest first."""
    if not runs:
        return "Nothing was applied here yet.\n"
    return table_text(_RUNS, [_run_row(run) for run in runs], width=None, paint=paint)


def run_text(run: PastRun, actions: Sequence[PastAction], *, paint: Paint) -> str:
    """Return one run: who, when, on which approvals, and every action with its order and outcome."""
    ended = _moment(run.ended) if run.ended else "not ended"
    approvals = "; ".join(_approval(each) for each in run.approvals) or "none"
    counts = Counter(action.result or "not started" for action in actions)
    lines = [
        paint(f"Run {run.id} of {run.organisation}, {run.state}", "bold"),
        f"  {_moment(run.started)} to {ended} UTC, by {run.who} at {run.place}, fleet {run.tool_version}",
        f"  commit {run.commit or '(none)'}, plan {run.digest}",
        f"  approved by: {approvals}",
        *(f"  overridden: {message}" for message in _overridden(run)),
        *(_action_line(action, paint) for action in actions),
        ", ".join(f"{count} {word}" for word, count in sorted(counts.items())) or "no actions",
    ]
    return "\n".join(lines) + "\n"


def run_document(run: PastRun, actions: Sequence[PastAction] | None = None) -> dict[str, Any]:
    """Return a run as plain values, its plan aside."""
    facts = {name: value for name, value in run._asdict().items() if name != "plan"} | {"overrides": _overridden(run)}
    return facts if actions is None else facts | {"actions": [action._asdict() for action in actions]}


def _run_row(run: PastRun) -> tuple[str, ...]:
    code = "" if run.exit_code is None else str(run.exit_code)
    return run.id, _moment(run.started), run.who, run.state, code, (run.commit or "")[:12]


def _action_line(action: PastAction, paint: Paint) -> str:
    result = action.result or "not started"
    order = f", order {action.operator_order}" if action.operator_order else ""
    reason = f": {action.reason}" if action.reason else ""
    word = paint(f"{result:<11}", _COLOURS.get(result, "red"))
    return f"  {word} {action.kind} {action.address} ({action.reference}{order}){reason}"


def _overridden(run: PastRun) -> list[str]:
    """Return which checks were lifted for a run, as the plan it carried out says."""
    findings = json.loads(run.plan)["findings"]
    return [found["message"] for found in findings if found["code"] == "overridden"]


def _approval(facts: Mapping[str, Any]) -> str:
    role = f" as {facts['role']}" if facts.get("role") else ""
    return f"{facts['who']}{role} ({facts['kind']})"


def _moment(text: str) -> str:
    return text[:19].replace("T", " ")
