"""`fleet fmt` says what it looked at: no users' files, links to nothing, and what is no file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.errors import InvalidInput
from reconciler.settings import world
from reconciler.usecases.formatting import format_files
from tests.desired.files import write
from tests.usecases.office import SETTINGS


def test_no_users_files_are_told_from_files_in_the_usual_form(tmp_path: Path) -> None:
    root = write(tmp_path, fleet=SETTINGS)
    here = world(root)
    assert format_files(here, ()) == (0, ())
    write(tmp_path, fleet=SETTINGS, a="users: {}\n")
    assert format_files(here, ()) == (1, ())


def test_a_link_to_nothing_and_what_is_no_file_are_problems(tmp_path: Path) -> None:
    root = write(tmp_path, fleet=SETTINGS, a="users:\n   a@x: {services: {}}\n")
    (root / "users" / "b.yaml").symlink_to("gone.yaml")
    (root / "users" / "c.YML").mkdir()
    os.mkfifo(root / "users" / "d.yaml")
    (root / "users" / "e.yaml").symlink_to(Path(__file__))
    with pytest.raises(InvalidInput) as refused:
        format_files(world(root), ())
    assert [f"{problem.place}: {problem.message}" for problem in refused.value.problems] == [
        "users/b.yaml:1:1: this is a link to 'gone.yaml', which does not exist",
        *(
            f"users/{name}:1:1: this is not a regular file of the fleet's folder"
            for name in ("c.YML", "d.yaml", "e.yaml")
        ),
    ]
