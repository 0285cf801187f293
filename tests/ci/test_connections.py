"""In CI the connection is the base branch's: a change that names another one sends nothing, and is told so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.errors import ConnectionRefused
from reconciler.publishing.bases import connection_base, is_ci
from tests.ci.repository import Ran, Repository
from tests.listener import Listener, listening
from tests.publishing import jobs

SECRETS = {name: "very-secret" for name in ("FLEET_CLIENT_ID", "FLEET_CLIENT_SECRET", "FLEET_JOURNAL_URL")}
SANDBOX = "  type: sandbox  "


@pytest.fixture
def operator() -> Iterator[Listener]:
    """Listen where the base branch's orders go; nothing of a fleet is there."""
    with listening() as listener:
        yield listener


@pytest.fixture
def evil() -> Iterator[Listener]:
    """Listen where nothing should ever be sent."""
    with listening() as listener:
        yield listener


def name(repository: Repository, url: str, *more: str) -> None:
    """Have main name a server."""
    lines = "\n  ".join(("type: tmf", f"url: {url}", "attempts: 1", *more))
    repository.edit("fleet.yaml", SANDBOX, f"  {lines}  #")
    repository.git("commit", "-qam", "Name an operator")
    repository.git("push", "-q", "origin", "main")


def propose(repository: Repository, old: str, new: str) -> None:
    """Propose a change of the settings."""
    repository.propose("fleet.yaml", old, new)


def refused(done: Ran, *words: str) -> None:
    """Hold a job against what a refusal says."""
    assert done.code == 4, done
    assert "the connection is not the base branch's" in done.err
    for each in words:
        assert each in done.err
    assert "very-secret" not in done.out + done.err + done.summary


CHANGES = [
    ("url: OPERATOR", "url: EVIL", "provider.url"),
    ("attempts: 1", "auth: {token_url: EVIL}", "provider.auth.token_url: not set -> 'EVIL'"),
    ("attempts: 1", "headers: {x: $FLEET_CLIENT_SECRET}", "provider.headers.x: not set -> '$FLEET_CLIENT_SECRET'"),
    (
        "organisation: brouwerij-demo",
        "organisation: somebody-else",
        "organisation: 'brouwerij-demo' -> 'somebody-else'",
    ),
    ("type: tmf", "type: sandbox #", "provider.type: 'tmf' -> 'sandbox'"),
    ("contract:\n", "journal: {url_env: FLEET_JOURNAL_URL}\ncontract:\n", "journal.url_env"),
    ("contract:\n", "journal: {path: /tmp/an-empty-one.db}\ncontract:\n", "journal.path"),
    ("contract:\n", "journal: {patience: 0}\ncontract:\n", "journal.patience: '30' -> '0'"),
]


@pytest.mark.parametrize(("old", "new", "told"), CHANGES)
def test_a_change_that_goes_elsewhere_is_refused_before_a_byte_is_sent(
    old: str, new: str, told: str, repository: Repository, operator: Listener, evil: Listener
) -> None:
    name(repository, operator.url)
    old, new, told = (text.replace("OPERATOR", operator.url).replace("EVIL", evil.url) for text in (old, new, told))
    propose(repository, old, new.replace("type: sandbox #", "type: sandbox\n  #"))
    if "sandbox" in new:
        settings = repository.root / "fleet.yaml"
        lines = [line for line in settings.read_text().splitlines() if not line.startswith(("  url:", "  attempts:"))]
        settings.write_text("\n".join(lines), encoding="utf-8")
        repository.git("commit", "-qam", "Leave the server out")
    done = repository.plan(**SECRETS)
    refused(done, told)
    assert done.outputs["failure_reason"] == "plan-failed"
    assert "not the base branch" in repository.comments()[-1]
    plain = repository.fleet("plan", CI="true", GITHUB_ACTIONS="true", GITHUB_BASE_REF="main", **SECRETS)
    refused(plain, told)
    assert operator.requests == evil.requests == []


