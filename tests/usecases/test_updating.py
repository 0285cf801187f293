"""A later import: each thing that differs at the operator becomes the smallest edit that says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reconciler.desired.load import load
from reconciler.desired.split import Split
from reconciler.errors import EditRefused, FilesInTheWay, InvalidInput
from reconciler.model.plan import Status
from reconciler.usecases.importing import Draft, ImportRequest, draft_import, write_import
from reconciler.usecases.planning import PlanRequest, make_plan
from tests.desired.files import SETTINGS, USER, service, write
from tests.harness import Trial, person, run
from tests.sandbox.http import Operator
from tests.usecases.test_importing import AN, ELS, JAN, company, held, imported

ONE = '"+32470000001"'


def updated(root: Path, trial: Trial, *, settings: str = SETTINGS, **files: str) -> tuple[Draft, dict[str, str]]:
    """Bring files up to date; return what was done, and the files after it."""
    write(root, fleet=settings, **files)
    draft = imported(trial, root, adopt=True)
    return draft, {path.stem: path.read_text() for path in (root / "users").glob("*.yaml")}


def lines(trial: Trial, root: Path, text: str, settings: str = SETTINGS) -> str:
    """Return the lines of An's phone, once those of its file were brought up to date, and require it to be settled."""
    before = service(text)
    _, files = updated(root, trial, settings=settings, a=before)
    made = run(make_plan(trial.world(root), PlanRequest())).plan
    assert [action for action in made.actions if action.status is Status.READY] == []
    assert files["a"].startswith(USER)
    return "\n".join(line.removeprefix("        ") for line in files["a"].removeprefix(USER).splitlines()[1:])


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("bundle: mobile-10  # why", "bundle: mobile-25  # why"),
        ("bundle: 'mobile-25'", "bundle: 'mobile-25'"),
        ("bundle: mobile-25\nstate: blocked", "bundle: mobile-25"),
        ("bundle: mobile-25\nsim: {type: esim}", "bundle: mobile-25\nsim: {type: physical}"),
        ("bundle: mobile-25\noptions: [roaming-world]", "bundle: mobile-25"),
        ("bundle: mobile-25\ncost_centre: BREW", "bundle: mobile-25\ncost_centre: SALES"),
        ("bundle: mobile-25\nuntil: 2026-01-01", "bundle: mobile-25"),
        ("bundle: {name: mobile-10, until: 2026-12-31, then: mobile-25}", "bundle: mobile-25"),
        ("bundle: {name: mobile-25, until: 2026-12-31, then: mobile-10}",) * 2,
    ],
)
def test_what_differs_is_changed_and_what_does_not_stays_as_it_is_written(
    declared: str, expected: str, tmp_path: Path
) -> None:
    assert lines(company(held(1)), tmp_path, f"number: {ONE}\n{declared}") == f"number: {ONE}\n{expected}"


def test_what_is_told_by_its_bundle_alone_stays_so(tmp_path: Path) -> None:
    assert lines(company(held(1, label=None)), tmp_path, "bundle: mobile-25") == "bundle: mobile-25"


PROFILES = (
    f"{SETTINGS}profiles:\n  traveller: {{bundle: mobile-25, options: [roaming-world]}}\n"
    "  office: {bundle: mobile-25}\n  talker: {bundle: mobile-25, options: [international-calls]}\n"
)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("bundle: mobile-25\noptions: [voicemail-plus]", "profile: traveller"),
        ("bundle: mobile-10\nprofile: traveller", "profile: traveller"),
        ("profile: talker", "profile: traveller"),
        ("profile: traveller\noptions: [voicemail-plus]", "profile: traveller"),
        ("profile: office  # all", "profile: office  # all\noptions: [roaming-world]"),
        ("profile: traveller  # as is", "profile: traveller  # as is"),
        (
            "bundle: mobile-25\noptions: [{name: voicemail-plus, from: 2027-01-01}]",
            "bundle: mobile-25\noptions: [{name: voicemail-plus, from: 2027-01-01}, roaming-world]",
        ),
        (
            "bundle: mobile-10\noptions:\n  - {name: roaming-world, until: 2026-11-30}  # the fair\n  - voicemail-plus",
            "bundle: mobile-25\noptions:\n  - {name: roaming-world, until: 2026-11-30}  # the fair",
        ),
    ],
)
def test_options_are_changed_one_by_one_and_a_profile_is_used_that_says_the_same(
    declared: str, expected: str, tmp_path: Path
) -> None:
    trial = company(held(1, options=("roaming-world",)))
    found = lines(trial, tmp_path, f"{declared}\nnumber: {ONE}", PROFILES)
    assert sorted(found.splitlines()) == sorted(f"{expected}\nnumber: {ONE}".splitlines())


