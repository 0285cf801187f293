"""Each check refuses one thing, says what is wrong and what to do, and blocks that action alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciler.model.config import Ownership, ProtectRule
from reconciler.model.fleet import Service
from reconciler.model.plan import Kind, Severity, Status
from reconciler.model.snapshot import LiveUser, OpenOrder
from tests.harness import PLACE
from tests.planning.values import AN, JAN, NUMBERS, codes, fleet, live, only, planned, service, sim, snapshot

NOBODY = "an.peters@brouwerij.example"


@pytest.mark.parametrize(
    ("wanted", "code", "said"),
    [
        (service(NOBODY), "unknown-user", f"knows no user '{NOBODY}'; did you mean '{AN}'?"),
        (service(bundle="mobile-11"), "unknown-bundle", "no bundle 'mobile-11'; did you mean 'mobile-10'?"),
        (service(options={"roming"}), "unknown-option", "no option 'roming'; did you mean 'roaming'?"),
        (service(options={"fixed-ip"}), "option-not-allowed", "'fixed-ip' does not go with bundle 'mobile-10'"),
        (service(bundle="classic"), "bundle-not-sellable", "'classic' is no longer sold"),
        (service(options={"old"}), "bundle-not-sellable", "'old' is no longer sold"),
    ],
)
def test_an_addition_that_cannot_be_is_blocked(wanted: Service, code: str, said: str) -> None:
    made = planned(fleet(wanted), snapshot())
    [finding] = [found for found in made.findings if found.code == code]
    assert said in finding.message
    assert (finding.severity, finding.place, only(made).status) == (Severity.ERROR, PLACE, Status.BLOCKED)
    assert finding.hint


def test_a_blocked_action_blocks_no_other() -> None:
    made = planned(fleet(service(bundle="no-such"), service(JAN)), snapshot())
    assert [(action.user, action.status) for action in made.actions] == [(AN, Status.BLOCKED), (JAN, Status.READY)]


def test_what_is_no_longer_sold_may_be_kept() -> None:
    held = service(bundle="classic", options={"roaming"}, number=NUMBERS[1])
    made = planned(fleet(held._replace(options=frozenset())), snapshot(live("a", held)))
    assert only(made).status is Status.READY


def test_a_number_in_use_on_a_managed_service_is_a_conflict() -> None:
    held = live("a", service(JAN, number=NUMBERS[1]))
    claim = service(AN, number=NUMBERS[2])
    taker = live("b", service(AN, number=NUMBERS[2], sim=sim("8932050000000000013")))
    wanted = service(AN, number=NUMBERS[2], sim=sim("89320500000000000126"))
    other = live("c", service(JAN, "tablet", number=NUMBERS[3], sim=sim("89320500000000000126")))
    made = planned(fleet(wanted, users=[JAN]), snapshot(held, taker, other))
    assert claim.number == wanted.number
    [finding] = [found for found in made.findings if found.code == "number-conflict"]
    assert "SIM 89320500000000000126 is in use on live service c" in finding.message


def test_a_number_of_an_unmanaged_user_is_a_conflict_that_says_so() -> None:
    made = planned(fleet(service(AN, number=NUMBERS[1])), snapshot(live("a", service(JAN, number=NUMBERS[1]))))
    [finding] = [found for found in made.findings if found.code == "number-conflict"]
    assert "not managed by these files" in str(finding.hint)
    assert only(made).status is Status.BLOCKED


def test_a_number_declared_twice_is_blocked_in_both_places() -> None:
    made = planned(fleet(service(AN, number=NUMBERS[1]), service(JAN, number=NUMBERS[1])), snapshot())
    assert codes(made).count("duplicate-service") == 2
    assert {action.status for action in made.actions} == {Status.BLOCKED}


@pytest.mark.parametrize(
    ("glob", "until", "status"),
    [
        (f"{AN}/*", None, Status.BLOCKED),
        (f"{AN.title()}/PHONE", None, Status.BLOCKED),
        (f"{AN}/*", date(2026, 11, 23), Status.BLOCKED),
        (f"{AN}/*", date(2026, 11, 22), Status.READY),
        (f"{JAN}/*", None, Status.READY),
    ],
)
def test_what_is_protected_is_not_removed_up_to_its_last_day(glob: str, until: date | None, status: Status) -> None:
    rules = (ProtectRule(glob, PLACE, until, "board decision 12"),)
    made = planned(fleet(users=[AN], protect=rules), snapshot(live("a"), ratio="1", base=1))
    assert only(made).status is status
    assert ("protected" in codes(made)) is (status is Status.BLOCKED)


def test_protection_holds_when_the_block_of_the_user_is_gone() -> None:
    rules = (ProtectRule(f"{AN}/*", PLACE),)
    made = planned(fleet(ownership=Ownership.ORGANISATION, users=[JAN], protect=rules), snapshot(live("a")))
    assert only(made).status is Status.BLOCKED


def test_a_removal_says_which_number_is_given_up() -> None:
    made = planned(fleet(users=[AN]), snapshot(live("a", number=NUMBERS[1]), ratio="1", base=10, used=9))
    assert only(made).kind is Kind.REMOVE
    assert f"{NUMBERS[1]} goes back to the operator" in next(f.message for f in made.findings if "given" in f.code)


def test_nothing_is_ordered_while_an_order_is_open_for_a_service() -> None:
    order = OpenOrder("o-1", "held", live_ids=frozenset({"a"}))
    made = planned(fleet(service(bundle="mobile-25")), snapshot(live("a"), orders=[order]))
    assert (only(made).status, only(made).reason) == (Status.IN_FLIGHT, "order o-1 is held")
    assert codes(made) == ["order-in-flight"]


def test_nothing_is_added_while_an_order_is_open_for_its_address() -> None:
    order = OpenOrder("o-1", "pending", addresses=frozenset({f"{AN}/phone"}))
    assert only(planned(fleet(service()), snapshot(orders=[order]))).status is Status.IN_FLIGHT


def test_a_second_bundle_change_waits_for_the_first_of_the_next_month() -> None:
    changes = {"a": date(2026, 11, 2)}
    made = planned(fleet(service(bundle="mobile-25")), snapshot(live("a"), bundle_changes=changes))
    assert (only(made).status, only(made).not_before) == (Status.DEFERRED, date(2026, 12, 1))
    assert codes(made) == ["bundle-changed-this-month"]
    december = planned(
        fleet(service(bundle="mobile-25")), snapshot(live("a"), bundle_changes=changes), day=date(2026, 12, 1)
    )
    assert only(december).status is Status.READY


def test_options_change_while_the_bundle_waits() -> None:
    wanted = service(bundle="mobile-25", options={"roaming"})
    made = planned(fleet(wanted), snapshot(live("a"), bundle_changes={"a": date(2026, 11, 2)}))
    assert (only(made).status, [change.path for change in only(made).changes]) == (Status.READY, ["options"])


def test_a_user_who_is_misspelt_among_thousands_is_guessed_from_the_likely_ones() -> None:
    here = snapshot()
    crowd = {
        f"a{number:05}@x.example": LiveUser(f"a{number:05}@x.example", f"u-{number}", "A") for number in range(3000)
    }
    made = planned(fleet(service(NOBODY)), replace(here, users={**here.users, **crowd}))
    [found] = [each for each in made.findings if each.code == "unknown-user"]
    assert f"did you mean '{AN}'?" in found.message
