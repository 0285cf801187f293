"""A fleet's folder in a git work tree, which a stranger fills, and the commands run beside it, in this process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.cli.app import run
from reconciler.sandbox import Sandbox, seeds
from tests.harness import person
from tests.providers.exports import LAYOUTS, provider_part

EXAMPLE = Path(__file__).parents[2] / "fleet-config"
_AN = "an.peeters@brouwerij.example"
_HEAD = (
    "version: 1\norganisation: brouwerij-demo\n"
    "contract: {id: MC-2026-001, start: 2020-01-01, end: 2099-12-31, quota: {base: 10}}\n"
)
_SEED = seeds.FleetSeed(
    contract=seeds.ContractSeed(removal_base=10),
    users=(person(_AN),),
    services=(seeds.ServiceSeed(_AN, "phone", "mobile-10", "+32470000001", started=date(2024, 1, 15)),),
)
_USERS = f'users:\n  {_AN}:\n    services:\n      phone: {{bundle: mobile-25, number: "+32470000001"}}\n'


class Said(NamedTuple):
    """What a command left with, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both of what it printed."""
        return self.out + self.err


@dataclass(slots=True)
class Tree:
    """A work tree with the fleet's folder in it; what lies `outside` of it is nobody's to read or write."""

    top: Path
    outside: Path
    capsys: pytest.CaptureFixture[str]
    _handler: object = field(default_factory=lambda: signal.getsignal(signal.SIGTERM))

    @property
    def root(self) -> Path:
        """The fleet's folder."""
        return self.top / "fleet-config"

    def __call__(self, *arguments: str) -> Said:
        """Run a command from the top of the work tree."""
        self.capsys.readouterr()
        try:
            code = run(list(arguments))
        finally:
            signal.signal(signal.SIGTERM, self._handler)  # type: ignore[arg-type]  # what getsignal gave
        return Said(code, *self.capsys.readouterr())

    def link(self, name: str, target: str | Path) -> None:
        """Have a link lie under a name of the fleet's folder, in place of what is there."""
        path = self.root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def seen_outside(self) -> dict[str, tuple[bytes, int, int]]:
        """Return what lies outside: contents, modes and times of every file, and the folders."""
        found = {}
        for path in sorted(self.outside.rglob("*")):
            about = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path.relative_to(self.outside))] = (content, about.st_mode, about.st_mtime_ns)
        return found


def tree(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Return a work tree with a copy of the example fleet."""
    top, outside = tmp_path / "work", tmp_path / "outside"
    shutil.copytree(EXAMPLE, top / "fleet-config", ignore=shutil.ignore_patterns(".fleet"))
    with (top / "fleet-config" / "approvers" / "allowed_signers").open("a") as signers:
        signers.write("els.vermeulen@brouwerij.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA\n")
    outside.mkdir()
    subprocess.run(["git", "init", "--quiet", str(top)], check=True, timeout=30)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "CI_", "FLEET_")) or name == "CI"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FLEET_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(top)
    return Tree(top, outside, capsys)


def with_exports(tree: Tree) -> Tree:
    """Have the fleet be one of provider `file`, with exports that were just made."""
    shutil.rmtree(tree.root)
    (tree.root / "users").mkdir(parents=True)
    (tree.root / "fleet.yaml").write_text(_HEAD + provider_part(LAYOUTS["en"]), encoding="utf-8")
    (tree.root / "users" / "all.yaml").write_text(_USERS, encoding="utf-8")
    sandbox = Sandbox.open(":memory:")
    sandbox.load(_SEED, now=datetime.now(UTC) - timedelta(hours=2))
    sandbox.export("en", tree.root / "en")
    (tree.root / "en" / "catalogue.yaml").rename(tree.root / "catalogue.yaml")
    return tree
