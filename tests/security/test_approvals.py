"""Attacks on approvals, by people who may write what they like: each is refused, with a message of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.applying import signatures
from tests.security.office import ADMIN, BOSS, ELS, FIN, Office, Ran, begin, opened

OLD = Path(__file__).parents[1] / "planning/plan-1.1.json"
TRANSFERRED = "els.lemmens@*"
REMOVED = "sarah.pauwels@*"
SOON = timedelta(hours=1)
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for an office that is begun once."""
    return tmp_path_factory.mktemp("begun")


@pytest.fixture
def office(begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Office]:
    """Return an office of its own, where nothing is ordered yet."""
    if not (begun / "fleet-config").exists():
        begin(begun, capsys)
    with opened(begun, tmp_path, capsys) as made:
        yield made


def refused(done: Ran, message: str, code: int = 4) -> None:
    """Require that a command was refused with a message."""
    assert done.code == code, (done.out, done.err)
    assert "Traceback" not in done.err
    assert message in " ".join(done.err.split()), done.err


def test_an_honest_approval_is_carried_out(office: Office) -> None:
    plan = office.plan()
    done = office.apply(plan, office.approve(plan))
    assert (done.code, "Apply complete! 0 added, 1 changed, 0 removed." in done.out) == (0, True), done.err


def cost_centre(raw: dict[str, Any]) -> None:
    """Show a transfer as a change of cost centre."""
    (action,) = raw["actions"]
    action["changes"] = [{"path": "cost_centre", "before": "LOGISTICS", "after": "BREW"}]
    raw["summary"]["transfer"] = 0


def nothing_removed(raw: dict[str, Any]) -> None:
    """Show a removal as nothing of the kind."""
    raw["summary"] |= {"remove": 0, "change": 1}


def harmless_removal(raw: dict[str, Any]) -> None:
    """Show a removal as a change that takes no quota."""
    (action,) = raw["actions"]
    action |= {"kind": "change", "counts_against_quota": False}


def cheaper(raw: dict[str, Any]) -> None:
    """Show that a month costs less."""
    raw["bill"]["monthly_delta"] = "-15.00"


def smaller_bill(raw: dict[str, Any]) -> None:
    """Show that the next bill is smaller."""
    raw["bill"]["next_bill_delta"] = "-15.00"


def more_quota(raw: dict[str, Any]) -> None:
    """Show that more removals are left."""
    raw["quota"]["remaining"] = 99


def larger_quota(raw: dict[str, Any]) -> None:
    """Show that more removals are allowed."""
    raw["quota"] |= {"allowed": 99, "remaining": 98}


def other_bundle(raw: dict[str, Any]) -> None:
    """Order another bundle than the digest says."""
    (action,) = raw["actions"]
    action["after"]["bundle"] = "mobile-10"


EDITED: dict[str, tuple[str, Edit, str]] = {
    "a transfer shown as a change of cost centre": (TRANSFERRED, cost_centre, "actions.0.changes"),
    "a removal shown as 0 to remove": (REMOVED, nothing_removed, "summary."),
    "a removal shown as a change without quota": (REMOVED, harmless_removal, "its digest does not fit"),
    "a month that is cheaper than it is": ("wim.thys@*", cheaper, "bill.monthly_delta says '-15.00'"),
    "a next bill that is smaller than it is": ("wim.thys@*", smaller_bill, "bill.next_bill_delta says '-15.00'"),
    "more quota left than there is": (REMOVED, more_quota, "quota.remaining says '99'"),
    "more quota than there is": (REMOVED, larger_quota, "quota.allowed says '99'"),
    "another bundle under the old digest": ("wim.thys@*", other_bundle, "its digest does not fit what it would do"),
}


@pytest.mark.parametrize("name", EDITED)
def test_an_edited_plan_is_neither_shown_nor_approved_nor_applied(office: Office, name: str) -> None:
    target, edit, message = EDITED[name]
    plan = office.plan(target)
    approval = office.approve(plan)
    if name.startswith("a removal shown as a change"):
        message = "actions.0."
    forged = str(office.forged(plan, edit))
    key = str(office.key("boss"))
    commands = (("show", forged), ("approve", forged, "--key", key, "--yes"), ("apply", forged, "--approval", approval))
    for command in commands:
        done = office.fleet(*map(str, command))
        assert done.out == ""
        refused(done, f"forged.json was changed after it was made{': ' if '.' in message else '; '}{message}", 1)


