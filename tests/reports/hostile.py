"""Names as an attacker writes them, and plans that carry them wherever a plan has room for a text of others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from reconciler.errors import Place
from reconciler.model.contract import Period
from reconciler.model.fleet import PortIn, Service, Sim, SimType
from reconciler.model.money import Money
from reconciler.model.plan import (
    Action,
    Bill,
    Change,
    ChangedSince,
    Choices,
    Cost,
    DesiredSource,
    Finding,
    Inquiry,
    Kind,
    LiveSource,
    Plan,
    Quota,
    Requirement,
    Severity,
    Status,
    Summary,
    Turning,
    Upcoming,
    Verdict,
)
from reconciler.model.snapshot import PlacedOrder

CORPUS = (
    "a|b",
    "\\|",
    "`",
    "``",
    "`` ` ```",
    "x```y",
    "```\nrm -rf\n```",
    "~~~",
    "</details>",
    "<details open>",
    "<!--",
    "-->",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;&#64;org",
    "@org",
    "@org/team",
    "mail@evil.example",
    "#1",
    "GH-1",
    "acme/main#1",
    "0123456789abcdef0123456789abcdef01234567",
    "deadbeefcafe",
    "www.evil.example",
    "https://evil.example/?a=b",
    "[x](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "[x]: https://evil.example",
    ":tada:",
    "**bold** _it_ ~~gone~~",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "---",
    "===",
    "$x^2$",
    "::error::",
    "::stop-commands::x",
    "##[error]x",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07x",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "a\nb",
    "a\r\n\r\nb",
    "a\tb",
    "\x00",
    "\u2028",
    "\u200bx\u200b",
    "\ufeff",
    "👩‍👩‍👧‍👦",
    "é\u0301",
    "   ",
    "",
    "\ud800",
    "{0}",
    "]]>",
    "' onmouseover='x",
    '"',
    "x" * 5000,
    "`" * 300,
)
ZERO = Money(Decimal("0.00"), "EUR")


def money(amount: str) -> Money:
    """Return euros."""
    return Money(Decimal(amount), "EUR")


def action(index: int, kind: Kind, text: str = "an", status: Status = Status.READY, **parts: Any) -> Action:
    """Return an action whose every text is `text`, apart from an index that keeps its address its own."""
    user = f"{text}{index}"
    held = Service(
        user,
        text,
        text,
        frozenset({text}),
        text,
        Sim(SimType.ESIM, text, text),
        cost_centre=text,
        port_in=PortIn(text, text),
    )
    changes = (Change("bundle", text, text), Change("options", None, text), Change("number", text, None))
    if kind is Kind.CREATE:
        changes = (Change("name", None, text), Change("cost_centre", None, text), Change("email", None, text))
    made = Action(
        id=user if kind is Kind.CREATE else f"{user}/{text}",
        kind=kind,
        status=status,
        user=user,
        label=text,
        live_id=text,
        before=held if kind in (Kind.CHANGE, Kind.REMOVE) else None,
        after=held if kind in (Kind.CHANGE, Kind.ADD) else None,
        changes=changes if kind in (Kind.CHANGE, Kind.CREATE) else (),
        cost=Cost(money("1.00"), money("1.50")),
        counts_against_quota=kind is Kind.REMOVE,
        reason=text,
        place=Place(text, 3, 7),
        not_before=date(2026, 12, 1),
        drift=PlacedOrder(text, text, text, datetime(2026, 11, 20, tzinfo=UTC), text, (text,)),
    )
    return made._replace(**parts)


def plan_of(actions: tuple[Action, ...], text: str = "an", findings: tuple[Finding, ...] = ()) -> Plan:
    """Return a plan of actions, whose every text is `text`."""
    ready = [each for each in actions if each.status is Status.READY]

    def count(kind: Kind) -> int:
        return sum(1 for each in ready if each.kind is kind)

    blocked = sum(1 for each in actions if each.status is Status.BLOCKED)
    centres = {service.cost_centre or "" for each in actions if (service := each.after or each.before)}
    return Plan(
        tool_version="test",
        organisation=text,
        contract=text,
        contact=text,
        currency="EUR",
        day=date(2026, 11, 23),
        choices=Choices(targets=(text,), changed_since=ChangedSince(text, text, (text,))),
        desired=DesiredSource(text, text, text),
        live=LiveSource("sandbox", text, text, datetime(2026, 11, 23, 8, tzinfo=UTC), 3, 4),
        actions=actions,
        findings=findings,
        quota=Quota(
            Decimal("0.30"),
            100,
            30,
            0,
            2,
            count(Kind.REMOVE),
            Verdict.WITHIN,
            Period(date(2026, 6, 1), date(2027, 5, 31)),
        ),
        bill=Bill("2026-12", ZERO, ZERO, ZERO, {centre: money("1.50") for centre in sorted(centres)}),
        summary=Summary(
            add=count(Kind.ADD),
            change=count(Kind.CHANGE),
            remove=count(Kind.REMOVE),
            create=count(Kind.CREATE),
            blocked=blocked,
            deferred=len(actions) - len(ready) - blocked,
        ),
        approvals=(Requirement(text, 1, text),),
        upcoming=(
            Upcoming(date(2026, 12, 1), Turning.OPTION_ENDS, text, text, text, money("1.00"), Place(text, 3, 7)),
        ),
        inquiry=Inquiry(1, 1, text),
    )


def hostile_plan(text: str) -> Plan:
    """Return a plan with one of everything, all of it named `text`."""
    actions = (
        *(action(index, kind, text) for index, kind in enumerate(Kind)),
        *(action(index, Kind.REMOVE, text, status) for index, status in enumerate(Status, start=10)),
    )
    findings = tuple(
        Finding(text, severity, text, text, f"{text}{10 + index}", text, Place(text, 3, 7))
        for index, severity in enumerate(Severity)
    )
    return plan_of(actions, text, findings)


def usual(index: int, kind: Kind, status: Status = Status.READY, *, centres: int = 5) -> Action:
    """Return an action as they usually are; with its index it has a user and a number of its own."""
    user = f"voornaam.achternaam{index:05d}@brouwerij.example"
    held = Service(
        user,
        "phone",
        "mobile-unlimited",
        frozenset({"roaming-world"}),
        f"+32470{index:06d}",
        Sim(SimType.PHYSICAL),
        cost_centre=f"CC-{index % centres}",
    )
    changes = (Change("bundle", "mobile-10", "mobile-unlimited"), Change("options", None, "roaming-world"))
    if kind is Kind.CREATE:
        changes = (Change("name", None, "Voornaam Achternaam"), Change("cost_centre", None, "SALES"))
        return action(
            index, kind, status=status, id=user, user=user, label=None, changes=changes, reason=None, drift=None
        )
    return action(
        index,
        kind,
        status=status,
        id=held.address,
        user=user,
        label="phone",
        before=None if kind is Kind.ADD else held,
        after=None if kind is Kind.REMOVE else held,
        changes=changes if kind is Kind.CHANGE else (),
        reason="quota exceeded" if status is Status.BLOCKED else None,
        drift=None,
        place=Place("users/sales.yaml", index + 1, 3),
    )


def many(count: int, kind: Kind) -> Plan:
    """Return a plan of `count` actions of one kind."""
    return plan_of(tuple(usual(index, kind) for index in range(count)))


def mixed(count: int) -> Plan:
    """Return a plan of `count` actions: removals, changes, additions and blocked removals in turn."""
    turns = (
        (Kind.REMOVE, Status.READY),
        (Kind.CHANGE, Status.READY),
        (Kind.ADD, Status.READY),
        (Kind.REMOVE, Status.BLOCKED),
    )
    return plan_of(tuple(usual(index, *turns[index % 4]) for index in range(count)))
