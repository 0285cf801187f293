"""What a plan, its quota, its bill and its outcomes look like, in full, for a person to judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from inline_snapshot import snapshot as golden

from reconciler.model.config import ProtectRule
from reconciler.model.fleet import State, Turn
from reconciler.model.plan import ChangedSince, Choices, Inquiry, Plan
from reconciler.model.snapshot import PlacedOrder
from reconciler.ports import Outcome, Result
from reconciler.reports.text import bill_text, outcome_text, plan_text, quota_text
from tests.harness import PLACE
from tests.planning.values import AN, ELS, JAN, NUMBERS, fleet, live, planned, service, snapshot


def plain(text: str, _colour: str) -> str:
    """Paint nothing."""
    return text


def everything(width: int = 100) -> Plan:
    """Return a plan with one of each: add, change, transfer, remove, defer, block."""
    wanted = fleet(
        service(AN, bundle="mobile-25", number=NUMBERS[1]),
        service(JAN, "tablet"),
        service(JAN, number=NUMBERS[2]),
        users=[ELS],
        protect=(ProtectRule(f"{ELS}/car", PLACE, date(2027, 12, 31), "board decision 12"),),
    )
    here = snapshot(
        live("a", number=NUMBERS[1], options=frozenset({"calls"})),
        live("b", service(ELS, "old", number=NUMBERS[2])),
        live("c", service(ELS, "phone", number=NUMBERS[3], state=State.BLOCKED)),
        live("d", service(ELS, "car")),
        ratio="1",
        base=4,
    )
    return planned(wanted, here)


def test_a_plan() -> None:
    assert plan_text(everything(), width=100, paint=plain) == golden("""\
brouwerij-demo, 2026-11-23: 4 live services of 3 users at sandbox

an.peeters@brouwerij.example
  ~ phone  bundle mobile-10 → mobile-25                                 -3.00/month, -3.70 next bill
      option calls removed
els.maes@brouwerij.example
  ! car  remove mobile-10, SIM, number (none)                         -10.00/month, -12.33 next bill
  - phone  remove mobile-10, SIM, number +32470000003                 -10.00/month, -12.33 next bill
      # not declared for this user (users/test.yaml:3:7)
jan.claes@brouwerij.example
  > phone  user els.maes@brouwerij.example → jan.claes@brouwerij.example
  + tablet  add mobile-10, SIM, number (known after activation)       +10.00/month, +12.33 next bill

error protected users/test.yaml:3:7: els.maes@brouwerij.example/car is protected by
    'els.maes@brouwerij.example/car': board decision 12
    Declare the service again, or change the rule at users/test.yaml:3:7.
warning number-given-up users/test.yaml:3:7: els.maes@brouwerij.example/phone: +32470000003 goes
    back to the operator and cannot be had again (R9)
    To keep the number, transfer the service to another user instead.

Quota [▒▒▒▒▒▒▒▒░░░░░░░░░░░░░░░░░░░░░░] 0 used, 1 planned, 3 left
Removals: 1 of 4 left this contract period (100% of 4 = 4; 0 used; resets 2027-06-01).

Next bill (2026-12): EUR -3.70. Steady month: EUR 47.50 → 44.50 (-3.00).
Estimated: the day of effect is the operator's (R4, R6).

Plan: 1 to add, 2 to change (1 transfer), 1 to remove. 1 blocked.
""")


def test_a_plan_on_a_narrow_terminal_is_wrapped_and_loses_nothing() -> None:
    narrow = plan_text(everything(), width=60, paint=plain)
    wide = plan_text(everything(), width=200, paint=plain)
    assert sorted(narrow.split()) == sorted(wide.split())


def test_a_plan_says_in_a_few_lines_what_is_upcoming() -> None:
    turns = [Turn(date(2026, 12, day), service(), service(options={"calls"}), PLACE) for day in range(1, 6)]
    turns.append(Turn(date(2026, 11, 30), service(JAN, "tablet"), None, PLACE))
    made = planned(replace(fleet(service()), turns=tuple(turns)), snapshot(live("a")))
    assert plan_text(made, width=70, paint=plain) == golden("""\
brouwerij-demo, 2026-11-23: 1 live service of 3 users at sandbox

Upcoming, by the dates in the files:
  2026-11-30 jan.claes@brouwerij.example/tablet: the service ends:
      mobile-10, -10.00/month
  2026-12-01 an.peeters@brouwerij.example/phone: option calls begins,
      +7.50/month
  2026-12-02 an.peeters@brouwerij.example/phone: option calls begins,
      +7.50/month
  2026-12-03 an.peeters@brouwerij.example/phone: option calls begins,
      +7.50/month
  and 2 more; see 'fleet upcoming'

