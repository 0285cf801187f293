"""Run planning from the two sides to a plan: scope, match, act, check, guard, add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain

from reconciler.errors import IncompleteSnapshot
from reconciler.model.config import QuotaConfig
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import (
    Action,
    Choices,
    DesiredSource,
    Finding,
    Kind,
    LiveSource,
    Plan,
    Severity,
    Status,
    Summary,
)
from reconciler.model.snapshot import Snapshot, by_sort
from reconciler.planning import billing, checks, completeness, guards, notices, overrides, partial
from reconciler.planning.actions import Maker
from reconciler.planning.approvals import requirements
from reconciler.planning.creations import with_creations
from reconciler.planning.match import Matching
from reconciler.planning.quota import quota
from reconciler.planning.scope import Concerned, Scope, concerned_by
from reconciler.planning.targets import is_targeted
from reconciler.planning.tasks import of_tasks
from reconciler.planning.uncertain import sort_sides
from reconciler.planning.unchanged import Rest, set_aside
from reconciler.planning.upcoming import AHEAD, ahead, upcoming
from reconciler.planning.values_missing import guard_values

_SEVERITIES = tuple(Severity)


def plan(
    desired: DesiredFleet, snapshot: Snapshot, day: date, *, tool_version: str, choices: Choices | None = None
) -> Plan:
    """Return what would bring `snapshot` to `desired` as of `day`.

    Raises IncompleteSnapshot where live was not read completely: absence would not mean absence.
    """
    config = desired.config
    require_complete(snapshot, config.quota, currency=config.currency)
    choices = choices or Choices()
    maker = Maker(snapshot, desired.users, day, config.currency, desired.ended)
    rest = set_aside(desired, snapshot, maker.on_order)
    sides = sort_sides(desired, snapshot, rest.desired, rest.live)
    within, matching = sides.within, sides.matching
    findings = [*_noticed(desired, snapshot, within, matching, day=day), *partial.of_sides(sides, desired, snapshot)]
    actions = _wanted(maker.actions(matching, sides.held), choices)
    actions, found = _checked(actions, checks.facts(desired, snapshot, rest, within, matching, actions, day=day))
    actions, missing = guard_values(actions, desired, overrides.in_force(config.overrides, day))
    concerned = concerned_by(actions, choices, desired, snapshot)
    left = quota(config.quota, snapshot, day)
    actions, left, exceeded = guards.guard_quota(actions, left, fit=choices.fit_quota, contact=config.contact)
    actions, limited = guards.guard_limits(
        actions,
        config.limits,
        overrides.in_force(config.overrides, day),
        services=len(rest.unchanged) + len(within.live),
        currency=config.currency,
    )
    actions = with_creations(actions, desired, snapshot)
    findings += [*found, *missing, *exceeded, *limited, *overrides.of_expired(config.overrides, day)]
    findings += notices.of_lookalikes(actions)
    findings = [*notices.of_changes(choices.changed_since, snapshot), *notices.about(concerned, findings, desired)]
    findings += [] if choices.targets or choices.users is not None else of_tasks(snapshot, actions)
    sorts = snapshot.sorts if concerned.users is None else by_sort(concerned.of(snapshot.services))
    turning = upcoming(desired, snapshot.catalogue, day=day, until=ahead(day, AHEAD), targets=choices.targets)
    return Plan(
        tool_version=tool_version,
        organisation=config.organisation,
        contract=snapshot.contract.id,
        contact=config.contact,
        currency=config.currency,
        day=day,
        choices=choices,
        desired=DesiredSource(desired.root, desired.commit, desired.digest),
        live=_live_source(snapshot),
        actions=tuple(actions),
        findings=tuple(by_weight(findings)),
        quota=left,
        bill=billing.bill(actions, sorts, snapshot.catalogue, day=day, currency=config.currency),
        summary=_summary(actions, rest, matching, within, concerned),
        approvals=requirements(config.approvals, actions, currency=config.currency),
        upcoming=tuple(each for each in turning if each.user is None or each.user in concerned),
    )


def require_complete(
    snapshot: Snapshot, config: QuotaConfig, *, so: str = "nothing is planned", currency: str | None = None
) -> None:
    """Raise IncompleteSnapshot, with everything that is missing, unless all of live was read.

    With a `currency`, prices in another one are missing, too.
    """
    gaps = completeness.gaps(snapshot, config)
    gaps += completeness.foreign_prices(snapshot, currency) if currency else ()
    if gaps:
        listed = "".join(f"\n  - {gap}" for gap in gaps)
        raise IncompleteSnapshot(
            f"live was not read completely, so {so}:{listed}",
            hint="What was not seen must not be mistaken for gone. Run again; if it persists, ask the operator.",
        )


def _noticed(
    desired: DesiredFleet, snapshot: Snapshot, within: Scope, matching: Matching, *, day: date
) -> Iterator[Finding]:
    """Yield what is to be said of both sides, whatever is done about it."""
    yield from notices.of_matching(matching)
    yield from notices.of_pairs(matching)
    yield from notices.of_reading(snapshot, day=day)
    yield from notices.of_fleet(desired, within, day=day)
    yield from notices.of_contract(snapshot.contract.period, contract=snapshot.contract.id, day=day)


def _checked(actions: Iterable[Action], facts: checks.Facts) -> tuple[list[Action], list[Finding]]:
    """Return the actions past their checks, and what these found."""
    passed: list[Action] = []
    findings: list[Finding] = []
    for action in actions:
        checked, found = checks.check(action, facts)
        passed.append(checked)
        findings += found
    return passed, findings


def _wanted(actions: Iterable[Action], choices: Choices) -> list[Action]:
    """Return the actions that a plan was asked for: those of some users, or of some targets."""
    users, targets = choices.users, choices.targets
    if users is not None:
        actions = (action for action in actions if not users.isdisjoint(_users(action)))
    return [action for action in actions if _is_targeted(action, targets)] if targets else list(actions)


def _is_targeted(action: Action, targets: Sequence[str]) -> bool:
    subject = action.after or action.before
    centre = subject.cost_centre if subject else None
    return any(is_targeted(action.id, user=user, cost_centre=centre, targets=targets) for user in _users(action))


def _users(action: Action) -> set[str]:
    """Return whose service it is, and whose it was."""
    return {action.user, action.before.user} if action.before else {action.user}


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with errors first, within a severity by code and by whom each is about."""
    return sorted(
        findings,
        key=lambda found: (
            _SEVERITIES.index(found.severity),
            found.code,
            found.user or "",
            found.label or "",
            found.message,
        ),
    )


