"""An office whose plans need an approval, with real keys, and a stranger's tools to forge plans and approvals with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.applying import signatures
from reconciler.cli.app import run
from reconciler.planning import document as writer
from reconciler.planning.saved import loads

EXAMPLE = Path(__file__).parents[2] / "fleet-config"
ORDERS = "POST /tmf-api/productOrderingManagement/v4/productOrder"
BOSS, FIN, ELS, ADMIN = (f"{name}@brouwerij.example" for name in ("boss", "fin", "els", "admin"))
APPROVALS = """required: 1
  roles: {fleet-owner: [boss@brouwerij.example]}
  people:
    boss: {addresses: [boss@brouwerij.example, boss@home.example], logins: [bossman]}
    fin: {addresses: [fin@brouwerij.example], logins: [fin-b]}
  #"""
#: One change, so that an apply is quick, and one of each kind.
ONE, SOME = "wim.thys@*", "*"


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Office:
    """A fleet in `root`; its keys, plans and approvals lie beside it."""

    root: Path
    beside: Path
    capture: pytest.CaptureFixture[str]

    def fleet(self, *words: str, by: str = ADMIN, **environment: str) -> Ran:
        """Run a command in this process, as somebody."""
        state = {"FLEET_STATE_DIR": str(self.beside / "state"), "FLEET_REQUESTER": by}
        with _environment({**state, **environment}):
            code = run(["-C", str(self.root), *words])
        return Ran(code, *self.capture.readouterr())

    def key(self, name: str) -> Path:
        """Return a private key, made on first use."""
        path = self.beside / name
        if not path.exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
            subprocess.run(command, check=True, capture_output=True)
        return path

    def line(self, names: str, key: str, options: str = 'namespaces="fleet-plan"') -> str:
        """Return a line of the file of signers."""
        public = " ".join(self.key(key).with_suffix(".pub").read_text(encoding="utf-8").split()[:2])
        return " ".join(filter(None, (names, options, public))) + "\n"

    def signers(self, *lines: str) -> None:
        """Write the file of signers."""
        path = self.root / "approvers/allowed_signers"
        path.write_text("".join(lines), encoding="utf-8")

    def settings(self, old: str, new: str) -> None:
        """Replace text in fleet.yaml that must be there."""
        path = self.root / "fleet.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in fleet.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def plan(self, target: str = ONE, name: str = "plan.json") -> Path:
        """Save a plan."""
        path = self.beside / name
        done = self.fleet("plan", "-o", str(path), "--target", target)
        assert done.code == 0, done.err
        return path

    def forged(self, plan: Path, edit: Callable[[dict[str, Any]], object], *, digest: bool = False) -> Path:
        """Edit a saved plan and make its checksum fit; with `digest` its digest as well."""
        raw = json.loads(plan.read_text(encoding="utf-8"))
        edit(raw)
        if digest:
            raw["digest"] = _digest(raw)
        path = plan.with_name("forged.json")
        path.write_text(json.dumps(raw | {"checksum": writer.checksum(raw)}), encoding="utf-8")
        return path

    def approve(self, plan: Path, key: str = "boss", *options: str) -> Path:
        """Sign a plan as its approver does, and return the approval."""
        out = self.beside / f"{key}.approval"
        done = self.fleet("approve", str(plan), "--key", str(self.key(key)), "--yes", "-o", str(out), *options)
        assert done.code == 0, done.err
        return out

    def signed(self, plan: Path, key: str = "boss", **facts: Any) -> Path:
        """Sign whatever statement about a plan with tools of one's own, and return the approval."""
        saved, now = loads(plan.read_text(encoding="utf-8"), name="plan"), datetime.now(UTC)
        usual = {
            "digest": writer.digest(saved.plan),
            "checksum": saved.checksum,
            "organisation": "brouwerij-demo",
            "approver": BOSS,
            "role": None,
            "signed": now,
            "expires": now + timedelta(hours=1),
        }
        out = self.beside / "own.approval"
        made = signatures.sign(signatures.Statement(**(usual | facts)), self.key(key))
        out.write_text(made.document(), encoding="utf-8")
        return out

    def apply(self, plan: Path, *approvals: Path, by: str = ADMIN, **environment: str) -> Ran:
        """Apply a plan with approvals."""
        named = [word for path in approvals for word in ("--approval", str(path))]
        return self.fleet("apply", str(plan), *named, by=by, **environment)

    def left(self, plan: Path, *approvals: Path) -> None:
        """Apply a plan whose order the operator never gets to know, so that there is a run to go on with."""
        assert self.fleet("sandbox", "fault", "error-before", "--match", ORDERS).code == 0
        assert self.apply(plan, *approvals).code == 6

    def journal(self, statement: str, *values: str) -> None:
        """Change the journal behind everybody's back."""
        (path,) = (each for each in self.beside.rglob("journal*.db"))
        with sqlite3.connect(path) as database:
            assert database.execute(statement, values).rowcount == 1
        database.close()

    def commit(self, by: str) -> None:
        """Commit everything, as somebody."""
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "Change the fleet"]):
            self.git(*words, by=by)

    def git(self, *words: str, by: str) -> None:
        """Run git in the fleet's folder, as somebody."""
        names = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "X"), ("EMAIL", by))
        }
        command = ["git", "-C", str(self.root), *words]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **names})

    def nothing_was_ordered(self) -> bool:
        """Tell whether the plan is still to be carried out."""
        return "Plan: 0 to add, 1 to change" in self.fleet("plan", "--target", ONE).out


