"""A plan names whose orders made live differ; asking costs little, changes nothing and never fails the plan."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest

from reconciler.errors import OperatorUnreachable
from reconciler.model.fleet import Service
from reconciler.model.plan import Kind, Plan
from reconciler.planning.drift import MOST_ASKED
from reconciler.ports import Reader
from reconciler.sandbox import identities, seeds
from reconciler.usecases.inquiring import with_drift
from tests.harness import Trial, desired, person, run, with_quota
from tests.planning.values import AN, fleet, live, planned, service, snapshot
from tests.providers.wire import Wire

ELS, JAN, TOM = (f"{name}@brouwerij.example" for name in ("els.maes", "jan.claes", "tom.nijs"))


def company() -> Trial:
    """Return four users with a phone each."""
    phones = [
        seeds.ServiceSeed(
            user, "phone", "mobile-10", identities.number(n, 7), identities.iccid(n), started=date(2025, 1, 15)
        )
        for n, user in enumerate((AN, ELS, JAN, TOM), start=1)
    ]
    contract = seeds.ContractSeed(removal_base=10, removal_ratio="1")
    people = tuple(person(key) for key in (AN, ELS, JAN, TOM))
    return Trial.of(seeds.FleetSeed(contract=contract, users=people, services=tuple(phones)), with_quota(base=10))


def as_it_is(trial: Trial) -> tuple[Service, ...]:
    """Return the services that are live, as they would be declared."""
    return tuple(item.service for item in trial.snapshot().services)


def asked(trial: Trial, services: tuple[Service, ...]) -> tuple[Plan, list[tuple[str, str]]]:
    """Return the plan with who ordered what differs, and what was asked beside live."""
    wire = Wire(trial.sandbox.app())

    async def work() -> Plan:
        async with replace(trial, app=wire).provider().reading() as reader:
            here = await reader.snapshot()
            wire.asked.clear()
            made = planned(replace(desired(*services), config=trial.config), here, day=trial.sandbox.today)
            return await with_drift(made, here, reader)

    return run(work()), wire.asked


def test_what_somebody_did_at_the_portal_is_named_with_its_order() -> None:
    trial = company()
    before = as_it_is(trial)
    done = trial.sandbox.drift(1)  # a block, an option, a removal and an addition, each an order of its own
    orders = [line.rpartition("order ")[2].rstrip(")") for line in done]
    made, calls = asked(trial, before)
    kinds = (Kind.CHANGE, Kind.CHANGE, Kind.ADD, Kind.REMOVE)
    found = {(action.kind, action.drift.id, action.drift.requester) for action in made.actions if action.drift}
    assert found == {(kind, order, "portal") for kind, order in zip(kinds, orders, strict=True)}
    assert all(action.drift for action in made.actions)
    assert {method for method, _ in calls} == {"GET"}


def test_what_we_ordered_ourselves_is_no_drift() -> None:
    trial = company()
    changed = tuple(each._replace(bundle="mobile-25") for each in as_it_is(trial))
    trial.apply(desired(*changed))
    made, _ = asked(trial, tuple(each._replace(bundle="mobile-unlimited") for each in changed))
    assert len(made.actions) == 4
    assert {action.drift for action in made.actions} == {None}


def test_a_plan_that_has_nothing_to_do_asks_nobody() -> None:
    trial = company()
    made, calls = asked(trial, as_it_is(trial))
    assert (made.inquiry, calls) == (None, [])


class Silent:
    """An operator that tells nothing of past orders, in one way or another."""

    def __init__(self, fails: BaseException | None) -> None:
        self.fails = fails
        self.asked: Mapping[str, Any] = {}

    async def last_orders(self, services: Any, touching: Mapping[str, Any]) -> Mapping[str, Any]:
        """Fail, or never answer."""
        self.asked = touching
        if self.fails is not None:
            raise self.fails
        await asyncio.sleep(60)
        return {}


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        (OperatorUnreachable("no answer from http://x"), "no answer from http://x"),
        (KeyError("id"), "'id'"),
        (None, "the operator did not say within 0.01 seconds"),
    ],
)
def test_whatever_goes_wrong_the_plan_is_made_and_says_so(fails: Exception | None, words: str) -> None:
    here = snapshot(live("a"))
    made = planned(fleet(service(bundle="mobile-25")), here)
    shown = run(with_drift(made, here, cast(Reader, Silent(fails)), patience=0.01))
    assert shown.actions == made.actions
    assert shown.inquiry is not None
    assert (shown.inquiry.asked, shown.inquiry.failure) == (1, words)


def test_no_more_services_than_a_plan_can_bear_are_asked_about() -> None:
    labels = [f"s{n}" for n in range(MOST_ASKED + 12)]
    here = snapshot(*(live(label, service(label=label)) for label in labels))
    made = planned(fleet(*(service(label=label, bundle="mobile-25") for label in labels)), here)
    silent = Silent(OperatorUnreachable("no"))
    shown = run(with_drift(made, here, cast(Reader, silent)))
    assert shown.inquiry is not None
    assert (len(silent.asked), shown.inquiry.asked, shown.inquiry.left) == (MOST_ASKED, MOST_ASKED, 12)
