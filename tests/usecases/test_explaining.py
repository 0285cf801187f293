"""Whatever is asked about, live, declared, both, ended, gone or mistyped, there is an answer with its reasons."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.model.explanation import Answer, Explanation
from reconciler.sandbox import identities, seeds
from reconciler.usecases.explaining import ExplainRequest, explain_service
from tests.desired.files import SETTINGS, write
from tests.harness import Trial, person, run, with_quota

AN, ELS, JAN, TOM = (f"{name}@brouwerij.example" for name in ("an.peeters", "els.maes", "jan.claes", "tom.nijs"))
RULES = SETTINGS + (
    "contract: {id: MC-2026-001}\nignore: [{user: 'tom.*'}]\n"
    f"protect: [{{service: '{AN}/phone', until: 2027-12-31}}, {{service: '{ELS}/*'}}]\n"
    "profiles:\n  fair:\n    bundle: mobile-25\n    options: [{name: roaming-world, until: 2026-12-05}]\n"
)
FILE = f"""\
users:
  {AN.title()}:
    cost_centre: BREW
    services:
      phone:
        profile: fair
        number: "+32470000001"
      data: {{bundle: data-5, from: 2026-12-01}}
      car: {{bundle: m2m-1, until: 2026-11-01}}
      old: {{bundle: data-5, until: 2026-11-01}}
      new: {{bundle: data-20, options: [nonsense]}}
  {ELS}: {{services: {{}}}}
  {TOM}: {{services: {{phone: {{bundle: mobile-10}}}}}}
"""


def held(n: int, user: str = AN, label: str | None = "phone", bundle: str = "mobile-25") -> seeds.ServiceSeed:
    """Return a service in force."""
    return seeds.ServiceSeed(
        user, label, bundle, identities.number(n, 7), identities.iccid(n), started=date(2025, 1, 15)
    )


@pytest.fixture(scope="module")
def trial() -> Trial:
    """Return an operator with one of each."""
    services = (
        held(1),
        held(2, label="car", bundle="m2m-1"),
        held(3, ELS),
        held(4, ELS, None, "data-5"),
        held(5, JAN),
        held(6, TOM),
    )
    people = tuple(person(key) for key in (AN, ELS, JAN, TOM))
    contract = seeds.ContractSeed(removal_base=6, removal_ratio="1")
    return Trial.of(seeds.FleetSeed(contract=contract, users=people, services=services), with_quota(base=6))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return files with one of each."""
    return write(tmp_path_factory.mktemp("fleet"), fleet=RULES, a=FILE)


def explained(trial: Trial, root: Path, user: str, label: str | None, day: date | None = None) -> Explanation:
    """Return the explanation of one service."""
    return run(explain_service(trial.world(root), ExplainRequest(user, label, day)))


@pytest.mark.parametrize(
    ("user", "label", "answer", "reason"),
    [
        (AN, "phone", Answer.PLANNED, "matched by its number"),
        (AN, "PHONE", Answer.PLANNED, "protected from removal until 2027-12-31"),
        ("peeters", "0470 00 00 01", Answer.PLANNED, "live service prd-"),
        (AN, "data", Answer.DEFERRED, "Starts on 2026-12-01."),
        (AN, "new", Answer.BLOCKED, "no service that it could be"),
        (AN, "car", Answer.PLANNED, "Its last day was 2026-11-01."),
        (AN, "old", Answer.ENDED, "The operator does not have it."),
        (ELS, "phone", Answer.BLOCKED, "No file declares live service"),
        (ELS, "+32470000004", Answer.BLOCKED, "No file declares live service"),
        (JAN, "phone", Answer.UNMANAGED, "is not declared, so the user's services are left alone"),
        (TOM, "phone", Answer.IGNORED, "ignored by the rule 'tom.*'"),
    ],
)
def test_there_is_an_answer_with_its_reason(
    user: str, label: str, answer: Answer, reason: str, trial: Trial, root: Path
) -> None:
    each = explained(trial, root, user, label)
    assert each.answer is answer
    assert any(reason in text for text, _ in each.reasons), each.reasons


def test_each_value_says_where_it_comes_from(trial: Trial, root: Path) -> None:
    each = explained(trial, root, AN, "phone")
    told = {
        (value.path, value.declared, value.live): value.origin
        and (value.origin.by, str(value.origin.place), value.origin.dates)
        for value in each.values
    }
    iccid = identities.iccid(1)
    assert told == {
        ("bundle", "mobile-25", "mobile-25"): ("profile fair", "fleet.yaml:9:13", None),
        ("options", "roaming-world", None): ("profile fair", "fleet.yaml:10:15", "until 2026-12-05"),
        ("number", "+32470000001", "+32470000001"): ("the service", "users/a.yaml:7:17", None),
        ("sim.type", None, "physical"): None,
        ("sim.iccid", None, iccid): None,
        ("state", None, "active"): None,
        ("cost_centre", "BREW", "SALES"): ("the user", "users/a.yaml:3:18", None),
    }


