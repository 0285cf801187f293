"""Explain one service: what a plan makes of it and why, and on what each side's values rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.errors import Place, quoted
from reconciler.model.explanation import Answer, Explanation, Origin, Reason, Value
from reconciler.model.fleet import DesiredFleet, Ending, Service
from reconciler.model.overview import ServicePair, Standing
from reconciler.model.plan import Action, Finding, Kind, Plan, Status
from reconciler.model.snapshot import LiveService, PlacedOrder
from reconciler.planning.scope import names

_BY_STATUS = {
    Status.READY: Answer.PLANNED,
    Status.DEFERRED: Answer.DEFERRED,
    Status.IN_FLIGHT: Answer.IN_FLIGHT,
    Status.BLOCKED: Answer.BLOCKED,
}
_BY_STANDING = {
    Standing.IGNORED: Answer.IGNORED,
    Standing.UNMANAGED: Answer.UNMANAGED,
    Standing.UNCLEAR: Answer.UNCLEAR,
}
#: Findings about a whole plan that block what they are about.
_OF_A_PLAN = frozenset({"quota-exceeded", "limit-exceeded"})


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one service: both sides if there are any, its place and its values in the files, its past.

    `ended` is its own end where that has come, `gone` what the operator had by that name and has no more.
    """

    user: str
    name: str
    fleet: DesiredFleet
    plan: Plan
    pair: ServicePair | None = None
    declared: Place | None = None
    origins: Sequence[Origin] = ()
    ended: Ending | None = None
    gone: LiveService | None = None
    last_order: PlacedOrder | None = None


def explain(case: Case) -> Explanation:
    """Return why a plan does what it does about a service, or does nothing."""
    action = _action(case)
    live = case.pair.live if case.pair else None
    return Explanation(
        user=case.user,
        name=case.name,
        day=case.plan.day,
        answer=_answer(case, action),
        declared=case.declared,
        live_id=live.id if live else None,
        reasons=tuple(_reasons(case, action)),
        values=tuple(_values(case.origins, live.service if live else None)),
        action=action,
        findings=tuple(found for found in case.plan.findings if _concerns(found, case, action)),
        upcoming=tuple(
            each for each in case.plan.upcoming if case.declared and (each.user, each.label) == (case.user, case.name)
        ),
        orders=case.pair.orders if case.pair else (),
        last_order=case.last_order,
    )


def matched_by(wanted: Service, held: Service) -> str:
    """Return by what a declared service was paired with a live one."""
    if wanted.number and wanted.number == held.number:
        return "by its number"
    if wanted.sim.iccid and wanted.sim.iccid == held.sim.iccid:
        return "by its SIM"
    if (wanted.user, wanted.label) == (held.user, held.label):
        return "by user and label"
    return "since it is the only one it can be"


def _action(case: Case) -> Action | None:
    pair = case.pair
    if pair is None:
        return None
    if pair.live is not None:
        return next((each for each in case.plan.actions if each.live_id == pair.live.id), None)
    address = pair.shown.address
    return next((each for each in case.plan.actions if each.kind is Kind.ADD and each.id == address), None)


def _answer(case: Case, action: Action | None) -> Answer:
    if action is not None:
        return _BY_STATUS[action.status]
    if case.pair is None:
        return Answer.ENDED if case.ended else Answer.GONE
    return _BY_STANDING.get(case.pair.standing or Standing.SAME, Answer.AS_DECLARED)


def _reasons(case: Case, action: Action | None) -> Iterator[Reason]:
    pair = case.pair
    if pair is not None:
        yield from _sides(case, pair)
    if case.ended is not None:
        yield Reason(f"Its last day was {case.ended.day}.", case.ended.place)
    if action is not None and action.reason and not (case.ended and action.kind is Kind.REMOVE):
        yield Reason(f"{action.reason[0].upper()}{action.reason[1:]}.")
    if case.gone is not None:
        until = f" until {case.gone.terminated}" if case.gone.terminated else ""
        yield Reason(f"The operator had it{until} as {case.gone.id}, and has it no more.")
    elif pair is None:
        yield Reason("The operator does not have it.")
    creation = next((each for each in case.plan.actions if each.kind is Kind.CREATE and each.user == case.user), None)
    if creation is not None:
        yield Reason("Its user, whom the operator does not know, is created first.", creation.place)
    yield from _protections(case, action)


