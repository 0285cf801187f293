"""Hostile by links and paths that lead out of the fleet's folder, and by files that are none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.security.cases import edit_settings, hostile, make_link
from tests.security.stage import TOKEN, Stage

#: The commands that write results into a folder of their own.
RESULTS = ("ci plan", "ci drift", "ci apply")
#: One command of each kind that reads users' files, where another case has all of them.
READERS = ("validate", "plan", "apply", "change", "edit", "fmt", "users", "ci plan", "import", "init")


@hostile()
def _users_file_that_links_to_a_key(stage: Stage) -> None:
    make_link(stage.fleet / "users" / "z.yaml", stage.outside / "idkey")


@hostile(only=READERS)
def _users_file_that_links_to_users_of_others(stage: Stage) -> None:
    make_link(stage.fleet / "users" / "z.yaml", "../../../../outside/users/x.yaml")


@hostile(only=READERS)
def _users_file_that_links_by_another_link(stage: Stage) -> None:
    make_link(stage.fleet / "near", "../../../outside")
    make_link(stage.fleet / "users" / "z.yaml", "../near/idkey")


@hostile(only=READERS)
def _users_file_that_links_to_the_environment(stage: Stage) -> None:
    make_link(stage.fleet / "users" / "z.yaml", "/proc/self/environ")


@hostile(only=READERS)
def _users_file_that_links_to_git_itself(stage: Stage) -> None:
    stage.git("config", "http.extraHeader", f"Authorization: {TOKEN}")
    make_link(stage.fleet / "users" / "z.yaml", "../../../.git/config")


@hostile(only=READERS)
def _users_file_that_never_ends(stage: Stage) -> None:
    make_link(stage.fleet / "users" / "z.yaml", "/dev/zero")


@hostile(committed=False, only=READERS)
def _users_file_that_is_a_pipe(stage: Stage) -> None:
    os.mkfifo(stage.fleet / "users" / "z.yaml")


@hostile()
def _users_folder_that_is_a_link(stage: Stage) -> None:
    make_link(stage.fleet / "users", stage.outside / "users")


@hostile()
def _settings_that_are_a_link(stage: Stage) -> None:
    shutil.copy(stage.fleet / "fleet.yaml", stage.outside / "fleet.yaml")
    make_link(stage.fleet / "fleet.yaml", stage.outside / "fleet.yaml")


@hostile()
def _own_folder_that_is_a_link(stage: Stage) -> None:
    make_link(stage.fleet / ".fleet", stage.outside / "data")


@hostile(only=RESULTS)
def _folder_of_results_that_is_a_link(stage: Stage) -> None:
    for place in (stage.top, stage.fleet):
        make_link(place / "fleet-ci", stage.outside / "data")


@hostile(only=RESULTS)
def _results_that_are_links(stage: Stage) -> None:
    for name in (
        "plan.json",
        "comment.md",
        "report.html",
        "summary.md",
        "outcome.json",
        "plan.md",
        "plan.html",
        "junit.xml",
    ):
        for place in (stage.top, stage.fleet):
            make_link(place / "fleet-ci" / name, stage.outside / "data" / "plan.json")


@hostile(refused="a link of the repository that leads out of it")
def _fleets_folder_that_is_a_link(stage: Stage) -> None:
    shutil.copytree(stage.fleet, stage.outside / "fleet")
    make_link(stage.fleet, stage.outside / "fleet")


@hostile()
def _signers_that_are_a_link(stage: Stage) -> None:
    make_link(stage.fleet / "approvers" / "allowed_signers", stage.outside / "idkey")


@hostile()
def _signers_by_an_absolute_path(stage: Stage) -> None:
    edit_settings(stage, "allowed_signers: approvers/allowed_signers", f"allowed_signers: {stage.outside / 'idkey'}")


@hostile()
def _operator_by_an_absolute_path(stage: Stage) -> None:
    edit_settings(stage, "  type: sandbox", f"  type: sandbox\n  path: {stage.outside / 'data' / 'new.db'}")


@hostile()
def _operator_by_a_path_that_leads_out(stage: Stage) -> None:
    edit_settings(stage, "  type: sandbox", "  type: sandbox\n  path: ../../../outside/data/new.db")


@hostile()
def _journal_by_a_path_that_leads_out(stage: Stage) -> None:
    with (stage.fleet / "fleet.yaml").open("a") as file:
        file.write(f"\njournal: {{path: {stage.outside / 'data' / 'journal.db'}}}\n")


@hostile()
def _exports_by_paths_that_lead_out(stage: Stage) -> None:
    _take_exports(stage, catalogue=stage.outside / "catalogue.yaml", pattern=f"{stage.outside}/*.csv")


@hostile(only=("validate", "plan", "snapshot", "ci plan", "ci drift"))
def _exports_in_folders_that_are_links(stage: Stage) -> None:
    shutil.copy(stage.outside / "catalogue.yaml", stage.fleet)
    make_link(stage.fleet / "exports" / "near", stage.outside)
    _take_exports(stage, catalogue="catalogue.yaml", pattern="exports/*/*.csv")


def _take_exports(stage: Stage, *, catalogue: Path | str, pattern: str) -> None:
    part = (
        f"  type: file\n  catalogue: {catalogue}\n  exports:\n    services:\n"
        f'      file: "{pattern}"\n'
        "      columns: {user: E-mail, number: Number, bundle: Bundle, state: Status}"
    )
    edit_settings(stage, "  id: MC-2026-001", "  id: MC-2026-001\n  start: 2026-03-01\n  end: 2027-02-28")
    edit_settings(stage, "  type: sandbox", part)
