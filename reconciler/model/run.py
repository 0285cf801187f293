"""What was applied, as the journal has it; times are UTC as ISO text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class PastRun(NamedTuple):
    """One application of a plan; `plan` is the approved document as text, `exit_code` None while it runs."""

    id: str
    organisation: str
    account: str
    state: str
    started: str
    ended: str | None
    who: str
    place: str
    commit: str | None
    digest: str
    plan: str
    approvals: tuple[Mapping[str, Any], ...]
    exit_code: int | None
    tool_version: str


class PastAction(NamedTuple):
    """One action of a run with its order and what came of it, None while nothing has."""

    address: str
    kind: str
    live_id: str | None
    reference: str
    state: str
    intended: str | None
    result: str | None
    reason: str | None
    operator_order: str | None
    settled: str | None
