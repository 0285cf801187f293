"""The nearest peer: octoDNS in an environment of its own, planning zones from YAML to YAML.

A zone for every file of ours, an A record with one value for every service, the least that octoDNS can be given; one
in a hundred has another value.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import venv
from pathlib import Path

RECORDS_A_ZONE, ONE_IN = 250, 100
REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "bench.txt"
_CONFIG = """manager: {max_workers: 1}
providers:
  want: {class: octodns.provider.yaml.YamlProvider, directory: ./want, default_ttl: 300}
  have: {class: octodns.provider.yaml.YamlProvider, directory: ./have, default_ttl: 300}
zones:
"""
_SUMMARY = re.compile(r"^\*   Summary: .*Updates=(\d+)", re.MULTILINE)


def environment(folder: Path) -> Path:
    """Return the Python of an environment in `folder` that has exactly what is required; made where there is none."""
    python, mark = folder / "bin" / "python", folder / "required"
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text() != digest:
        venv.create(folder, with_pip=True, clear=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]
        made = subprocess.run([python, *install, REQUIREMENTS], stderr=subprocess.PIPE, text=True, check=False)
        if made.returncode:
            sys.exit(f"octoDNS could not be installed: {made.stderr}")
        mark.write_text(digest)
    return python


def write_zones(folder: Path, records: int) -> Path:
    """Write zones of so many records in all, both sides, and return the configuration."""
    for side in ("want", "have"):
        (folder / side).mkdir(parents=True)
    zones = range(0, records, RECORDS_A_ZONE)
    for start in zones:
        numbers = range(start, min(start + RECORDS_A_ZONE, records))
        for side in ("want", "have"):
            (folder / side / f"{_zone(start)}yaml").write_text("".join(_record(number, side) for number in numbers))
    configuration = folder / "config.yaml"
    lines = "".join(f"  {_zone(start)}: {{sources: [want], targets: [have]}}\n" for start in zones)
    configuration.write_text(_CONFIG.replace("./", f"{folder}/") + lines)
    return configuration


def command(python: Path, configuration: Path) -> list[str]:
    """Return the command that plans and changes nothing."""
    return [str(python.with_name("octodns-sync")), "--config-file", str(configuration)]


def updates(said: str) -> int:
    """Return how many records would be updated, as octoDNS sums up each zone."""
    return sum(map(int, _SUMMARY.findall(said)))


def _zone(start: int) -> str:
    return f"fleet{start // RECORDS_A_ZONE:05d}.example."


def _record(number: int, side: str) -> str:
    other = side == "have" and number % ONE_IN == ONE_IN // 2
    value = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" if not other else "192.0.2.1"
    return f"phone{number:07d}:\n  ttl: 300\n  type: A\n  value: {value}\n"