def test_a_user_who_was_booked_elsewhere_is_changed_and_not_each_service(tmp_path: Path) -> None:
    trial = company(held(1), held(2, label="data", bundle="data-5"))
    text = (
        f"users:\n  {AN}:\n    cost_centre: BREW  # until spring\n    services:\n"
        f"      phone: {{bundle: mobile-25, number: {ONE}}}\n"
        '      data: {bundle: data-5, number: "+32470000002"}\n'
    )
    draft, files = updated(tmp_path, trial, a=text)
    assert files["a"] == text.replace("BREW ", "SALES ")
    assert draft.changes == (f"~ {AN}: cost_centre",)


def test_a_service_that_moved_takes_its_comments_along(tmp_path: Path) -> None:
    one = service(f"bundle: mobile-25  # of the fleet\nnumber: {ONE}").replace("phone:\n", "phone:  # blue\n")
    draft, files = updated(tmp_path, company(held(1, ELS)), a=one, b=f"users:\n  {ELS}:\n    services: {{}}\n")
    assert files["a"] == f"{USER[:-1]} {{}}\n"
    assert files["b"] == one.replace(AN, ELS)
    assert draft.changes == (f"> {ELS}/phone from {AN}/phone",)


def test_a_service_may_take_the_label_of_one_that_is_gone(tmp_path: Path) -> None:
    one = service(f"bundle: mobile-25  # of the fleet\nnumber: {ONE}")
    other = service('bundle: mobile-10  # gone\nnumber: "+32470000009"').replace(AN, ELS)
    draft, files = updated(tmp_path, company(held(1, ELS)), a=one, b=other)
    assert files["b"] == one.replace(AN, ELS)
    assert draft.changes == (f"> {ELS}/phone from {AN}/phone", f"- {ELS}/phone")


def test_two_who_swapped_their_services_swap_the_lines(tmp_path: Path) -> None:
    one = service(f"bundle: mobile-25  # one\nnumber: {ONE}")
    other = service('bundle: mobile-25  # other\nnumber: "+32470000002"').replace(AN, ELS)
    _, files = updated(tmp_path, company(held(1, ELS), held(2, AN)), a=one, b=other)
    assert files == {"a": other.replace(ELS, AN), "b": one.replace(AN, ELS)}


def test_a_new_service_under_an_old_label_inherits_no_comment(tmp_path: Path) -> None:
    trial = company(held(2, label=None))
    draft, files = updated(tmp_path, trial, a=service(f"bundle: mobile-10  # lost\nnumber: {ONE}"))
    assert files["a"] == service('bundle: mobile-25\nnumber: "+32470000002"')
    assert draft.changes == (f"+ {AN}/phone", f"- {AN}/phone")


def test_what_is_gone_is_not_declared_and_what_is_new_is(tmp_path: Path) -> None:
    text = service("bundle: mobile-10").replace("phone:\n", "fax:\n", 1)
    draft, files = updated(tmp_path, company(held(1, label=None), held(2, label="fax", bundle="data-5")), a=text)
    assert files["a"] == (
        f"{USER}      fax:\n        bundle: data-5\n      phone:\n        bundle: mobile-25\n        number: {ONE}\n"
    )
    assert draft.changes == (f"~ {AN}/fax: bundle", f"+ {AN}/phone")


