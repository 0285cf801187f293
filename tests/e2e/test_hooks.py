"""The pre-commit hooks: their manifest is one, and what they run does what they say."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.conftest import Fleet, Ran, edit

MANIFEST = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text())}


def hooked(name: str, fleet: Fleet, root: Path) -> Ran:
    """Run a hook as pre-commit does: its entry, with the files it asks for unless it asks for none."""
    hook, top = HOOKS[name], root.parent
    files = sorted(path.relative_to(top).as_posix() for path in root.rglob("*") if path.is_file())
    wanted = [file for file in files if re.search(hook["files"], file)]
    assert wanted
    program, *arguments = shlex.split(hook["entry"])
    assert program == "fleet"
    return fleet(*arguments, *(wanted if hook.get("pass_filenames", True) else ()))


def test_pre_commit_accepts_the_manifest() -> None:
    program = str(Path(sys.executable).parent / "pre-commit")
    ran = subprocess.run([program, "validate-manifest", str(MANIFEST)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_one_hook_formats_the_users_files_and_the_other_checks_them_all(fleet: Fleet, root: Path) -> None:
    sales = root / "users/sales.yaml"
    usual = sales.read_bytes()
    edit(sales, "profile: traveller", "profile:    traveller")
    formatted = hooked("fleet-fmt", fleet, root)
    assert (formatted.returncode, sales.read_bytes()) == (0, usual), formatted.stderr
    assert hooked("fleet-validate", fleet, root).returncode == 0
    edit(sales, "profile: traveller", "profile: traveler")
    wrong = hooked("fleet-validate", fleet, root)
    assert wrong.returncode == 1
    assert "did you mean 'traveller'?" in wrong.stderr
