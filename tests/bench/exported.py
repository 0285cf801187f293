"""Fleets whose live comes from their operator's exports: CSV, and workbooks."""

from __future__ import annotations

import shutil
from pathlib import Path

from reconciler.sandbox import Sandbox
from tests.bench import cases
from tests.bench.fleets import beside
from tests.providers.exports import HEAD, LAYOUTS, provider_part


def roots(root: Path) -> dict[str, Path]:
    """Return a fleet for each kind of export, beside the one whose embedded operator exports."""
    made = {}
    for kind, layout in ((cases.CSV, "en"), (cases.XLSX, "fr")):
        copy = made[kind] = beside(root, kind)
        sandbox = Sandbox.open(root / ".fleet" / "sandbox.db")
        sandbox.export(layout, copy / layout)
        sandbox.close()
        shutil.move(copy / layout / "catalogue.yaml", copy / "catalogue.yaml")
        settings = HEAD + provider_part(LAYOUTS[layout], max_age="100000")
        (copy / "fleet.yaml").write_text(settings, encoding="utf-8")
    return made
