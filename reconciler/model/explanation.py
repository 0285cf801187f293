"""Why a service is as it is, and why something is planned for it or nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from reconciler.errors import Place
from reconciler.model.plan import Action, Finding, Upcoming
from reconciler.model.snapshot import OpenOrder, PlacedOrder


class Answer(StrEnum):
    """What a plan makes of a service."""

    PLANNED = "planned"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    IN_FLIGHT = "in-flight"
    AS_DECLARED = "as-declared"
    UNCLEAR = "unclear"  # live, and could be one of several that are declared
    UNMANAGED = "unmanaged"
    IGNORED = "ignored"
    ENDED = "ended"
    GONE = "gone"


class Origin(NamedTuple):
    """A value as the files declare it: by whom (a service, its user, a profile), where, by which dates.

    `holds` is whether it does on the day asked about.
    """

    path: str
    value: str
    by: str
    place: Place
    dates: str | None = None
    holds: bool = True


class Value(NamedTuple):
    """One attribute on both sides; without an origin it is not declared, and the operator's business."""

    path: str
    declared: str | None
    live: str | None
    origin: Origin | None


class Reason(NamedTuple):
    """One sentence of an explanation, and where in the files it comes from."""

    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one service as of a day, why it is that, and where each of its values comes from."""

    user: str
    name: str
    day: date
    answer: Answer
    declared: Place | None
    live_id: str | None
    reasons: tuple[Reason, ...]
    values: tuple[Value, ...]
    action: Action | None = None
    findings: tuple[Finding, ...] = ()
    upcoming: tuple[Upcoming, ...] = ()
    orders: tuple[OpenOrder, ...] = ()
    last_order: PlacedOrder | None = None
