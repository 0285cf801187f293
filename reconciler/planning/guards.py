"""Guards over a whole plan: the removal quota (R2) and the limits of fleet.yaml.

A guard that refuses blocks every action it is about, not the last ones over the line: which of them to keep is for a
person to say, or for `--fit-quota`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from reconciler.model.config import Limits, Overridable, Override
from reconciler.model.money import total
from reconciler.model.plan import Action, Finding, Kind, Quota, Severity, Status, Verdict
from reconciler.planning.overrides import lifted, lifting
from reconciler.planning.quota import with_removals


def guard_quota(
    actions: Sequence[Action], quota: Quota, *, fit: bool, contact: str
) -> tuple[list[Action], Quota, list[Finding]]:
    """Return the actions with removals beyond the quota blocked, or deferred to the next period where `fit`.

    The quota returned has the removals in it that were asked for, or with `fit` those that are left.
    """
    removals = [action for action in actions if _takes_quota(action)]
    wanted = with_removals(quota, len(removals))
    if wanted.verdict is Verdict.WITHIN:
        return list(actions), wanted, []
    if fit:
        kept = _most_saving(removals, quota.available)
        later = quota.period.resets
        reason = f"beyond the removal quota; the next contract period starts on {later}"
        fitted = [
            action._replace(status=Status.DEFERRED, not_before=later, reason=reason)
            if _takes_quota(action) and _key(action) not in kept
            else action
            for action in actions
        ]
        return fitted, with_removals(quota, len(kept)), []
    return _block(actions, _takes_quota, "quota exceeded"), wanted, [_exceeded(wanted, removals, contact)]


def guard_limits(
    actions: Sequence[Action], limits: Limits, overrides: Sequence[Override], *, services: int, currency: str
) -> tuple[list[Action], list[Finding]]:
    """Return the actions with those beyond a limit blocked; `services` is what a percentage is of.

    A limit that one of `overrides` lifts blocks nothing, and the finding says so.
    """
    result, findings = list(actions), list[Finding]()

    def exceeded(check: Overridable, concerns: Callable[[Action], bool], message: str, hint: str) -> None:
        refusal = Finding("limit-exceeded", Severity.ERROR, message, hint)
        override = lifting(overrides, check)
        findings.append(lifted(refusal, override) if override else refusal)
        result[:] = result if override else _block(result, concerns, "limit exceeded")

    removals = sum(1 for action in result if _takes_quota(action))
    for check, most, words in _removal_limits(limits, services):
        if removals > most:
            exceeded(check, _takes_quota, f"{removals} removals in one plan; {check} is {words}", _FEWER)
    rise = total((item.cost.monthly_delta for item in result if item.status is Status.READY), currency=currency).amount
    if limits.monthly_increase is not None and rise > limits.monthly_increase:
        check = Overridable.MONTHLY_INCREASE
        message = f"the bill rises by {currency} {rise} a month; {check} is {limits.monthly_increase}"
        exceeded(check, _costs_more, message, _LESS)
    return result, findings


_OTHERWISE = "change the limit or override it in a reviewed commit."
_FEWER, _LESS = f"Remove fewer at once, or {_OTHERWISE}", f"Add less at once, or {_OTHERWISE}"


def _removal_limits(limits: Limits, services: int) -> Iterator[tuple[Overridable, Decimal | int, str]]:
    if limits.removals is not None:
        yield Overridable.REMOVALS, limits.removals, str(limits.removals)
    if limits.removals_percent is not None:
        share = limits.removals_percent * services / 100
        yield Overridable.REMOVALS_PERCENT, share, f"{limits.removals_percent}% of {services} services"


def _takes_quota(action: Action) -> bool:
    return action.kind is Kind.REMOVE and action.status is Status.READY


def _costs_more(action: Action) -> bool:
    return action.status is Status.READY and action.cost.monthly_delta.amount > 0


def _block(actions: Sequence[Action], concerns: Callable[[Action], bool], reason: str) -> list[Action]:
    return [action._replace(status=Status.BLOCKED, reason=reason) if concerns(action) else action for action in actions]


def _key(action: Action) -> tuple[str, str | None]:
    return action.id, action.live_id


def _most_saving(removals: Sequence[Action], most: int) -> set[tuple[str, str | None]]:
    by_saving = sorted(removals, key=lambda action: (action.cost.monthly_delta.amount, _key(action)))
    return {_key(action) for action in by_saving[:most]}


def _exceeded(quota: Quota, removals: Sequence[Action], contact: str) -> Finding:
    over, granted = quota.planned - quota.available, quota.allowed + quota.exceptions
    planned = "1 removal" if quota.planned == 1 else f"{quota.planned} removals"
    span = f"this contract period, which ends on {quota.period.end}"
    message = (
        f"{planned} planned, {quota.available or 'none'} left: {quota.used} used of {granted} allowed {span} "
        f"({over} too many)"
        if granted
        else f"{planned} planned, and none is allowed {span}"
    )
    listed = ", ".join(action.id for action in removals[:20])
    more = f" and {len(removals) - 20} more" if len(removals) > 20 else ""
    hint = (
        f"{_to_keep(over, len(removals))}, run with --fit-quota, or ask {contact} for an exception "
        f"of {over} for: {listed}{more}"
    )
    return Finding("quota-exceeded", Severity.ERROR, message, hint)


def _to_keep(over: int, removals: int) -> str:
    """Return which services have to stay: some of those, or every one where none may go."""
    if over < removals:
        return f"Keep any {over} of these {removals}"
    return "Keep it" if removals == 1 else f"Keep all {removals}"
