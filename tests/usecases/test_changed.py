"""Whose YAML changed since the branch left a commit, what that takes along, and what is left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import IncompleteSnapshot, InvalidInput, UsageError
from reconciler.planning.document import digest, to_document
from reconciler.planning.saved import loads
from reconciler.usecases.planning import PlanRequest, make_plan
from tests.desired.files import write
from tests.harness import run
from tests.usecases.office import AN, ELS, JAN, PROFILES, SETTINGS, TOM, Office, number, said, user, users


def test_one_user_is_edited_and_nobody_else_is_read_or_planned(office: Office) -> None:
    with office.trial.sandbox.transaction() as connection:
        connection.exec_driver_sql("update products set offering = 'mobile-max' where user_id = 'ind-0000004'")
    office.write(one=users(user(AN, bundle="mobile-25"), user(JAN)))
    made = office.planned()
    assert said(made.plan) == [f"change {AN}/phone"]
    assert {item.service.user for item in made.snapshot.services} == {AN}
    assert made.snapshot.counted == office.trial.snapshot().totals
    [left_out] = [found.message for found in made.plan.findings if found.code == "left-out"]
    assert "only the 1 user whose YAML changed since main" in left_out
    assert left_out.endswith("the quota is that of all 4 services of 4 users")


def test_writing_it_otherwise_or_elsewhere_changes_nobody(office: Office) -> None:
    office.write(one=users(user(JAN), "  # moved\n"), three=users(user(AN).upper().replace("SERVICES", "services")
        .replace("PHONE", "phone").replace("BUNDLE", "bundle").replace("MOBILE", "mobile").replace("NUMBER", "number"),
    ))  # fmt: skip
    made = office.planned()
    assert made.plan.choices.users == frozenset()
    assert (made.plan.actions, made.snapshot.services) == ((), ())


def test_what_others_merged_meanwhile_is_no_change_of_this_branch(office: Office) -> None:
    office.write(one=users(user(AN, bundle="mobile-25"), user(JAN)))
    office.commit()
    office.git("switch", "-q", "main")
    office.write(one=users(user(AN), user(JAN)), two=users(user(ELS, bundle="mobile-25"), user(TOM)))
    office.commit()
    office.git("switch", "-q", "branch")
    assert said(office.plan()) == [f"change {AN}/phone"]


def test_a_file_that_git_does_not_know_yet_is_all_new(office: Office) -> None:
    office.write(one=users(user(AN)), new=users(user(JAN, "{bundle: mobile-25}")))
    assert office.users() == [JAN]


@pytest.mark.parametrize(("ownership", "expected"), [("declared-users", []), ("organisation", [f"remove {AN}/phone"])])
def test_a_user_who_vanished_from_the_files_is_planned_too(office: Office, ownership: str, expected: list[str]) -> None:
    fleet = f"{SETTINGS}ownership: {ownership}\n"
    office.write(fleet=fleet)
    base = office.commit()
    office.write(fleet=fleet, one=users(user(JAN)))
    made = office.plan(base)
    assert (said(made), made.quota.planned) == (expected, len(expected))
    assert office.users(base) == [AN]


def test_nobody_left_in_the_files_that_changed_is_not_nobody_at_all(office: Office) -> None:
    (office.root / "users" / "two.yaml").unlink()
    assert office.users() == [ELS, TOM]


def test_a_profile_takes_along_the_users_who_have_it(office: Office) -> None:
    two = users(user(ELS, "{profile: field engineer}"), user(TOM))
    office.write(fleet=SETTINGS + PROFILES, two=two)
    base = office.commit()
    office.write(fleet=SETTINGS + PROFILES.replace("mobile-25", "mobile-max"), two=two)
    assert office.users(base) == [ELS]
    [action] = office.plan(base).actions
    assert action.after is not None
    assert action.after.bundle == "mobile-max"


@pytest.mark.parametrize(
    "line", ["ownership: organisation", "ignore: [{user: x}]", "limits: {removals: 3}", "timezone: Europe/Paris"]
)
def test_another_setting_can_change_anybodys_plan_and_so_everybody_is_planned(office: Office, line: str) -> None:
    office.write(fleet=f"{SETTINGS}{line}\n", two=users(user(ELS, bundle="mobile-25"), user(TOM)))
    made = office.planned()
    assert made.plan.choices.users is None
    [reason] = [found.message for found in made.plan.findings if found.code == "whole-fleet"]
    assert f"fleet.yaml changed in {line.partition(':')[0]}" in reason
    assert said(made.plan) == [f"change {ELS}/phone"]
    assert made.snapshot.counted is None


def test_settings_about_people_change_no_services(office: Office) -> None:
    office.write(fleet=f"{SETTINGS}journal: {{patience: 5}}\n")
    assert office.users() == []


def test_a_number_declared_a_second_time_is_found_in_a_file_that_did_not_change(office: Office) -> None:
    twice = f'{{bundle: mobile-25, number: "{number(2)}"}}'
    office.write(one=users(user(AN, twice), user(JAN)))
    with pytest.raises(InvalidInput) as caught:
        office.plan()
    [problem] = caught.value.problems
    assert str(problem).startswith(f"users/two.yaml:4:7: number {number(2)} is declared twice; first at users/one.yaml")


def test_a_user_declared_a_second_time_is_found_in_a_file_that_did_not_change(office: Office) -> None:
    office.write(new=users(user(TOM)))
    with pytest.raises(InvalidInput, match="1 problem"):
        office.plan()


def test_a_number_that_another_user_has_is_looked_up_at_the_operator(office: Office) -> None:
    theirs = f'{{bundle: mobile-10, number: "{number(2)}"}}'
    office.write(one=users(user(AN, theirs), user(JAN)), two=users(f"  {ELS}: {{services: {{}}}}\n", user(TOM)))
    office.commit()
    office.git("branch", "-f", "main")
    office.write(one=users(user(AN, theirs.replace("10", "25")), user(JAN)))
    assert office.users() == [AN]
    [transfer] = [action for action in office.plan().actions if action.is_transfer]
    assert (transfer.id, transfer.before.user if transfer.before else None) == (f"{AN}/phone", ELS)


def test_a_service_that_is_declared_for_somebody_else_is_no_removal(office: Office) -> None:
    theirs = f'{{bundle: mobile-10, number: "{number(0)}"}}'
    office.write(one=users(user(JAN)), two=users(user(ELS, theirs), user(TOM)))
    base = office.commit()
    office.write(one=users(user(JAN)), new=users(f"  {AN}: {{services: {{}}}}\n"))
    made = office.plan(base)
    assert office.users(base) == [AN]
    assert said(made) == [f"change {ELS}/phone"]
    assert made.actions[0].is_transfer


def test_fewer_services_than_the_contract_counts_are_no_fleet(office: Office) -> None:
    with office.trial.sandbox.transaction() as connection:
        connection.exec_driver_sql("delete from products where user_id = 'ind-0000004'")
    office.write(one=users(user(AN, bundle="mobile-25"), user(JAN)))
    with pytest.raises(IncompleteSnapshot, match="3 services were counted, though the contract counts 4"):
        office.plan()


def test_a_share_of_removals_is_held_against_all_services(office: Office) -> None:
    fleet = f"{SETTINGS}limits: {{removals_percent: 25}}\n"
    office.write(fleet=fleet)
    base = office.commit()
    office.write(fleet=fleet, one=users(f"  {AN}: {{services: {{}}}}\n", user(JAN)))
    made = office.planned(base)
    assert said(made.plan) == [f"remove {AN}/phone"]
    assert not made.plan.is_blocked


def test_a_base_counted_from_the_history_of_every_service_is_read_whole(office: Office) -> None:
    fleet = SETTINGS.replace("MC-2026-001", "MC-2026-001, quota: {base: peak}")
    office.write(fleet=fleet)
    base = office.commit()
    office.write(fleet=fleet, one=users(user(AN, bundle="mobile-25"), user(JAN)))
    made = office.planned(base)
    assert (made.snapshot.counted, made.plan.quota.base) == (None, 4)
    assert said(made.plan) == [f"change {AN}/phone"]


def test_a_link_is_not_followed_by_git_and_so_everybody_is_planned(office: Office) -> None:
    (office.root / "aside.yaml").write_text(users(user(ELS)))
    (office.root / "users" / "aside.yaml").symlink_to("../aside.yaml")
    office.write(two=users(user(TOM)))
    assert office.users() is None


@pytest.mark.parametrize(("ref", "message"), [("nowhere", "no commit 'nowhere'"), ("--help", "no commit '--help'")])
def test_a_commit_that_is_none_is_said_to_be_none(office: Office, ref: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        office.plan(ref)


def test_a_folder_without_a_repository_has_no_changes(office: Office, tmp_path: Path) -> None:
    outside = replace(office, root=write(tmp_path / "x" / "fleet", fleet=SETTINGS, one=users(user(AN))))
    (office.root.parent / ".git").rename(tmp_path / "gone")
    with pytest.raises(UsageError, match="in no git repository"):
        outside.plan()


def test_the_choice_is_in_the_document_and_not_in_the_digest(office: Office) -> None:
    office.write(one=users(user(AN, bundle="mobile-25"), user(JAN)))
    made = office.planned()
    whole = run(make_plan(office.trial.world(office.root), PlanRequest())).plan
    assert digest(made.plan) == digest(whole)
    text = json.dumps(to_document(made.plan, created_at=made.snapshot.read_at))
    assert loads(text, name="x").plan.choices == made.plan.choices