def test_a_user_nobody_declared_goes_where_the_cost_centre_is_or_to_a_file_of_its_own(tmp_path: Path) -> None:
    everybody = (person(AN), person(ELS), person(JAN, None))
    trial = company(held(1), held(2, ELS), held(3, JAN), users=everybody)
    text = f"# theirs\nusers:\n  {AN}:\n    cost_centre: SALES\n    services: {{phone: {{bundle: mobile-25}}}}\n"
    draft, after = updated(tmp_path, trial, a=text)
    assert after["a"] == text + (
        f"  {ELS}:\n    name: Els Maes\n    cost_centre: SALES\n    services:\n"
        '      phone:\n        bundle: mobile-25\n        number: "+32470000002"\n'
    )
    assert after["no-cost-centre"].startswith("# yaml-language-server: $schema=../")
    assert draft.changes == (f"+ {ELS}/phone", f"+ {JAN}/phone")


def test_where_each_user_has_a_file_so_does_a_new_one(tmp_path: Path) -> None:
    everybody = (person(AN), person(ELS), person(JAN))
    imported(company(held(1), held(2, ELS), users=everybody), _folder(tmp_path), split=Split.USER)
    imported(company(held(1), held(2, ELS), held(3, JAN), users=everybody), tmp_path)
    assert sorted(path.stem for path in (tmp_path / "users").iterdir()) == sorted([AN, ELS, JAN])


def _folder(path: Path) -> Path:
    (path / "fleet.yaml").write_text(SETTINGS)
    return path


def test_which_of_two_is_meant_is_said_by_a_number(tmp_path: Path) -> None:
    trial = company(held(1, label=None), held(2, label=None))
    _, files = updated(tmp_path, trial, a=service("bundle: mobile-25  # mine"))
    assert files["a"] == service(f"bundle: mobile-25  # mine\nnumber: {ONE}") + (
        '      phone-2:\n        bundle: mobile-25\n        number: "+32470000002"\n'
    )


def test_whom_nothing_tells_apart_is_left_as_declared_and_named(tmp_path: Path) -> None:
    bare = {"number": "", "iccid": None, "label": None}
    trial = company(held(1, **bare), held(2, **bare), held(3, ELS))  # type: ignore[arg-type]
    text = service("bundle: mobile-25")
    draft, files = updated(tmp_path, trial, a=text)
    assert files["a"] == text
    assert [each.user for each in draft.left_out] == [AN]
    assert [user.key for user in load(tmp_path).users] == [AN, ELS]


def test_a_new_user_is_declared_with_all_services_or_not_at_all(tmp_path: Path) -> None:
    bare = {"number": "", "iccid": None, "label": None}
    trial = company(held(1), held(2, ELS), held(3, ELS, **bare), held(4, JAN))  # type: ignore[arg-type]
    draft, _ = updated(tmp_path, trial, a=service(f"bundle: mobile-25\nnumber: {ONE}"))
    assert [(each.user, each.reason.endswith("no number, SIM or label")) for each in draft.left_out] == [(ELS, True)]
    assert [user.key for user in load(tmp_path).users] == [AN, JAN]


def test_a_service_of_a_declared_user_that_cannot_be_declared_is_named(tmp_path: Path) -> None:
    bare = {"number": "", "iccid": None, "label": None}
    trial = company(held(1), held(2, **bare))  # type: ignore[arg-type]
    text = service(f"bundle: mobile-25\nnumber: {ONE}")
    draft, files = updated(tmp_path, trial, a=text)
    assert [each.user for each in draft.left_out] == [AN]
    assert files["a"] == text
    assert run(make_plan(trial.world(tmp_path), PlanRequest())).plan.actions == ()