@contextmanager
def opened(begun: Path, folder: Path, capture: pytest.CaptureFixture[str]) -> Iterator[Office]:
    """Yield an office in `folder`, a copy of the one that was begun."""
    handler = signal.getsignal(signal.SIGTERM)
    shutil.copytree(begun, folder, dirs_exist_ok=True)
    office = Office(folder / "fleet-config", folder, capture)
    capture.readouterr()
    yield office
    signal.signal(signal.SIGTERM, handler)


def begin(folder: Path, capture: pytest.CaptureFixture[str]) -> None:
    """Copy the example, give it keys and rules, and begin its sandbox."""
    shutil.copytree(EXAMPLE, folder / "fleet-config", ignore=shutil.ignore_patterns(".fleet"))
    office = Office(folder / "fleet-config", folder, capture)
    office.settings("required: 0 ", APPROVALS)
    office.settings("approvals:\n", "journal: {patience: 0}\n\napprovals:\n")
    office.signers(office.line(BOSS, "boss"), office.line(FIN, "fin"))
    assert office.fleet("sandbox", "reset").code == 0


def _digest(raw: Mapping[str, Any]) -> str:
    """Return the digest of an edited document, as whoever forges one works it out."""
    actions = [
        ({"changes": each["changes"]} if each["kind"] == "create" else {})
        | {name: each[name] for name in ("id", "kind", "status", "live_id", "before", "after", "user", "label")}
        | {"monthly_delta": each["cost"]["monthly_delta"], "counts_against_quota": each["counts_against_quota"]}
        for each in raw["actions"]
    ]
    covered = {
        "format": "2",
        "organisation": raw["organisation"],
        "contract": raw["contract"],
        "actions": actions,
        "quota": raw["quota"]["planned"],
    } | {name: raw["live"][name] for name in ("provider", "origin", "account")}
    return writer.checksum(covered)


@contextmanager
def _environment(environment: Mapping[str, str]) -> Iterator[None]:
    """Have an environment for a while, free of what the machine's own CI says."""
    before = dict(os.environ)
    for name in before:
        if name == "CI" or name.startswith(("GITHUB_", "CI_", "GITLAB_", "FLEET_")):
            del os.environ[name]
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