def test_a_removal_that_the_quota_does_not_count_is_not_shown(office: Office) -> None:
    def uncounted(raw: dict[str, Any]) -> None:
        raw["quota"] |= {"planned": 0, "remaining": raw["quota"]["remaining"] + 1}

    forged = office.forged(office.plan(REMOVED), uncounted, digest=True)
    refused(office.fleet("show", str(forged)), "quota.planned says 0, and 1 would be removed", 1)


def test_a_plan_that_says_something_twice_is_not_shown(office: Office) -> None:
    plan = office.plan(REMOVED)
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace('"summary": {', '"summary": {"remove": 0, ', 1), encoding="utf-8")
    refused(office.fleet("show", str(plan)), "'remove' stands twice in one place", 1)


def no_findings(raw: dict[str, Any]) -> None:
    """Show none of what the checks found."""
    raw["findings"] = []


def other_centre(raw: dict[str, Any]) -> None:
    """Book it elsewhere."""
    raw["bill"]["by_cost_centre"] = {"BREW": "0.00"}


def other_reason(raw: dict[str, Any]) -> None:
    """Say why it is done, where nobody said so."""
    raw["actions"][0]["reason"] = "ordered by the board"


def other_author(raw: dict[str, Any]) -> None:
    """Say that the operator made it necessary."""
    order = {"order": "ord-1", "state": "completed", "placed": None, "requester": "the operator", "reference": None}
    raw["actions"][0]["drift"] = order


def fewer_approvals(raw: dict[str, Any]) -> None:
    """Show that nobody's approval is needed."""
    raw["approvals"] = []


@pytest.mark.parametrize("edit", [no_findings, other_centre, other_reason, other_author, fewer_approvals])
def test_an_approval_of_a_plan_in_other_words_is_no_approval_of_this_one(office: Office, edit: Edit) -> None:
    plan = office.plan(REMOVED)
    shown = office.forged(plan, edit)
    approval = office.approve(shown)
    assert json.loads(shown.read_text(encoding="utf-8"))["digest"] == json.loads(plan.read_text())["digest"]
    done = office.apply(plan, approval)
    refused(done, "is for a plan that does the same and shows something else: its findings, bill or reasons differ")


def test_a_plan_that_is_forged_throughout_and_approved_orders_nothing(office: Office) -> None:
    forged = office.forged(office.plan(), other_bundle, digest=True)
    text = json.loads(forged.read_text(encoding="utf-8"))
    assert "was changed after it was made: actions.0.changes" in office.fleet("show", str(forged)).err
    text["actions"][0]["changes"] = [
        {"path": "bundle", "before": text["actions"][0]["before"]["bundle"], "after": "mobile-10"},
        *text["actions"][0]["changes"],
    ]
    whole = office.forged(forged, lambda raw: raw.update(actions=text["actions"]), digest=True)
    done = office.apply(whole, office.approve(whole))
    refused(done, "1 action would be carried out now that nobody has approved")
    assert office.nothing_was_ordered()


def test_an_approval_is_for_where_the_orders_went_when_it_was_given(office: Office) -> None:
    plan = office.plan()
    approval = office.approve(plan)
    office.settings("type: sandbox", "type: sandbox\n  path: other.db")
    message = "was made for orders to 'sandbox .fleet/sandbox.db'; this fleet's now go to 'sandbox other.db'"
    refused(office.apply(plan, approval), message)
    assert not (office.root / "other.db").exists(), "nobody was called"
    refused(office.fleet("approve", str(plan), "--key", str(office.key("boss")), "--yes"), message)
    renamed = office.forged(plan, lambda raw: raw["live"].update(origin="sandbox other.db"))
    refused(office.apply(renamed, approval), "its digest does not fit what it would do", 1)
    moved = office.forged(plan, lambda raw: raw["live"].update(origin="sandbox other.db"), digest=True)
    refused(office.apply(moved, approval), "is for another plan")


