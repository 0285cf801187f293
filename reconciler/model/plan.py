"""The plan: ordered actions with findings, quota and bill, as frozen data that is shown or executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from reconciler.errors import Place
from reconciler.model.contract import Period
from reconciler.model.fleet import Service
from reconciler.model.money import Money
from reconciler.model.snapshot import PlacedOrder


class Kind(StrEnum):
    """What an action does."""

    CREATE = "create"  # a user, before the first service
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


class Status(StrEnum):
    """Whether an action can be carried out now."""

    READY = "ready"
    DEFERRED = "deferred"
    IN_FLIGHT = "in-flight"
    BLOCKED = "blocked"


class Severity(StrEnum):
    """How bad a finding is; an error blocks."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """Whether the removals of a plan fit the quota."""

    WITHIN = "within"
    EXCEEDED = "exceeded"


class LineKind(StrEnum):
    """What a line of the next bill is (R4)."""

    RECURRING = "recurring"
    PRORATA = "prorata"
    CREDIT = "credit"


class Turning(StrEnum):
    """What the dates in the files bring about by themselves."""

    SERVICE_BEGINS = "service-begins"
    SERVICE_ENDS = "service-ends"
    BUNDLE_CHANGES = "bundle-changes"
    OPTION_BEGINS = "option-begins"
    OPTION_ENDS = "option-ends"
    PROTECTION_ENDS = "protection-ends"
    OVERRIDE_ENDS = "override-ends"
    EXCEPTION_ENDS = "exception-ends"


class Change(NamedTuple):
    """One attribute that differs; None is *nothing there*."""

    path: str
    before: str | None
    after: str | None


class CostLine(NamedTuple):
    """One line of the next bill."""

    what: str
    kind: LineKind
    amount: Money


class Cost(NamedTuple):
    """What an action costs a month, and what it does to the next bill."""

    monthly_delta: Money
    next_bill_delta: Money
    lines: tuple[CostLine, ...] = ()


class Finding(NamedTuple):
    """What a check found: a stable code, how bad it is, where, and what to do."""

    code: str
    severity: Severity
    message: str
    hint: str | None = None
    user: str | None = None
    label: str | None = None
    place: Place | None = None


class Upcoming(NamedTuple):
    """What dates in the files will change on `day`: of one service, or (no `user`) of the rules of fleet.yaml.

    `monthly_delta` is what a month costs more from then on, None where nobody knows a price or nothing has one.
    """

    day: date
    kind: Turning
    what: str
    user: str | None = None
    label: str | None = None
    monthly_delta: Money | None = None
    place: Place | None = None


class Action(NamedTuple):
    """One thing to do to one service; or to a user who is to be created, which has neither a before nor an after."""

    id: str
    kind: Kind
    status: Status
    user: str
    label: str | None
    live_id: str | None
    before: Service | None
    after: Service | None
    changes: tuple[Change, ...]
    cost: Cost
    counts_against_quota: bool = False
    not_before: date | None = None
    reason: str | None = None
    place: Place | None = None
    #: The order of somebody else's that made live what is changed here, where the operator tells.
    drift: PlacedOrder | None = None

    @property
    def is_transfer(self) -> bool:
        """Whether the service moves to another user, which costs no quota (R2)."""
        return self.kind is Kind.CHANGE and any(change.path == "user" for change in self.changes)


@dataclass(frozen=True, slots=True)
class Quota:
    """The removal quota of the contract period, with this plan's removals in it (R2)."""

    ratio: Decimal
    base: int
    allowed: int
    exceptions: int
    used: int
    planned: int
    verdict: Verdict
    period: Period

    @property
    def available(self) -> int:
        """Removals left before this plan; never below zero."""
        return max(0, self.allowed + self.exceptions - self.used)

    @property
    def remaining(self) -> int:
        """Removals left after this plan; negative where it does not fit."""
        return self.allowed + self.exceptions - self.used - self.planned


@dataclass(frozen=True, slots=True)
class Bill:
    """The effect on the next bill (R4): an estimate, since the day of effect is the operator's."""

    month: str
    monthly_before: Money
    monthly_delta: Money
    next_bill_delta: Money
    by_cost_centre: Mapping[str, Money]


class ChangedSince(NamedTuple):
    """The users whose YAML differs from `commit`, which `ref` stood for; None for everybody, and then why."""

    ref: str
    commit: str
    users: tuple[str, ...] | None
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What whoever asks for a plan may choose; `targets` are globs over users, addresses and cost centres."""

    fit_quota: bool = False
    targets: tuple[str, ...] = ()
    changed_since: ChangedSince | None = None

    @property
    def users(self) -> frozenset[str] | None:
        """The users that are planned and nobody else; None where there is no such bound."""
        since = self.changed_since
        return None if since is None or since.users is None else frozenset(since.users)


@dataclass(frozen=True, slots=True)
class DesiredSource:
    """Which files a plan was made from."""

    root: str
    commit: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class LiveSource:
    """Which operator a plan was made against, and when it was read.

    `origin` is where its orders go, as in `connection_origin`; None in a plan that was saved before plans told it.
    """

    provider: str
    source: str
    account: str
    read_at: datetime
    users: int
    services: int
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of a plan; create, add, change, transfer and remove count ready actions only."""

    add: int = 0
    change: int = 0
    transfer: int = 0
    remove: int = 0
    unchanged: int = 0
    deferred: int = 0
    in_flight: int = 0
    blocked: int = 0
    unmanaged: int = 0
    create: int = 0

    @property
    def ready(self) -> int:
        """How many actions an apply would carry out."""
        return self.create + self.add + self.change + self.remove


@dataclass(frozen=True, slots=True)
class Requirement:
    """An approval a plan needs, of a role or (None) of any `count` signers, and why."""

    role: str | None
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Of how many services the operator was asked who ordered what differs, of how many not, and why none is known."""

    asked: int
    left: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do, and everything a person needs to decide on it."""

    tool_version: str
    organisation: str
    contract: str
    contact: str
    currency: str
    day: date
    choices: Choices
    desired: DesiredSource
    live: LiveSource
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    quota: Quota
    bill: Bill
    summary: Summary
    approvals: tuple[Requirement, ...] = ()
    upcoming: tuple[Upcoming, ...] = ()
    #: None where nobody was asked.
    inquiry: Inquiry | None = None

    @property
    def ready(self) -> tuple[Action, ...]:
        """The actions an apply carries out, in order."""
        return tuple(action for action in self.actions if action.status is Status.READY)

    @property
    def is_blocked(self) -> bool:
        """Whether a check refused something."""
        return self.summary.blocked > 0 or any(finding.severity is Severity.ERROR for finding in self.findings)
