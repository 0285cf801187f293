"""What a reader sees of a plan, built once: rows by user, the quota, the bill and the sentence that sums it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from reconciler.model.fleet import Service
from reconciler.model.plan import Action, Change, Cost, Finding, Inquiry, Kind, Plan, Requirement, Status, Upcoming
from reconciler.model.snapshot import PlacedOrder

KNOWN_LATER = "(known after activation)"
NOTHING = "(none)"
#: The finding that every removal has, and what is said of all of them at once instead.
GIVEN_UP = "number-given-up"
GONE_FOR_GOOD = (
    "The number of a removed service goes back to the operator and cannot be had again. "
    "To keep it, transfer the service to another user instead."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One action: its symbol, its address and the name in it, what changes line by line, why, and its cost."""

    symbol: str
    address: str
    name: str
    lines: tuple[str, ...]
    reason: str | None
    cost: str | None
    drift: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one user."""

    user: str
    rows: tuple[Row, ...]


def groups(plan: Plan) -> Iterator[Group]:
    """Yield the plan's actions by user, in order."""
    for user, actions in groupby(plan.actions, key=lambda action: action.user):
        yield Group(user, tuple(row(action) for action in actions))


def row(action: Action) -> Row:
    """Return the row of one action."""
    return Row(
        symbol=symbol(action),
        address=action.id,
        name="user" if action.kind is Kind.CREATE else action.id.removeprefix(f"{action.user}/"),
        lines=_lines(action),
        reason=_reason(action),
        cost=_cost(action.cost) if action.status is not Status.IN_FLIGHT else None,
        drift=drift_line(action.kind, action.drift) if action.drift else None,
    )


def symbol(action: Action) -> str:
    """Return the sign of an action: Terraform's three, and a few more."""
    special = {Status.BLOCKED: "!", Status.DEFERRED: "@", Status.IN_FLIGHT: "…"}
    if action.status in special:
        return special[action.status]
    if action.is_transfer:
        return ">"
    return {Kind.CREATE: "+", Kind.ADD: "+", Kind.CHANGE: "~", Kind.REMOVE: "-"}[action.kind]


def summary(plan: Plan) -> str:
    """Return the sentence that pipelines look for: `Plan: …` or `No changes. …`."""
    counts = plan.summary
    rest = [f"{counted(counts.create, 'user')} to create"] if counts.create else []
    rest += [
        f"{count} {word}"
        for count, word in (
            (counts.deferred, "deferred"),
            (counts.in_flight, "in flight"),
            (counts.blocked, "blocked"),
        )
        if count
    ]
    tail = f" {', '.join(rest)}." if rest else ""
    if not counts.ready and not counts.blocked:
        everybody = not plan.choices.targets and plan.choices.users is None
        match = "The fleet matches the configuration." if everybody else "The users planned match the configuration."
        return f"No changes. {'Nothing can be ordered now.' if rest else match}{tail}"
    transfers = f" ({counts.transfer} transfer{'s' if counts.transfer > 1 else ''})" if counts.transfer else ""
    return f"Plan: {counts.add} to add, {counts.change} to change{transfers}, {counts.remove} to remove.{tail}"


def removals(plan: Plan) -> str:
    """Return what the plan takes of the removal quota, in one sentence (R2)."""
    quota = plan.quota
    granted = f" + {quota.exceptions} granted" if quota.exceptions else ""
    percent = f"{(quota.ratio * 100).normalize():f}%"
    return (
        f"Removals: {quota.planned} of {quota.available} left this contract period "
        f"({percent} of {quota.base} = {quota.allowed}{granted}; {quota.used} used; resets {quota.period.resets})."
    )


def next_bill(plan: Plan) -> str:
    """Return what the plan does to the bill, in one sentence (R4)."""
    bill, currency = plan.bill, plan.currency
    steady = bill.monthly_before + bill.monthly_delta
    return (
        f"Next bill ({bill.month}): {currency} {signed(bill.next_bill_delta)}. Steady month: {currency} "
        f"{bill.monthly_before} → {steady} ({signed(bill.monthly_delta)})."
    )


def narrowed(plan: Plan) -> tuple[str, ...]:
    """Return to whom the plan keeps, everybody else being left out; nothing for a plan of the whole fleet."""
    choices = plan.choices
    found = [f"only {', '.join(choices.targets)}"] if choices.targets else []
    if choices.users is not None and choices.changed_since is not None:
        found.append(f"only {counted(len(choices.users), 'user')} changed since {choices.changed_since.ref}")
    return tuple(found)


