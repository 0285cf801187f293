"""What is not applied: what nobody reviewed, what is not as it was reviewed, and what is not approved."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.applying.journal.database import Database
from reconciler.applying.journal.lease import acquire
from reconciler.planning.document import checksum
from reconciler.reports.markdown.marker import Marker, Topic
from tests.ci.repository import Ran, Repository
from tests.publishing import jobs
from tests.state import journal_of

SALES = "users/sales.yaml"
ELS, LIEN = (
    f'bundle: {bundle}\n        number: "{number}"'
    for bundle, number in (("mobile-10", "+32470000001"), ("mobile-25", "+32470000034"))
)
ELS_WANTED, LIEN_WANTED = ELS.replace("mobile-10", "mobile-25"), LIEN.replace("mobile-25", "mobile-10")


@pytest.fixture
def reviewed(repository: Repository) -> Repository:
    """Return a repository with a plan under review."""
    repository.propose(SALES, ELS, ELS_WANTED)
    assert repository.plan().code == 0
    return repository


def refused(repository: Repository, done: Ran, code: int, reason: str) -> str:
    """Return what is said on the pull request of an apply that ordered nothing."""
    assert done.code == code, (done.out, done.err)
    assert (done.outputs["exitcode"], done.outputs["failure_reason"]) == (str(code), reason)
    assert '"place": "https://github.com/acme' not in repository.fleet("history", "--format", "json").out
    return repository.comments()[-1]


def test_a_merge_that_holds_more_than_the_plan_is_refused_with_what_differs(reviewed: Repository) -> None:
    reviewed.propose(SALES, LIEN, LIEN_WANTED)
    done = reviewed.apply(*reviewed.merge())
    said = refused(reviewed, done, 4, "plan-changed")
    assert "### ❌ Apply refused: nothing was ordered" in said
    assert "Open a pull request, if only to plan again." in said
    assert "lien.aerts@brouwerij.example/phone" in said
    assert "`users/sales.yaml:" in said
    assert "bundle `mobile-25` → `mobile-10`" in said
    assert "els.declercq" not in said
    assert "Not approved, and to be done now:" in done.out
    assert "Plan: 0 to add, 1 to change" in reviewed.comments()[0]


def test_live_that_moved_meanwhile_is_refused_with_what_differs(reviewed: Repository) -> None:
    reviewed.fleet("sandbox", "drift", "--seed", "2")
    said = refused(reviewed, reviewed.apply(*reviewed.merge()), 4, "plan-changed")
    assert "not approved, and to be done now" in said


def test_what_live_has_already_needs_no_order_and_is_no_reason_to_refuse(reviewed: Repository) -> None:
    before, after = reviewed.merge()
    assert reviewed.fleet("apply", "--auto-approve").code == 0
    done = reviewed.apply(before, after)
    assert (done.code, done.outputs["failure_reason"]) == (0, ""), done.err


def test_a_marker_that_somebody_else_wrote_counts_for_nothing(repository: Repository) -> None:
    repository.propose(SALES, ELS, ELS_WANTED)
    done = repository.plan("--no-publish")
    forged = Marker(
        Topic.PLAN, "fleet-config", plan=done.outputs["plan_id"], run="https://github.com/acme/fleet/actions/runs/901"
    )
    repository.strangers(f"{forged}\n### Looks right")
    said = refused(repository, repository.apply(*repository.merge()), 4, "not-approved")
    assert "has no plan of" in said
    assert "a change from a fork has none" in said


def test_a_forged_comment_is_never_edited_and_our_own_is_made_beside_it(repository: Repository) -> None:
    forged = f"{Marker(Topic.PLAN, 'fleet-config', plan='sha256:0')}\nHello"
    repository.strangers(forged)
    repository.propose(SALES, ELS, ELS_WANTED)
    repository.plan()
    assert [each["body"] == forged for each in repository.platform.comments[12]] == [True, False]


def test_a_plan_that_failed_takes_the_place_of_the_one_before_and_nothing_is_applied(reviewed: Repository) -> None:
    reviewed.propose(SALES, "bundle: mobile-25", "bundel: mobile-25")
    done = reviewed.plan()
    assert (done.code, done.outputs["failure_reason"]) == (1, "invalid-input")
    (said,) = reviewed.comments()
    assert "Plan failed; an earlier plan in this place is void" in said
    assert "users/sales.yaml:" in said
    assert "sha256" not in said
    assert "::error file=fleet-config/users/sales.yaml,line=" in done.out
    assert "failed, so nobody reviewed one" in refused(
        reviewed, reviewed.apply(*reviewed.merge()), 4, "not-approved"
    ).replace("`", "")


def test_a_plan_that_a_close_made_void_is_not_applied_although_it_is_merged_then(reviewed: Repository) -> None:
    assert reviewed.job("pull_request", jobs.pull_request(reviewed.head(), closed=True), "plan").code == 0
    said = refused(reviewed, reviewed.apply(*reviewed.merge()), 4, "not-approved")
    assert "is void since it was closed" in said


def test_numbers_show_their_last_digits_everywhere_but_in_the_plan_itself(repository: Repository) -> None:
    repository.propose(SALES, "+32470000001", "+32470000091")
    repository.plan()
    repository.propose(SALES, "+32470000002", "+32470000091")
    wrong = repository.plan()
    assert wrong.code == 1
    (said,) = repository.comments()
    assert "•••091" in said
    assert "•••091" in wrong.err
    files = [path.read_text(encoding="utf-8") for path in (repository.folder / "fleet-ci").iterdir()]
    assert "32470000091" not in "".join((said, wrong.out, wrong.err, wrong.summary, *files))


def test_a_commit_that_no_pull_request_brought_is_refused(reviewed: Repository) -> None:
    before, after = reviewed.merge()
    reviewed.platform.pulls.clear()
    done = reviewed.apply(before, after)
    assert (done.code, "no merged pull request brought commit" in done.err) == (4, True)
    assert len(reviewed.comments()) == 1


def test_a_job_that_does_not_know_what_was_merged_into_is_refused(reviewed: Repository) -> None:
    _, after = reviewed.merge()
    done = reviewed.job("workflow_dispatch", {"inputs": {}}, "apply", GITHUB_SHA=after)
    assert (done.code, "FLEET_BASE_REF" in done.err) == (4, True)


def test_nothing_is_applied_before_the_merge(reviewed: Repository) -> None:
    done = reviewed.job("pull_request", jobs.pull_request("a" * 40), "apply")
    assert (done.code, "after the merge" in done.err) == (64, True)


def test_an_artefact_with_another_plan_is_refused(reviewed: Repository) -> None:
    reviewed.platform.artefacts[reviewed.runs]["plan.json"] = _plan_of(reviewed, SALES, LIEN, LIEN_WANTED)
    said = refused(reviewed, reviewed.apply(*reviewed.merge()), 4, "plan-changed")
    assert "the plan that was reviewed on pull request 12 is" in said.replace("`", "")


def test_an_artefact_that_was_edited_is_refused(reviewed: Repository) -> None:
    files = reviewed.platform.artefacts[reviewed.runs]
    files["plan.json"] = files["plan.json"].replace(b"mobile-25", b"mobile-99")
    done = reviewed.apply(*reviewed.merge())
    refused(reviewed, done, 1, "apply-failed")
    assert "was changed after it was made" in done.err


def test_a_plan_that_was_named_must_be_the_reviewed_one(reviewed: Repository, tmp_path: Path) -> None:
    plans = tmp_path / "plans/deeper"
    plans.mkdir(parents=True)
    (plans / "other.json").write_bytes(_plan_of(reviewed, SALES, LIEN, LIEN_WANTED))
    before, after = reviewed.merge()
    assert reviewed.apply(before, after, "--plan", str(plans / "other.json")).code == 4
    assert "there is no plan sha256:" in reviewed.apply(before, after, "--plan", str(tmp_path / "plans")).err
    (plans / "right.json").write_bytes(reviewed.platform.artefacts[reviewed.runs]["plan.json"])
    reviewed.platform.artefacts.clear()
    assert reviewed.apply(before, after, "--plan", str(tmp_path / "plans")).code == 0


def test_a_second_run_of_an_organisation_says_who_is_at_it(reviewed: Repository) -> None:
    before, after = reviewed.merge()
    database = Database.open(f"sqlite:///{journal_of(reviewed.root)}")
    held, _ = acquire(database, "brouwerij-demo", run_id="gh899", who="boss", place="elsewhere", seconds=60)
    with held:
        done = reviewed.apply(before, after)
    database.close()
    said = refused(reviewed, done, 5, "state-locked")
    assert "boss" in said
    assert "gh899" in said


@pytest.mark.parametrize("status", [403, 422])
def test_a_comment_that_cannot_be_posted_is_a_warning_and_changes_nothing(repository: Repository, status: int) -> None:
    repository.platform.refuse = {"POST ": status, "PATCH ": status}
    repository.propose(SALES, ELS, ELS_WANTED)
    done = repository.plan()
    assert done.code == 0
    assert (
        f"warning: the comment was not posted: POST /repos/acme/fleet/issues/12/comments answered {status}" in done.err
    )
    assert (repository.folder / "fleet-ci/comment.md").exists()


def test_without_a_token_a_plan_is_made_and_nothing_is_applied(reviewed: Repository) -> None:
    done = reviewed.plan(GITHUB_TOKEN="")
    assert (done.code, "GITHUB_TOKEN is not set" in done.err) == (0, True)
    done = reviewed.apply(*reviewed.merge(), GITHUB_TOKEN="")
    assert (done.code, "GITHUB_TOKEN is not set" in done.err) == (1, True)


PEOPLE = """required: 1
  people:
    boss: {addresses: [boss@brouwerij.example], logins: [boss]}
    wim: {addresses: [wim@brouwerij.example], logins: [wim]}
  #"""