def test_what_ended_under_another_name_is_found_by_its_number(trial: Trial, tmp_path: Path) -> None:
    root = of_els(tmp_path, "sim: {bundle: data-5, number: N, until: 2026-11-01}", 4)
    each = explained(trial, root, ELS, identities.number(4, 7))
    assert (str(each.declared), each.reasons[0].text) == ("users/a.yaml:4:7", "Its last day was 2026-11-01.")


def test_a_number_that_ended_elsewhere_says_nothing_of_the_service_that_has_it(trial: Trial, tmp_path: Path) -> None:
    old = "old: {bundle: mobile-25, number: N, until: 2026-11-01}"
    root = of_els(tmp_path, f"{old}\n      phone: {{bundle: mobile-25, number: N}}", 3)
    each = explained(trial, root, ELS, "phone")
    assert (each.answer, str(each.declared)) == (Answer.AS_DECLARED, "users/a.yaml:5:7")
    assert not any("last day" in text for text, _ in each.reasons)


def of_els(root: Path, services: str, number: int) -> Path:
    """Return files with services of one user, with a number where N stands."""
    file = f"users:\n  {ELS}:\n    services:\n      {services}\n"
    return write(root, fleet=RULES, a=file.replace("number: N", f"number: '{identities.number(number, 7)}'"))


def test_another_day_has_another_answer(trial: Trial, root: Path) -> None:
    later = explained(trial, root, AN, "phone", date(2026, 12, 6))
    assert [
        (value.declared, value.origin.holds) for value in later.values if value.origin and value.path == "options"
    ] == [("roaming-world", False)]
    assert explained(trial, root, AN, "data", date(2026, 12, 1)).answer is Answer.PLANNED
    assert [each.what for each in explained(trial, root, AN, "phone").upcoming] == ["option roaming-world ends"]


@pytest.mark.parametrize(
    ("user", "label", "words"),
    [
        ("an.peters", "phone", f"there is no user 'an.peters'; did you mean {AN}"),
        (AN, "fone", f"{AN} has no service 'fone'; did you mean 'phone'?"),
        (AN, "xyz", f"{AN} has no service 'xyz'"),
        (AN, None, f"{AN} has 5 services: car, data, new, old, phone"),
        (JAN, "+32470000001", f"{JAN} has no service '+32470000001'"),
    ],
)
def test_a_slip_of_the_pen_names_the_nearest(
    user: str, label: str | None, words: str, trial: Trial, root: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        explained(trial, root, user, label)
    assert words in str(caught.value)


def test_a_blocked_action_comes_with_the_findings_that_block_it(trial: Trial, root: Path, tmp_path: Path) -> None:
    def codes(root: Path, user: str, label: str) -> list[str]:
        return [found.code for found in explained(trial, root, user, label).findings]

    assert codes(root, AN, "new") == ["unknown-option"]
    assert codes(root, ELS, "phone") == ["protected", "number-given-up"]
    assert codes(root, JAN, "phone") == ["unmanaged"]
    limited = write(tmp_path, fleet=f"{RULES}limits: {{monthly_increase: '0'}}\n", a=FILE)
    assert codes(limited, AN, "phone") == ["limit-exceeded", "ends-soon"]
    assert codes(limited, AN, "car") == ["number-given-up"]


def test_what_went_behind_our_back_says_when_and_by_whom(tmp_path: Path) -> None:
    contract = seeds.ContractSeed(removal_base=3, removal_ratio="1")
    services = (held(1), held(2, ELS), held(3, JAN))
    people = tuple(person(key) for key in (AN, ELS, JAN))
    trial = Trial.of(seeds.FleetSeed(contract=contract, users=people, services=services))
    done = trial.sandbox.drift(1)
    [gone] = trial.snapshot().gone
    user = gone.service.user
    text = f"users:\n  {user}:\n    services:\n      phone: {{bundle: mobile-25}}\n"
    settings = SETTINGS + "contract: {id: MC-2026-001}\n"
    each = explained(trial, write(tmp_path, fleet=settings, a=text), user, "phone")
    assert each.answer is Answer.PLANNED
    assert f"The operator had it until 2026-11-23 as {gone.id}, and has it no more." in [
        text for text, _ in each.reasons
    ]
    assert each.last_order is not None
    assert (each.last_order.id in done[2], each.last_order.requester) == (True, "portal")
    undeclared = explained(
        trial, write(tmp_path, a=f"users: {{{user}: {{services: {{}}}}}}\n", fleet=settings), user, "phone"
    )
    assert (undeclared.answer, undeclared.declared) == (Answer.GONE, None)