def test_a_plan_of_the_old_format_is_shown_and_neither_approved_nor_applied(office: Office) -> None:
    done = office.fleet("show", str(OLD))
    assert (done.code, "Plan: 1 to add, 1 to change, 1 to remove." in done.out) == (0, True)
    assert "has the old plan format 1.1: it is shown, and cannot be approved or applied" in done.err
    message = "has the old plan format 1.1, which does not say where its orders go"
    refused(office.fleet("approve", str(OLD), "--key", str(office.key("boss")), "--yes"), message)
    refused(office.apply(OLD), message)


def test_an_approval_that_did_not_sign_what_was_shown_is_refused(office: Office) -> None:
    plan = office.plan()
    path = office.approve(plan)
    facts = json.loads(json.loads(path.read_text(encoding="utf-8"))["statement"])
    del facts["checksum"]
    old = {"statement": json.dumps(facts | {"format": 1}), "signature": "-"}
    path.write_text(json.dumps(old), encoding="utf-8")
    refused(office.apply(plan, path), "was signed by an older version of fleet, which did not sign what the plan shows")


# Who approved


def test_one_key_under_two_names_is_one_person(office: Office) -> None:
    office.settings("required: 1", "required: 2")
    plan = office.plan()
    for lines in (
        [office.line(BOSS, "boss"), office.line(ELS, "boss"), office.line(FIN, "fin")],
        [office.line(f"{BOSS},{ELS}", "boss"), office.line(FIN, "fin")],
    ):
        office.signers(*lines)
        twice = [office.signed(plan).rename(office.beside / "one"), office.signed(plan, approver=ELS)]
        message = (
            f"2 signed approvals are needed (approvals.required), and there are 1; {BOSS} and {ELS} are one person"
        )
        refused(office.apply(plan, *twice), message)


def test_two_keys_of_one_person_are_one_person(office: Office) -> None:
    office.settings("required: 1", "required: 2")
    office.signers(office.line(BOSS, "boss"), office.line("boss@home.example", "spare"), office.line(FIN, "fin"))
    plan = office.plan()
    approvals = [office.approve(plan), office.approve(plan, "spare")]
    refused(office.apply(plan, *approvals), f"there are 1; {BOSS} and boss@home.example are one person")
    office.signers(office.line(BOSS, "boss"), office.line(BOSS, "spare"), office.line(FIN, "fin"))
    approvals = [office.approve(plan), office.approve(plan, "spare")]
    refused(office.apply(plan, *approvals), "2 signed approvals are needed (approvals.required), and there are 1")


UNNAMED = {
    "*@brouwerij.example": "'*@brouwerij.example' is a pattern, which could be anybody",
    "bos?@brouwerij.example": "'bos?@brouwerij.example' is a pattern, which could be anybody",
    f"*,!{FIN}": "'*' is a pattern, which could be anybody",
    f"!{FIN},{BOSS}": f"'!{FIN}' is a negation, which names nobody",
    '"*@brouwerij.example"': """'"*@brouwerij.example"' is a pattern, which could be anybody""",
    f'"{BOSS}"': f"""'"{BOSS}"' is not the name of an approver""",
    f"{BOSS},": "'' is not the name of an approver",
}


@pytest.mark.parametrize("names", UNNAMED)
def test_nobody_approves_by_a_line_that_names_nobody(office: Office, names: str) -> None:
    plan = office.plan()
    approval = office.approve(plan)
    office.signers("# who may approve\n", office.line(FIN, "fin"), office.line(names, "boss"))
    message = f"approvers/allowed_signers:3:1: {UNNAMED[names]}"
    refused(office.fleet("apply", str(plan), "--approval", str(approval)), message, 1)
    refused(office.fleet("validate"), message, 1)