@pytest.mark.parametrize("ownership", ["declared-users", "organisation"])
@pytest.mark.parametrize(("most", "declared"), [(0, [AN]), (1, [AN, "ind-0000002"]), (None, [AN, "ind-0000002"])])
def test_a_new_user_without_an_address_is_declared_where_such_users_are_expected(
    tmp_path: Path, most: int | None, declared: list[str], ownership: str
) -> None:
    trial = company(held(1), held(2, "night shift"), users=(person(AN), person("night shift")))
    trial.settings = replace(trial.settings, without_address=most)
    settings = f"{SETTINGS}ownership: {ownership}\n"
    draft, _ = updated(tmp_path, trial, settings=settings, a=service(f"bundle: mobile-25\nnumber: {ONE}"))
    assert [user.key for user in load(tmp_path).users] == declared
    assert {each.user for each in draft.left_out} == {"ind-0000002"} - set(declared)
    assert run(make_plan(trial.world(tmp_path), PlanRequest())).plan.actions == ()


def test_what_starts_later_or_is_ignored_stays(tmp_path: Path) -> None:
    trial = company(held(1), held(2, ELS))
    later = (
        service(f"bundle: mobile-25\nnumber: {ONE}") + "      data:\n        bundle: data-5\n        from: 2026-12-01\n"
    )
    ignored = f"users:\n  {ELS}:\n    services:\n      phone: {{bundle: data-5}}\n"
    settings = SETTINGS + f'ignore: [{{user: "{ELS}"}}]\n'
    draft, files = updated(tmp_path, trial, settings=settings, a=later, b=ignored)
    assert (draft.files, draft.changes, draft.left_out) == ((), (), ())
    assert files == {"a": later, "b": ignored}


def test_a_change_that_is_on_order_is_not_taken_back(tmp_path: Path) -> None:
    trial = company(held(1))
    change = {"action": "modify", "productOffering": {"id": "mobile-10"}, "product": {"id": "prd-00000001"}}
    Operator(trial.sandbox).order(change, user="ind-0000001", requestedStartDate="2026-11-30T09:00:00Z")
    write(tmp_path, a=service(f"bundle: mobile-10\nnumber: {ONE}"))
    made = run(make_plan(trial.world(tmp_path), PlanRequest())).plan
    assert [action.status for action in made.actions] == [Status.IN_FLIGHT]
    draft = imported(trial, tmp_path, adopt=True)
    assert (draft.files, draft.ordered) == ((), 1)


def test_an_option_that_ends_at_the_operator_is_declared_with_its_end(tmp_path: Path) -> None:
    trial = company(held(1, options=("roaming-world",), temporary=(("roaming-world", date(2026, 12, 31)),)))
    found = lines(trial, tmp_path, f"bundle: mobile-25\nnumber: {ONE}")
    assert found.endswith("options:\n  - name: roaming-world\n    until: 2026-12-31")


def test_files_of_somebody_else_are_listed_unless_they_are_to_be_edited(tmp_path: Path) -> None:
    trial = company(held(1))
    write(tmp_path, a=service("bundle: mobile-10"))
    with pytest.raises(FilesInTheWay, match=r"users/a\.yaml"):
        run(draft_import(trial.world(tmp_path), ImportRequest()))
    assert run(draft_import(trial.world(tmp_path), ImportRequest(adopt=True))).files != ()


def test_a_file_that_an_import_wrote_may_have_others_beside_it(tmp_path: Path) -> None:
    trial = company(held(1), held(2, ELS))
    imported(trial, _folder(tmp_path))
    (tmp_path / "users" / "mine.yaml").write_text(f"users:\n  {JAN}:\n    services: {{}}\n")
    assert run(draft_import(trial.world(tmp_path), ImportRequest())).files == ()


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    trial = company(held(1))
    write(tmp_path, a=service(f"bundle: mobile-10\nnumber: {ONE}"))
    draft = run(draft_import(trial.world(tmp_path), ImportRequest(adopt=True)))
    (tmp_path / "users" / "a.yaml").write_text(service(f"bundle: data-5\nnumber: {ONE}"))
    with pytest.raises(EditRefused, match="changed meanwhile"):
        write_import(draft)


def test_files_that_contradict_themselves_are_not_edited(tmp_path: Path) -> None:
    twice = service(f"bundle: mobile-25\nnumber: {ONE}")
    write(tmp_path, a=twice, b=twice.replace(AN, ELS))
    with pytest.raises(InvalidInput):
        run(draft_import(company(held(1)).world(tmp_path), ImportRequest(adopt=True)))