class TestApprovals:
    """Approvals come as files, or posted on the pull request by anybody; what counts is the signature."""

    @pytest.fixture
    def guarded(self, repository: Repository, tmp_path: Path) -> Repository:
        """Return a repository whose plans need an approval of the boss's."""
        signers = []
        for name in ("boss", "wim"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
            subprocess.run(command, check=True, capture_output=True)
            public = (tmp_path / f"{name}.pub").read_text(encoding="utf-8").split()[:2]
            signers.append(f'{name}@brouwerij.example namespaces="fleet-plan" {" ".join(public)}\n')
        repository.edit("fleet.yaml", "required: 0 ", PEOPLE)
        (repository.root / "approvers/allowed_signers").write_text("".join(signers), encoding="utf-8")
        repository.git("commit", "-qam", "Have plans approved", by="root@brouwerij.example")
        repository.git("push", "-q", "origin", "main")
        repository.propose(SALES, ELS, ELS_WANTED)
        repository.plan()
        return repository

    def approval(self, repository: Repository, name: str, *options: str) -> str:
        """Return an approval of the reviewed plan, as a file holds it."""
        plan = repository.folder.parent / "plan.json"
        plan.write_bytes(repository.platform.artefacts[repository.runs]["plan.json"])
        out = repository.folder.parent / f"{name}.approval"
        key = repository.folder.parent / name
        done = repository.fleet("approve", str(plan), "--key", str(key), "--yes", "-o", str(out), *options)
        assert done.code == 0, done.err
        return out.read_text(encoding="utf-8")

    def test_a_plan_without_its_approval_is_refused(self, guarded: Repository) -> None:
        said = refused(guarded, guarded.apply(*guarded.merge()), 4, "not-approved")
        assert "signed approval is needed" in said.replace("`", "")

    def test_an_approval_that_was_posted_counts_and_one_that_is_none_does_not_stand_in_its_way(
        self, guarded: Repository
    ) -> None:
        document = json.loads(self.approval(guarded, "boss"))
        for junk in _junk(document):
            guarded.strangers(junk)
        guarded.strangers(json.dumps(document | {"signature": document["signature"][:80]}))
        guarded.strangers(f"Fine by me.\n```json\n{json.dumps(document)}\n```\nGo on!")
        done = guarded.apply(*guarded.merge())
        assert done.code == 0, done.err
        assert "was changed after it was signed" in done.err

    def test_an_approval_as_a_file_counts(self, guarded: Repository) -> None:
        self.approval(guarded, "boss")
        assert guarded.apply(*guarded.merge(), "--approval", str(guarded.folder.parent)).code == 0

    @pytest.mark.parametrize(("kind", "code"), [("conflict", 0), ("fails", 6)])
    def test_a_job_that_is_repeated_goes_on_with_what_its_approvals_were_spent_on_and_was_never_placed(
        self, guarded: Repository, kind: str, code: int
    ) -> None:
        guarded.propose(SALES, LIEN, LIEN_WANTED)
        guarded.plan()
        guarded.strangers(self.approval(guarded, "boss"))
        before, after = guarded.merge()
        orders = "POST /tmf-api/productOrderingManagement/v4/productOrder"
        guarded.fleet("sandbox", "fault", kind, "--match", orders)
        done = guarded.apply(before, after)
        assert (done.code, done.outputs["failure_reason"]) == (6, "apply-failed"), done.err
        assert "Apply incomplete: 1 of 2 done, 1 failed." in guarded.comments()[-1]
        done = guarded.apply(before, after)
        assert done.code == code, done.err
        said = "Apply complete! 0 added, 2 changed, 0 removed." if code == 0 else "run: make a new plan"
        assert said in guarded.comments()[-1]

    def test_no_author_of_any_commit_of_the_change_approves_it(self, guarded: Repository) -> None:
        guarded.git("checkout", "-q", "change")
        guarded.edit("users/office/hr.yaml", "# ", "#  ")
        guarded.git("commit", "-qam", "Say it better", by="other@brouwerij.example")
        guarded.strangers(self.approval(guarded, "wim"))
        said = refused(guarded, guarded.apply(*guarded.merge()), 4, "not-approved")
        assert "who asked for the plan" in said

    def test_who_a_squashed_commit_names_is_an_author_too(self, guarded: Repository) -> None:
        guarded.strangers(self.approval(guarded, "wim"))
        guarded.git("checkout", "-q", "main")
        before = guarded.head()
        guarded.git("merge", "-q", "--squash", "change")
        trailer = "Change it\n\nCo-authored-by: Wim <wim@brouwerij.example>"
        guarded.git("commit", "-qm", trailer, by="other@brouwerij.example")
        said = refused(guarded, guarded.apply(before, guarded.pushed()), 4, "not-approved")
        assert "who asked for the plan" in said

    def test_a_clone_without_every_commit_of_the_change_is_refused(self, guarded: Repository) -> None:
        guarded.strangers(self.approval(guarded, "boss"))
        before, after = guarded.merge()
        (guarded.folder / ".git/shallow").write_text(f"{before}\n", encoding="utf-8")
        done = guarded.apply(before, after)
        assert "this clone has not all of its commits" in refused(guarded, done, 4, "not-approved").replace("`", "")

    def test_a_change_does_not_choose_its_own_rules(self, guarded: Repository) -> None:
        guarded.propose("fleet.yaml", "required: 1\n", "required: 0\n")
        guarded.plan()
        refused(guarded, guarded.apply(*guarded.merge()), 4, "not-approved")

    def test_an_approval_of_a_plan_in_other_words_does_not_count(self, guarded: Repository) -> None:
        old = _worded(guarded, 0)
        guarded.platform.artefacts[guarded.runs]["plan.json"] = old
        approval = self.approval(guarded, "boss")
        guarded.plan()
        guarded.strangers(approval)
        done = guarded.apply(*guarded.merge())
        refused(guarded, done, 4, "not-approved")
        assert "is for a plan that does the same and shows something else" in done.err

    def test_an_artefact_in_other_words_than_the_reviewed_plan_is_not_carried_out(self, guarded: Repository) -> None:
        guarded.platform.artefacts[guarded.runs]["plan.json"] = _worded(guarded, 0)
        guarded.strangers(self.approval(guarded, "boss"))
        said = refused(guarded, guarded.apply(*guarded.merge()), 4, "plan-changed")
        assert "said something else than this one, though both do the same" in said.replace("`", "")

    def test_a_reviewed_plan_of_the_old_format_is_not_carried_out(self, guarded: Repository) -> None:
        old = Path(__file__).parents[1] / "planning/plan-1.1.json"
        guarded.platform.artefacts[guarded.runs]["plan.json"] = old.read_bytes()
        said = refused(guarded, guarded.apply(*guarded.merge()), 4, "plan-changed")
        assert "has the old plan format 1.1, which does not say where its orders go" in said.replace("`", "")

    @pytest.mark.parametrize("how", ["they merged it", "they wrote it under a hidden address"])
    def test_who_asked_under_another_name_does_not_approve(self, guarded: Repository, how: str) -> None:
        hidden = "12345678+boss@users.noreply.github.com"
        if how.startswith("they wrote"):
            guarded.git("commit", "-q", "--amend", "--no-edit", f"--author=B <{hidden}>")
            guarded.plan()
        guarded.strangers(self.approval(guarded, "boss"))
        actor = {"GITHUB_ACTOR": "boss"} if how == "they merged it" else {}
        done = guarded.apply(*guarded.merge(), **actor)
        refused(guarded, done, 4, "not-approved")
        known = "boss" if actor else hidden
        assert f"is by boss@brouwerij.example, who asked for the plan as {known}" in done.err

    def test_a_change_does_not_say_who_its_author_is_nor_how_long_its_approval_holds(self, guarded: Repository) -> None:
        guarded.git("checkout", "-q", "main")
        guarded.edit("fleet.yaml", "required: 1\n", "required: 1\n  lifetime_hours: 24\n")
        guarded.edit("fleet.yaml", ", logins: [boss]", ", logins: [boss, wim-t]")
        guarded.git("commit", "-qam", "Keep it short", by="root@brouwerij.example")
        guarded.propose("fleet.yaml", "lifetime_hours: 24", "lifetime_hours: 720")
        guarded.propose("fleet.yaml", ", logins: [boss, wim-t]", ", logins: [boss]")
        guarded.propose(SALES, ELS, ELS_WANTED)
        guarded.plan()
        guarded.strangers(self.approval(guarded, "boss"))
        before, after = guarded.merge()
        done = guarded.apply(before, after, GITHUB_ACTOR="wim-t")
        assert "more than 24 hours after it was signed" in done.err
        guarded.strangers(self.approval(guarded, "boss", "--hours", "24"))
        done = guarded.apply(before, after, GITHUB_ACTOR="wim-t")
        refused(guarded, done, 4, "not-approved")
        assert "who asked for the plan as wim-t" in done.err

    def test_a_pattern_of_the_base_lets_nobody_in_though_the_change_drops_it(self, guarded: Repository) -> None:
        path = guarded.root / "approvers/allowed_signers"
        good = path.read_text(encoding="utf-8")
        guarded.git("checkout", "-q", "main")
        path.write_text(good + good.splitlines()[0].replace("boss@", "*@"), encoding="utf-8")
        guarded.git("commit", "-qam", "Let anybody in", by="root@brouwerij.example")
        guarded.propose("approvers/allowed_signers", path.read_text(encoding="utf-8"), good)
        guarded.propose(SALES, ELS, ELS_WANTED)
        guarded.plan()
        guarded.strangers(self.approval(guarded, "boss"))
        done = guarded.apply(*guarded.merge())
        refused(guarded, done, 4, "not-approved")
        assert "approvers/allowed_signers:3: '*@brouwerij.example' is a pattern, which could be anybody" in done.err

    def test_a_comment_that_did_not_show_everything_cannot_be_approved_by_one(self, guarded: Repository) -> None:
        guarded.strangers(self.approval(guarded, "boss"))
        ours = guarded.platform.comments[12][0]
        ours["body"] = ours["body"].replace('"truncated":false', '"truncated":true')
        before, after = guarded.merge()
        done = guarded.apply(before, after)
        refused(guarded, done, 4, "not-approved")
        assert "approvals in comments do not count here" in done.err
        assert guarded.apply(before, after, "--approval", str(guarded.folder.parent / "boss.approval")).code == 0


def _junk(document: dict[str, str]) -> Iterator[str]:
    """Yield what a stranger could post to have an apply fail."""
    yield "```\n{}\n```\n{not json"
    yield '{"statement": ' + "[" * 50_000
    statement = json.loads(document["statement"])
    wrongs: list[dict[str, object]] = [
        {"expires": "2099-01-01T00:00:00"},
        {"approver": ["boss"]},
        {"role": {}},
        {"approver": "\ud800"},
    ]
    for wrong in wrongs:
        yield json.dumps(document | {"statement": json.dumps(statement | wrong)})
    yield json.dumps(document | {"signature": 7})
    yield json.dumps(document | {"signature": "\ud800"})


def _worded(repository: Repository, findings: int) -> bytes:
    """Return the reviewed plan with fewer findings, as somebody edits it who can make its checksum fit."""
    raw = json.loads(repository.platform.artefacts[repository.runs]["plan.json"])
    assert len(raw["findings"]) > findings
    raw["findings"] = raw["findings"][:findings]
    return json.dumps(raw | {"checksum": checksum(raw)}).encode()


def _plan_of(repository: Repository, file: str, old: str, new: str) -> bytes:
    """Return the saved plan of another edit."""
    repository.git("checkout", "-q", "main")
    repository.edit(file, old, new)
    assert repository.fleet("plan", "-o", str(repository.folder.parent / "other.json")).code == 0
    repository.git("checkout", "-q", ".")
    return (repository.folder.parent / "other.json").read_bytes()