@pytest.mark.parametrize(
    ("names", "options"),
    [(BOSS, "cert-authority"), ("*", 'namespaces="fleet-plan",cert-authority'), (BOSS, "CERT-AUTHORITY")],
)
def test_a_certificate_authority_approves_nothing(office: Office, names: str, options: str) -> None:
    plan = office.plan()
    office.signers(office.line(FIN, "fin"), office.line(names, "boss", options))
    message = "approvers/allowed_signers:2:1: a certificate authority approves for whomever it certifies"
    refused(office.apply(plan, office.signed(plan)), message, 1)


@pytest.mark.parametrize("end", ["\u2028", "\x0b", "\x0c", "\x85", "\x1c"])
def test_a_line_ends_where_openssh_ends_it(office: Office, end: str) -> None:
    """What a reader takes for a comment and a line is a comment alone; what looks like one line is not two."""
    office.settings("roles: {fleet-owner: [boss@brouwerij.example]}", "roles: {}")
    plan = office.plan()
    approval = office.signed(plan, "stranger", approver="stranger@elsewhere.example")
    hidden = office.line("stranger@elsewhere.example", "stranger")
    office.signers(office.line(FIN, "fin"), f"# nobody else{end}{hidden}")
    refused(office.apply(plan, approval), "is signed with a key that approvers/allowed_signers does not know")
    office.signers(office.line(FIN, "fin").rstrip("\n") + f" a{end}{hidden}")
    refused(office.apply(plan, approval), "approvers/allowed_signers:1:1: expected NAME KEY-TYPE KEY", 1)


ASKED = {
    "their address in capitals": "BOSS@Brouwerij.example",
    "another address of theirs": "boss@home.example",
    "their login": "bossman",
    "their login in capitals": "BossMan",
    "their hidden address": "bossman@users.noreply.github.com",
    "their numbered hidden address": "12345678+bossman@users.noreply.github.com",
    "their hidden address at GitLab": "77-bossman@users.noreply.gitlab.com",
    "their hidden address on a server of one's own": "9+bossman@users.noreply.git.brouwerij.example",
}


@pytest.mark.parametrize("name", ASKED)
def test_nobody_approves_what_they_asked_for_under_another_name(office: Office, name: str) -> None:
    plan = office.plan()
    approval = office.approve(plan)
    who = ASKED[name]
    known = f"is by {BOSS}, who asked for the plan" + ("" if who.casefold() == BOSS else f" as {who}")
    refused(office.apply(plan, approval, by=who), known)
    office.commit(by=who)
    again = office.plan()
    refused(office.apply(again, office.approve(again)), known)


def test_nobody_approves_by_a_hidden_address_what_they_asked_for_by_another(office: Office) -> None:
    hidden = "12345678+bossman@users.noreply.github.com"
    office.settings("roles: {fleet-owner: [boss@brouwerij.example]}", "roles: {}")
    office.signers(office.line(hidden, "boss"), office.line(FIN, "fin"))
    plan = office.plan()
    approval = office.approve(plan)
    for who in (BOSS, "bossman", "bossman@users.noreply.github.com"):
        refused(office.apply(plan, approval, by=who), f"is by {hidden}, who asked for the plan as {who}")


@pytest.mark.parametrize("who", ["wim-t", "12345+wim-t@users.noreply.github.com", "wim@home.example", "unknown"])
def test_who_cannot_be_told_from_the_approver_may_be_the_approver(office: Office, who: str) -> None:
    office.settings("    boss: {", "    # boss: {")
    plan = office.plan()
    approval = office.approve(plan)
    done = office.apply(plan, approval, by=who)
    message = f"is by {BOSS}, and nothing says that '{who}', who asked for the plan, is somebody else"
    refused(done, message)
    hint = f"approvals: {{people: {{boss: {{addresses: [{BOSS}], logins: [LOGIN]}}}}}}"
    assert hint in done.err
    office.settings("    # boss: {", "    boss: {")
    assert (office.apply(plan, approval, by=who).code == 0) is (who != "unknown")


def test_addresses_do_not_tell_logins_apart_nor_logins_addresses(office: Office) -> None:
    office.settings(", logins: [bossman]", "")
    plan = office.plan()
    approval = office.approve(plan)
    refused(
        office.apply(plan, approval, by="wim-t"), "nothing says that 'wim-t', who asked for the plan, is somebody else"
    )
    office.settings("addresses: [boss@brouwerij.example, boss@home.example]", "logins: [bossman]")
    done = office.apply(plan, approval, by="wim@home.example")
    refused(done, "nothing says that 'wim@home.example', who asked for the plan, is somebody else")


