"""What an operator tells in part stops what it could concern, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from reconciler.errors import IncompleteSnapshot
from reconciler.model.config import IgnoreRule, Overridable, Override, Ownership, ProtectRule, QuotaConfig
from reconciler.model.fleet import DesiredFleet, PortIn, Service, Sim
from reconciler.model.plan import Finding, Kind, Plan, Severity, Status
from reconciler.model.snapshot import NOBODY, Doubt, DoubtKind, LiveService, LiveUser, Presence, Snapshot
from tests.harness import PLACE
from tests.planning.values import AN, DAY, ELS, JAN, NUMBERS, live, planned, service, snapshot
from tests.planning.values import fleet as fleet_of

WHOLE = Ownership.ORGANISATION
ICCIDS = ("8932050000000000013", "89320500000000000126")


def fleet(*services: Service, **parts: Any) -> DesiredFleet:
    """Return a fleet whose removals no quota hinders."""
    return fleet_of(*services, **{"quota": QuotaConfig(Decimal(1), 100), **parts})


def addressless(*services: LiveService, known: Sequence[str] = (JAN,), expected: bool = False) -> Snapshot:
    """Return live where one user, of the id ind-9, has no address."""
    here = snapshot(*services, users=known)
    users = {**here.users, "ind-9": LiveUser("ind-9", "ind-9", "An Peeters")}
    doubt = Doubt(DoubtKind.USER, "ind-9", "it has no e-mail address", "ind-9", expected=expected)
    return replace(here, users=users, doubts=(doubt,))


def found(made: Plan, code: str) -> Finding:
    """Return the one finding of a code."""
    [one] = [each for each in made.findings if each.code == code]
    return one


def kinds(made: Plan) -> list[tuple[str, Kind, Status]]:
    """Return what a plan does, action by action."""
    return [(action.id, action.kind, action.status) for action in made.actions]


def test_nothing_is_removed_of_a_user_whose_address_went_even_where_the_files_are_the_whole_truth() -> None:
    here = addressless(live("a", service("ind-9", number=NUMBERS[1])), live("b", service(JAN, number=NUMBERS[2])))
    made = planned(fleet(users=[ELS], ownership=WHOLE, ignore=(IgnoreRule("an.*"),)), here)
    assert kinds(made) == [(f"{JAN}/phone", Kind.REMOVE, Status.READY)]
    said = found(made, "user-without-address")
    assert (said.severity, "ind-9" in said.message) == (Severity.WARNING, True)


@pytest.mark.parametrize("declared", [{"number": NUMBERS[1]}, {}, {"sim": Sim(iccid=ICCIDS[0])}])
def test_what_is_declared_for_somebody_who_may_be_that_user_waits(declared: dict[str, Any]) -> None:
    held = service("ind-9", number=NUMBERS[1], sim=Sim(iccid=ICCIDS[0]))
    made = planned(fleet(service(AN, **declared), create_users=True), addressless(live("a", held)))
    assert made.actions == ()
    assert made.is_blocked
    assert "may be live service a" in found(made, "uncertain-service").message


def test_users_who_have_an_address_are_planned_as_ever() -> None:
    here = addressless(live("a", service("ind-9", number=NUMBERS[1])), live("b", service(JAN, number=NUMBERS[2])))
    wanted = service(JAN, number=NUMBERS[2], bundle="mobile-25"), service(JAN, label="tablet")
    made = planned(fleet(*wanted), here)
    assert kinds(made) == [
        (f"{JAN}/phone", Kind.CHANGE, Status.READY),
        (f"{JAN}/tablet", Kind.ADD, Status.READY),
    ]


def test_a_user_who_is_declared_by_the_operators_id_is_one_like_others() -> None:
    here = addressless(live("a", service("ind-9", number=NUMBERS[1])))
    made = planned(fleet(users=["ind-9"]), here)
    assert kinds(made) == [("ind-9/phone", Kind.REMOVE, Status.READY)]


def test_as_many_users_without_an_address_as_are_expected_are_for_information_and_left_alone() -> None:
    here = addressless(live("a", service("ind-9", number=NUMBERS[1])), expected=True)
    made = planned(fleet(users=[JAN], ownership=WHOLE), here)
    assert made.actions == ()
    assert found(made, "user-without-address").severity is Severity.INFO
    assert not made.is_blocked


def test_nobody_is_created_who_may_be_a_user_without_an_address() -> None:
    here = addressless()
    wanted = fleet(service(AN), create_users=True)
    wanted = replace(wanted, users={AN: wanted.users[AN]._replace(name="An Peeters")})
    made = planned(wanted, here)
    assert [status for _, _, status in kinds(made)] == [Status.BLOCKED]
    assert found(made, "uncertain-service").user == AN
    assert planned(wanted, replace(here, doubts=(here.doubts[0]._replace(expected=True),))).summary.create == 1


@pytest.mark.parametrize("user", [NOBODY, "ind-77"])
@pytest.mark.parametrize("ownership", Ownership)
def test_a_service_without_a_user_who_is_known_is_left_as_it_is_and_named(user: str, ownership: Ownership) -> None:
    here = snapshot(live("a", service(user, number=NUMBERS[1], label="spare")), live("b", number=NUMBERS[2]))
    made = planned(fleet(service(number=NUMBERS[2]), ownership=ownership), here)
    assert made.actions == ()
    assert "a (" in found(made, "service-without-user").message
    assert not made.is_blocked


def test_what_could_be_a_service_without_user_is_not_added_and_what_could_not_is() -> None:
    here = snapshot(live("a", service(NOBODY, number=NUMBERS[1])))
    wanted = service(AN), service(JAN, number=NUMBERS[2]), service(ELS, label="tablet")
    made = planned(fleet(*wanted), here)
    assert kinds(made) == [
        (f"{ELS}/tablet", Kind.ADD, Status.READY),
        (f"{JAN}/phone", Kind.ADD, Status.READY),
    ]
    assert found(made, "uncertain-service").user == AN


def test_a_number_that_a_service_without_user_has_is_not_taken_from_anybody_else() -> None:
    here = snapshot(live("a", service(NOBODY, number=NUMBERS[1])), live("b", number=NUMBERS[2]))
    made = planned(fleet(service(number=NUMBERS[1])), here)
    assert made.actions == ()
    assert found(made, "uncertain-service").label == "phone"


def test_a_service_without_number_sim_and_label_is_left_as_it_is() -> None:
    made = planned(fleet(service(), ownership=WHOLE), snapshot(live("a", label=None, bundle="mobile-25")))
    assert made.actions == ()
    assert {each.code for each in made.findings} == {"incomplete-service", "uncertain-service"}


def test_while_it_is_being_activated_it_is_in_flight() -> None:
    coming = live("a", service(label=None), Presence.COMING)
    made = planned(fleet(service(number=NUMBERS[1])), snapshot(coming))
    assert kinds(made) == [(f"{AN}/phone", Kind.ADD, Status.IN_FLIGHT)]
    assert not made.is_blocked


def test_a_service_that_lost_its_number_is_neither_removed_nor_bought_again() -> None:
    lost = live("a", label=None, sim=Sim(iccid=ICCIDS[0]), bundle="mobile-25")
    made = planned(fleet(service(number=NUMBERS[1])), snapshot(lost))
    assert made.actions == ()
    assert found(made, "uncertain-service").label == "phone"
    ported = service(number=NUMBERS[1], port_in=PortIn("other", "1"))
    assert {kind for _, kind, _ in kinds(planned(fleet(ported), snapshot(lost)))} == {Kind.ADD, Kind.REMOVE}


def test_a_number_may_be_that_of_somebody_elses_service_that_does_not_tell_its_own() -> None:
    made = planned(fleet(service(AN, number=NUMBERS[1])), snapshot(live("a", service(JAN, label="car"))))
    assert made.actions == ()
    assert found(made, "uncertain-service").user == AN


def loose(user: str | None = None, of: str | None = None) -> tuple[Doubt, ...]:
    """Return an option of a service that is not known."""
    return (Doubt(DoubtKind.OPTION, "opt-1", "its service is not told", user, "roaming", of),)


def test_an_option_whose_service_is_not_told_is_not_given_to_anybody_again() -> None:
    wanted = service(options=["roaming"], number=NUMBERS[1]), service(JAN, options=["calls"], number=NUMBERS[2])
    here = snapshot(live("a", number=NUMBERS[1]), live("b", service(JAN, number=NUMBERS[2])), doubts=loose())
    made = planned(fleet(*wanted), here)
    assert [status for _, _, status in kinds(made)] == [Status.BLOCKED, Status.READY]
    assert found(made, "option-without-service").severity is Severity.WARNING
    theirs = planned(fleet(*wanted), replace(here, doubts=loose(JAN)))
    assert [status for _, _, status in kinds(theirs)] == [Status.READY, Status.READY]


def test_nothing_is_added_while_an_option_relies_on_a_service_that_was_not_read() -> None:
    wanted = service(), service(JAN, number=NUMBERS[2], bundle="mobile-25")
    here = snapshot(live("b", service(JAN, number=NUMBERS[2])), doubts=loose(of="prd-7"))
    made = planned(fleet(*wanted), here)
    assert [(kind, status) for _, kind, status in kinds(made)] == [
        (Kind.ADD, Status.BLOCKED),
        (Kind.CHANGE, Status.READY),
    ]


@pytest.mark.parametrize("user", [None, AN])
def test_an_open_order_that_does_not_tell_what_it_is_about_has_its_user_wait(user: str | None) -> None:
    doubt = Doubt(DoubtKind.ORDER, "ord-1", "its items are not told", user)
    here = snapshot(live("b", service(JAN, number=NUMBERS[2])), doubts=(doubt,))
    made = planned(fleet(service(), service(JAN, number=NUMBERS[2], bundle="mobile-25")), here)
    statuses = [status for _, _, status in kinds(made)]
    assert statuses == [Status.IN_FLIGHT, Status.READY if user else Status.IN_FLIGHT]


@pytest.mark.parametrize(
    "rule", [{"number": NUMBERS[1]}, {"iccid": ICCIDS[0]}, {"live_id": "a"}], ids=lambda rule: next(iter(rule))
)
def test_rules_name_a_service_by_its_number_its_sim_or_its_live_id(rule: dict[str, Any]) -> None:
    held = live("a", number=NUMBERS[1], sim=Sim(iccid=ICCIDS[0]))
    protected = planned(fleet(users=[AN], protect=(ProtectRule(None, PLACE, **rule),)), snapshot(held))
    assert [status for _, _, status in kinds(protected)] == [Status.BLOCKED]
    assert "protected" in {each.code for each in protected.findings}
    ignored = fleet(service(bundle="mobile-25", number=NUMBERS[1]), ignore=(IgnoreRule(**rule),))
    made = planned(ignored, snapshot(held))
    assert (made.actions, made.is_blocked) == ((), False)


@pytest.mark.parametrize("lost", ["number", "iccid"])
def test_while_what_a_rule_names_is_nowhere_no_service_that_does_not_tell_its_own_is_touched(lost: str) -> None:
    rule = (
        ProtectRule(None, PLACE, number=NUMBERS[1]) if lost == "number" else ProtectRule(None, PLACE, iccid=ICCIDS[0])
    )
    bare = live("a", sim=Sim(iccid=ICCIDS[1])) if lost == "number" else live("a", number=NUMBERS[2])
    made = planned(fleet(users=[AN], protect=(rule,)), snapshot(bare))
    assert made.actions == ()
    assert "a rule names" in found(made, "incomplete-service").message
    assert planned(fleet(users=[AN]), snapshot(bare)).summary.remove == 1


def test_a_label_that_is_not_told_may_be_the_protected_one() -> None:
    rules = (ProtectRule(f"{AN}/phone", PLACE),)
    lost = live("a", label=None, number=NUMBERS[1])
    assert "protected" in {each.code for each in planned(fleet(users=[AN], protect=rules), snapshot(lost)).findings}
    told = snapshot(lost, live("b", number=NUMBERS[2]))
    made = planned(fleet(users=[AN], protect=rules), told)
    assert {action.live_id: action.status for action in made.actions} == {"a": Status.READY, "b": Status.BLOCKED}


def many(count: int, missing: int) -> tuple[DesiredFleet, Snapshot]:
    """Return two sides with a cost centre declared for each service, of which so many are live without one."""
    numbers = NUMBERS[:count]
    wanted = [service(AN, label=f"s{n}", number=number, cost_centre="SALES") for n, number in enumerate(numbers)]
    held = [live(f"l{n}", wish._replace(cost_centre=None if n < missing else "SALES")) for n, wish in enumerate(wanted)]
    return fleet(*wanted), snapshot(*held)


@pytest.mark.parametrize(
    ("count", "missing", "blocks"), [(9, 5, True), (10, 5, False), (4, 4, False), (5, 5, True), (30, 15, False)]
)
def test_a_value_that_is_missing_of_more_than_half_and_of_five_blocks_what_follows(
    count: int, missing: int, blocks: bool
) -> None:
    made = planned(*many(count, missing))
    statuses = {status for _, _, status in kinds(made)}
    assert statuses == {Status.BLOCKED if blocks else Status.READY}
    said = found(made, "values-missing")
    assert said.severity is (Severity.ERROR if blocks else Severity.INFO)
    assert "cost centre" in said.message


def test_an_override_lifts_it_and_is_said() -> None:
    declared, here = many(9, 9)
    lifts = (Override(Overridable.VALUES_MISSING, DAY + timedelta(days=1), "first cost centres", PLACE),)
    made = planned(replace(declared, config=replace(declared.config, overrides=lifts)), here)
    assert made.summary.change == 9
    assert "first cost centres" in found(made, "overridden").message


def test_where_most_users_have_no_address_the_list_itself_is_not_believed() -> None:
    here = snapshot(users=[JAN])
    doubts = tuple(Doubt(DoubtKind.USER, f"ind-{n}", "it has no e-mail address", f"ind-{n}") for n in range(5))
    users = {**here.users, **{each.id: LiveUser(each.id, each.id, "X") for each in doubts}}
    with pytest.raises(IncompleteSnapshot, match="5 of 6 users have no e-mail address"):
        planned(fleet(service()), replace(here, users=users, doubts=doubts))
    expected = tuple(each._replace(expected=True) for each in doubts)
    assert planned(fleet(service(JAN)), replace(here, users=users, doubts=expected)).summary.add == 1


def test_where_most_services_have_no_user_the_list_of_users_is_not_believed() -> None:
    strangers = [live(f"l{n}", service(f"ind-{n}", number=NUMBERS[n])) for n in range(6)]
    with pytest.raises(IncompleteSnapshot, match="6 of 6 services have no user that was read"):
        planned(fleet(service(JAN)), snapshot(*strangers))
