"""Signed approvals with real keys: what is accepted once, and what is refused, each with a message of its own."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import Fleet, Ran, edit

ELS, FIN, BOSS, ADMIN = (f"{name}@brouwerij.example" for name in ("els", "fin", "boss", "admin"))
RULES = """required: 2
  roles: {fleet-owner: [boss@brouwerij.example], finance: [fin@brouwerij.example]}
  rules:
    - {when: removals, role: fleet-owner}
    - {when: monthly-increase, more_than: "5.00", role: finance}
  #"""


@dataclass(slots=True)
class Office:
    """A fleet whose plans need approvals, and the keys of those who may give them."""

    fleet: Fleet
    root: Path
    keys: Path

    def key(self, name: str) -> str:
        """Make a private key and return its path."""
        path = self.keys / name
        if not path.exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
            subprocess.run(command, check=True, capture_output=True)
        return str(path)

    def plan(self, *options: str) -> str:
        """Save a plan and return its path."""
        path = str(self.keys / "plan.json")
        assert self.fleet("plan", "-o", path, *options).returncode == 0
        return path

    def approve(self, plan: str, key: str, *options: str) -> str:
        """Sign a plan and return the approval's path."""
        out = str(self.keys / f"{Path(key).name}.approval")
        done = self.fleet("approve", plan, "--key", self.key(key), "--yes", "-o", out, *options)
        assert done.returncode == 0, done.stderr
        return out

    def apply(self, plan: str, *approvals: str, by: str = ADMIN) -> Ran:
        """Apply a plan with approvals."""
        named = [word for path in approvals for word in ("--approval", path)]
        return self.fleet("apply", plan, *named, FLEET_REQUESTER=by)


@pytest.fixture
def office(fleet: Fleet, root: Path, tmp_path: Path) -> Office:
    """Return an office of three signers."""
    keys = tmp_path / "keys"
    keys.mkdir()
    made = Office(fleet, root, keys)
    signers = []
    for name in (ELS, FIN, BOSS, ADMIN):
        made.key(name.partition("@")[0])
        public = (keys / f"{name.partition('@')[0]}.pub").read_text().split()[:2]
        signers.append(f'{name} namespaces="fleet-plan" {" ".join(public)}\n')
    (root / "approvers").mkdir(exist_ok=True)
    (root / "approvers/allowed_signers").write_text("".join(signers))
    edit(root / "fleet.yaml", "required: 0 ", RULES)
    return made


def refused(done: Ran) -> str:
    """Return the message of an apply that was refused for its approvals."""
    assert done.returncode == 4, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_plan_says_which_approvals_it_needs_and_why(office: Office) -> None:
    shown = office.fleet("plan").stdout
    assert "Needs 2 signed approvals (approvals.required)" in shown
    assert "Needs an approval in the role fleet-owner (removals 3 > 0)" in shown
    assert "Needs an approval in the role finance (monthly-increase of EUR 7.71 > 5.00)" in shown
    document = json.loads(office.fleet("plan", "--format", "json").stdout)
    assert [each["role"] for each in document["approvals"]] == [None, "fleet-owner", "finance"]


def test_a_plan_is_carried_out_once_it_is_approved_and_its_approvals_are_spent_then(office: Office) -> None:
    plan = office.plan()
    approvals = [office.approve(plan, "boss"), office.approve(plan, "fin")]
    done = office.apply(plan, *approvals)
    assert done.returncode == 0, done.stderr
    assert "Apply complete! 3 added, 7 changed, 3 removed." in done.stdout
    history = office.fleet("history", "--format", "json").stdout
    run = json.loads(history)[0]["id"]
    shown = office.fleet("history", run).stdout
    assert "boss@brouwerij.example as fleet-owner (signature)" in shown
    assert "fin@brouwerij.example as finance (signature)" in shown

    office.fleet("sandbox", "reset")
    again = refused(office.apply(plan, *approvals))
    assert f"was spent by run {run}" in again


def test_a_plan_that_does_nothing_cannot_be_approved(office: Office) -> None:
    plan = office.plan("--target", "bart.maes@*")
    assert "there is nothing to approve" in refused(office.fleet("approve", plan, "--key", office.key("els"), "--yes"))


def test_what_is_missing_is_listed_with_the_reason(office: Office) -> None:
    plan = office.plan()
    said = refused(office.apply(plan, office.approve(plan, "boss")))
    assert "2 signed approvals are needed (approvals.required), and there are 1" in said
    assert "an approval in the role finance is needed (monthly-increase of EUR 7.71 > 5.00)" in said
    assert "fleet-owner is needed" not in said


@pytest.mark.parametrize("arguments", [["--auto-approve", "--allow-removals", "9"], []])
def test_neither_a_flag_nor_a_yes_stands_in_for_a_signature(office: Office, arguments: list[str]) -> None:
    done = office.fleet("apply", *arguments, text="yes\n")
    assert "an approval in the role fleet-owner is needed" in refused(done)
    assert office.fleet("plan").stdout.splitlines()[-1].startswith("Plan: 3 to add")


def test_an_approval_of_another_plan_is_refused(office: Office) -> None:
    approval = office.approve(office.plan("--target", "SALES"), "boss")
    assert "is for another plan" in refused(office.apply(office.plan(), approval))


def test_who_asked_for_the_plan_cannot_approve_it(office: Office) -> None:
    plan = office.plan()
    said = refused(office.apply(plan, office.approve(plan, "boss"), office.approve(plan, "admin")))
    assert "is by admin@brouwerij.example, who asked for the plan" in said