@pytest.mark.parametrize("who", ["", "bossman", "B. Oss"])
def test_an_author_who_is_no_address_is_not_nobody(office: Office, who: str) -> None:
    """Git takes whatever it is given for an address."""
    office.commit(by=who)
    plan = office.plan()
    message = "who asked for the plan as bossman" if who == "bossman" else f"nothing says that '{who}'"
    refused(office.apply(plan, office.approve(plan)), message)


def test_whom_a_commit_names_as_an_author_too_is_one(office: Office) -> None:
    office.commit(by=ADMIN)
    named = "Change it\n\nCo-authored-by: B. Oss <9+bossman@users.noreply.github.com>"
    office.git("commit", "-q", "--amend", "-m", named, by=ADMIN)
    plan = office.plan()
    refused(office.apply(plan, office.approve(plan)), "as 9+bossman@users.noreply.github.com")


def test_every_author_has_to_be_told_from_the_approver(office: Office) -> None:
    office.settings("    boss: {", "    # boss: {")
    office.commit(by="wim@home.example")
    plan = office.plan()
    done = office.apply(plan, office.approve(plan), by=FIN)
    refused(done, "nothing says that 'wim@home.example', who asked for the plan, is somebody else")


# When, and by which key


def test_no_approval_is_for_ever(office: Office) -> None:
    plan, now = office.plan(), datetime.now(UTC)
    ever = office.signed(plan, expires=datetime(9999, 12, 31, tzinfo=UTC))
    refused(office.apply(plan, ever), "holds until 9999-12-31 00:00 UTC, more than 720 hours after it was signed")
    longer = office.signed(plan, signed=now, expires=now + timedelta(hours=720, seconds=1))
    refused(office.apply(plan, longer), "more than 720 hours after it was signed")


def test_the_rules_say_how_long_an_approval_may_hold(office: Office) -> None:
    office.settings("required: 1", "required: 1\n  lifetime_hours: 48")
    plan, now = office.plan(), datetime.now(UTC)
    approval = office.signed(plan, signed=now, expires=now + timedelta(hours=72))
    refused(office.apply(plan, approval), "more than 48 hours after it was signed")
    done = office.fleet("approve", str(plan), "--key", str(office.key("boss")), "--yes", "--hours", "72")
    refused(done, "an approval of this fleet holds for 48 hours at most, not 72", 64)
    said = json.loads(json.loads(office.approve(plan).read_text(encoding="utf-8"))["statement"])
    assert datetime.fromisoformat(said["expires"]) - datetime.fromisoformat(said["signed"]) == timedelta(hours=48)
    office.settings("lifetime_hours: 48", "lifetime_hours: 721")
    refused(office.fleet("validate"), "lifetime_hours: expected 1 to 720 hours, found 721", 1)


def test_no_approval_is_of_a_day_to_come(office: Office) -> None:
    plan, later = office.plan(), datetime.now(UTC) + timedelta(minutes=10)
    approval = office.signed(plan, signed=later, expires=later + SOON)
    refused(office.apply(plan, approval), "was signed on")
    refused(office.apply(plan, approval), "which is in the future")
    near = datetime.now(UTC) + timedelta(minutes=4)
    assert office.apply(plan, office.signed(plan, signed=near, expires=near + SOON)).code == 0


def test_an_approval_that_has_expired_is_refused(office: Office) -> None:
    plan, before = office.plan(), datetime.now(UTC) - timedelta(days=2)
    approval = office.signed(plan, signed=before, expires=before + SOON)
    refused(office.apply(plan, approval), f"expired on {before + SOON:%Y-%m-%d %H:%M} UTC")


