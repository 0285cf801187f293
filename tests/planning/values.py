"""Small builders of live and desired values, for planning without an operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from reconciler.model.catalogue import Bundle, Catalogue, Option
from reconciler.model.contract import Contract, Period
from reconciler.model.fleet import DesiredFleet, DesiredService, Service, Sim
from reconciler.model.money import Money
from reconciler.model.plan import Action, Choices, Plan
from reconciler.model.snapshot import LiveOption, LiveService, LiveUser, OpenOrder, Presence, Snapshot
from reconciler.planning.planner import plan
from tests.harness import PLACE, desired

AN, JAN, ELS = "an.peeters@brouwerij.example", "jan.claes@brouwerij.example", "els.maes@brouwerij.example"
DAY = date(2026, 11, 23)
PERIOD = Period(date(2026, 6, 1), date(2027, 5, 31))
NUMBERS = tuple(f"+324700000{n:02d}" for n in range(100))


def eur(amount: str) -> Money:
    """Return euros."""
    return Money(Decimal(amount), "EUR")


CATALOGUE = Catalogue(
    bundles={
        "mobile-10": Bundle(
            "mobile-10", "Mobile 10", eur("10.00"), True, frozenset({"roaming", "calls", "old-option"})
        ),
        "mobile-25": Bundle("mobile-25", "Mobile 25", eur("14.50"), True, frozenset({"roaming", "calls"})),
        "data-5": Bundle("data-5", "Data 5", eur("6.50"), True, frozenset({"fixed-ip"})),
        "classic": Bundle("classic", "Classic", eur("14.00"), False, frozenset({"roaming"})),
    },
    options={
        "roaming": Option("roaming", "Roaming", eur("15.00")),
        "calls": Option("calls", "Calls", eur("7.50")),
        "fixed-ip": Option("fixed-ip", "Fixed IP", eur("3.33")),
        "old": Option("old", "Old", eur("1.00"), sellable=False),
    },
)


def service(user: str = AN, label: str | None = "phone", bundle: str = "mobile-10", **parts: Any) -> Service:
    """Return a service; `options` may be any iterable of words."""
    options = frozenset(parts.pop("options", ()))
    return Service(user, label, bundle, options, **parts)


def live(
    identity: str, held: Service | None = None, presence: Presence = Presence.PRESENT, **parts: Any
) -> LiveService:
    """Return a live service; its number is its own unless it is given."""
    held = held or service(**parts)
    options = tuple(LiveOption(option, f"{identity}-{option}") for option in sorted(held.options))
    return LiveService(identity, held, presence, options, started=date(2025, 1, 15))


def wish(wanted: Service, starts: date | None = None) -> DesiredService:
    """Return a service as declared."""
    return DesiredService(wanted, PLACE, starts)


def snapshot(
    *services: LiveService,
    gone: Iterable[LiveService] = (),
    base: int | None = None,
    used: int | None = None,
    ratio: str | None = "0.30",
    orders: Sequence[OpenOrder] = (),
    users: Sequence[str] = (AN, JAN, ELS),
    **parts: Any,
) -> Snapshot:
    """Return a complete snapshot."""
    contract = Contract("MC-2026-001", PERIOD, Decimal(ratio) if ratio else None, base, used)
    return Snapshot(
        provider="sandbox",
        source="memory",
        account="org-brouwerij-demo",
        read_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
        contract=contract,
        catalogue=CATALOGUE,
        users={key: LiveUser(key, f"id-{key}", key.partition("@")[0]) for key in users},
        services=services,
        gone=tuple(gone),
        open_orders=tuple(orders),
        **parts,
    )


def planned(fleet: DesiredFleet, snap: Snapshot, *, day: date = DAY, choices: Choices | None = None) -> Plan:
    """Return the plan of two sides."""
    return plan(fleet, snap, day, tool_version="test", choices=choices)


def only(made: Plan) -> Action:
    """Return the one action of a plan."""
    [action] = made.actions
    return action


def codes(made: Plan) -> list[str]:
    """Return the codes of a plan's findings, most severe first."""
    return [found.code for found in made.findings]


def sim(iccid: str) -> Sim:
    """Return a SIM of unknown kind."""
    return Sim(iccid=iccid)


def fleet(*services: Service, users: Sequence[str] = (), starts: date | None = None, **parts: Any) -> DesiredFleet:
    """Return a fleet of services, with parts of its configuration as said."""
    made = desired(*services, users=users, starts=starts)
    return replace(made, config=replace(made.config, **parts))