No changes. The fleet matches the configuration.
""")


def test_a_plan_names_the_order_behind_what_differs_and_says_what_was_not_asked() -> None:
    made = everything()
    order = PlacedOrder("ord-3", "completed", None, datetime(2026, 11, 20, 9, tzinfo=UTC), "portal")
    actions = tuple(action._replace(drift=order) if action.label == "phone" else action for action in made.actions)
    text = plan_text(replace(made, actions=actions, inquiry=Inquiry(50, 12)), width=100, paint=plain)
    assert [line for line in text.splitlines() if "ord-3" in line] == [
        "      # made so at the operator by order ord-3, placed 2026-11-20 09:00 by portal",
        "      # added at the operator by order ord-3, placed 2026-11-20 09:00 by portal",
        "      # made so at the operator by order ord-3, placed 2026-11-20 09:00 by portal",
    ]
    assert "\nWho ordered what differs was asked of 50 services, and not of 12 more.\n" in text
    silent = plan_text(replace(made, inquiry=Inquiry(3, 0, "no answer")), width=100, paint=plain)
    assert "\nWho ordered what differs at the operator is not known: no answer.\n" in silent


def test_an_empty_plan() -> None:
    assert plan_text(planned(fleet(service()), snapshot(live("a"))), width=100, paint=plain) == golden("""\
brouwerij-demo, 2026-11-23: 1 live service of 3 users at sandbox

No changes. The fleet matches the configuration.
""")


@pytest.mark.parametrize(
    "choices",
    [Choices(targets=(AN,)), Choices(changed_since=ChangedSince("main", "0" * 40, (AN,)))],
)
def test_an_empty_plan_of_some_users_says_nothing_of_the_others(choices: Choices) -> None:
    made = replace(planned(fleet(service()), snapshot(live("a"))), choices=choices)
    text = plan_text(made, width=100, paint=plain)
    assert text.endswith("\nNo changes. The users planned match the configuration.\n")


def test_the_quota() -> None:
    assert quota_text(everything(), width=100, paint=plain) == golden("""\
Contract MC-2026-001, period 2026-06-01 to 2027-05-31, notice by 2027-03-01 (R3)
Quota [▒▒▒▒▒▒▒▒░░░░░░░░░░░░░░░░░░░░░░] 0 used, 1 planned, 3 left
Removals: 1 of 4 left this contract period (100% of 4 = 4; 0 used; resets 2027-06-01).
""")


def test_the_bill() -> None:
    assert bill_text(everything().bill, currency="EUR", paint=plain) == golden("""\
cost centre  next bill 2026-12
(none)                   -3.70
total                    -3.70

Steady month: EUR 47.50 → 44.50 (-3.00).
Estimated: the day of effect is the operator's (R4, R6).
""")


def test_outcomes() -> None:
    made = everything()
    results = iter([Outcome(Result.DONE, None, "ord-1"), Outcome(Result.FAILED, "the SIM is in use", "ord-2")])
    waiting = Outcome(Result.WAITING, "activation by the user", "ord-3")
    outcomes = {action.id: next(results, waiting) for action in made.ready}
    assert outcome_text(made, outcomes, paint=plain) == golden("""\
done        an.peeters@brouwerij.example/phone (order ord-1)
failed      els.maes@brouwerij.example/phone (order ord-2): the SIM is in use
waiting     jan.claes@brouwerij.example/phone (order ord-3): activation by the user
waiting     jan.claes@brouwerij.example/tablet (order ord-3): activation by the user

Apply incomplete: 1 of 4 done, 1 failed, 2 waiting. 1 blocked action left out.
""")


def test_outcomes_that_could_not_be_read_back_are_not_complete() -> None:
    made = everything()
    outcomes = {action.id: Outcome(Result.DONE) for action in made.ready}
    complete, unread = (
        outcome_text(made, outcomes, paint=plain, read_back=each).splitlines()[-1] for each in (True, False)
    )
    assert complete.startswith("Apply complete!")
    assert unread == "Apply incomplete: 4 of 4 done, live not read back. 1 blocked action left out."


def test_no_line_ends_in_blanks() -> None:
    text = plan_text(everything(), width=80, paint=plain)
    assert all(line == line.rstrip() for line in text.splitlines())
