"""A new fleet is written whole, is valid and plans; what is there already stays byte for byte."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.load import load, read_config
from reconciler.errors import EditRefused, InvalidInput, UsageError
from reconciler.settings import world
from reconciler.usecases.ci_systems import CI
from reconciler.usecases.formatting import format_files
from reconciler.usecases.importing import ImportRequest, draft_import, write_import
from reconciler.usecases.initialising import (
    NOBODY,
    Beginning,
    Wish,
    address_of,
    begin,
    settled,
    write_beginning,
)
from reconciler.usecases.planning import PlanRequest, make_plan
from reconciler.usecases.repository import Source, main_branch, read_source, source_in
from tests.harness import run

TOP = Path(__file__).parents[2]
SOURCE = Source("https://github.com/acme/fleet", "0123456789abcdef0123456789abcdef01234567")
ACME = Wish("Acme NV", ci=CI.GITHUB, source=SOURCE)
BIN = Path(sys.executable).parent


def begun(here: Path, wish: Wish = ACME, folder: str = "fleet-config") -> Beginning:
    """Begin a fleet, and return what was written."""
    beginning = begin(here / folder, wish, here=here)
    write_beginning(beginning)
    return beginning


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def test_a_new_fleet_is_valid_formatted_and_plans_nothing(tmp_path: Path) -> None:
    begun(tmp_path)
    root = tmp_path / "fleet-config"
    assert load(root).config.organisation == "Acme NV"
    here = world(root)
    assert format_files(here, ()).files == ()
    assert not run(make_plan(here, PlanRequest())).plan.actions


def test_its_first_import_is_planned_as_nothing_to_do(tmp_path: Path) -> None:
    begun(tmp_path)
    here = world(tmp_path / "fleet-config")
    draft = run(draft_import(here, ImportRequest()))
    write_import(draft)
    assert draft.services > 40
    made = run(make_plan(here, PlanRequest())).plan
    assert not made.actions
    assert begin(here.root, ACME, here=tmp_path).files == ()


def test_the_workflows_of_a_new_fleet_pass_what_ours_pass(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")  # zizmor looks for a repository
    begun(tmp_path)
    begun(tmp_path, Wish("Acme NV", ci=CI.GITLAB, source=SOURCE))
    workflows = sorted(map(str, (tmp_path / ".github/workflows").iterdir()))
    assert [Path(name).name for name in workflows] == ["fleet-apply.yml", "fleet-drift.yml", "fleet-plan.yml"]
    checks = (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        ["zizmor", "--offline", "--pedantic", "--quiet", str(tmp_path)],
        ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(tmp_path / ".gitlab/fleet.yml")],
    )
    for program, *arguments in checks:
        ran = subprocess.run([str(BIN / program), *arguments], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ["no", "1.5", 'Ann "&" Sons: #1', "Brasserie {Ünïcode}", "ORGANISATION", "$/x"])
def test_any_name_of_an_organisation_is_read_back(name: str, tmp_path: Path) -> None:
    begun(tmp_path, Wish(name, ci=CI.GITHUB))
    assert load(tmp_path / "fleet-config").config.organisation == name
    workflow = yaml.safe_load((tmp_path / ".github/workflows/fleet-apply.yml").read_text())
    assert re.fullmatch(r"fleet-apply-[a-z0-9-]+", workflow["concurrency"]["group"])


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1).filter(str.strip))
def test_every_printable_name_is_read_back(name: str) -> None:
    here = Path("/nowhere")
    files = {file.name: file.after.decode() for file in begin(here / "fleet", Wish(name), here=here).files}
    assert read_config(files["fleet/fleet.yaml"]).organisation == name


def test_a_name_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="1 problem"):
        begun(tmp_path, Wish("Acme\x1b[31m"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "auth"), [("https://api.operator.example/tmf", True), ("http://127.0.0.1:8620", False)]
)
def test_an_operators_address_comes_with_the_names_of_its_secrets(url: str, auth: bool, tmp_path: Path) -> None:
    beginning = begun(tmp_path, Wish("Acme NV", url))
    provider = load(tmp_path / "fleet-config").config.provider.settings
    assert provider["url"] == url
    assert ("auth" in provider) is auth
    assert beginning.needs_secrets is auth


@pytest.mark.parametrize(
    "text",
    ["operator", "ftp://x.example", "https://", "https://u:p@x.example", "http://x:y", "https://x.example/?a=b", ""],
)
def test_what_is_no_address_of_a_server_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        address_of(text)


def test_what_is_there_stays_and_what_is_missing_is_added(tmp_path: Path) -> None:
    begun(tmp_path, Wish("Acme NV"))
    path = tmp_path / "fleet-config/fleet.yaml"
    path.write_text(path.read_text().replace("Acme NV", "Acme SA"))
    before = path.read_bytes()
    assert settled(tmp_path / "fleet-config") == "Acme SA"
    again = begun(tmp_path, Wish("Acme SA", ci=CI.GITHUB))
    assert [file.name for file in again.files] == [
        f".github/workflows/fleet-{x}.yml" for x in ("apply", "drift", "plan")
    ]
    assert "fleet-config/fleet.yaml" in again.kept
    assert path.read_bytes() == before
    assert begun(tmp_path, Wish("Acme SA", ci=CI.GITHUB)).files == ()


def test_a_file_that_cannot_be_written_leaves_none(tmp_path: Path) -> None:
    (tmp_path / ".github").write_text("in the way")
    with pytest.raises(EditRefused, match="every file is as it was"):
        begun(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / ".github"]


def test_within_a_repository_the_workflows_stand_at_its_top_and_name_the_folder_and_the_branch(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "trunk")
    (tmp_path / "it").mkdir()
    begun(tmp_path / "it", folder="mobile")
    text = (tmp_path / ".github/workflows/fleet-apply-it-mobile.yml").read_text()
    assert "- trunk\n" in text
    assert '- "it/mobile/**"\n' in text
    assert "folder: it/mobile\n" in text
    assert f"uses: acme/fleet/.github/actions/fleet@{SOURCE.commit}\n" in text
    assert "fleet-config" not in text


def test_two_fleets_of_one_repository_have_workflows_and_jobs_of_their_own(tmp_path: Path) -> None:
    for ci in (CI.GITHUB, CI.GITLAB):
        begun(tmp_path, Wish("Acme NV", ci=ci))
        other = begun(tmp_path, Wish("Acme SA", ci=ci), folder="other")
    assert other.to_include == ".gitlab/fleet-other.yml"
    read = {path.name: yaml.safe_load(path.read_text()) for path in tmp_path.glob(".git*/**/*.yml")}
    assert read["fleet-plan.yml"]["name"] == "fleet plan"
    assert read["fleet-plan-other.yml"]["name"] == "fleet plan of other"
    for name in ("fleet-plan", "fleet-apply", "fleet-drift"):
        one, two = read[f"{name}.yml"], read[f"{name}-other.yml"]
        assert one["concurrency"]["group"] != two["concurrency"]["group"]
    assert read["fleet-plan-other.yml"][True]["pull_request"]["paths"] == [
        "other/**", ".github/workflows/fleet-plan-other.yml",
    ]  # fmt: skip
    assert set(read["fleet.yml"]) & set(read["fleet-other.yml"]) == {"variables", ".fleet"}


def test_the_top_of_a_repository_can_be_the_fleets_folder(tmp_path: Path) -> None:
    begun(tmp_path, folder=".")
    text = (tmp_path / ".github/workflows/fleet-plan.yml").read_text()
    assert '- "**"\n' in text
    assert "folder: .\n" in text
    assert "live: live.json\n" in text


def test_a_folder_that_workflows_cannot_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot name the folder 'our fleet'"):
        begun(tmp_path, folder="our fleet")


def test_without_a_source_nobodys_code_is_named(tmp_path: Path) -> None:
    begun(tmp_path, Wish("Acme NV", ci=CI.GITHUB))
    assert (
        f"{NOBODY.slug}/.github/actions/fleet@{'0' * 40}" in (tmp_path / ".github/workflows/fleet-plan.yml").read_text()
    )
    assert "_" in NOBODY.slug.split("/")[0], "an account's name has no underscore"
    assert ".invalid/" in NOBODY.url


def test_gitlab_runs_the_commit_that_is_named(tmp_path: Path) -> None:
    begun(tmp_path, Wish("Acme NV", ci=CI.GITLAB, source=SOURCE))
    written = yaml.safe_load((tmp_path / ".gitlab/fleet.yml").read_text())
    assert written["variables"] == {"FLEET_REPOSITORY": f"{SOURCE.url}.git", "FLEET_COMMIT": SOURCE.commit}
    assert yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text()) == {"include": [{"local": ".gitlab/fleet.yml"}]}


def test_a_gitlab_pipeline_that_is_there_is_not_touched(tmp_path: Path) -> None:
    pipeline = tmp_path / ".gitlab-ci.yml"
    pipeline.write_text("stages: [test]\n")
    wish = Wish("Acme NV", ci=CI.GITLAB, source=SOURCE)
    assert begun(tmp_path, wish).to_include == ".gitlab/fleet.yml"
    assert pipeline.read_text() == "stages: [test]\n"
    pipeline.write_text("include: .gitlab/fleet.yml\n")
    assert begun(tmp_path, wish).to_include is None


def test_a_source_is_an_address_and_a_whole_commit() -> None:
    assert read_source(f"https://github.com/acme/fleet@{SOURCE.commit}") == SOURCE
    for text in (
        "acme/fleet@main",
        "https://github.com/acme/fleet",
        "https://github.com/acme/fleet@v1",
        f"http://x/a/b@{SOURCE.commit}",
    ):
        with pytest.raises(UsageError, match="names no repository"):
            read_source(text)


def test_a_fleet_from_a_repository_knows_its_address_and_commit(tmp_path: Path) -> None:
    for url in (f"{SOURCE.url}.git", SOURCE.url, "ssh://git@github.com/acme/fleet.git"):
        record = {"url": url, "vcs_info": {"vcs": "git", "commit_id": SOURCE.commit}}
        assert source_in(json.dumps(record)) == SOURCE
    assert source_in(json.dumps({"url": "https://files.example/reconciler.whl", "archive_info": {}})) is None
    assert source_in("{}") is None


def test_a_fleet_from_a_folder_is_known_by_a_commit_that_was_pushed(tmp_path: Path) -> None:
    record = json.dumps({"url": tmp_path.as_uri(), "dir_info": {"editable": True}})
    assert source_in(record) is None
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "-c", "user.name=A", "-c", "user.email=a@x.example", "commit", "--quiet", "--allow-empty", "-m", "x")
    git(tmp_path, "remote", "add", "origin", "git@github.com:acme/fleet.git")
    assert source_in(record) is None
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    found = source_in(record)
    assert found is not None
    assert (found.url, found.slug, len(found.commit)) == (SOURCE.url, "acme/fleet", 40)


def test_the_branch_is_the_remotes_own_where_it_tells(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "feature")
    assert main_branch(tmp_path) == "main"
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release/1")
    assert main_branch(tmp_path) == "release/1"


def test_this_repository_runs_the_workflows_it_writes() -> None:
    scaffold = TOP / "reconciler/usecases/scaffold"
    for path in (scaffold / "github").iterdir():
        assert (TOP / ".github/workflows" / path.name).read_bytes() == path.read_bytes(), path.name
    assert (TOP / "examples/gitlab.yml").read_bytes() == (scaffold / "gitlab/fleet.yml").read_bytes()
