"""A fleet in a repository, and its operator, where everybody has a phone."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.model.plan import Plan
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.sandbox import identities, seeds
from reconciler.usecases.planning import Planned, PlanRequest, make_plan
from tests.desired.files import write
from tests.harness import Trial, person, run

AN, JAN, ELS, TOM = (f"{name}@brouwerij.example" for name in ("an.peeters", "jan.claes", "els.maes", "tom.nijs"))
PEOPLE = (AN, JAN, ELS, TOM)
SETTINGS = "version: 1\norganisation: brouwerij-demo\nprovider: {type: sandbox}\ncontract: {id: MC-2026-001}\n"
PROFILES = "profiles:\n  field engineer: {bundle: mobile-25}\n"


def number(index: int) -> str:
    """Return the number of the service of one of the people."""
    return identities.number(index + 1, 7)


def user(key: str, line: str = "", *, bundle: str = "mobile-10") -> str:
    """Return a user with a phone, the number in it, or with something else."""
    held = line or f'{{bundle: {bundle}, number: "{number(PEOPLE.index(key))}"}}'
    return f"  {key}:\n    services:\n      phone: {held}\n"


def users(*parts: str) -> str:
    """Return a file of users."""
    return "users:\n" + "".join(parts) if parts else "users: {}\n"


@dataclass
class Office:
    """A fleet in a repository, and its operator, where everybody has a phone."""

    root: Path
    trial: Trial

    def write(self, **files: str) -> Office:
        """Write files, `fleet` or by the names of users' files."""
        write(self.root, **{"fleet": SETTINGS, **files})
        return self

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        who = ["-c", "user.email=dev@brouwerij.example", "-c", "user.name=Dev"]
        command = ["git", *who, "-C", str(self.root.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self) -> str:
        """Commit everything."""
        self.git("add", ".")
        self.git("commit", "-qm", "x")
        return self.git("rev-parse", "HEAD")

    def planned(self, ref: str = "main", **request: Any) -> Planned:
        """Return the plan of what changed since the branch left `ref`."""
        return run(make_plan(self.trial.world(self.root), PlanRequest(changed_since=ref, **request)))

    def plan(self, ref: str = "main") -> Plan:
        """Return the plan alone."""
        return self.planned(ref).plan

    def users(self, ref: str = "main") -> list[str] | None:
        """Return who is planned; None for everybody."""
        users = self.plan(ref).choices.users
        return None if users is None else sorted(users)


def opened(folder: Path) -> Office:
    """Return an office whose files say what is live, in two of them, on a branch off main."""
    services = tuple(
        seeds.ServiceSeed(key, "phone", "mobile-10", number(index), identities.iccid(index + 1))
        for index, key in enumerate(PEOPLE)
    )
    contract = seeds.ContractSeed(removal_base=4, removal_ratio="1")
    people = tuple(person(key) for key in PEOPLE)
    trial = Trial.of(seeds.FleetSeed(contract=contract, users=people, services=services))
    trial.settings = TmfSettings("http://sandbox", attempts=1, page_size=1)
    made = Office(folder / "fleet", trial)
    made.write(one=users(user(AN), user(JAN)), two=users(user(ELS), user(TOM)))
    made.git("init", "-qb", "main")
    made.commit()
    made.git("switch", "-qc", "branch")
    return made


def said(plan: Plan) -> list[str]:
    """Return kinds and addresses of the actions."""
    return [f"{action.kind} {action.id}" for action in plan.actions]