def test_a_key_that_is_gone_from_the_signers_voids_what_it_signed(office: Office) -> None:
    plan = office.plan()
    approval = office.approve(plan)
    office.settings("[boss@brouwerij.example]}", "[]}")
    office.signers(office.line(ELS, "els"), office.line(FIN, "fin"))
    refused(office.apply(plan, approval), "is signed with a key that approvers/allowed_signers does not know")


def test_a_signature_for_something_else_approves_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = office.plan()
    office.signers(office.line(BOSS, "boss", ""), office.line(FIN, "fin"))
    monkeypatch.setattr(signatures, "NAMESPACE", "git")
    approval = office.signed(plan)
    monkeypatch.undo()
    refused(office.apply(plan, approval), "was changed after it was signed")


def test_a_signature_of_another_approval_approves_nothing(office: Office) -> None:
    plan = office.plan()
    one = json.loads(office.approve(plan, "fin").read_text(encoding="utf-8"))
    path = office.approve(plan)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"signature": one["signature"]}), encoding="utf-8")
    refused(office.apply(plan, path), "was changed after it was signed")


# Going on with a run


def test_a_run_is_gone_on_with_by_the_approvals_it_was_given(office: Office) -> None:
    plan = office.plan()
    office.left(plan, office.approve(plan))
    done = office.fleet("apply", "--resume")
    assert (done.code, "Apply complete! 0 added, 1 changed, 0 removed." in done.out) == (0, True), done.err


def test_a_key_that_is_gone_voids_what_a_run_goes_on_by(office: Office) -> None:
    plan = office.plan()
    office.left(plan, office.approve(plan))
    office.settings("[boss@brouwerij.example]}", "[]}")
    office.signers(office.line(ELS, "els"), office.line(FIN, "fin"))
    done = office.fleet("apply", "--resume")
    refused(done, f"the approval of {BOSS} that the journal keeps of run")
    refused(done, "is signed with a key that approvers/allowed_signers does not know")
    assert office.nothing_was_ordered()


def test_rules_that_ask_for_more_hold_for_a_run_that_goes_on(office: Office) -> None:
    plan = office.plan()
    office.left(plan, office.approve(plan))
    office.settings("required: 1", "required: 2")
    refused(office.fleet("apply", "--resume"), "2 signed approvals are needed (approvals.required), and there are 1")


def test_who_goes_on_with_a_run_does_not_approve_it_nor_who_began_it(office: Office) -> None:
    plan = office.plan()
    office.left(plan, office.approve(plan))
    refused(office.fleet("apply", "--resume", by="bossman"), f"is by {BOSS}, who asked for the plan as bossman")
    office.journal("UPDATE runs SET who = ?", "boss@home.example")
    refused(office.fleet("apply", "--resume"), f"is by {BOSS}, who asked for the plan as boss@home.example")


def test_a_journal_that_says_so_is_no_approval(office: Office) -> None:
    plan = office.plan()
    office.left(plan, office.approve(plan))
    office.journal("UPDATE runs SET approvals = ?", json.dumps([{"kind": "yes at the prompt", "who": ADMIN}]))
    refused(office.fleet("apply", "--resume"), "a signed approval is needed (approvals.required), and there are 0")
    facts = {"kind": "signature", "who": BOSS, "role": None, "digest": "sha256:0", "id": "0"}
    office.journal("UPDATE runs SET approvals = ?", json.dumps([facts]))
    refused(office.fleet("apply", "--resume"), "has no signature any more")


def test_a_journal_that_holds_another_plan_is_not_gone_on_with(office: Office) -> None:
    other = office.plan(REMOVED, "other.json").read_text(encoding="utf-8")
    plan = office.plan()
    office.left(plan, office.approve(plan))
    office.journal("UPDATE runs SET plan = ?", other)
    refused(office.fleet("apply", "--resume"), "is for another plan")
    office.journal("UPDATE runs SET plan = ?", office.forged(plan, no_findings).read_text(encoding="utf-8"))
    refused(office.fleet("apply", "--resume"), "is for a plan that does the same and shows something else")
    office.journal("UPDATE runs SET plan = ?", OLD.read_text(encoding="utf-8"))
    refused(office.fleet("apply", "--resume"), "was begun by an older version of fleet")
    assert office.nothing_was_ordered()