def test_who_wrote_the_commit_cannot_approve_it(office: Office) -> None:
    git = ["git", "-c", f"user.email={BOSS}", "-c", "user.name=Boss", "-C", str(office.root)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "Change the fleet"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    plan = office.plan()
    assert "is by boss@brouwerij.example, who asked" in refused(office.apply(plan, office.approve(plan, "boss")))


def test_a_role_one_does_not_have_is_refused(office: Office) -> None:
    plan = office.plan()
    command = ("approve", plan, "--key", office.key("els"), "--yes", "--role", "finance")
    assert "may not approve as finance" in refused(office.fleet(*command))
    edit(office.root / "fleet.yaml", "finance: [", f"finance: [{ELS}, ")
    approval = office.approve(plan, "els", "--role", "finance")
    edit(office.root / "fleet.yaml", f"finance: [{ELS}, ", "finance: [")
    assert "is by els@brouwerij.example, who may not approve as finance" in refused(office.apply(plan, approval))


def test_a_pipe_in_the_place_of_a_key_is_not_waited_for(office: Office) -> None:
    os.mkfifo(office.keys / "pipe")
    done = office.fleet("approve", office.plan(), "--key", str(office.keys / "pipe"), "--yes")
    assert (done.returncode, "cannot be used: it is not a regular file" in done.stderr) == (4, True), done.stderr


def test_an_unknown_key_is_refused_when_it_signs_and_when_it_is_verified(office: Office) -> None:
    plan = office.plan()
    done = office.fleet("approve", plan, "--key", office.key("stranger"), "--yes")
    assert (done.returncode, "the key is not one of approvers/allowed_signers" in done.stderr) == (4, True)
    approval = office.approve(plan, "boss")
    signers = office.root / "approvers/allowed_signers"
    others = (office.keys / "stranger.pub").read_text().split()[:2]
    lines = signers.read_text().splitlines()
    lines[2] = f"{BOSS} {' '.join(others)}"
    signers.write_text("\n".join(lines) + "\n")
    said = refused(office.apply(plan, approval))
    assert "is signed with a key that approvers/allowed_signers does not know" in said


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("organisation", "mouterij-demo", "is for organisation mouterij-demo, and the plan is for brouwerij-demo"),
        ("expires", "2026-01-01T00:00:00+00:00", "expired on 2026-01-01 00:00 UTC"),
        ("role", "finance", "was changed after it was signed"),
        ("approver", FIN, "was changed after it was signed"),
        ("expires", "tomorrow", "is no approval"),
    ],
)
def test_a_statement_that_does_not_hold_is_refused(office: Office, name: str, value: str, message: str) -> None:
    plan = office.plan()
    path = Path(office.approve(plan, "boss"))
    document = json.loads(path.read_text())
    document["statement"] = json.dumps({**json.loads(document["statement"]), name: value})
    path.write_text(json.dumps(document))
    assert message in refused(office.apply(plan, str(path)))


def test_an_approval_signed_in_anothers_name_is_refused(office: Office) -> None:
    from datetime import UTC, datetime, timedelta

    from reconciler.applying import signatures
    from reconciler.planning.document import digest
    from reconciler.usecases.saving import read_plan

    plan = office.plan()
    now, saved = datetime.now(UTC), read_plan(Path(plan))
    words = (digest(saved.plan), saved.checksum, "brouwerij-demo", BOSS, "fleet-owner")
    said = signatures.Statement(*words, now, now + timedelta(days=1))
    forged = office.keys / "forged.approval"
    forged.write_text(signatures.sign(said, Path(office.key("els"))).document())
    message = "is by boss@brouwerij.example, and signed with the key of els@brouwerij.example"
    assert message in refused(office.apply(plan, str(forged)))


def test_an_approved_plan_that_live_has_moved_away_from_is_refused(office: Office) -> None:
    plan = office.plan()
    approvals = [office.approve(plan, "boss"), office.approve(plan, "fin")]
    office.fleet("sandbox", "drift", "--seed", "4")
    done = office.apply(plan, *approvals)
    assert "would be carried out now that nobody has approved" in refused(done)
    assert done.stdout.startswith("Not approved, and to be done now:\n")
    assert "/month" in done.stdout
    assert json.loads(office.fleet("history", "--format", "json").stdout) == []


def test_in_ci_the_rules_before_the_change_count(office: Office) -> None:
    git = ["git", "-c", "user.email=dev@brouwerij.example", "-c", "user.name=Dev", "-C", str(office.root)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "Ask for approvals"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    settings = office.root / "fleet.yaml"
    settings.write_text(settings.read_text().replace(RULES, "required: 0 "))
    subprocess.run([*git, "commit", "-qam", "Ask for none"], check=True, capture_output=True)
    event = office.keys / "event.json"
    before = subprocess.run([*git, "rev-parse", "HEAD~1"], check=True, capture_output=True, text=True).stdout.strip()
    event.write_text(json.dumps({"before": before}))
    arguments = ("apply", "--auto-approve", "--allow-removals", "9")
    said = refused(office.fleet(*arguments, GITHUB_EVENT_PATH=str(event)))
    assert "an approval in the role fleet-owner is needed" in said
    said = refused(office.fleet(*arguments, FLEET_BASE_REF="1" * 40))
    assert "is not in this clone" in said
    assert office.fleet(*arguments).returncode == 0, "outside CI the files count as they lie there"


def test_names_that_do_not_exist_are_found_when_the_files_are_read(office: Office) -> None:
    edit(office.root / "fleet.yaml", "role: finance}", "role: finanse}")
    edit(office.root / "fleet.yaml", "fleet-owner: [boss@", "fleet-owner: [bos@")
    done = office.fleet("validate")
    assert done.returncode == 1
    assert "unknown role 'finanse'; did you mean 'finance'?" in done.stderr
    assert "'bos@brouwerij.example' is no signer of approvers/allowed_signers" in done.stderr
