"""Write the JSON Schemas into `schemas/`, or with `--check` say which are out of step."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from reconciler.desired.schemas import schemas as file_schemas
from reconciler.planning.format import schema as plan_schema

FOLDER = Path(__file__).parent.parent / "schemas"


def generated() -> dict[str, str]:
    """Return the schemas as they follow from the code, by file name."""
    every: dict[str, dict[str, Any]] = {**file_schemas(), "plan.schema.json": plan_schema()}
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in every.items()}


def out_of_step() -> list[str]:
    """Return the names of the files that differ from the code."""
    return [name for name, text in generated().items() if _read(FOLDER / name) != text]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    if "--check" in sys.argv:
        stale = out_of_step()
        sys.exit(f"out of step: {', '.join(stale)}; run python -m tests.schemas" if stale else 0)
    FOLDER.mkdir(exist_ok=True)
    for name, text in generated().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
