"""Exports are recognised in three languages, and described so that a plan has nothing to guess."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from reconciler.errors import EditRefused, UnusableExport, UsageError
from reconciler.sandbox import Sandbox
from reconciler.usecases.mapping import Mapped, described, recognise, write_mapping
from reconciler.usecases.planning import PlanRequest, make_plan
from tests.harness import run
from tests.providers.exports import CATALOGUE, HEAD, LAYOUTS, Exports, fixed_world

TEXT = (
    f"# ours\n{HEAD}# the operator\nprovider: {{type: sandbox}}  # soon gone\n\n# who is who\nownership: organisation\n"
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    sandbox = Sandbox.open(":memory:")
    sandbox.reset()
    for layout in LAYOUTS:
        sandbox.export(layout, folder / layout)
    return folder


@pytest.fixture
def root(exported: Path, tmp_path: Path) -> Path:
    shutil.copytree(exported, tmp_path / "fleet")
    shutil.copy(exported / "en" / "catalogue.yaml", tmp_path / "fleet" / "catalogue.yaml")
    (tmp_path / "fleet" / "users").mkdir()
    (tmp_path / "fleet" / "fleet.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path / "fleet"


def recognised(root: Path, layout: str) -> list[Mapped]:
    return [recognise(root, path) for path in sorted((root / layout).iterdir()) if path.suffix != ".yaml"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_everything_a_portal_exports_is_recognised(root: Path, layout: str) -> None:
    by_hand = yaml.safe_load(f"exports:{LAYOUTS[layout]}")["exports"]
    found = {each.guess.kind: each for each in recognised(root, layout)}
    assert found.keys() == by_hand.keys()
    for kind, part in by_hand.items():
        assert {**part["columns"]}.items() <= found[kind].guess.columns.items()
        assert found[kind].file == part["file"]
        assert not found[kind].guess.unused
        assert not found[kind].guess.unknown


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_written_can_be_planned_from_and_nothing_is_guessed_any_more(root: Path, layout: str) -> None:
    write_mapping(root, recognised(root, layout))
    text = (root / "fleet.yaml").read_text(encoding="utf-8")
    assert text.startswith(TEXT[: TEXT.index("provider:")])
    assert text.endswith("\n\n# who is who\nownership: organisation\n")
    settings = root / "fleet.yaml"
    settings.write_text(text.replace("ownership: organisation", "ownership: declared-users"), encoding="utf-8")
    made = run(make_plan(fixed_world(root), PlanRequest())).plan
    assert "export-guessed" not in {finding.code for finding in made.findings}
    assert made.live.services == 54


def test_mapping_one_export_again_keeps_the_others(root: Path) -> None:
    write_mapping(root, recognised(root, "en"))
    before = yaml.safe_load((root / "fleet.yaml").read_text(encoding="utf-8"))
    write_mapping(root, [each for each in recognised(root, "fr") if each.guess.kind == "users"])
    after = yaml.safe_load((root / "fleet.yaml").read_text(encoding="utf-8"))
    assert after["provider"]["exports"].pop("users")["file"] == "fr/utilisateurs-*.xlsx"
    assert before["provider"]["exports"].pop("users")["file"] == "en/users-*.csv"
    assert after == before


def test_what_would_not_be_valid_is_not_written(root: Path) -> None:
    users = [each for each in recognised(root, "nl") if each.guess.kind == "users"]
    with pytest.raises(EditRefused, match="the key 'services' is missing"):
        write_mapping(root, users)
    assert (root / "fleet.yaml").read_text(encoding="utf-8") == TEXT


def test_words_nobody_knows_are_found_with_their_count(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    (tmp_path / "s.csv").write_text(
        "Mail;Plan;GSM;Status\na@x;Mobile 11 GB;0470123456;Zombie\nb@x;Data 5 GB;0470123457;Zombie\n"
    )
    found = recognise(tmp_path, tmp_path / "s.csv").guess
    assert found.unknown == {"state": {"Zombie": 2}, "bundle": {"Mobile 11 GB": 1}}
    text = described([Mapped("s.csv", found, {"state": {"Zombie": "blocked"}, "bundle": {}})])
    assert yaml.safe_load(text)["provider"]["exports"]["services"]["values"] == {"state": {"Zombie": "blocked"}}


def test_an_encoding_is_declared_only_where_letters_tell_it(tmp_path: Path) -> None:
    for text, encoding in (("a@x", None), ("é@x", "utf-8")):
        (tmp_path / "s.csv").write_text(f"E-mail;Bundle\n{text};Data 5 GB\n", encoding="utf-8")
        assert recognise(tmp_path, tmp_path / "s.csv").guess.form.encoding == encoding


def test_titles_above_the_headings_and_columns_of_no_use_do_no_harm(tmp_path: Path) -> None:
    text = "Export of 23 November;;\n;;\nE-mail;Bundel;Gsm-nummer;Opmerking;\na@x;Data 5 GB;0470123456;;\n"
    exports = Exports.of(tmp_path, text, columns="user: E-mail, bundle: Bundel, number: GSM-nummer")
    found = recognise(tmp_path, tmp_path / "s.csv").guess
    assert found.columns == {"user": "E-mail", "bundle": "Bundel", "number": "Gsm-nummer"}
    assert (found.unused, found.rows) == (("Opmerking",), 1)
    assert len(exports.read().services) == 1


def test_what_has_no_known_heading_or_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnusableExport, match=r"no heading of s\.csv is known; its first row has 'a', 'b'"):
        recognise(tmp_path, tmp_path / "s.csv")
    with pytest.raises(UsageError, match="does not lie within the fleet's folder"):
        recognise(tmp_path / "fleet", tmp_path / "s.csv")
