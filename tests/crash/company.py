"""A company whose files and operator differ in as many actions as asked for, and the processes that apply them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import httpx
from sqlalchemy import select

from reconciler.sandbox import Sandbox, identities, seeds
from reconciler.sandbox.items import party
from reconciler.sandbox.schema import individuals, orders
from tests.e2e.conftest import FLEET
from tests.e2e.test_served import free_port
from tests.harness import person
from tests.state import journal_of

Process = subprocess.Popen[str]
_SETTINGS = """version: 1
organisation: {organisation}
provider: {{type: tmf, url: "{url}", attempts: 6{provider}}}
contract: {{id: MC-2026-001, quota: {{ratio: "1", base: {users}}}}}
journal: {{lease: {lease}, patience: {patience}{journal}}}
users: {{create: {newcomers}}}
"""


@dataclass(slots=True)
class Company:
    """A fleet's folder, the operator's file beside it, and how many users need something."""

    root: Path
    users: int
    url: str = ""
    organisation: str = "brouwerij-demo"
    lease: float = 3
    patience: float = 0.5
    environment: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    #: Whether every sixth user is one whom the operator does not know yet.
    newcomers: bool = False
    _serving: Process | None = None
    _command: list[str] = field(default_factory=list)

    def write(self, journal: str = "") -> None:
        """Write the files and seed the operator: a third of the users to add to, to change and to remove from."""
        (self.root / "users").mkdir(parents=True, exist_ok=True)
        settings = _SETTINGS.format(
            organisation=self.organisation,
            url=self.url,
            users=self.users,
            lease=self.lease,
            patience=self.patience,
            journal=journal,
            provider=self.provider,
            newcomers=str(self.newcomers).lower(),
        )
        (self.root / "fleet.yaml").write_text(settings, encoding="utf-8")
        lines, held = ["users:"], []
        for index in range(self.users):
            key = self.key(index)
            services = ("{phone: {bundle: mobile-10}}", "{phone: {bundle: mobile-25}}", "{}")[index % 3]
            name = f"name: User Number{index}, " if self.newcomers else ""
            lines.append(f"  {key}: {{{name}services: {services}}}")
            if index % 3:
                number, sim = identities.number(index, 7), identities.iccid(index)
                held.append(seeds.ServiceSeed(key, "phone", "mobile-10", number, sim, started=date(2025, 1, 15)))
        (self.root / "users" / "all.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        contract = seeds.ContractSeed(removal_base=self.users, removal_ratio="1")
        people = tuple(person(self.key(index)) for index in range(self.users) if not self.is_new(index))
        sandbox = Sandbox.open(self.operator)
        sandbox.load(seeds.FleetSeed(self.organisation, contract, people, tuple(held)))
        sandbox.configure(unique_external_id=False)
        sandbox.close()

    @property
    def operator(self) -> Path:
        """The operator's file."""
        return self.root.parent / f"{self.root.name}.operator.db"

    def key(self, index: int) -> str:
        """Return a user's e-mail address."""
        return f"user.{index}@brouwerij.example"

    def is_new(self, index: int) -> bool:
        """Tell whether the operator does not know a user at first."""
        return self.newcomers and index % 6 == 0

    @contextmanager
    def served(self, *, chaos: float = 0.0, seed: int = 1, late: float = 0.0, hide: float = 0.0) -> Iterator[None]:
        """Serve the operator in a process of its own until the block ends."""
        port = self.url.rpartition(":")[2]
        behaviour = (str(each) for each in (chaos, seed, late, hide))
        self._command = [sys.executable, "-m", "tests.crash.operator", str(self.operator), port, *behaviour]
        self.restart_operator()
        try:
            yield
        finally:
            self.stop_operator()

    def restart_operator(self) -> None:
        """Kill the process that serves the operator, where there is one, and start another."""
        self.stop_operator()
        self._serving = subprocess.Popen(self._command, cwd=Path(__file__).parents[2], text=True)
        wait_for(self.url)

    def stop_operator(self) -> None:
        """Kill the process that serves the operator; what is on its way to it is lost."""
        if self._serving is not None:
            self._serving.kill()
            self._serving.wait()
            self._serving = None

    def lose_journal(self) -> None:
        """Delete the journal, as a job does that keeps none."""
        shutil.rmtree(journal_of(self.root).parent, ignore_errors=True)

    def start(self, *arguments: str) -> Process:
        """Start `fleet` with these arguments."""
        return subprocess.Popen(
            [FLEET, "-C", str(self.root), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment},
        )

    def apply(self, *, resume: bool = False) -> Process:
        """Start an apply, or the resuming of one."""
        if resume:
            return self.start("apply", "--resume")
        return self.start("apply", "--auto-approve", "--allow-removals", str(self.users))

    def wait_for_orders(self, count: int) -> None:
        """Return when the operator has taken that many orders."""
        for _ in range(3000):
            if sum(self.orders().values()) >= count:
                return
            time.sleep(0.01)
        raise AssertionError(f"there were no {count} orders after 30 s")

    def plan(self) -> str:
        """Return the last line of a plan."""
        process = self.start("plan")
        out, err = process.communicate(timeout=60)
        assert out, err
        return out.splitlines()[-1]

    def orders(self) -> Counter[str]:
        """Return how many orders of which user the operator took, by its own book."""
        sandbox = Sandbox.open(self.operator)
        with sandbox.transaction() as connection:
            rows = connection.execute(select(orders)).mappings().all()
            assert not [row["notes"] for row in rows if row["state"] == "rejected"]
            return Counter(str(party(json.loads(row["sent"]), "user")) for row in rows)

    def people(self) -> Counter[str]:
        """Return how many individuals of each address the operator has."""
        sandbox = Sandbox.open(self.operator)
        with sandbox.transaction() as connection:
            return Counter(connection.execute(select(individuals.c.email)).scalars())


def company(root: Path, users: int, *, journal: str = "", **parts: object) -> Company:
    """Return a company whose files and operator are written, to be served at its own port."""
    made = Company(root, users, f"http://127.0.0.1:{free_port()}", **parts)  # type: ignore[arg-type]
    made.write(journal)
    return made


def end(process: Process, seconds: float = 300) -> tuple[int, str, str]:
    """Wait for a process, and return its exit code and what it wrote."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, out, err


def kill_after(process: Process, seconds: float) -> bool:
    """Kill a process after a time; False where it had ended by itself."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    return False


def wait_for(url: str) -> None:
    for _ in range(400):
        try:
            httpx.get(f"{url}/tmf-api/agreementManagement/v4/agreement", timeout=1)
            return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError(f"{url} did not come up")
