"""What the portal exports, in whatever layout, is the same live as the connection reads."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from reconciler.model.snapshot import LiveService
from reconciler.planning.document import to_document
from reconciler.sandbox import Sandbox, seeds
from reconciler.usecases.planning import PlanRequest, make_plan
from tests.harness import Trial, run
from tests.providers.exports import LAYOUTS, NOW, fixed_world, provider_part

EXAMPLE = Path(__file__).parents[2] / "fleet-config"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    sandbox = Sandbox.open(":memory:")
    sandbox.reset()
    return sandbox


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return example(tmp_path)


def example(folder: Path) -> Path:
    """Return a copy of the example fleet."""
    shutil.copytree(EXAMPLE, folder / "fleet", ignore=shutil.ignore_patterns(".fleet"))
    return folder / "fleet"


def over_files(root: Path, sandbox: Sandbox, layout: str) -> None:
    """Have the example read what the sandbox's portal exports."""
    sandbox.export(layout, root / layout)
    shutil.move(root / layout / "catalogue.yaml", root / "catalogue.yaml")
    text = (root / "fleet.yaml").read_text(encoding="utf-8")
    start, end = text.index("provider:"), text.index("contract:")
    text = text[:start] + provider_part(LAYOUTS[layout]) + "\n" + text[end:]
    text = text.replace("id: MC-2026-001\n", "id: MC-2026-001\n  start: 2026-03-01\n  end: 2027-02-28\n")
    (root / "fleet.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_plan_from_exports_is_the_plan_over_the_connection(root: Path, sandbox: Sandbox, layout: str) -> None:
    live = run(make_plan(Trial(sandbox).world(root), PlanRequest()))
    over_files(root, sandbox, layout)
    filed = run(make_plan(fixed_world(root), PlanRequest()))
    documents = [to_document(made.plan, created_at=NOW) for made in (live, filed)]
    for part in ("actions", "quota", "bill", "summary", "contract", "day"):
        assert documents[1][part] == documents[0][part], part
    told = [{each["code"] for each in document["findings"]} for document in documents]
    assert told[1] - told[0] <= {"export-age", "export-guessed"}
    assert told[0] <= told[1]
    assert live.plan.summary.ready > 10


def test_what_the_portal_says_of_itself_is_the_same_in_every_layout(root: Path, sandbox: Sandbox) -> None:
    snapshots = []
    for layout in LAYOUTS:
        folder = root.parent / layout
        shutil.copytree(root, folder)
        over_files(folder, sandbox, layout)
        snapshots.append(run(make_plan(fixed_world(folder), PlanRequest())).snapshot)
    # the Dutch export of options has no key of its own, and so its options have another
    assert len({tuple(line._replace(options=()) for line in snapshot.services) for snapshot in snapshots}) == 1
    assert len({snapshot.gone for snapshot in snapshots}) == 1
    assert [sorted(each.users) for each in snapshots] == [sorted(snapshots[0].users)] * 3


@pytest.mark.parametrize(("layout", "seed"), [("en", 2), ("nl", 3), ("fr", 4)])
def test_live_from_exports_is_live_over_the_connection_whatever_happened(
    tmp_path: Path, layout: str, seed: int
) -> None:
    trial = Trial(Sandbox.open(":memory:"))
    trial.sandbox.reset(users=60, seed=seed)
    trial.sandbox.drift(seed)
    over_files(example(tmp_path), trial.sandbox, layout)
    live, filed = trial.snapshot(), run(make_plan(fixed_world(tmp_path / "fleet"), PlanRequest())).snapshot
    assert {line.id: facts(line) for line in filed.services} == {line.id: facts(line) for line in live.services}
    assert {line.id: facts(line) for line in filed.gone} == {line.id: facts(line) for line in live.gone}
    assert {user.key: user.name for user in filed.users.values()} == {
        user.key: user.name for user in live.users.values()
    }


def facts(line: LiveService) -> LiveService:
    """Return what an export tells of a service: everything but the ids of options and when those began."""
    return line._replace(options=tuple(each._replace(id="", started=None) for each in line.options))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_name_like_a_formula_is_exported_as_text_and_read_back(tmp_path: Path, layout: str) -> None:
    person = seeds.UserSeed("an@x", "=1+1", "@SUM(A1)", "-HR")
    service = seeds.ServiceSeed("an@x", "phone", "mobile-10", "+32470000001")
    sandbox = Sandbox.open(":memory:")
    sandbox.load(seeds.FleetSeed(users=(person,), services=(service,)))
    root = example(tmp_path)
    over_files(root, sandbox, layout)
    for path in (root / layout).glob("*.csv"):
        encoding = "cp1252" if layout == "nl" else "utf-8"
        cells = [cell for row in csv.reader(path.read_text(encoding).splitlines()) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "-"))]
    for path in (root / layout).glob("*.xlsx"):
        sheet = load_workbook(path).active
        assert sheet is not None
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    live = run(make_plan(fixed_world(root), PlanRequest())).snapshot
    assert (live.users["an@x"].name, live.users["an@x"].cost_centre) == ("=1+1 @SUM(A1)", "-HR")
