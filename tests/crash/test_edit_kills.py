"""Killed at any moment of an edit over two files: no service is ever in none of them, and every file is whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

#: `make soak` asks for 500; every gate runs a few.
KILLS = int(os.environ.get("SOAK_EDIT_KILLS", "15"))
FILES = ("users/one.yaml", "users/two.yaml")
USERS = {FILES[0]: ("an@x.example", "bert@x.example"), FILES[1]: ("carla@x.example", "dirk@x.example")}
SERVICES = 12

#: Moves services between the files, one way or both, for ever; with a number, until that step, at which it ends itself.
_MOVER = """
import os, random, signal, sys
from pathlib import Path
from reconciler.desired.edit import AddService, RemoveService, taken
from reconciler.desired.yaml import parse
from reconciler.usecases.writing import Workspace, write

root, seed, both, last = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "both", int(sys.argv[4])
chance, steps = random.Random(seed), 0
FILES = ("users/one.yaml", "users/two.yaml")

def count(event, arguments):
    global steps
    opens = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
    touches = opens or event in ("os.rename", "os.remove")
    if last and touches and str(root) in str(arguments[0]):
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

def move(workspace, here, there):
    users, others = (parse(workspace.text(name), "").value["users"] for name in (here, there))
    full = [user for user in users if users[user]["services"]]
    if not full:
        return
    user, to = chance.choice(full), chance.choice(list(others))
    label = chance.choice(list(users[user]["services"]))
    moved = taken(workspace.text(here), user, label, file=here)
    workspace.edit(here, RemoveService(user, label))
    workspace.edit(there, AddService(to, label, moved.service, moved.lines))

sys.addaudithook(count)
print("ready", flush=True)
while True:
    workspace = Workspace(root)
    here, there = chance.sample(FILES, 2)
    move(workspace, here, there)
    if both:
        move(workspace, there, here)
    write(root, workspace.rewritten())
    if last:
        break
"""


def fill(root: Path) -> dict[str, Any]:
    """Write two files of users with services, and return the services by label."""
    services = {
        f"s{number}": {"bundle": f"b{number}", **({"number": f"+3247000{number:04d}"} if number % 3 else {})}
        for number in range(SERVICES)
    }
    (root / "users").mkdir(parents=True, exist_ok=True)
    for path in (root / "users").iterdir():
        path.unlink()
    keys = [(name, user) for name in FILES for user in USERS[name]]
    fleets: dict[str, dict[str, Any]] = {name: {user: {"services": {}} for user in USERS[name]} for name in FILES}
    for index, (label, service) in enumerate(services.items()):
        name, user = keys[index % len(keys)]
        fleets[name][user]["services"][label] = service
    for name, users in fleets.items():
        (root / name).write_text(yaml.safe_dump({"users": users}), encoding="utf-8")
    return services


def found(root: Path) -> Counter[str]:
    """Return how often each service stands in the users' files, whose content is as it was."""
    counted: Counter[str] = Counter()
    for path in sorted((root / "users").glob("[!.]*.yaml")):
        users = yaml.safe_load(path.read_text(encoding="utf-8"))["users"]
        for user in users.values():
            for label, service in user["services"].items():
                counted[label] += 1
                assert service["bundle"] == f"b{label[1:]}", (path, label)
    return counted


def mover(root: Path, seed: int, ways: str, last: int = 0) -> subprocess.Popen[bytes]:
    """Start a process that moves services between the files."""
    command = [sys.executable, "-c", _MOVER, str(root), str(seed), ways, str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


@pytest.mark.parametrize("ways", ["one", "both"])
def test_an_edit_that_ends_at_any_step_leaves_every_service_in_a_file(ways: str, tmp_path: Path) -> None:
    ends, seen = [], set()
    for last in range(1, 60):
        services = fill(tmp_path)
        with mover(tmp_path, 3, ways, last) as process:
            process.communicate(timeout=60)
        ends.append(process.returncode)
        counted = found(tmp_path)
        assert counted.keys() == services.keys(), f"step {last}"
        seen.add(max(counted.values()))
        if process.returncode == 0:
            break
    assert ends[-1] == 0
    assert set(ends[:-1]) == {-signal.SIGKILL}
    assert len(ends) > 5
    assert seen == {1, 2}, "the moment between the files was never met"


def test_no_kill_leaves_a_service_in_no_file(tmp_path: Path) -> None:
    chance, twice = random.Random(7), 0
    for kill in range(KILLS):
        services = fill(tmp_path)
        with mover(tmp_path, kill, chance.choice(["one", "both"])) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
        assert process.returncode == -signal.SIGKILL
        counted = found(tmp_path)
        assert counted.keys() == services.keys(), f"kill {kill}"
        twice += max(counted.values()) > 1
    assert twice or KILLS < 100, "no kill came between two files"


def test_what_a_killed_edit_left_beside_the_files_is_cleared_by_the_next(tmp_path: Path) -> None:
    fill(tmp_path)
    for last in (3, 4):
        with mover(tmp_path, 3, "one", last) as process:
            process.communicate(timeout=60)
    assert list(tmp_path.glob("users/.*.tmp"))
    (tmp_path / "users" / ".notes.tmp").write_text("mine")
    with mover(tmp_path, 3, "one", 1000) as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert [path.name for path in tmp_path.glob("users/.*")] == [".notes.tmp"]


#: Writes two files of which somebody changes the second once the first is in its place, so that that is put back.
_DISTURBED = """
import os, signal, sys
from pathlib import Path
from reconciler.errors import EditRefused
from reconciler.usecases.writing import Rewritten, write

root, last, steps, placed = Path(sys.argv[1]), int(sys.argv[2]), 0, False

def count(event, arguments):
    global steps, placed
    opens = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
    if not opens and event not in ("os.rename", "os.remove") or str(root) not in str(arguments[0]):
        return
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "os.rename" and not placed:
        placed = True
        (root / "b.yaml").write_bytes(b"of somebody else")

sys.addaudithook(count)
try:
    write(root, [Rewritten(name, b"old" * 100_000, b"new" * 100_000) for name in ("a.yaml", "b.yaml")])
except EditRefused:
    sys.exit(3)
"""


def test_putting_back_is_whole_too_whenever_it_ends(tmp_path: Path) -> None:
    ends, seen = [], set()
    for last in range(1, 30):
        for name in ("a.yaml", "b.yaml"):
            (tmp_path / name).write_bytes(b"old" * 100_000)
        ran = subprocess.run([sys.executable, "-c", _DISTURBED, str(tmp_path), str(last)], timeout=60, check=False)
        ends.append(ran.returncode)
        content = (tmp_path / "a.yaml").read_bytes()
        assert content in (b"old" * 100_000, b"new" * 100_000), f"step {last}"
        seen.add(content[:3])
        if ran.returncode == 3:
            break
    assert (ends[-1], set(ends[:-1])) == (3, {-signal.SIGKILL})
    assert (content[:3], seen) == (b"old", {b"old", b"new"})
    assert (tmp_path / "b.yaml").read_bytes() == b"of somebody else"
