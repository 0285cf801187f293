"""What the operator's portal offers, done in a terminal by a person who reads, answers, errs and changes their mind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Files, edit
from tests.e2e.terminal import CTRL_C, Session, Terminal

LIEN, RUBEN = "lien.aerts@brouwerij.example", "ruben.dupont@brouwerij.example"
WRITE, ORDER = "Only 'yes' is taken as one: ", "Order 1 action? Only 'yes' is taken as one: "
ACTIVATION = "Who finishes the activation (email: the user, by a link): administrator or email [administrator]: "  # R6


@pytest.fixture
def session(root: Path) -> Iterator[Session]:
    """Return a person at a terminal beside the fleet's folder."""
    with Session(root) as person:
        yield person


def test_search_page_overview_add_change_and_removal_as_in_the_portal(session: Session, files: Files) -> None:
    page = ["fleet user 'ruben dupont'", f"fleet apply --target {RUBEN}"]
    found = session.types("fleet users DUPONT")
    assert f"{RUBEN}         2  active" in found
    assert "1 user, with 2 services. EUR 16.28 a month at the operator." in found
    before = session.types(page[0])
    assert "bundle       mobile-10 (Mobile 10 GB), 10.00 a month" in before
    assert "tablet" not in before
    assert "54 live services of 40 users" in session.types("fleet plan")
    assert "12 services" in session.types("fleet services --cost-centre sales")

    shown = session.types(
        "fleet add",
        ("User, by name or address: ", "dupont\n"),
        ("Label of the service [tablet]: ", "\n"),
        ("data-20           EUR 12.99/month  Data 20 GB", ""),
        ("Bundle, by number or name: ", "4\n"),
        ("Options, by number or name", "extra-data-10\n"),
        ("SIM: esim or physical [esim]: ", "\n"),
        ("Number: new or ported [new]: ", "\n"),
        (ACTIVATION, "\n"),
        (WRITE, "yes\n"),
    )
    assert "+ tablet  add data-20 + extra-data-10, eSIM, number (known after activation)" in shown
    assert "Plan: 1 to add, 0 to change, 0 to remove." in shown
    assert f"Nothing is ordered yet. To carry it out: fleet apply; this user alone: {page[1]}" in shown
    assert "Apply complete! 1 added" in session.types(page[1], (ORDER, "yes\n"))
    assert "bundle       data-20 (Data 20 GB), 12.99 a month" in session.types(page[0])

    shown = session.types(f"fleet change {RUBEN} phone --bundle mobile-25", (WRITE, "yes\n"))
    assert "~ phone  bundle mobile-10 → mobile-25" in shown
    assert "Plan: 0 to add, 1 to change, 0 to remove." in shown
    assert "Apply complete! 0 added, 1 changed" in session.types(page[1], (ORDER, "yes\n"))
    assert "bundle       mobile-25 (Mobile 25 GB), 14.50 a month" in session.types(page[0])

    shown = session.types(f"fleet remove {RUBEN} tablet", (WRITE, "yes\n"))
    assert "Removals: 1 of 19 left this contract period" in shown
    assert "cannot be had again (R9)" in shown
    assert "Apply complete! 0 added, 0 changed, 1 removed." in session.types(page[1], (ORDER, "yes\n"))
    after = session.types(page[0])
    assert "tablet" not in after
    assert "bundle       mobile-25" in after
    assert files.changes() == ["-         bundle: mobile-10", "+         bundle: mobile-25"]


