"""Orders as they go over the wire, and what happens when an answer to one is lost."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.applying.journal.database import MEMORY, Database
from reconciler.model.fleet import Activation, PortIn, Service, Sim, SimType, State
from reconciler.model.plan import Status
from reconciler.ports import Result
from reconciler.sandbox import identities, seeds
from tests.harness import Trial, desired, person, with_quota
from tests.providers.wire import Wire

AN, JAN = "an.peeters@brouwerij.example", "jan.claes@brouwerij.example"
POST = "POST /tmf-api/productOrderingManagement/v4/productOrder"
LINE = Service(AN, "phone", "mobile-10", number="+32470000001")


def trial() -> Trial:
    """Return a trial of two users, the first with a phone and an option."""
    phone = seeds.ServiceSeed(
        AN, "phone", "mobile-10", "+32470000001", identities.iccid(1), ("voicemail-plus",), started=date(2025, 1, 15)
    )
    seed = seeds.FleetSeed(
        contract=seeds.ContractSeed(removal_base=1, removal_ratio="1"),
        users=(person(AN), person(JAN)),
        services=(phone,),
    )
    return Trial.of(seed, with_quota(base=1))


@pytest.mark.parametrize("fault", ["error-after", "lost"])
def test_an_order_whose_answer_is_lost_is_found_by_its_reference_and_not_sent_again(fault: str) -> None:
    one = trial()
    one.sandbox.configure(unique_external_id=False)
    one.sandbox.fault(fault, POST)
    _, outcomes = one.apply(desired(LINE, Service(JAN, "phone", "mobile-25")))
    assert {outcome.result for outcome in outcomes.values()} == {Result.DONE}
    assert len(one.snapshot().services) == 2


def test_an_order_that_was_never_accepted_is_unknown_and_can_be_looked_for() -> None:
    one = trial()
    one.sandbox.fault("error-before", POST)
    _, outcomes = one.apply(desired(Service(JAN, "phone", "mobile-25"), users=[JAN]))
    [outcome] = outcomes.values()
    assert outcome.result is Result.UNKNOWN
    assert "order test-0001-0001 is looked for again by: fleet apply --resume" in str(outcome.reason)


def test_one_user_that_fails_stops_no_other() -> None:
    one = trial()
    one.sandbox.configure(unique_external_id=False)
    one.sandbox.fault("error-before", POST)
    _, outcomes = one.apply(desired(LINE, Service(JAN, "phone", "mobile-25")))
    assert sorted(outcome.result for outcome in outcomes.values()) == [Result.DONE, Result.UNKNOWN]


def test_an_order_the_operator_is_too_busy_for_is_sent_again_when_it_said() -> None:
    one = trial()
    one.sandbox.configure(unique_external_id=False)
    one.sandbox.fault("throttle", POST)
    _, outcomes = one.apply(desired(LINE, Service(JAN, "phone", "mobile-25")))
    assert {outcome.result for outcome in outcomes.values()} == {Result.DONE}
    assert len(one.snapshot().services) == 2


def test_an_activation_by_email_waits_for_the_user_and_is_in_flight_until_then() -> None:
    from datetime import timedelta

    one = trial()
    fleet = desired(Service(JAN, "phone", "mobile-25", activation=Activation.EMAIL))
    _, outcomes = one.apply(fleet)
    assert [outcome.result for outcome in outcomes.values()] == [Result.WAITING]
    [action] = one.plan(fleet).actions
    assert action.status is Status.IN_FLIGHT
    one.sandbox.advance(timedelta(days=1))
    assert one.plan(fleet).actions == ()


def test_a_port_in_takes_effect_on_its_day_and_is_never_ordered_twice() -> None:
    from datetime import timedelta

    one = trial()
    fleet = desired(Service(JAN, "phone", "mobile-25", number="+32475112233", port_in=PortIn("Proximus", "B-77")))
    _, outcomes = one.apply(fleet)
    assert [outcome.result for outcome in outcomes.values()] == [Result.WAITING]
    again, nothing = one.apply(fleet)
    assert nothing == {}
    assert again.summary.in_flight == 1
    one.sandbox.advance(timedelta(days=2))
    assert one.plan(fleet).actions == ()


def test_everything_about_a_line_can_change_in_one_order() -> None:
    one = trial()
    wanted = Service(
        JAN,
        "phone",
        "mobile-unlimited",
        frozenset({"roaming-world"}),
        "+32470000001",
        Sim(SimType.ESIM),
        State.BLOCKED,
        "BREW",
    )
    _, outcomes = one.apply(desired(wanted, users=[AN]))
    assert [outcome.result for outcome in outcomes.values()] == [Result.DONE]
    [live] = one.snapshot().services
    assert (live.service.user, live.service.number, live.service.bundle) == (JAN, "+32470000001", "mobile-unlimited")
    assert (live.service.sim.type, live.service.state, live.service.cost_centre) == (SimType.ESIM, "blocked", "BREW")
    assert live.service.options == {"roaming-world"}


def test_a_service_that_changed_after_the_plan_is_not_removed() -> None:
    one = trial()
    wire = Wire(one.sandbox.app())

    def moved_away(path: str, _at: int, status: int, headers: dict[str, str], body: object) -> object:
        import json

        if not path.endswith("/product/prd-00000001") or not isinstance(body, dict):
            return None
        body["relatedParty"][0]["id"] = "ind-0000002"
        return status, headers, json.dumps(body).encode()

    wire.spoil = moved_away  # type: ignore[assignment]
    one.app = wire
    _, outcomes = one.apply(desired(users=[AN]))
    [outcome] = outcomes.values()
    assert outcome.result is Result.FAILED
    assert "changed since the plan" in str(outcome.reason)
    assert all(method == "GET" for method, _ in wire.asked)


def test_a_cancelled_order_leaves_everything_as_it_was() -> None:
    from reconciler.ports import AddService
    from tests.harness import run

    one = trial()

    async def work() -> object:
        async with one.provider().ordering(one.rate()) as ordering:
            live = await ordering.reader.snapshot()
            change = AddService(Service(JAN, "phone", "mobile-25", activation=Activation.EMAIL))
            [handle] = await ordering.orderer.submit(
                [change], user=live.users[JAN], reference="cancel-1", effective=one.sandbox.today, note=""
            )
            return (await ordering.orderer.cancel(handle)).result

    assert run(work()) is Result.CANCELLED
    assert len(one.snapshot().services) == 1


def test_a_reading_connection_refuses_to_write() -> None:
    from reconciler.providers.tmf.client import Client
    from tests.harness import run

    one = trial()

    async def work() -> None:
        async with Client(one.settings, app=one.sandbox.app(), writable=False) as client:
            await client.post("/tmf-api/productOrderingManagement/v4/productOrder", {}, idempotency_key="x")

    with pytest.raises(AssertionError, match="a reading connection was asked to POST"):
        run(work())


def test_an_order_that_completed_without_effect_is_not_the_months_bundle_change() -> None:
    one = trial()
    fleet = desired(LINE._replace(bundle="mobile-25"), users=[AN])
    one.sandbox.fault("no-effect", POST)
    one.apply(fleet)
    assert [action.status for action in one.plan(fleet).actions] == [Status.READY]
    one.apply(fleet)
    [live] = one.snapshot().services
    assert live.service.bundle == "mobile-25"
    assert one.snapshot().bundle_changes == {live.id: one.sandbox.today}


def test_a_conflict_about_an_order_that_was_accepted_adopts_it() -> None:
    one = trial()
    one.sandbox.configure(unique_external_id=False)
    one.sandbox.fault("conflict-after", POST)
    _, outcomes = one.apply(desired(LINE, Service(JAN, "phone", "mobile-25")))
    assert {outcome.result for outcome in outcomes.values()} == {Result.DONE}
    assert len(one.snapshot().services) == 2


def test_a_conflict_about_a_reference_that_was_used_for_something_else_names_that_order() -> None:
    one = trial()
    one.apply(desired(LINE._replace(bundle="mobile-25"), users=[AN]))
    one.runs, one.journal = 0, Database.open(MEMORY)
    _, outcomes = one.apply(desired(LINE._replace(bundle="mobile-25"), Service(JAN, "phone", "mobile-25")))
    [outcome] = outcomes.values()
    assert outcome.result is Result.FAILED
    assert "reference test-0001-0001 is that of order ord-0000001 already, for something else" in str(outcome.reason)
    assert "Apply again, as a new run" in str(outcome.reason)
    assert len(one.snapshot().services) == 1


def test_a_conflict_about_nothing_anybody_can_find_is_a_refusal() -> None:
    one = trial()
    one.sandbox.fault("conflict", POST)
    _, outcomes = one.apply(desired(Service(JAN, "phone", "mobile-25"), users=[JAN]))
    [outcome] = outcomes.values()
    assert outcome.result is Result.FAILED
    assert "answered 409" in str(outcome.reason)
