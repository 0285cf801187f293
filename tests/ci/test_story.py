"""From a pull request to a fleet that is as declared, and what happens when somebody changes it at the portal."""

from __future__ import annotations

import json

import pytest

from tests.ci.repository import Repository
from tests.publishing import jobs

SALES = "users/sales.yaml"
BUNDLE = 'bundle: mobile-10\n        number: "+32470000001"'


def test_a_change_is_planned_reviewed_merged_and_applied(repository: Repository) -> None:
    repository.propose(SALES, BUNDLE, BUNDLE.replace("mobile-10", "mobile-25"))
    planned = repository.plan()
    assert (planned.code, planned.outputs["has_changes"], planned.outputs["change"]) == (0, "true", "1"), planned.err
    assert planned.outputs["plan_file"] == "fleet-ci/plan.json"
    (comment,) = repository.comments()
    assert "Plan: 0 to add, 1 to change, 0 to remove" in comment
    assert planned.outputs["plan_id"] in comment.partition("\n")[0]
    assert "1 to change" in planned.summary

    repository.propose(SALES, "options: [extra-data-10]", "options: []")
    again = repository.plan()
    (comment,) = repository.comments()
    assert "Plan: 0 to add, 2 to change, 0 to remove" in comment
    assert again.outputs["plan_id"] != planned.outputs["plan_id"]

    done = repository.apply(*repository.merge())
    assert done.code == 0, done.err
    assert done.outputs["plan_id"] == again.outputs["plan_id"]
    review, outcome = repository.comments()
    assert review == comment
    assert "Apply complete! 0 added, 2 changed, 0 removed." in outcome
    assert repository.fleet("plan", "--detailed-exitcode").code == 0

    once_more = repository.apply(repository.git("rev-parse", "HEAD^"), repository.head())
    assert once_more.code == 0, once_more.err
    assert repository.comments() == [review, outcome]


def test_a_plan_of_what_changed_alone_is_applied_whatever_drifted_elsewhere(repository: Repository) -> None:
    repository.fleet("sandbox", "drift", "--seed", "2")
    repository.propose(SALES, BUNDLE, BUNDLE.replace("mobile-10", "mobile-25"))
    assert repository.plan("--changed-since", "origin/main").outputs["change"] == "1"
    (comment,) = repository.comments()
    assert "Plan: 0 to add, 1 to change, 0 to remove" in comment
    assert "1 user changed since" in comment
    assert "everybody else is left out" in comment
    repository.fleet("sandbox", "drift", "--seed", "3")
    done = repository.apply(*repository.merge())
    assert done.code == 0, done.err
    assert "Apply complete! 0 added, 1 changed, 0 removed." in repository.comments()[-1]


def test_drift_opens_one_issue_which_is_updated_and_closed_when_all_is_well(repository: Repository) -> None:
    assert repository.drift("--detailed-exitcode").code == 0
    assert repository.platform.wrote() == []

    repository.fleet("sandbox", "drift", "--seed", "2")
    found = repository.drift("--detailed-exitcode")
    assert (found.code, "If this is merged" in found.summary) == (2, False), found.err
    (issue,) = repository.platform.open()
    assert issue["labels"] == ["fleet-drift"]
    assert issue["title"].startswith("Drift in fleet-config: Plan: ")

    repository.fleet("sandbox", "drift", "--seed", "3")
    repository.drift()
    (updated,) = repository.platform.open()
    assert updated["number"] == issue["number"]

    sales = (repository.root / SALES).read_text(encoding="utf-8")
    (repository.root / SALES).write_text("users: [", encoding="utf-8")
    failed = repository.drift()
    assert (failed.code, failed.outputs["failure_reason"]) == (1, "invalid-input")
    assert "Drift could not be looked for" in failed.summary
    assert repository.platform.open() == [updated]
    assert not (repository.folder / "fleet-ci/plan.json").exists()
    (repository.root / SALES).write_text(sales, encoding="utf-8")

    repository.drift()
    plan = json.loads((repository.folder / "fleet-ci/plan.json").read_text(encoding="utf-8"))
    removals = str(plan["summary"]["remove"])
    assert repository.fleet("apply", "--auto-approve", "--allow-removals", removals).code == 0
    assert repository.drift().code == 0
    assert repository.platform.open() == []
    assert repository.platform.bodies(issue["number"]) == [
        "The fleet matches the configuration. [Run](https://github.com/acme/fleet/actions/runs/900)"
    ]


