"""What is read for a plan of targets, and that an apply reads and does the same."""

from __future__ import annotations

import pytest

from reconciler.errors import Exit, InvalidInput, UsageError
from reconciler.model.plan import Choices
from reconciler.usecases.application import Applied, ApplyRequest, Front
from reconciler.usecases.applying import apply
from reconciler.usecases.forecasting import foresee
from reconciler.usecases.planning import Planned, PlanRequest, make_plan
from reconciler.usecases.saving import save
from tests.harness import Progress, run
from tests.providers.wire import Wire, resource
from tests.usecases.office import AN, ELS, JAN, TOM, Office, number, said, user, users

BROKEN = "users: [\n"


def plan(office: Office, *targets: str, **request: object) -> Planned:
    """Return the plan of some targets."""
    return run(make_plan(office.trial.world(office.root), PlanRequest(Choices(targets=targets), **request)))  # type: ignore[arg-type]


def test_of_one_user_only_their_file_and_their_services_are_read(office: Office) -> None:
    office.write(one=users(user(AN, bundle="mobile-25"), user(JAN)), two=BROKEN)
    made = plan(office, AN)
    assert said(made.plan) == [f"change {AN}/phone"]
    assert {item.service.user for item in made.snapshot.services} == {AN}
    assert made.snapshot.counted == office.trial.snapshot().totals
    assert made.plan.quota.base == 4
    with pytest.raises(InvalidInput):
        plan(office)


def test_of_a_glob_the_users_on_either_side_are_read(office: Office) -> None:
    office.write(one=users(user(AN)), two=users(user(ELS, bundle="mobile-25"), user(TOM)), three=BROKEN)
    made = plan(office, "*es@brouwerij.example")
    assert {item.service.user for item in made.snapshot.services} == {JAN, ELS}
    assert said(made.plan) == [f"change {ELS}/phone"]
    assert [found.user for found in made.plan.findings if found.code == "unmanaged"] == [JAN]


@pytest.mark.parametrize("target", ["SALES", "an.*", "*/phone"])
def test_where_it_could_be_a_cost_centre_everything_is_read(office: Office, target: str) -> None:
    made = plan(office, target)
    assert (made.snapshot.counted, len(made.snapshot.services), len(made.documents.users)) == (None, 4, 4)


@pytest.mark.parametrize(
    ("target", "near"),
    [
        ("tom.nils@brouwerij.example", TOM),
        ("new.hant@brouwerij.example", "new.hand@brouwerij.example"),
        (f"{AN}/x", AN),
    ],
)
def test_a_misspelt_target_is_compared_with_all_names(office: Office, target: str, near: str) -> None:
    office.write(three=users(user("new.hand@brouwerij.example", "{bundle: mobile-10}")))
    with pytest.raises(UsageError, match=f"goes by '{target}'; did you mean '{near}'"):
        plan(office, target)


def test_a_service_that_moves_is_planned_for_whoever_is_asked_about(office: Office) -> None:
    theirs = f'{{bundle: mobile-10, number: "{number(0)}"}}'
    office.write(one=users(f"  {AN}: {{services: {{}}}}\n", user(JAN)), two=users(user(ELS, theirs), user(TOM)))
    for target in (AN, ELS):
        assert f"change {ELS}/phone" in said(plan(office, target).plan)
    assert said(plan(office, TOM).plan) == []


def test_a_number_declared_twice_is_found_in_a_file_without_the_user(office: Office) -> None:
    office.write(one=users(user(AN, f'{{bundle: mobile-10, number: "{number(3)}"}}'), user(JAN)))
    with pytest.raises(InvalidInput) as caught:
        plan(office, AN)
    assert "is declared twice" in str(caught.value.problems[0])


def test_a_look_ahead_needs_the_history_of_every_service(office: Office) -> None:
    request = PlanRequest(Choices(targets=(AN,)))
    made, _ = run(foresee(office.trial.world(office.root), request))
    assert made.choices.targets == (AN,)
    office.write(two=BROKEN)
    with pytest.raises(InvalidInput):
        run(foresee(office.trial.world(office.root), request))


@pytest.mark.parametrize("saved", [True, False])
def test_an_apply_reads_no_more_than_the_plan_did_and_does_it(office: Office, saved: bool) -> None:
    office.write(
        one=users(user(AN, bundle="mobile-25"), user(JAN)), two=users(user(ELS, bundle="mobile-25"), user(TOM))
    )
    approved = save(plan(office, AN).plan, office.trial.world(office.root)) if saved else None
    office.write(two=BROKEN)
    office.trial.app = Wire(office.trial.sandbox.app())
    applied = carry_out(office, ApplyRequest(PlanRequest(Choices(targets=(AN,))), approved, auto_approve=not saved))
    assert (applied.exit_code, said(applied.plan)) == (Exit.DONE, [f"change {AN}/phone"])
    offsets = [path for _, path in office.trial.app.asked if resource(path) == "product" and "offset=2" in path]
    assert offsets == []
    bundles = {item.service.user: item.service.bundle for item in office.trial.snapshot().services}
    assert (bundles[AN], bundles[ELS]) == ("mobile-25", "mobile-10")


def carry_out(office: Office, request: ApplyRequest) -> Applied:
    """Apply, after a yes where there is a question."""
    front = Front(lambda _: True, lambda _: None, lambda *_: None, Progress())
    return run(apply(office.trial.world(office.root), request, front))
