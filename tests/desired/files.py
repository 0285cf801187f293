"""Fleets in files, written for a test."""

from __future__ import annotations

from pathlib import Path

from reconciler.desired.load import load
from reconciler.errors import InvalidInput

SETTINGS = "version: 1\norganisation: brouwerij-demo\nprovider: {type: sandbox}\n"
USER = "users:\n  an.peeters@brouwerij.example:\n    services:\n"


def write(root: Path, **files: str) -> Path:
    """Write `fleet.yaml` and, for each name, `users/NAME.yaml`; return the folder."""
    (root / "users").mkdir(parents=True, exist_ok=True)
    (root / "fleet.yaml").write_text(files.pop("fleet", SETTINGS), encoding="utf-8")
    for name, text in files.items():
        (root / "users" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return root


def service(lines: str) -> str:
    """Return a file of one user with one service, `phone`, of these lines."""
    return f"{USER}      phone:\n" + "".join(f"        {line}\n" for line in lines.splitlines())


def problems(root: Path) -> list[str]:
    """Return everything that is wrong with the files, as it is printed."""
    try:
        load(root)
    except InvalidInput as error:
        return [f"{each.place}: {each.message}" for each in error.problems]
    return []