def test_every_wrong_answer_is_told_and_asked_again(root: Path, files: Files) -> None:
    answers = (
        ("User, by name or address: ", "lien arts\n"),
        (f"nobody is called 'lien arts'; did you mean {LIEN}?", ""),
        ("User, by name or address: ", "\n"),
        ("… and 20 more; say more of the name", ""),
        ("Which of them: the number, or more of the name: ", "25\n"),
        ("nobody is called '25'", ""),
        ("User, by name or address: ", "@\n"),
        ("… and 20 more; say more of the name", ""),
        ("Which of them: the number, or more of the name: ", "AÉRTS\n"),
        ("   1  greet.aerts@brouwerij.example  Greet Aerts  BREW\n", ""),
        ("Which of them: the number, or more of the name: ", "9\n"),
        ("nobody is called '9'", ""),
        ("User, by name or address: ", "aerts\n"),
        ("Which of them: the number, or more of the name: ", "lien\n"),
        (f"{LIEN} (Lien Aerts): phone, tablet\n", ""),
        ("Label of the service [data]: ", "phone\n"),
        ("has a service 'phone' already", ""),
        ("Label of the service [data]: ", "two words\n"),
        ("is no label", ""),
        ("Label of the service [data]: ", "\n"),
        ("data-5             EUR 6.50/month  Data 5 GB", ""),
        ("Bundle, by number or name: ", "data-6\n"),
        ("'data-6' is not on offer; did you mean 'data-5'?", ""),
        ("Bundle, by number or name: ", "data\n"),
        ("'data' could be data-5 or data-20", ""),
        ("Bundle, by number or name: ", "99\n"),
        ("'99' is not on offer", ""),
        ("Bundle, by number or name: ", "data 5\n"),
        ("Options, by number or name, with spaces between them [none]: ", "roaming-world\n"),
        ("'roaming-world' is not on offer", ""),
        ("Options", "fixed-ip:2026-02-30\n"),
        ("'2026-02-30' is no date", ""),
        ("Options", "extra-data-10::2026-12-31 fixed-ip\n"),
        ("SIM: esim or physical [esim]: ", "nano\n"),
        ("'nano' is none of esim, physical", ""),
        ("SIM: esim or physical [esim]: ", "physical\n"),
        ("ICCID", "123\n"),
        ("is no ICCID", ""),
        ("ICCID", "8932 0500 0000 0000 014\n"),
        ("fails its check digit", ""),
        ("Number: new or ported [new]: ", "ported\n"),
        ("Which number", "0470\n"),
        ("is no telephone number", ""),
        ("Which number", "0470 99 00 99\n"),
        ("From which operator: ", "\n"),
        ("this must be said", ""),
        ("From which operator: ", "Other\n"),
        ("Account number there: ", "12:34\n"),
        ("On which day, like 2026-12-15 [as soon as it can]: ", "15/12/2026\n"),
        ("'15/12/2026' is no date", ""),
        ("On which day", "2026-12-15\n"),
        (ACTIVATION, "telepathy\n"),
        ("'telepathy' is none of administrator, email", ""),
        (ACTIVATION, "e\n"),
        (WRITE, "yes\n"),
    )
    with Terminal(root, "add") as terminal:
        for question, text in answers:
            terminal.answer(question, text)
        assert terminal.ended() == 0, terminal.shown
    assert [line[2:].strip() for line in files.changes()] == [
        "data:",
        "bundle: data-5",
        'number: "+32470990099"',
        'sim: {type: physical, iccid: "8932050000000000014"}',
        "options:",
        "- name: extra-data-10",
        "until: 2026-12-31",
        "- fixed-ip",
        "activation: email",
        'port_in: {operator: Other, account: "12:34", date: 2026-12-15}',
    ]


def test_somebody_new_is_asked_for_by_name_where_users_are_created(session: Session, root: Path) -> None:
    edit(root / "fleet.yaml", "ownership:", "users: {create: true}\nownership:")
    shown = session.types(
        "fleet add",
        ("User, by name or address: ", "lien arts\n"),
        ("To have somebody created, say the address.", ""),
        ("User, by name or address: ", "lien.arts@brouwerij.example\n"),
        (f"lien.arts@brouwerij.example is new; did you mean {LIEN}?", ""),
        ("Given and family name", "\n"),
        ("User, by name or address: ", "zoe.new@brouwerij.example\n"),
        ("Given and family name", "Zoë New\n"),
        ("Label of the service [phone]: ", "\n"),
        *QUESTIONS[2:5],
        ("ICCID", "\n"),
        ("Number", "\n"),
        ("Who finishes", "\n"),
        ("In which file does this user go", "brewers.yaml\n"),
        ("is no users' file", ""),
        ("In which file does this user go", "users/brewery.yaml\n"),
        (WRITE, "yes\n"),
    )
    assert "Plan: 1 to add, 0 to change, 0 to remove. 1 user to create." in shown
    assert "  zoe.new@brouwerij.example:\n    name: Zoë New\n" in (root / "users" / "brewery.yaml").read_text()


QUESTIONS = (
    ("User", "lien aerts\n"), ("Label", "\n"), ("Bundle", "2\n"), ("Options", "\n"), ("SIM", "physical\n"),
    ("ICCID", "\n"), ("Number", "ported\n"), ("Which number", "+32470990099\n"), ("From which operator", "Other\n"),
    ("Account number", "1234\n"), ("On which day", "\n"), ("Who finishes", "\n"), ("Only 'yes'", "yes\n"),
)  # fmt: skip


def test_ctrl_c_at_any_question_leaves_every_file_as_it_was(session: Session, files: Files) -> None:
    for number, (question, _) in enumerate(QUESTIONS):
        shown = session.types("fleet add", *QUESTIONS[:number], (question, CTRL_C), code=130)
        assert "interrupted; nothing more is done" in shown
    for line in (f"fleet change {RUBEN} phone --bundle mobile-25", f"fleet remove {RUBEN} car"):
        session.types(line, (WRITE, CTRL_C), code=130)
        session.types(line, (WRITE, "y\n"), code=4)
    session.types("fleet apply", (WRITE, CTRL_C), code=130)
    assert files.now() == files.before
    assert "Nothing was applied here yet." in session.types("fleet history")


def test_a_narrow_terminal_shows_whole_lines_to_choose_from_and_nobody_elses_warnings(root: Path, files: Files) -> None:
    answers = (*QUESTIONS[1:6], ("Number", "new\n"), QUESTIONS[-2], (WRITE, "no\n"))
    with Session(root, width=40) as session:
        shown = session.types("fleet add sarah.maes@brouwerij.example", *answers, code=4)
    assert "   6  mobile-unlimited  EUR 18.00/month\n" in shown
    assert "Mobile Unlimited" not in shown
    assert "ends-soon" not in shown
    listed = [line for line in shown.splitlines() if re.match(r" +\d+  ", line)]
    assert len(listed) == 10
    assert [line for line in listed if len(line) > 40] == []
    assert files.now() == files.before
