"""Guards over a whole plan: the removal quota (R2) and the limits of fleet.yaml.

A guard that refuses blocks every action it is about, not the last ones over the line: which of them to keep is for a
person to say, or for `--fit-quota`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from reconciler.model.config import Limits
from reconciler.model.money import total
from reconciler.model.plan import Action, Finding, Kind, Quota, Severity, Status, Verdict
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
    actions: Sequence[Action], limits: Limits, *, services: int, currency: str
) -> tuple[list[Action], list[Finding]]:
    """Return the actions with those beyond a limit blocked; `services` is what a percentage is of."""
    result, findings = list(actions), list[Finding]()
    removals = sum(1 for action in result if _takes_quota(action))
    for most, word in _removal_limits(limits, services):
        if removals > most:
            result = _block(result, _takes_quota, "limit exceeded")
            message = f"{removals} removals in one plan; {word}"
            findings.append(_limit(message, "Remove fewer at once, or change the limit in a reviewed commit."))
    rise = total((item.cost.monthly_delta for item in result if item.status is Status.READY), currency=currency).amount
    if limits.monthly_increase is not None and rise > limits.monthly_increase:
        result = _block(result, _costs_more, "limit exceeded")
        message = f"the bill rises by {currency} {rise} a month; limits.monthly_increase is {limits.monthly_increase}"
        findings.append(_limit(message, "Add less at once, or change the limit in a reviewed commit."))
    return result, findings


def _removal_limits(limits: Limits, services: int) -> list[tuple[Decimal | int, str]]:
    found: list[tuple[Decimal | int, str]] = []
    if limits.removals is not None:
        found.append((limits.removals, f"limits.removals is {limits.removals}"))
    if limits.removals_percent is not None:
        share = limits.removals_percent * services / 100
        found.append((share, f"limits.removals_percent is {limits.removals_percent}% of {services} services"))
    return found


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
    over = quota.planned - quota.available
    message = (
        f"{quota.planned} removals planned, {quota.available} left: {quota.used} used of "
        f"{quota.allowed + quota.exceptions} allowed this contract period, "
        f"which ends on {quota.period.end} ({over} too many)"
    )
    listed = ", ".join(action.id for action in removals[:20])
    more = f" and {len(removals) - 20} more" if len(removals) > 20 else ""
    hint = (
        f"Keep any {over} of these {len(removals)}, run with --fit-quota, or ask {contact} for an exception "
        f"of {over} for: {listed}{more}"
    )
    return Finding("quota-exceeded", Severity.ERROR, message, hint)


def _limit(message: str, hint: str) -> Finding:
    return Finding("limit-exceeded", Severity.ERROR, message, hint)
