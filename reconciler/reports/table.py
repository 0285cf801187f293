"""Rows as a table: columns as wide as they have to be, the first row in bold."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.reports.text import Paint


def table(rows: Sequence[tuple[str, ...]], paint: Paint) -> str:
    """Return rows as text; the first one holds the heads."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([paint(lines[0], "bold"), *lines[1:]]) + "\n"