def finding_line(finding: Finding) -> str:
    """Return a finding as one line: severity, code, place, message."""
    where = f" {finding.place}" if finding.place else ""
    return f"{finding.severity} {finding.code}{where}: {finding.message}"


def approval_line(needed: Requirement) -> str:
    """Return an approval the plan needs, why, and how to give it."""
    return f"Needs {approval_needed(needed)}: fleet approve FILE --key KEY"


def approval_needed(needed: Requirement) -> str:
    """Return whose approval the plan needs, and why."""
    signed_by = "a signed approval" if needed.count == 1 else f"{needed.count} signed approvals"
    whose = f"an approval in the role {needed.role}" if needed.role else signed_by
    return f"{whose} ({needed.reason})"


def drift_line(kind: Kind, order: PlacedOrder) -> str:
    """Return whose order made live differ, and when it was placed."""
    done = {Kind.ADD: "removed", Kind.REMOVE: "added"}.get(kind, "made so")
    return f"{done} at the operator by {order.words}"


def inquiry_line(inquiry: Inquiry) -> str | None:
    """Return what is not known of who made live differ; None where everything was asked."""
    if inquiry.failure:
        return f"Who ordered what differs at the operator is not known: {inquiry.failure}."
    if inquiry.left:
        return f"Who ordered what differs was asked of {inquiry.asked} services, and not of {inquiry.left} more."
    return None


def upcoming_line(each: Upcoming) -> str:
    """Return what a date will change: the day, whose it is, what, and what it does to a month."""
    whose = f"{each.user}/{each.label}: " if each.user else ""
    cost = f", {signed(each.monthly_delta)}/month" if each.monthly_delta and each.monthly_delta.amount else ""
    return f"{each.day} {whose}{each.what}{cost}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 action`, `2 actions`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def signed(amount: object) -> str:
    """Return an amount with its sign, `+0.00` for none."""
    text = str(amount)
    return text if text.startswith("-") else f"+{text}"


def change_line(change: Change) -> str:
    """Return one changed attribute: `bundle mobile-10 → mobile-25`, options as what comes or goes."""
    if change.path == "options":
        return f"option {change.after} added" if change.before is None else f"option {change.before} removed"
    return f"{change.path} {' → '.join(sides(change))}"


def sides(change: Change) -> tuple[str, str]:
    """Return what was there and what will be, with words for nothing and for what only an activation tells."""
    later = KNOWN_LATER if change.path.startswith("sim.") else NOTHING
    return change.before or NOTHING, change.after or later


def service_words(service: Service, *, number: str = KNOWN_LATER) -> str:
    """Return a service in a few words: bundle, options, SIM, number; `number` stands for one that is not known."""
    words = [service.bundle, *(f"+ {option}" for option in sorted(service.options))]
    sim = {None: "SIM", "esim": "eSIM", "physical": "physical SIM"}[service.sim.type]
    extra = [f"ported in from {service.port_in.operator}"] if service.port_in else []
    extra += [f"activation by {service.activation}"] if service.activation else []
    return ", ".join([" ".join(words), sim, f"number {service.number or number}", *extra])


def _lines(action: Action) -> tuple[str, ...]:
    service = action.after or action.before
    if action.kind is Kind.CREATE:
        facts = {change.path: change.after for change in action.changes}
        booked = f", booked on {facts['cost_centre']}" if facts.get("cost_centre") else ""
        return (f"create {facts['name']}{booked}",)
    if action.kind is Kind.CHANGE or service is None:
        return tuple(change_line(change) for change in action.changes)
    return (f"{action.kind} {service_words(service, number=NOTHING if action.kind is Kind.REMOVE else KNOWN_LATER)}",)


def _reason(action: Action) -> str | None:
    if action.reason:
        return f"{action.reason} ({action.place})" if action.kind is Kind.REMOVE and action.place else action.reason
    if action.kind is Kind.REMOVE:
        where = f" ({action.place})" if action.place else ""
        return f"not declared for this user{where}" if action.status is Status.READY else None
    return None


def _cost(cost: Cost) -> str | None:
    if not cost.lines and not cost.monthly_delta.amount:
        return None
    return f"{signed(cost.monthly_delta)}/month, {signed(cost.next_bill_delta)} next bill"