def test_the_same_connection_is_used(repository: Repository, operator: Listener) -> None:
    name(repository, operator.url)
    propose(repository, "monthly_increase: ", "monthly_increase:  ")
    done = repository.plan(**SECRETS)
    assert done.code == 1, done
    assert "answered 404" in done.err
    assert operator.requests


def test_after_the_merge_the_job_of_that_very_push_is_refused_and_the_next_one_is_not(
    repository: Repository, operator: Listener, evil: Listener
) -> None:
    name(repository, operator.url)
    propose(repository, f"url: {operator.url}", f"url: {evil.url}")
    repository.plan(**SECRETS)
    before, after = repository.merge()
    done = repository.apply(before, after, **SECRETS)
    assert (done.code, done.outputs["failure_reason"]) == (4, "not-approved")
    job = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": event(repository.folder.parent, **jobs.push(before, after))}
    for words in (["plan"], ["apply", "--auto-approve"]):
        refused(repository.fleet(*words, **job, **SECRETS), evil.url)
    assert evil.requests == operator.requests == []
    event(repository.folder.parent, **jobs.push(after, after))
    assert repository.fleet("plan", **job, **SECRETS).code == 1
    assert evil.requests, "what was reviewed and merged counts from then on"


def test_drift_on_another_branch_than_the_main_one_is_held_against_the_main_one(
    repository: Repository, operator: Listener, evil: Listener
) -> None:
    name(repository, operator.url)
    propose(repository, f"url: {operator.url}", f"url: {evil.url}")
    dispatched: dict[str, object] = {"ref": "refs/heads/change", **MAIN}
    refused(repository.job("workflow_dispatch", dispatched, "drift", GITHUB_SHA="f" * 40, **SECRETS), evil.url)
    repository.git("checkout", "-q", "main")
    repository.drift()
    assert evil.requests == []
    assert operator.requests, "what is on main counts"


def test_a_base_that_has_no_fleet_has_no_connection(repository: Repository, operator: Listener) -> None:
    name(repository, operator.url)
    repository.git("rm", "-q", "--cached", "fleet-config/fleet.yaml")
    repository.git("commit", "-qm", "Begin without")
    repository.git("push", "-q", "origin", "main")
    repository.git("checkout", "-q", "-B", "change")
    repository.git("add", ".")
    repository.git("commit", "-qm", "Bring the fleet")
    done = repository.plan(**SECRETS)
    assert done.code == 4
    assert "the base branch has no fleet.yaml" in done.err
    assert operator.requests == []


def test_a_base_that_cannot_be_read_any_more_has_none_either(repository: Repository, operator: Listener) -> None:
    name(repository, operator.url, "auth: {client_id_env: OLD_NAME}")
    propose(repository, "OLD_NAME", "FLEET_CLIENT_ID")
    done = repository.plan(**SECRETS)
    assert done.code == 4
    assert "the connection of the base branch cannot be told" in done.err
    assert "OLD_NAME" in done.err
    assert operator.requests == []


def test_a_clone_without_the_base_sends_nothing(repository: Repository, operator: Listener) -> None:
    name(repository, operator.url)
    repository.git("update-ref", "-d", "refs/remotes/origin/main")
    repository.git("checkout", "-q", "-B", "change")
    done = repository.plan(**SECRETS)
    assert done.code == 4
    assert "is not in this clone" in done.err
    assert operator.requests == []


def test_a_ci_nobody_knows_has_to_say_what_its_base_is(repository: Repository, operator: Listener) -> None:
    name(repository, operator.url)
    done = repository.fleet("plan", CI="true", **SECRETS)
    assert done.code == 4
    assert "FLEET_BASE_REF" in done.err
    assert operator.requests == []
    assert repository.fleet("plan", CI="true", FLEET_BASE_REF="origin/main", **SECRETS).code == 1
    assert operator.requests