def _sides(case: Case, pair: ServicePair) -> Iterator[Reason]:
    """Say which sides have the service, and how they were brought together."""
    desired, live = pair.desired, pair.live
    if pair.standing is Standing.IGNORED:
        yield from _ignored(case)
    if desired is not None and live is not None:
        yield Reason(f"It is live service {live.id}, matched {matched_by(desired.service, live.service)}.")
        if desired.starts:
            yield Reason(f"It is declared from {desired.starts} on, and taken for begun since it is live already.")
    elif desired is not None and pair.standing is Standing.UNCLEAR:
        yield Reason("Which live service it is cannot be told, so it is left as it is.")
    elif desired is not None:
        yield Reason("The operator has no service that it could be.")
    elif live is not None:
        yield from _only_live(case, pair, live)


def _only_live(case: Case, pair: ServicePair, live: LiveService) -> Iterator[Reason]:
    user = case.fleet.users.get(live.service.user)
    if pair.standing is Standing.UNMANAGED:
        yield Reason(f"{live.service.user} is not declared, so the user's services are left alone (ownership).")
    elif pair.standing is Standing.UNCLEAR:
        yield Reason(f"Which declared service {live.id} is cannot be told, so it is left as it is.")
    elif case.ended is None and pair.standing is not Standing.IGNORED:
        yield Reason(f"No file declares live service {live.id}.", user.place if user else None)


def _ignored(case: Case) -> Iterator[Reason]:
    sides = (case.pair.desired, case.pair.live) if case.pair else ()
    for rule in case.fleet.config.ignore:
        if rule.user and fnmatchcase(case.user, rule.user.lower()):
            yield Reason(f"Its user is ignored by the rule {quoted(rule.user)}.", rule.place)
        elif any(side is not None and names(rule, side.service, getattr(side, "id", None)) for side in sides):
            yield Reason(f"It is ignored by the rule {quoted(rule.subject)}.", rule.place)


def _protections(case: Case, action: Action | None) -> Iterator[Reason]:
    """Say what would keep it from being removed; what does so now is a finding of the plan."""
    if action is not None and action.kind is Kind.REMOVE:
        return
    address = f"{case.user}/{case.name}"
    live = case.pair.live if case.pair else None
    for rule in case.fleet.config.protect:
        named = bool(rule.service) and fnmatchcase(address, str(rule.service).lower())
        named = named or (live is not None and names(rule, live.service, live.id))
        if named and (rule.until is None or case.plan.day <= rule.until):
            until = f" until {rule.until}" if rule.until else ""
            yield Reason(f"It is protected from removal{until} by {quoted(rule.subject)}.", rule.place)


def _concerns(found: Finding, case: Case, action: Action | None) -> bool:
    """Tell whether a finding of the plan is about this service."""
    if found.code in _OF_A_PLAN:
        return action is not None and action.reason == found.code.replace("-", " ")
    if found.code == "unmanaged":
        return found.user == case.user and bool(case.pair and case.pair.standing is Standing.UNMANAGED)
    if action is not None and (found.user, found.label) == (action.user, action.label):
        return action.label is not None or action.id in found.message
    return found.label is not None and (found.user, found.label) == (case.user, case.name)


def _values(origins: Sequence[Origin], live: Service | None) -> Iterator[Value]:
    """Yield every attribute that either side has, in reading order."""
    held = _held(live)
    declared = {(each.path, each.value if each.path == "options" else None) for each in origins}
    rest = [key for key in held if key not in declared]
    for path in ("bundle", "options", *_PLAIN):
        for each in origins:
            if each.path == path:
                key = (path, each.value if path == "options" else None)
                yield Value(path, each.value, held.get(key), each)
        yield from (Value(path, None, held[key], None) for key in rest if key[0] == path)


_PLAIN = (
    "number", "sim.type", "sim.iccid", "sim.eid", "state", "cost_centre", "activation", "port_in", "from", "until",
)  # fmt: skip


def _held(live: Service | None) -> dict[tuple[str, str | None], str]:
    """Return what the operator has, each option on its own."""
    if live is None:
        return {}
    plain = {
        "bundle": live.bundle,
        "number": live.number,
        "sim.type": live.sim.type,
        "sim.iccid": live.sim.iccid,
        "sim.eid": live.sim.eid,
        "state": live.state,
        "cost_centre": live.cost_centre,
    }
    found: dict[tuple[str, str | None], str] = {(path, None): str(value) for path, value in plain.items() if value}
    return found | {("options", option): option for option in sorted(live.options)}
