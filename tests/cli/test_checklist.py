"""`fleet apply` gives out a checklist and leaves with 7; `fleet checklist` says how it stands, and leaves by that."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli.app import fleet
from reconciler.cli.console import Console
from tests.usecases.test_checklists import AN, BART, Company


def typed(company: Company, *arguments: str) -> tuple[int, str]:
    """Return with what a command leaves, and what it shows."""
    console = Console(root=company.root, colour=False)
    result = CliRunner().invoke(fleet, arguments, obj=console, standalone_mode=False)
    assert result.exception is None, result.exception
    return int(result.return_value or 0), result.output


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def test_a_checklist_from_its_apply_to_its_proof(company: Company) -> None:
    code, shown = typed(company, "apply", "--auto-approve", "--allow-removals", "9")
    assert code == 7
    assert "Apply incomplete: 0 of 4 done, 4 waiting." in shown
    assert shown.count("For whoever carries it out: ") == 4
    code, shown = typed(company, "checklist", "status")
    assert (code, "Checklist: 4 tasks to do, 0 ticked and not exported since." in shown) == (7, True)
    code, shown = typed(company, "checklist", "done", f"{AN}/phone", f"{BART}/phone")
    assert (code, shown.count(": done, says ")) == (0, 2)
    assert "ticked" in typed(company, "checklist", "status")[1]
    company.click(AN)
    company.export()
    code, shown = typed(company, "checklist", "status")
    assert code == 6
    assert "0 tasks to do" in shown
    assert f"failed      {shown.split('failed      ')[1].split()[0]}  remove {BART}/phone: ticked off by " in shown
    assert "2 of 4 shown by the newest export" in shown
    assert typed(company, "checklist", "status") == (0, "Nothing is on a checklist.\n")
    assert typed(company, "checklist", "write")[1] == "Nothing is on a checklist.\n"


def test_a_checklist_is_written_anew(company: Company) -> None:
    typed(company, "apply", "--auto-approve", "--allow-removals", "9")
    code, shown = typed(company, "checklist", "write")
    assert (code, len(shown.split())) == (0, 4)
    assert all(Path(line).exists() for line in shown.split())
