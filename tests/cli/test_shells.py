"""A shell is offered what fits at the cursor, from the files and the catalogue seen last, and never an error."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli.app import fleet
from reconciler.cli.shells import SHELLS, VARIABLE, answer, script
from reconciler.usecases import completing
from reconciler.usecases.own_folder import OWN_FOLDER
from reconciler.usecases.state_folder import keep, state_folder
from reconciler.usecases.wares import remember
from tests.e2e.conftest import EXAMPLE, edit
from tests.planning.values import CATALOGUE

AN = "an.hermans@brouwerij.example"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the example beside which somebody types, with a catalogue that was seen."""
    folder = tmp_path / "fleet-config"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(OWN_FOLDER))
    monkeypatch.chdir(tmp_path)
    remember(folder, CATALOGUE)
    return folder


def typed(line: str, shell: str = "fish") -> list[str]:
    """Return what a shell is offered at the end of a line; with fish, the words alone."""
    *_, last = line.split(" ")
    told = {"bash": (line, ""), "zsh": (line, str(len(line.split(" ")) - 1)), "fish": (line, last)}
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = told[shell]
    os.environ["COMP_BREAKS"] = " \t\n\"'@><=;|&(:"
    lines = SHELLS[shell](fleet, {}, "fleet", VARIABLE).complete().splitlines()
    return [each.partition(",")[2].partition("\t")[0] for each in lines] if shell == "fish" else lines


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMP_WORDS", "COMP_CWORD", "COMP_BREAKS"):
        monkeypatch.setenv(name, "")
    completing.names.cache_clear()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("fleet un", ["unblock", "unlock"]),
        ("fleet --vers", ["--version"]),
        ("fleet sandbox d", ["drift"]),
        ("fleet swap-sim --ic", ["--iccid"]),
        ("fleet swap-sim --sim ", ["esim", "physical"]),
        ("fleet completion ", ["bash", "zsh", "fish"]),
        ("fleet user an.h", [AN]),
        ("fleet remove AN.H", [AN]),
        (f"fleet remove {AN} ", ["phone", "car"]),
        (f"fleet remove {AN.upper()} ", ["phone", "car"]),
        (f"fleet remove {AN} phone ", []),
        (f"fleet add {AN} ", ["tablet", "data"]),
        ("fleet remove nobody ", []),
        ("fleet transfer a b --to tom.d", ["tom.desmet@brouwerij.example"]),
        (f"fleet activations {AN}/p", [f"{AN}/phone"]),
        ("fleet add a b --profile t", ["traveller"]),
        ("fleet add a b --cost-centre ", ["BREW", "FINANCE", "HR", "IT", "LOGISTICS", "SALES"]),
        ("fleet add a b --file users/o", [f"users/office/{name}.yaml" for name in ("finance", "hr", "it")]),
        ("fleet plan --target F", ["FINANCE"]),
        ("fleet apply --target=H", ["--target=HR", "--target=hilde.bogaerts@brouwerij.example"]),
        ("fleet nonsense --x", []),
        ("fleet -C elsewhere user ", []),
        ("fleet user -C fleet-config an.h", [AN]),
    ],
)
def test_what_fits_is_offered(line: str, offered: list[str], root: Path) -> None:
    assert typed(line) == offered


def test_bundles_and_the_options_that_go_with_one_come_from_the_catalogue_seen_last(root: Path) -> None:
    sold = {bundle.id for bundle in CATALOGUE.bundles.values() if bundle.sellable}
    assert set(typed("fleet add a b --bundle ")) == sold
    one = next(bundle for bundle in CATALOGUE.bundles.values() if bundle.sellable and bundle.options)
    assert set(typed(f"fleet change a b --bundle {one.id} --add-option ")) == one.options & set(CATALOGUE.options)
    assert set(typed("fleet services --option ")) == set(CATALOGUE.options)
    remember(root, replace(CATALOGUE, bundles={one.id: replace(one, sellable=False)}))
    assert typed("fleet add a b --bundle ") == []


@pytest.mark.parametrize(
    ("line", "inserted"),
    [
        ("fleet user an.h", ["an.hermans@brouwerij.example"]),
        ("fleet user an.hermans@", ["@brouwerij.example"]),
        ("fleet user an.hermans@brou", ["@brouwerij.example"]),
        ("fleet user 'an.hermans@brou", ["an.hermans@brouwerij.example"]),
        ("fleet apply --target=FI", ["FINANCE"]),
        ("fleet apply --target Sa", ["Sales\\ West", "SALES", "sarah.maes@brouwerij.example"]),
        ("fleet apply --target Sales\\ W", ["Sales\\ West"]),
        ("fleet apply --target 'Sales W", ["Sales West"]),
        ("fleet apply --target='Sales W", ["Sales West"]),
        ("fleet apply --target 'Sales West' --target SAL", ["SALES", "Sales\\ West"]),
    ],
)
def test_bash_is_given_what_replaces_the_part_it_takes_for_the_word(line: str, inserted: list[str], root: Path) -> None:
    edit(root / "users" / "sales.yaml", "cost_centre: SALES", "cost_centre: Sales West")
    edit(root / "users" / "sales.yaml", "  sarah.pauwels@", "  pauwels@")
    kind, *values = typed(line, "bash")
    assert kind == "plain"
    assert sorted(values, key=str.lower) == sorted(inserted, key=str.lower)


