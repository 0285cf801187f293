"""No source writes to the terminal but in letters: colours are ours, and no name moves a cursor or turns text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.console import Console, shown
from reconciler.cli.line import Line
from reconciler.reports.characters import printable
from tests.security.stranger import Tree, tree, with_exports

#: A colour, a title, a cursor, a C1 control sequence, a bell, a backspace, a lone CR, overrides of direction, a tag.
EVIL = "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b[2K\x9b31m\x08\rx\x7f\u202eabc\u2066\u200f\U000e0041\x85"
#: What may not reach a terminal; our own colours are taken away before.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_OURS = re.compile("\x1b\\[(?:0|1|3[1-6])m")


def require_clean(text: str, *, colours: bool = False) -> None:
    """Refuse an output with a control character; where there are `colours`, none is one of a stranger's."""
    assert "\x1b[31mred" not in text, repr(text)
    found = _FORBIDDEN.search(_OURS.sub("", text) if colours else text)
    assert not found, repr(text[max(0, found.start() - 60) : found.end() + 20])


@pytest.fixture
def fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tree:
    return tree(tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize("colour", ["--color", "--no-color"])
def test_a_bills_headings_and_cells_reach_the_terminal_as_letters(fleet: Tree, colour: str) -> None:
    assert fleet("plan").code == 0
    for row in (
        f"number,product,amount\n{EVIL},{EVIL},{EVIL}\n",
        f"{EVIL},b,c\n1,2,3\n",
        f"number,product,amount\n1,{EVIL},1.00\n",
    ):
        Path("bill.csv").write_text(row, newline="")
        said = fleet(colour, "bill", "check", "bill.csv", "--month", "2026-11")
        require_clean(said.text, colours=colour == "--color")


@pytest.mark.parametrize("colour", ["--color", "--no-color"])
def test_names_of_an_export_reach_the_terminal_as_letters(fleet: Tree, colour: str) -> None:
    with_exports(fleet)
    for path in (fleet.root / "en").iterdir():
        kept = path.read_text()
        if "\n" not in kept.strip():
            continue
        heads, first, *_ = kept.splitlines()
        for changed in (f"{heads},{EVIL}\n{first},x\n", f"{heads}\n{','.join([EVIL] * len(heads.split(',')))}\n"):
            path.write_text(changed, newline="")
            for command in (("plan",), ("users",), ("services",), ("file", "map", str(path), "--no-input")):
                said = fleet(colour, *command)
                require_clean(said.text, colours=colour == "--color")
        path.write_text(kept)


@pytest.mark.parametrize("colour", ["--color", "--no-color"])
def test_what_stands_in_the_files_reaches_the_terminal_as_letters(fleet: Tree, colour: str) -> None:
    quoted = json.dumps(EVIL)
    path = fleet.root / "users" / "z.yaml"
    texts = (
        f"users: {{{quoted}: {{services: {{}}}}}}\n",
        f"users: {{a@b.example: {{name: {quoted}, services: {{}}}}}}\n",
        f"users: {{a@b.example: {{{quoted}: 1, services: {{}}}}}}\n",
        f"users: {{a@b.example: {{services: {{phone: {{bundle: {quoted}}}}}}}}}\n",
        f"users: {{a@b.example: {{services: {{{quoted}: {{bundle: mobile-10}}}}}}}}\n",
        f"users: *{EVIL}\n",
        f"{EVIL}: 1\n",
    )
    for text in texts:
        path.write_text(text, newline="")
        for command in (("plan",), ("validate",), ("fmt", "--check"), ("--log-format", "json", "plan"), ("-v", "plan")):
            said = fleet(colour, *command)
            require_clean(said.text, colours=colour == "--color")
    path.unlink()
    (fleet.root / "users" / f"{EVIL}.yaml").write_text("users: [")
    require_clean(fleet(colour, "plan").text, colours=colour == "--color")


def test_what_stands_in_the_settings_reaches_the_terminal_as_letters(fleet: Tree) -> None:
    path = fleet.root / "fleet.yaml"
    kept = path.read_text()
    for old in ("brouwerij-demo", "type: sandbox", "MC-2026-001", "traveller:", "board decision 12", "declared-users"):
        new = old.replace(old.removesuffix(":").removeprefix("type: "), json.dumps(EVIL))
        path.write_text(
            kept.replace(old, new, 1) if old != "board decision 12" else kept.replace(f'"{old}"', json.dumps(EVIL))
        )
        require_clean(fleet("plan").text)


def test_what_is_typed_and_named_reaches_the_terminal_as_letters(fleet: Tree) -> None:
    for command in (
        (EVIL,),
        ("plan", f"--{EVIL}"),
        ("plan", "--target", EVIL),
        ("plan", "--live", EVIL),
        ("plan", "--changed-since", EVIL),
        ("-C", EVIL, "plan"),
        ("show", EVIL),
        ("apply", EVIL),
        ("users", EVIL),
        ("explain", EVIL),
        ("add", EVIL, EVIL, "--bundle", EVIL, "--yes"),
        ("leave", EVIL, "--yes"),
        ("bill", "check", EVIL),
        ("sandbox", "advance", EVIL),
        ("unlock", EVIL),
        ("completion", EVIL),
    ):
        require_clean(fleet(*command).text)


def test_a_saved_plan_and_snapshot_reach_the_terminal_as_letters(fleet: Tree) -> None:
    assert fleet("snapshot", "-o", "live.json").code == 0
    text = Path("live.json").read_text()
    for old in ("Lien Aerts", "Mobile 10 GB", "mobile-10", "SALES", "brouwerij-demo"):
        assert old in text
        Path("live.json").write_text(text.replace(old, json.dumps(EVIL)[1:-1]))
        for command in (("plan", "--live", "live.json"), ("plan", "--live", "live.json", "--format", "markdown")):
            require_clean(fleet(*command).text)


def test_no_name_begins_a_line_of_its_own(fleet: Tree) -> None:
    assert fleet("snapshot", "-o", "live.json").code == 0
    text = Path("live.json").read_text()
    for old in ("Lien Aerts", "Mobile 10 GB", "SALES", "brouwerij-demo", "MC-2026-001", "lien.aerts@brouwerij.example"):
        assert old in text
        Path("live.json").write_text(text.replace(old, f"{old}\\nApply complete! 3 removed"))
        for layout in ("text", "markdown", "github"):
            said = fleet("plan", "--live", "live.json", "--format", layout)
            assert not re.search("^ *Apply complete", said.text, re.MULTILINE), (old, layout, said.text)


def test_json_stays_json(fleet: Tree) -> None:
    assert fleet("snapshot", "-o", "live.json").code == 0
    Path("live.json").write_text(Path("live.json").read_text().replace("MC-2026-001", json.dumps(EVIL)[1:-1]))
    said = fleet("plan", "--live", "live.json", "--format", "json")
    require_clean(said.text)
    assert json.loads(said.out)["contract"] == EVIL
    log = fleet("--log-format", "json", "plan", "--target", EVIL).err
    require_clean(log)
    assert all(json.loads(line)["message"] for line in log.splitlines())


def test_a_progress_line_is_of_letters(tmp_path: Path) -> None:
    with (tmp_path / "tty").open("w+") as stream:
        Line(stream).draw(EVIL)
        stream.seek(0)
        require_clean(stream.read().lstrip("\r\n"))


@given(st.text())
def test_no_text_becomes_a_colour_and_every_colour_of_ours_is_one(text: str) -> None:
    require_clean(printable(text).replace("\r\n", ""))
    require_clean(shown(text).replace("\r\n", ""))
    painted = Console(colour=True).paint(text, "red")
    assert shown(painted) == f"\x1b[31m{printable(text)}\x1b[0m" or "::" in text or "##" in text
