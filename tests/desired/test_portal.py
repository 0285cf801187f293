"""The steps of a portal are checked with their places; those of MyDstny are in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.portal import read_portal

DEFAULT = (Path(__file__).parents[2] / "reconciler" / "desired" / "mydstny.yaml").read_text(encoding="utf-8")


def problems(root: Path, text: str) -> list[str]:
    (root / "portal.yaml").write_text(text, encoding="utf-8")
    return [f"{each.place}: {each.message}" for each in read_portal(root, "portal.yaml")[1]]


def test_the_steps_of_mydstny_are_the_default(tmp_path: Path) -> None:
    portal, found = read_portal(tmp_path, None)
    assert found == []
    assert portal is not None
    assert portal.change.confirm == 'Click "Save", then "Continue".'
    assert "Manage users" in portal.add.path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{iccid}", "{icid}", "unknown placeholder '{icid}'; did you mean 'iccid'?"),
        ("{donor}", "{after}", "unknown placeholder '{after}'"),
        ("  confirm: 'Answer", "  conform: 'Answer", "unknown key 'conform'; did you mean 'confirm'?"),
        ("portal: MyDstny", "", "the key 'portal' is missing"),
        ("E-mail: \"{user}\"", "E-mail: \"{usr}\"", "unknown placeholder '{usr}'; did you mean 'user'?"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in DEFAULT
    found = problems(tmp_path, DEFAULT.replace(old, new, 1))
    assert [line for line in found if said in line and line.startswith("portal.yaml:")], found


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "there are no steps to read" in read_portal(tmp_path, "nope.yaml")[1][0].message
