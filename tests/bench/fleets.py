"""Write fleets of any size beside an operator that has nearly the same: every hundredth service differs.

`python -m tests.bench.fleets FOLDER SERVICES` writes one.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reconciler.sandbox import Sandbox, seeds

USERS_A_FILE, ONE_IN = 200, 100
SETTINGS = "version: 1\norganisation: brouwerij-demo\nprovider: {{{provider}}}\ncontract: {{id: MC-2026-001}}\n"
_OTHER = {"mobile-10": "mobile-25", "mobile-25": "mobile-10", "data-5": "data-20", "data-20": "data-5"}


def write_fleet(root: Path, services: int) -> None:
    """Write a fleet of exactly so many services, and the embedded operator it is planned against."""
    seed = _seed(services)
    (root / "users").mkdir(parents=True)
    (root / ".fleet").mkdir()
    settle(root, "type: sandbox")
    by_user = defaultdict(list)
    for service in _changed(seed.services):
        by_user[service.user_email].append(service)
    for start in range(0, len(seed.users), USERS_A_FILE):
        users = seed.users[start : start + USERS_A_FILE]
        lines = ["users:", *(line for user in users for line in _lines(user, by_user[user.email]))]
        (root / "users" / f"{start + len(users):07d}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sandbox = Sandbox.open(root / ".fleet" / "sandbox.db")
    sandbox.load(seed)
    sandbox.close()


def settle(root: Path, provider: str) -> None:
    """Write the settings of a fleet, with what they say of the provider."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "fleet.yaml").write_text(SETTINGS.format(provider=provider), encoding="utf-8")


def beside(root: Path, name: str) -> Path:
    """Return a new fleet's folder beside `root` that has the same users' files, and no settings yet."""
    copy = root.parent / name
    (copy / "users").mkdir(parents=True)
    for file in (root / "users").iterdir():
        os.link(file, copy / "users" / file.name)
    return copy


def edit_one(root: Path, edition: int) -> None:
    """Change one user's bundle, another one for another `edition`, in a new file that is no link."""
    file = sorted((root / "users").iterdir())[edition % 7]
    blocks = file.read_text(encoding="utf-8").split("bundle: mobile-10\n")
    place = 1 + edition % (len(blocks) - 1)
    head, tail = ("bundle: mobile-10\n".join(part) for part in (blocks[:place], blocks[place:]))
    file.unlink()
    file.write_text(f"{head}bundle: mobile-25\n{tail}", encoding="utf-8")


def _seed(services: int) -> seeds.FleetSeed:
    """Return a fleet cut off behind so many services that are in force."""
    seed = seeds.generate(services * 5 // 6 + 40, 1)
    counted = itertools.accumulate(int(service.terminated is None) for service in seed.services)
    kept = seed.services[: list(counted).index(services) + 1]
    owners = [user.email for user in seed.users]
    return replace(seed, users=seed.users[: owners.index(kept[-1].user_email) + 1], services=kept)


def _changed(services: Sequence[seeds.ServiceSeed]) -> list[seeds.ServiceSeed]:
    """Return the services in force as they are declared: one in a hundred with another bundle."""
    declared, due = [], 0
    for number, service in enumerate((each for each in services if each.terminated is None), start=1):
        due += number % ONE_IN == ONE_IN // 2
        if due and service.bundle in _OTHER:
            service, due = replace(service, bundle=_OTHER[service.bundle]), due - 1
        declared.append(service)
    assert not due, "the last hundred services have no bundle to change"
    return declared


def _lines(user: seeds.UserSeed, services: Sequence[seeds.ServiceSeed]) -> list[str]:
    lines = [f"  {user.email}:", f"    cost_centre: {user.cost_centre}", f"    services:{'' if services else ' {}'}"]
    for service in services:
        lines += [f"      {service.label or 'line'}:", f"        bundle: {service.bundle}"]
        lines += [f'        number: "{service.number}"']
        lines += [f'        sim: {{type: {service.sim_type.lower()}, iccid: "{service.iccid}"}}']
        lines += [f"        options: [{', '.join(service.options)}]"] if service.options else []
    return lines


if __name__ == "__main__":
    write_fleet(Path(sys.argv[1]), int(sys.argv[2]))
