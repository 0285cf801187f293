"""Plan a small and a large fleet against the sandbox over loopback HTTP, in turn, and print time and memory.

`python -m tests.bench [USERS]`: 8,000 users have about 10,000 services. Every hundredth service differs. The figures
to compare are the ratios of one run; seconds belong to the machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reconciler.sandbox import Sandbox, seeds

FLEET = str(Path(sys.executable).parent / "fleet")
SMALL, LARGE = 40, 8000
_OTHER = {"mobile-10": "mobile-25", "mobile-25": "mobile-10", "data-5": "data-20", "data-20": "data-5"}


def write_fleet(root: Path, users: int) -> int:
    """Write a fleet that declares what the sandbox has, every hundredth service differently; return its size."""
    (root / "users").mkdir(parents=True)
    (root / "fleet.yaml").write_text(
        "version: 1\norganisation: brouwerij-demo\nprovider: {type: sandbox}\ncontract: {id: MC-2026-001}\n"
    )
    seed, count = seeds.generate(users, 1), 0
    by_user: dict[str, list[seeds.ServiceSeed]] = {user.email: [] for user in seed.users}
    for service in seed.services:
        if service.terminated is None:
            by_user[service.user_email].append(service)
    lines = ["users:"]
    for number, user in enumerate(seed.users, start=1):
        services = by_user[user.email]
        lines += [
            f"  {user.email}:",
            f"    cost_centre: {user.cost_centre}",
            f"    services:{'' if services else ' {}'}",
        ]
        for service in services:
            count += 1
            bundle = _OTHER.get(service.bundle, service.bundle) if count % 100 == 0 else service.bundle
            kind = service.sim_type.lower()
            lines += [f"      {service.label or 'line'}:", f"        bundle: {bundle}"]
            lines += [f'        number: "{service.number}"', f'        sim: {{type: {kind}, iccid: "{service.iccid}"}}']
            lines += [f"        options: [{', '.join(service.options)}]"] if service.options else []
        if number % 200 == 0 or number == len(seed.users):
            (root / "users" / f"{number:07d}.yaml").write_text("\n".join(lines) + "\n")
            lines = ["users:"]
    sandbox = Sandbox.open(_file(root))
    sandbox.load(seed)
    sandbox.close()
    return count


def measure(root: Path, port: int) -> tuple[float, float, float]:
    """Serve a fleet's sandbox, plan against it, and return wall and CPU seconds and the peak memory in kB."""
    command = [FLEET, "sandbox", "serve", "-C", str(root), "--port", str(port), "-q"]
    with subprocess.Popen(command) as server:
        try:
            time.sleep(3)
            settings = (root / "fleet.yaml").read_text()
            over = settings.replace("type: sandbox", f"type: tmf, url: 'http://127.0.0.1:{port}'")
            (root / "fleet.yaml").write_text(over)
            began = time.perf_counter()
            with subprocess.Popen([FLEET, "plan", "-C", str(root)], stdout=subprocess.DEVNULL) as plan:
                _, status, usage = os.wait4(plan.pid, 0)
                plan.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - began
            (root / "fleet.yaml").write_text(settings)
            assert plan.returncode in (0, 3), "the plan failed"
            return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)


def main(users: int) -> None:
    """Measure both sizes, three times in turn, and print the medians and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = {name: (Path(folder) / name, count) for name, count in (("small", SMALL), ("large", users))}
        counts = {name: write_fleet(root, count) for name, (root, count) in sizes.items()}
        runs: dict[str, list[tuple[float, float, float]]] = {"small": [], "large": []}
        for attempt in range(3):
            for index, (name, (root, _)) in enumerate(sizes.items()):
                runs[name].append(measure(root, 8700 + attempt * 2 + index))
    middle = {name: [sorted(column)[1] for column in zip(*found, strict=True)] for name, found in runs.items()}
    print("fleet   services   wall s   cpu s   peak MB")  # noqa: T201
    for name, (wall, cpu, peak) in middle.items():
        print(f"{name:6} {counts[name]:9,} {wall:8.2f} {cpu:7.2f} {peak / 1024:9.1f}")  # noqa: T201
    growth = (middle["large"][2] - middle["small"][2]) / (counts["large"] - counts["small"])
    print(f"memory grows by {growth:.2f} kB a service")  # noqa: T201


def _file(root: Path) -> Path:
    path = root / ".fleet" / "sandbox.db"
    path.parent.mkdir(exist_ok=True)
    return path


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LARGE)
