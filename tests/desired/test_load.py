"""The files of a fleet: everything wrong with them at once, where it stands; nothing taken by accident."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.desired.declared import Dated
from reconciler.desired.load import load
from reconciler.errors import InvalidInput
from tests.desired.files import SETTINGS, USER, problems, service, write

EXAMPLE = Path(__file__).parents[2] / "fleet-config"


def test_the_example_has_no_problem() -> None:
    assert len(load(EXAMPLE).users) >= 35


def test_all_problems_of_all_files_are_reported_at_once_and_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        fleet=SETTINGS + "ownership: mine\nlimit: {}\n",
        b=service("bundel: mobile-10\nnumber: 470\nstate: blokked"),
        a="users: [1",
    )
    assert problems(tmp_path) == [
        "fleet.yaml:4:12: ownership: expected declared-users or organisation, found 'mine'",
        "fleet.yaml:5:1: unknown key 'limit'; did you mean 'limits'?",
        "users/a.yaml:1:10: this is no YAML: while parsing a flow sequence did not find expected ',' or ']'",
        "users/b.yaml:5:9: unknown key 'bundel'; did you mean 'bundle'?",
        'users/b.yaml:6:17: number: expected text, found the number 470; quote it: "470"',
        "users/b.yaml:7:16: state: expected active or blocked, found 'blokked'; did you mean 'blocked'?",
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("options: [a]", "the service has no bundle"),
        ("bundle: {name: x, until: 2026-12-31}", "a bundle with 'until' needs 'then'"),
        ("bundle: {name: x, then: y}", "one with 'then' needs 'until'"),
        ("bundle: x\nfrom: 2026-12-02\nuntil: 2026-12-01", "until 2026-12-01 is before from 2026-12-02"),
        ("bundle: x\noptions: [a, a]", "option 'a' is listed twice for the same days"),
        ("bundle: x\nuntil: 2026-2-1", "until: expected a date like 2026-12-31, found '2026-2-1'"),
        ("bundle: x\nsim: {iccid: 8932050000000000013}", 'quote it: "8932050000000000013"'),
        ('bundle: x\nsim: {iccid: "893205000000"}', "ICCID"),
        ('bundle: x\nsim: {eid: "12"}', "EID"),
        ("bundle: ''", "bundle: expected text, found an empty one"),
        ("bundle: {name: }", "name: expected text, found nothing"),
        ("bundle: x\nport_in: {operator: y}", "the key 'account' is missing"),
        ("bundle: x\nactivation: mail", "expected administrator or email, found 'mail'; did you mean 'email'?"),
        ("reason: |\n          x", "expected text on one line, found one with a line break; write it on one line"),
        ('bundle: "a\\e[2J"', "expected text, found one with the invisible character U+001B"),
        ("- bundle", "phone: expected a mapping, found a list"),
    ],
)
def test_a_service_that_makes_no_sense_is_refused(tmp_path: Path, lines: str, message: str) -> None:
    [found] = problems(write(tmp_path, a=service(lines)))
    assert message in found
    assert found.startswith("users/a.yaml:")


def test_an_option_listed_twice_for_different_days_is_fine(tmp_path: Path) -> None:
    options = "[{name: a, until: 2026-12-31}, {name: a, from: 2027-02-01}]"
    assert problems(write(tmp_path, a=service(f"bundle: x\noptions: {options}"))) == []


def test_a_user_is_declared_in_one_place(tmp_path: Path) -> None:
    [found] = problems(write(tmp_path, a=service("bundle: x"), b=service("bundle: x").replace("an.p", "An.P")))
    assert "user 'an.peeters@brouwerij.example' is declared twice; first at users/a.yaml:2:3" in found


def test_a_user_without_services_is_one_only_where_it_says_so(tmp_path: Path) -> None:
    [found] = problems(write(tmp_path, a="users: {an.peeters@brouwerij.example: {name: An}}"))
    assert "the key 'services' is missing" in found


@pytest.mark.parametrize("content", [b"\xff\xfe", b"users:\n  an\xe9: {}\n", b"\x00"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes) -> None:
    write(tmp_path)
    (tmp_path / "users" / "a.yaml").write_bytes(content)
    [found] = problems(tmp_path)
    assert found.startswith("users/a.yaml:")


def test_an_empty_file_declares_nobody(tmp_path: Path) -> None:
    assert load(write(tmp_path, a="", b="# soon\n")).users == ()


def test_a_folder_that_looks_like_a_file_and_a_link_to_nowhere_are_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "users" / "a.yaml").mkdir()
    (tmp_path / "users" / "b.yaml").symlink_to("nowhere.yaml")
    assert problems(tmp_path) == ["users/a.yaml:1:1: this is no file", "users/b.yaml:1:1: this is no file"]


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    write(tmp_path)
    text = service("bundle: x").replace("\n", "\r\n")
    (tmp_path / "users" / "a.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("settings_text", "message"),
    [
        ("", "the key 'version' is missing"),
        (SETTINGS.replace("version: 1", "version: 2"), "version: expected 1, found '2'"),
        (SETTINGS + "timezone: Europe/Brussel\n", "timezone: expected one like Europe/Brussels"),
        (SETTINGS + "contract: {quota: {ratio: 30}}\n", "ratio: expected a ratio from 0 to 1, found 30"),
        (SETTINGS + "contract: {quota: {base: peek}}\n", "found 'peek'; did you mean 'peak'?"),
        (SETTINGS + "protect: [{service: ceo}]\n", "service: expected user/label, * for any, found 'ceo'"),
        (SETTINGS + "limits: {removals: -1}\n", "removals: expected a whole number of 0 or more, found -1"),
        (SETTINGS + "journal: {path: ../../etc/passwd}\n", "path: the journal no longer lies in the fleet's folder"),
        (SETTINGS.replace("{type: sandbox}", "{type: tmf, url: 'ftp://x'}"), "url: expected one like https://"),
        (SETTINGS.replace("{type: sandbox}", "{type: tmf}"), "the key 'url' is missing"),
        (SETTINGS + "currency: euro\n", "currency: expected something like 'EUR', found 'euro'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, settings_text: str, message: str) -> None:
    found = problems(write(tmp_path, fleet=settings_text))
    assert any(message in each for each in found), found


def test_a_folder_without_settings_says_how_to_name_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path)
    [found] = caught.value.problems
    assert "there is no fleet.yaml" in found.message
    assert "-C DIR" in str(found.hint)


def test_the_order_and_the_names_of_files_do_not_matter_to_the_fleet(tmp_path: Path) -> None:
    blocks = [f"users:\n  u{n}@x.example: {{services: {{phone: {{bundle: b{n}}}}}}}\n" for n in range(9)]
    found = []
    for seed in range(4):
        shuffled = random.Random(seed).sample(blocks, len(blocks))
        root = write(tmp_path / str(seed), **{f"f{n}": text for n, text in enumerate(shuffled)})
        found.append([(user.key, [each.bundle for each in user.services]) for user in load(root).users])
    assert all(each == found[0] for each in found)


def test_the_digest_moves_with_any_byte_of_the_files(tmp_path: Path) -> None:
    one = load(write(tmp_path / "1", a=service("bundle: x"))).digest
    assert one == load(write(tmp_path / "2", a=service("bundle: x"))).digest
    assert one != load(write(tmp_path / "3", a=service("bundle: x  "))).digest


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: (USER + text).encode())))
@example(content=b"users: {a@b.example: {services: {? : 1}}}")
@example(content=b"users: {~: ~}")
@example(content=b"- 1")
@example(content=b"users: {a@b.example: {services: {phone: {bundle: [[]]}}}}")
def test_no_bytes_do_more_than_be_refused(tmp_path: Path, content: bytes) -> None:
    write(tmp_path)
    (tmp_path / "users" / "a.yaml").write_bytes(content)
    for line in problems(tmp_path):
        assert line.startswith("users/a.yaml:")


def test_texts_can_stand_in_for_files_and_for_one_that_is_not_there(tmp_path: Path) -> None:
    root = write(tmp_path, a=service("bundle: mobile-10"))
    other = b"users:\n  jan@x: {services: {}}\n"
    before = load(root)
    found = load(root, {"users/a.yaml": service("bundle: mobile-25").encode(), "users/new/b.yml": other})
    assert [user.key for user in found.users] == ["an.peeters@brouwerij.example", "jan@x"]
    assert found.users[0].services[0].bundle == Dated("mobile-25")
    assert found.digest != before.digest
    assert load(root) == before


def test_problems_of_a_text_that_stands_in_have_their_place(tmp_path: Path) -> None:
    root = write(tmp_path, a=service("bundle: mobile-10"))
    with pytest.raises(InvalidInput) as refused:
        load(root, {"users/a.yaml": service("bundel: x").encode()})
    assert str(refused.value.problems[0].place) == "users/a.yaml:5:9"


def test_the_dates_of_a_profile_must_make_sense_too(tmp_path: Path) -> None:
    profile = (
        "profiles:\n  fair:\n    bundle: {name: b, until: 2026-12-31}\n"
        "    options: [{name: o, from: 2026-12-02, until: 2026-12-01}]\n"
    )
    assert problems(write(tmp_path, fleet=SETTINGS + profile)) == [
        "fleet.yaml:6:13: a bundle with 'until' needs 'then', and one with 'then' needs 'until'",
        "fleet.yaml:7:50: until 2026-12-01 is before from 2026-12-02",
    ]