def _live_source(snapshot: Snapshot) -> LiveSource:
    return LiveSource(
        provider=snapshot.provider,
        source=snapshot.source,
        account=snapshot.account,
        read_at=snapshot.read_at,
        users=snapshot.totals.users,
        services=snapshot.totals.services,
    )


def _summary(actions: Sequence[Action], rest: Rest, matching: Matching, within: Scope, concerned: Concerned) -> Summary:
    ready = [action for action in actions if action.status is Status.READY]
    touched = {action.live_id for action in actions if action.live_id}
    paired = concerned.of(live for _, live in chain(matching.pairs, matching.adopted))
    aside = rest.unchanged if concerned.users is None else list(filter(concerned.has, rest.unchanged))

    def kinds(kind: Kind) -> int:
        return sum(1 for action in ready if action.kind is kind)

    def statuses(status: Status) -> int:
        return sum(1 for action in actions if action.status is status)

    return Summary(
        add=kinds(Kind.ADD),
        change=kinds(Kind.CHANGE),
        transfer=sum(1 for action in ready if action.is_transfer),
        remove=kinds(Kind.REMOVE),
        unchanged=len(aside) + sum(1 for live in paired if live.id not in touched),
        deferred=statuses(Status.DEFERRED),
        in_flight=statuses(Status.IN_FLIGHT),
        blocked=statuses(Status.BLOCKED),
        unmanaged=sum(1 for _ in concerned.of(within.unmanaged)),
        create=kinds(Kind.CREATE),
    )
