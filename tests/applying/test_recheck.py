"""What makes a removal or an addition needed is read once more: one bad answer buys nothing and ends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from reconciler.model.fleet import Service, Sim
from reconciler.model.plan import Kind, Plan
from reconciler.ports import Outcome, Result
from reconciler.sandbox import identities, seeds
from tests.crash.operator import PRODUCTS, Answer
from tests.harness import Trial, desired, person, with_quota

AN, JAN = "an.peeters@brouwerij.example", "jan.claes@brouwerij.example"
NUMBER, OTHER, ICCID = "+32470000001", "+32470000099", identities.iccid(1)
PHONE, THEIRS = "prd-00000001", Service(AN, "phone", "mobile-10", number=NUMBER)
Document = dict[str, Any]
Spoil = Callable[[list[Document]], list[Document]]
Outcomes = Mapping[str, Outcome]


class Spoilt:
    """An operator whose first list of services is not as it should be; `filters` is whether it knows any."""

    def __init__(self, app: Any, spoil: Spoil, *, filters: bool = True) -> None:
        self._app = app
        self._spoil: Spoil | None = spoil
        self._filters = filters

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != PRODUCTS:
            await self._app(scope, receive, send)
            return
        if not self._filters:
            known = (b"offset", b"limit", b"fields")
            kept = [each for each in scope["query_string"].split(b"&") if each.startswith(known)]
            scope = scope | {"query_string": b"&".join(kept)}
        answer = Answer()
        await self._app(scope, receive, answer.keep)
        found = json.loads(answer.body)
        spoilt, self._spoil = (self._spoil(found) if self._spoil else found), None
        headers = [each for each in answer.headers if each[0] not in (b"content-length", b"x-total-count")]
        headers.append((b"x-total-count", dict(answer.headers)[b"x-total-count"]))
        if len(spoilt) != len(found):
            headers[-1] = (b"x-total-count", str(len(spoilt)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(spoilt).encode()})


def without_characteristics(found: list[Document]) -> list[Document]:
    """Return a list in which no service has a number, a SIM or a label."""
    return [{**each, "productCharacteristic": []} for each in found]


def without(*names: str) -> Spoil:
    """Return what makes a list in which no service has some characteristics; all else is told."""

    def spoil(found: list[Document]) -> list[Document]:
        key = "productCharacteristic"
        return [{**each, key: [it for it in each[key] if it["name"] not in names]} for each in found]

    return spoil


def without_the_phone(found: list[Document]) -> list[Document]:
    """Return a list in which one service is missing."""
    return [each for each in found if each["id"] != PHONE]


def applied(spoil: Spoil, *wanted: Service, filters: bool = True) -> tuple[Trial, Plan, Outcomes]:
    """Apply what is wanted of two users, of whom one has a phone, and return the plan and what came of it."""
    phone = seeds.ServiceSeed(AN, "phone", "mobile-10", NUMBER, ICCID, started=date(2025, 1, 15))
    contract = seeds.ContractSeed(removal_base=1, removal_ratio="1")
    users = (person(AN), person(JAN))
    trial = Trial.of(seeds.FleetSeed(contract=contract, users=users, services=(phone,)), with_quota(base=1))
    trial.app = Spoilt(trial.sandbox.app(), spoil, filters=filters)
    return trial, *trial.apply(desired(*wanted, users=[AN, JAN]))


NOT_ORDERED = Outcome(Result.NOT_STARTED, f"not ordered: it is there after all, as {PHONE}; make a new plan")
ANOTHER_BUNDLE = THEIRS._replace(number=None, bundle="mobile-25")


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("wanted", [THEIRS, ANOTHER_BUNDLE, THEIRS._replace(user=JAN)])
def test_of_a_service_that_lost_its_characteristics_in_one_answer_nothing_is_even_planned(
    wanted: Service, filters: bool
) -> None:
    trial, made, outcomes = applied(without_characteristics, wanted, filters=filters)
    assert (made.actions, outcomes) == ((), {})
    assert "uncertain-service" in {found.code for found in made.findings}
    assert [(each.id, each.service.number) for each in trial.snapshot().services] == [(PHONE, NUMBER)]


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize(
    ("lost", "wanted"),
    [("label", ANOTHER_BUNDLE), ("iccid", Service(AN, "car", "mobile-10", number=OTHER, sim=Sim(iccid=ICCID)))],
)
def test_a_service_that_lost_its_label_or_its_sim_in_one_answer_is_neither_removed_nor_bought_again(
    lost: str, wanted: Service, filters: bool
) -> None:
    trial, made, outcomes = applied(without(lost), wanted, filters=filters)
    assert sorted(action.kind for action in made.ready) == [Kind.ADD, Kind.REMOVE]
    assert NOT_ORDERED in outcomes.values()
    assert Result.DONE not in {outcome.result for outcome in outcomes.values()}
    assert [(each.id, each.service.number) for each in trial.snapshot().services] == [(PHONE, NUMBER)]


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("wanted", [THEIRS, ANOTHER_BUNDLE])
def test_a_service_that_was_missing_in_one_answer_is_not_bought_again(wanted: Service, filters: bool) -> None:
    trial, _, outcomes = applied(without_the_phone, wanted, filters=filters)
    assert outcomes == {f"{AN}/phone": NOT_ORDERED}
    assert [each.id for each in trial.snapshot().services] == [PHONE]


def test_a_number_that_turns_up_at_another_user_is_not_bought_again() -> None:
    trial, _, outcomes = applied(without_the_phone, THEIRS._replace(user=JAN))
    assert outcomes == {f"{JAN}/phone": NOT_ORDERED}
    assert [each.id for each in trial.snapshot().services] == [PHONE]


@pytest.mark.parametrize("filters", [True, False])
def test_what_is_needed_all_the_same_is_ordered(filters: bool) -> None:
    trial, _, outcomes = applied(
        list, THEIRS, Service(AN, "tablet", "data-5"), Service(JAN, "phone", "mobile-10"), filters=filters
    )
    assert {outcome.result for outcome in outcomes.values()} == {Result.DONE}
    assert len(trial.snapshot().services) == 3


def test_what_came_meanwhile_under_another_label_hinders_nothing() -> None:
    trial, _, outcomes = applied(without_the_phone, THEIRS, Service(AN, "tablet", "data-5"))
    assert outcomes[f"{AN}/tablet"].result is Result.DONE
    assert outcomes[f"{AN}/phone"] == NOT_ORDERED
    assert len(trial.snapshot().services) == 2
