"""Values that the operator does not tell though the files declare them: of many services at once that is no drift.

An answer without any cost centre looks as if somebody had taken them all away. Where that is so of more than half of
the services that are declared with such a value, and of five at least, nothing that follows from it is ordered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.config import Overridable, Override
from reconciler.model.fleet import DesiredFleet, Service
from reconciler.model.plan import Action, Finding, Kind, Severity, Status
from reconciler.planning.overrides import lifted, lifting
from reconciler.planning.partial import counted, listed

#: From how many services on, and beyond which share of those declared with a value, it is no drift any more.
_AT_LEAST, _SHARE = 5, 0.5
_NAMES = {
    "number": "number",
    "sim.type": "kind of SIM",
    "sim.iccid": "ICCID",
    "sim.eid": "EID",
    "cost_centre": "cost centre",
    "options": "option",
}


def guard_values(
    actions: Sequence[Action], fleet: DesiredFleet, overrides: Sequence[Override]
) -> tuple[list[Action], list[Finding]]:
    """Return the actions with those blocked that follow from a value missing for many, and what is missing."""
    missing: dict[str, list[Action]] = defaultdict(list)
    for action in actions:
        if action.kind is Kind.CHANGE and action.status in (Status.READY, Status.DEFERRED):
            for path in _missing(action):
                missing[path].append(action)
    result, findings, override = list(actions), list[Finding](), lifting(overrides, Overridable.VALUES_MISSING)
    for path, concerned in sorted(missing.items()):
        declared = _declared(fleet, path) if len(concerned) >= _AT_LEAST else 0
        if len(concerned) < _AT_LEAST or len(concerned) <= _SHARE * declared:
            findings += _said(path, concerned)
            continue
        refusal = _refusal(path, concerned, declared)
        findings.append(lifted(refusal, override) if override else refusal)
        if not override:
            blocked = {id(action) for action in concerned}
            result = [
                action._replace(status=Status.BLOCKED, reason="values missing") if id(action) in blocked else action
                for action in result
            ]
    return result, findings


def _missing(action: Action) -> Iterator[str]:
    """Yield the attributes that the operator tells nothing of and a change would give a service."""
    if action.before is None or action.after is None:
        return
    before, after = _values(action.before), _values(action.after)
    yield from (path for path in _NAMES if after[path] and not before[path])


def _values(service: Service) -> Mapping[str, object]:
    sim = service.sim
    return {
        "number": service.number,
        "sim.type": sim.type,
        "sim.iccid": sim.iccid,
        "sim.eid": sim.eid,
        "cost_centre": service.cost_centre,
        "options": service.options,
    }


def _declared(fleet: DesiredFleet, path: str) -> int:
    return sum(1 for item in fleet.services if _values(item.service)[path])


def _said(path: str, concerned: Sequence[Action]) -> Iterator[Finding]:
    if path == "options":
        return  # a first option is nothing to remark on
    names = listed([action.id for action in concerned])
    message = f"the operator tells no {_NAMES[path]} of {counted(len(concerned), 'service')}, which the files declare"
    yield Finding("values-missing", Severity.INFO, f"{message}: {names}")


def _refusal(path: str, concerned: Sequence[Action], declared: int) -> Finding:
    message = (
        f"the operator tells no {_NAMES[path]} of {len(concerned)} services, of {declared} that the files declare with "
        f"one: {listed([action.id for action in concerned])}"
    )
    hint = (
        "Run again; if it persists, ask the operator. If that is so, and all of them are to be set, override "
        "'values-missing' in a reviewed commit."
    )
    return Finding("values-missing", Severity.ERROR, message, hint)