def test_a_part_that_is_clean_does_not_close_the_issue_about_the_whole(repository: Repository) -> None:
    repository.fleet("sandbox", "drift", "--seed", "2")
    repository.drift()
    part = repository.drift("--target", "nobody.drifts@brouwerij.example")
    assert (part.code, "Say --scope NAME" in part.err) == (64, True)
    assert len(repository.platform.open()) == 1


def test_a_comment_that_says_the_same_already_is_left_alone(repository: Repository) -> None:
    repository.propose(SALES, BUNDLE, BUNDLE.replace("mobile-10", "mobile 25"))
    assert repository.plan().outputs["failure_reason"] == "blocked"
    (before,) = repository.comments()
    repository.propose(SALES, "services:", "services: [")
    repository.plan()
    written = repository.platform.wrote()
    repository.runs -= 1
    assert repository.plan().code == 1
    assert repository.platform.wrote() == written
    assert repository.comments() != [before]


@pytest.mark.parametrize("merged", [False, True])
def test_a_plan_is_void_once_its_pull_request_is_closed_unless_that_was_the_merge(
    repository: Repository, merged: bool
) -> None:
    repository.propose(SALES, BUNDLE, BUNDLE.replace("mobile-10", "mobile-25"))
    repository.plan()
    (before,) = repository.comments()
    end = jobs.pull_request("a" * 40, closed=True, merged=merged)
    assert repository.job("pull_request", end, "plan").code == 0
    (after,) = repository.comments()
    assert (after == before) == merged
    assert ("this pull request is closed" in after) != merged


def test_on_gitlab_it_is_a_note_on_the_merge_request(repository: Repository) -> None:
    repository.propose(SALES, BUNDLE, BUNDLE.replace("mobile-10", "mobile-25"))
    commit = repository.head()
    url = repository.platform.url
    assert repository.fleet("ci", "plan", **jobs.gitlab(url=url, number=12, CI_COMMIT_SHA=commit)).code == 0
    (note,) = repository.comments()
    assert "Plan: 0 to add, 1 to change, 0 to remove" in note
    plan = (repository.folder / "fleet-ci/plan.json").read_bytes()
    repository.platform.artefacts[900] = {"plan.json": plan}
    before, after = repository.merge()
    pushed = jobs.gitlab(url=url, number=None, CI_COMMIT_SHA=after, CI_COMMIT_BEFORE_SHA=before)
    done = repository.fleet("ci", "apply", **pushed)
    assert done.code == 0, done.err
    assert "Apply complete! 0 added, 1 changed" in repository.comments()[-1]
    assert "FLEET_EXITCODE=0\n" in (repository.folder / "fleet-ci/outputs.env").read_text(encoding="utf-8")

    repository.fleet("sandbox", "drift")
    repository.fleet("ci", "drift", **pushed)
    (issue,) = repository.platform.open()
    assert issue["labels"] == "fleet-drift"


def test_everything_can_be_run_without_a_platform(repository: Repository) -> None:
    repository.edit(SALES, BUNDLE, BUNDLE.replace("mobile-10", "mobile-25"))
    assert repository.fleet("ci", "plan").code == 0
    assert repository.platform.requests == []
    plan = repository.folder / "plan.json"
    (repository.folder / "fleet-ci/plan.json").rename(plan)
    done = repository.fleet("ci", "apply", "--plan", str(plan))
    assert (done.code, "Apply complete! 0 added, 1 changed" in done.out) == (0, True), done.err
    assert repository.fleet("ci", "drift", "--detailed-exitcode").code == 0
