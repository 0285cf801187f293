"""Six users of whom each needs one thing, and an operator that fails at one of them in a way of the test's choosing."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner
from sqlalchemy import select

from reconciler.applying.journal.database import Database
from reconciler.cli.app import fleet
from reconciler.cli.console import Console
from reconciler.ports import Result
from reconciler.sandbox import Sandbox
from reconciler.sandbox.app import SECRET
from reconciler.sandbox.items import party
from reconciler.sandbox.schema import orders
from tests.crash.company import Company, Process, company, end
from tests.e2e.conftest import edit
from tests.state import journal_of

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCTS = "/tmf-api/productInventory/v4/product"
CREDENTIALS = {"FLEET_CLIENT_ID": "fleet", "FLEET_CLIENT_SECRET": SECRET}
PROVIDER = ", timeout: 1, auth: {client_id_env: FLEET_CLIENT_ID, client_secret_env: FLEET_CLIENT_SECRET}"
#: The first user is to be given a phone, the second another bundle, the third loses it; three others likewise.
ADD, CHANGE, REMOVE = 0, 1, 2
USERS = range(6)
COMPLETE = "Apply complete! 2 added, 2 changed, 2 removed."
NOTHING_LEFT = "No changes. The fleet matches the configuration."
_RUNS = count(1)


class Ran(NamedTuple):
    """What an apply returned and wrote."""

    code: int
    out: str
    err: str

    @property
    def verdict(self) -> str:
        """The last line of what it wrote."""
        return self.out.rstrip().splitlines()[-1]

    def line(self, address: str) -> str:
        """Return the line about what became of an action; the plan before it has lines of its own."""
        words = tuple(f"{result:<11} {address}" for result in Result)
        [found] = [line for line in self.out.splitlines() if line.startswith(words)]
        return found


@dataclass(slots=True)
class Rig:
    """A company whose operator requires tokens and takes every order it gets: two of them are two."""

    company: Company
    sandbox: Sandbox
    run: str = ""

    def start_afresh(self) -> None:
        """Write the files, seed the operator and begin a new journal."""
        shutil.rmtree(self.company.root, ignore_errors=True)
        self.company.write()
        journal = journal_of(self.company.root)
        shutil.rmtree(journal.parent, ignore_errors=True)
        journal.parent.mkdir(mode=0o700, parents=True)
        Database.open(f"sqlite:///{journal}").close()  # in a process that has alembic
        self.sandbox.configure(require_token=True)

    def address(self, user: int, label: str = "phone") -> str:
        """Return the address of a user's service."""
        return f"{self.company.key(user)}/{label}"

    def order_of(self, user: int) -> str:
        """Return what a fault has to match to be about a user's order."""
        return f"POST {ORDERS} ind-{user + 1:07d}"

    def declare(self, old: str, new: str) -> None:
        """Change what the files declare."""
        edit(self.company.root / "users" / "all.yaml", old, new)

    def start(self, *more: str, run: str | None = None) -> Process:
        """Start an apply of what is to be done, as a new run or as another attempt at one."""
        self.run = run or f"gh{next(_RUNS)}"
        self.company.environment = {**CREDENTIALS, "GITHUB_RUN_ID": self.run.removeprefix("gh")}
        return self.company.start("apply", "--auto-approve", "--allow-removals", "6", *more)

    def apply(self, *more: str, run: str | None = None) -> Ran:
        """Apply what is to be done to its end, as a new run or as another attempt at one."""
        return ended(self.start(*more, run=run))

    def resume(self) -> Ran:
        """Go on with the last run, to its end."""
        return ended(self.company.start("apply", "--resume"))

    def outcomes(self) -> dict[str, tuple[str, str]]:
        """Return what the journal says of each action of the last run: its last outcome, and the reason."""
        shown = self.look("history", self.run, "--format", "json")
        actions: list[dict[str, Any]] = json.loads(shown)["actions"]
        return {each["address"]: (each["result"], each["reason"] or "") for each in actions}

    def plan(self) -> str:
        """Return the last line of a plan."""
        return self.look("plan").rstrip().splitlines()[-1]

    def look(self, *arguments: str) -> str:
        """Return what a command writes that changes nothing; in this process, since starting one takes a second."""
        arguments = ("-C", str(self.company.root), *arguments)
        ran = CliRunner().invoke(fleet, arguments, env=CREDENTIALS, obj=Console())
        assert ran.exit_code == 0, (ran.output, ran.exception)
        return ran.stdout

    def orders(self) -> dict[int, list[str]]:
        """Return the states of each user's orders, by the operator's own book."""
        found: dict[int, list[str]] = defaultdict(list)
        with self.sandbox.transaction() as connection:
            for row in connection.execute(select(orders).order_by(orders.c.n)).mappings():
                user = str(party(json.loads(row["sent"]), "user"))
                found[int(user.removeprefix("ind-")) - 1].append(row["state"])
        return dict(found)

    def references(self) -> list[str]:
        """Return the references of all orders, by the operator's own book."""
        with self.sandbox.transaction() as connection:
            return sorted(connection.execute(select(orders.c.external_id)).scalars())

    def once_each(self, *, but: dict[int, list[str]] | None = None) -> None:
        """Hold the operator's book against what was to be done: one order for each user, `but` for some."""
        assert self.orders() == {user: ["completed"] for user in USERS} | (but or {})
        assert self.plan() == NOTHING_LEFT

    def others_are_done(self, ran: Ran, user: int) -> tuple[str, str]:
        """Hold an apply against what it should be for everybody but one user; return what the journal says of hers."""
        outcomes, mine = self.outcomes(), self.address(user)
        assert outcomes.keys() == {self.address(each) for each in USERS}
        for other in outcomes.keys() - {mine}:
            assert outcomes[other] == ("done", ""), ran
            assert ran.line(other).startswith("done  "), ran
        result, reason = outcomes[mine]
        assert ran.line(mine).startswith(f"{result:<11} {mine}"), ran
        assert ran.line(mine).endswith(reason), ran
        return result, reason


def ended(process: Process) -> Ran:
    """Wait for an apply; whatever happens, nobody is shown a traceback or the doings of a library."""
    ran = Ran(*end(process))
    for word in ("Traceback", "a problem of its own", "stamina"):
        assert word not in ran.out + ran.err, ran
    return ran


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """Serve an operator in a process of its own until the block ends."""
    one = company(folder / "fleet", len(USERS), provider=PROVIDER, environment=CREDENTIALS)
    sandbox = Sandbox.open(one.operator)
    with one.served():
        yield Rig(one, sandbox)
    sandbox.close()
