"""Fleets of so many bytes that they are read by processes and from a cache, though they have few users."""

from __future__ import annotations

from pathlib import Path

from tests.desired.files import SETTINGS

#: As long as what is handed to a process at once.
PADDING = "# x" * 140_000 + "\n"


def write_large(root: Path, files: int = 6, **replaced: str) -> Path:
    """Write a fleet of files that are mostly a comment, `f0.yaml` and so on; some are replaced by a text."""
    (root / "users" / "more").mkdir(parents=True)
    (root / "fleet.yaml").write_text(SETTINGS)
    for number in range(files):
        text = replaced.get(f"f{number}") or users(number)
        folder = root / "users" / ("more" if number % 2 else "")
        (folder / f"f{number}.yaml").write_text(PADDING + text, encoding="utf-8")
    return root


def users(number: int) -> str:
    """Return the users of a file, which are nobody else's."""
    return "users:\n" + "".join(
        f"  user{number}-{each}@brouwerij.example:\n    name: Zoë\n    services:\n"
        f"      phone:\n        bundle: {{name: a{each % 3}, until: 2026-12-31, then: b}}\n"
        f'        number: "+3247{number:03}{each:04}"\n'
        f"        sim: {{iccid: '8932050000000{number:03}{each:03}'}}\n"
        for each in range(20)
    )