def test_what_stands_in_a_file_is_a_word_to_the_shell_and_nothing_more(root: Path) -> None:
    odd = """  "$(date)'x": {}\n  "a\\e[2Jb": {name: "\\e[2J"}\n  "line\\nbreak": {}\n"""
    (root / "users" / "odd.yaml").write_text(f"users:\n{odd}", encoding="utf-8")
    for begins, inserted in (("\\$", r"\$\(date\)\'x"), ("'$", r"$(date)'\''x"), ('"$', r"\$(date)'x")):
        assert typed(f"fleet user {begins}", "bash") == ["plain", inserted]
    assert not any("\x1b" in word or "break" in word for word in typed("fleet user ", "zsh"))


def test_bash_completes_files_and_folders_itself(root: Path) -> None:
    assert typed("fleet show pl", "bash") == ["file"]
    assert typed("fleet -C fl", "bash") == ["dir"]


def test_only_files_that_changed_are_read_again(root: Path) -> None:
    path = root / "users" / "sales.yaml"
    before = path.stat()
    assert "bart.maes@brouwerij.example" in typed("fleet user ")
    edit(path, "bart.maes@", "bert.maes@")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    completing.names.cache_clear()
    assert "bart.maes@brouwerij.example" in typed("fleet user ")
    os.utime(path)
    completing.names.cache_clear()
    assert "bert.maes@brouwerij.example" in typed("fleet user ")
    path.unlink()
    completing.names.cache_clear()
    assert "bert.maes@brouwerij.example" not in typed("fleet user ")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "[1, 2]", '{"users/sales.yaml": 3}', '{"users/sales.yaml": [[], 5]}']
)
@pytest.mark.parametrize("name", ["names.json", "catalogue.json"])
def test_what_is_kept_may_be_lost_or_spoilt(name: str, content: str, root: Path) -> None:
    [folder] = (state_folder(root) / "folders").iterdir()
    assert (folder / "catalogue.json").exists()
    (folder / name).write_text(content)
    assert typed("fleet user an.h") == [AN]
    assert typed("fleet add a b --bundle ") == [] or name == "names.json"
    shutil.rmtree(state_folder(root))
    completing.names.cache_clear()
    assert typed("fleet user an.h") == [AN]
    assert typed("fleet add a b --bundle ") == []


@pytest.mark.parametrize("folder", [OWN_FOLDER, "."])
def test_what_a_branch_plants_is_not_offered(folder: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = [{"evil-max": ["Evil, EUR 0.00/month", True, []]}, {}]
    (root / folder).mkdir(exist_ok=True)
    (root / folder / "catalogue.json").write_text(json.dumps(planted))
    assert "evil-max" not in typed("fleet add a b --bundle ")
    monkeypatch.setenv("FLEET_STATE_DIR", str(root / folder))
    keep(root, "catalogue.json", planted)
    assert typed("fleet add a b --bundle ") == [], "a state folder that a branch could fill is not used"


def test_where_nothing_can_be_kept_names_are_read_each_time(root: Path) -> None:
    shutil.rmtree(state_folder(root))
    state_folder(root).write_text("no folder")
    remember(root, CATALOGUE)
    assert typed("fleet user an.h") == [AN]
    assert typed("fleet add a b --bundle ") == []
    remember(root.parent / "elsewhere", CATALOGUE)
    assert not (root.parent / "elsewhere").exists()


def test_nobody_is_told_of_a_mistake_while_typing_and_the_operator_is_not_asked(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(root / "fleet.yaml", "version: 1", "version: [")
    edit(root / "users" / "sales.yaml", "  wim.thys@", "  wim.thys@x: {\n  wim.thys@")
    monkeypatch.setenv("COMP_CWORD", "no number")
    for instruction in ("zsh_complete", "fish_complete", "bash_complete", "tcsh_complete", "bash_source", "", "x"):
        assert answer(fleet, instruction) == 0
    assert typed("fleet user sarah.p") == ["sarah.pauwels@brouwerij.example"]
    assert capsys.readouterr().err == ""
    assert not (root / OWN_FOLDER / "sandbox.db").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_says_in_its_head_how_to_have_it(shell: str) -> None:
    head = script(fleet, shell).splitlines()[:2]
    assert any(line.startswith("# Completion of fleet for ") and f"fleet completion {shell}" in line for line in head)
    assert head[0] == "#compdef fleet" or shell != "zsh"
