"""Which services have an activation code that can be shown, and never the code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.model.snapshot import LiveService
from reconciler.reports.table import Column, table_text
from reconciler.reports.text import Paint

_LAST = 4
_COLUMNS = tuple(map(Column, ("USER", "SERVICE", "ICCID", "NUMBER", "ACTIVE SINCE")))


def activations_text(services: Sequence[LiveService], *, paint: Paint) -> str:
    """Return services as a table; SIM and number by their last digits, enough to tell one from another."""
    if not services:
        return "No activation code can be shown.\n"
    return table_text(_COLUMNS, [_cells(item) for item in services], width=None, paint=paint)


def activations_document(services: Sequence[LiveService]) -> list[dict[str, Any]]:
    """Return services as plain values, with what the table shows of them."""
    return [
        {
            "address": item.service.address,
            "user": item.service.user,
            "label": item.service.label,
            "iccid_ends": (item.service.sim.iccid or "")[-_LAST:] or None,
            "number_ends": (item.service.number or "")[-_LAST:] or None,
            "active_since": item.started.isoformat() if item.started else None,
        }
        for item in services
    ]


def _cells(item: LiveService) -> tuple[str, ...]:
    facts, since = item.service, item.started.isoformat() if item.started else ""
    name = facts.address.removeprefix(f"{facts.user}/")
    return facts.user, name, _ends(facts.sim.iccid), _ends(facts.number), since


def _ends(digits: str | None) -> str:
    return f"…{digits[-_LAST:]}" if digits else ""
