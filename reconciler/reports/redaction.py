"""Mask personal data for a report that others can read: numbers and SIMs but for their last three digits.

What is saved, approved and applied is never masked: its digest is over the whole numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from reconciler.model.fleet import PortIn, Service
from reconciler.model.forecast import Forecast
from reconciler.model.plan import Action, Change, Choices, Finding, Plan, Upcoming
from reconciler.model.snapshot import PlacedOrder
from reconciler.ports import Outcome

_KEPT = 3
#: Between two digits of a number in groups; a date after a number is none of its groups.
_GAP = r"(?! ?[0-9]{4}-[0-9]{2}-[0-9]{2})[ ./()-]{0,2}"
#: What looks like a number and is none: a digest, a commit, the id of a run or of a record, and the number that an
#: error gives as an example.
_SPARED = (
    r"sha256:[0-9a-f]+|\b[0-9a-f]{40}\b|/(?:runs|jobs)/[0-9]+|\b[0-9]{12}[0-9a-f]{4}(?:-[0-9]{4})?\b"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|expected E\.164 like '\+[0-9]+'"
)
#: A telephone number in E.164, as dialled at home or with 00, also in groups; an ICCID or an EID, also in groups and
#: without a check digit; any other long number that stands alone (R10).
_PERSONAL = re.compile(
    rf"({_SPARED})"
    rf"|\+(?![0-9]+\.[0-9]{{2}}(?!\.?[0-9]))[0-9](?:{_GAP}[0-9]){{6,14}}(?![0-9])"
    rf"|(?<![0-9])(?<![0-9][-.])(?:0[1-9](?:{_GAP}[0-9]){{7,8}}|00 ?[1-9](?:{_GAP}[0-9]){{8,13}})(?![0-9])"
    rf"|(?<![0-9])89(?:{_GAP}[0-9]){{15,30}}(?![0-9])"
    r"|(?<![\w.-])[0-9]{9,32}(?![\w-]|\.[0-9])"
)


def redacted(plan: Plan) -> Plan:
    """Return `plan` with every number, ICCID and EID masked, wherever it stands."""
    names = masked_ids(plan)
    return replace(
        plan,
        actions=tuple(_action(action, names) for action in plan.actions),
        findings=tuple(_finding(finding) for finding in plan.findings),
        choices=_choices(plan.choices),
        upcoming=tuple(_upcoming(each) for each in plan.upcoming),
        inquiry=plan.inquiry and replace(plan.inquiry, failure=_words(plan.inquiry.failure)),
    )


def redacted_outcomes(plan: Plan, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return the outcomes of `plan` as those of the redacted one."""
    names = masked_ids(plan)
    return {
        names.get(address) or masked(address): outcome._replace(reason=_words(outcome.reason))
        for address, outcome in outcomes.items()
    }


def redacted_forecast(seen: Forecast) -> Forecast:
    """Return a forecast with every number masked that an address has in it."""
    return replace(
        seen,
        dated=tuple(map(_upcoming, seen.dated)),
        later=tuple(map(_upcoming, seen.later)),
        deferred=tuple(map(masked, seen.deferred)),
    )


def masked_ids(plan: Plan) -> dict[str, str]:
    """Return what each action is called once it is masked, each by a name of its own."""
    seen: Counter[str] = Counter()
    names = {}
    for action in plan.actions:
        name = masked(action.id)
        seen[name] += 1
        names[action.id] = name if seen[name] == 1 else f"{name}({seen[name]})"
    return names


def masked(text: str) -> str:
    """Return `text` with what looks like a number or a SIM masked but for its last three digits."""
    return _PERSONAL.sub(lambda found: found[1] or _mask(re.sub("[^0-9]", "", found[0])), text)


def _mask(digits: str) -> str:
    return f"•••{digits[-_KEPT:]}"


def _words(text: str | None) -> str | None:
    return text and masked(text)


def _value(text: str | None) -> str | None:
    """Return a value that is personal whatever it looks like, masked."""
    return _mask(text) if text else text


def _action(action: Action, names: Mapping[str, str]) -> Action:
    return action._replace(
        id=names[action.id],
        user=masked(action.user),
        label=_words(action.label),
        before=action.before and _service(action.before),
        after=action.after and _service(action.after),
        changes=tuple(_change(change) for change in action.changes),
        reason=_words(action.reason),
        drift=action.drift and _order(action.drift),
    )


def _choices(choices: Choices) -> Choices:
    since = choices.changed_since
    if since is not None and since.users is not None:
        since = since._replace(ref=masked(since.ref), users=tuple(map(masked, since.users)))
    return replace(choices, targets=tuple(map(masked, choices.targets)), changed_since=since)


def _order(order: PlacedOrder) -> PlacedOrder:
    return order._replace(requester=_words(order.requester), notes=tuple(map(masked, order.notes)))


def _upcoming(each: Upcoming) -> Upcoming:
    return each._replace(what=masked(each.what), user=_words(each.user), label=_words(each.label))


def _service(service: Service) -> Service:
    sim = service.sim
    return service._replace(
        user=masked(service.user),
        label=_words(service.label),
        number=_value(service.number),
        sim=sim._replace(iccid=_value(sim.iccid), eid=_value(sim.eid)),
        port_in=service.port_in and _donor(service.port_in),
    )


def _donor(port_in: PortIn) -> PortIn:
    return port_in._replace(operator=masked(port_in.operator), account=_mask(port_in.account))


def _change(change: Change) -> Change:
    if change.path in ("number", "sim.iccid", "sim.eid"):
        return change._replace(before=_value(change.before), after=_value(change.after))
    return change._replace(before=_words(change.before), after=_words(change.after))


def _finding(finding: Finding) -> Finding:
    return finding._replace(
        message=masked(finding.message),
        hint=_words(finding.hint),
        user=_words(finding.user),
        label=_words(finding.label),
    )