def test_the_sandbox_is_planned_in_any_ci(repository: Repository) -> None:
    assert repository.fleet("plan", CI="true").code == 0


def test_a_job_remembers_no_connection_and_believes_none_that_was_remembered(
    repository: Repository, operator: Listener, evil: Listener
) -> None:
    name(repository, operator.url)
    repository.fleet("plan", FLEET_BASE_REF="HEAD", **SECRETS)
    propose(repository, f"url: {operator.url}", f"url: {evil.url}")
    repository.fleet("trust", "--origin", evil.url)
    refused(repository.plan(**SECRETS), evil.url)
    assert evil.requests == []


def test_an_apply_whose_journal_nobody_else_has_says_so(repository: Repository) -> None:
    repository.propose("users/sales.yaml", "bundle: mobile-10", "bundle: mobile-25")
    assert repository.plan().code == 0
    done = repository.apply(*repository.merge())
    assert done.code == 0, done.err
    assert "warning: the journal of this apply is on this machine only" in done.err


def event(folder: Path, **facts: object) -> str:
    """Write the file of an event, and return its path."""
    path = folder / "event.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    return str(path)


MAIN = {"repository": {"default_branch": "main"}}


@pytest.mark.parametrize(
    ("facts", "environment", "base"),
    [
        ({}, {"GITHUB_BASE_REF": "main"}, "origin/main"),
        ({"ref": "refs/heads/main", "before": "a" * 40} | MAIN, {}, "a" * 40),
        ({"ref": "refs/heads/change", "before": "a" * 40} | MAIN, {}, "origin/main"),
        ({"ref": "refs/tags/v1", "before": "a" * 40} | MAIN, {}, "origin/main"),
        ({"ref": "refs/heads/new", "before": "0" * 40} | MAIN, {}, "origin/main"),
        (MAIN, {"GITHUB_REF": "refs/heads/change"}, "origin/main"),
        (MAIN, {"GITHUB_REF": "refs/heads/main"}, None),
        ({"schedule": "0 5 * * *"}, {}, None),
        ({"ref": "refs/heads/change"} | MAIN, {"FLEET_BASE_REF": "origin/trunk"}, "origin/trunk"),
    ],
)
def test_what_github_says_of_a_job_tells_its_base(
    facts: dict[str, object], environment: dict[str, str], base: str | None, tmp_path: Path
) -> None:
    told = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": event(tmp_path, **facts), **environment}
    assert is_ci(told)
    assert connection_base(told) == base


@pytest.mark.parametrize(
    ("environment", "base"),
    [
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "b" * 40, "CI_COMMIT_BEFORE_SHA": "0" * 40}, "b" * 40),
        ({"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BEFORE_SHA": "a" * 40}, "a" * 40),
        ({"CI_COMMIT_BRANCH": "x", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BEFORE_SHA": "a" * 40}, "origin/main"),
        ({"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BEFORE_SHA": "0" * 40}, None),
    ],
)
def test_what_gitlab_says_of_a_job_tells_its_base(environment: dict[str, str], base: str | None) -> None:
    told = {name: text for name, text in jobs.gitlab(url="http://x", number=None).items() if "FLEET" not in name}
    assert connection_base(told | environment) == base


def test_a_machine_of_somebody_s_own_is_no_ci() -> None:
    assert not is_ci({"CI": "false"})
    assert not is_ci({"GITHUB_RUN_ID": "1", "CI": ""})
    with pytest.raises(ConnectionRefused):
        connection_base({"CI": "1"})


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_an_event_that_cannot_be_read_tells_no_base(tmp_path: Path, text: str) -> None:
    path = tmp_path / "event.json"
    path.write_text(text, encoding="utf-8")
    job = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)}
    with pytest.raises(ConnectionRefused, match="the event of this job cannot be read"):
        connection_base(job)
    path.unlink()
    with pytest.raises(ConnectionRefused, match="the event of this job cannot be read"):
        connection_base(job)
