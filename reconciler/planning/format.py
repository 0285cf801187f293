"""The plan document's typed form: the source of `schemas/plan.schema.json`, and what a saved plan is read through."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from reconciler.model import plan as model
from reconciler.model.fleet import Activation, SimType, State

_MONEY = r"^-?\d{1,15}\.\d{2}$"
_RATIO = r"^\d{1,9}(\.\d{1,30})?$"
_DIGEST = r"^sha256:[0-9a-f]{64}$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PlaceDocument(_Part):
    """Where in the fleet's files something stands; line and column from 1."""

    file: str
    line: int
    column: int


class SimDocument(_Part):
    """A SIM; null where it is not declared or not known."""

    type: SimType | None
    iccid: str | None
    eid: str | None


class PortInDocument(_Part):
    """Where a number comes from."""

    operator: str
    account: str
    date: date | None


class ServiceDocument(_Part):
    """A service before or after an action."""

    user: str
    label: str | None
    bundle: str
    options: list[str]
    number: str | None
    sim: SimDocument
    state: State | None
    cost_centre: str | None
    activation: Activation | None
    port_in: PortInDocument | None


class ChangeDocument(_Part):
    """One attribute that differs."""

    path: str
    before: str | None
    after: str | None


class CostLineDocument(_Part):
    """One line of the next bill."""

    what: str
    kind: model.LineKind
    amount: str = Field(pattern=_MONEY)


class CostDocument(_Part):
    """What an action costs, in the currency of the bill."""

    monthly_delta: str = Field(pattern=_MONEY)
    next_bill_delta: str = Field(pattern=_MONEY)
    lines: list[CostLineDocument]


class OrderDocument(_Part):
    """An order of somebody else's at the operator that made live what an action changes."""

    order: str
    state: str
    placed: datetime | None
    requester: str | None
    reference: str | None


class ActionDocument(_Part):
    """One thing to do to one service; a user who is created has neither a before nor an after."""

    id: str
    kind: model.Kind
    user: str
    label: str | None
    live_id: str | None
    status: model.Status
    not_before: date | None
    reason: str | None
    counts_against_quota: bool
    before: ServiceDocument | None
    after: ServiceDocument | None
    changes: list[ChangeDocument]
    cost: CostDocument
    source: PlaceDocument | None
    drift: OrderDocument | None


class FindingDocument(_Part):
    """What a check found."""

    code: str
    severity: model.Severity
    message: str
    hint: str | None
    user: str | None
    label: str | None
    source: PlaceDocument | None


class PeriodDocument(_Part):
    """A contract period; `end` is its last day."""

    start: date
    end: date


class QuotaDocument(_Part):
    """The removal quota with this plan's removals in it."""

    ratio: str = Field(pattern=_RATIO)
    base: int
    allowed: int
    exceptions: int
    used: int
    planned: int
    remaining: int
    verdict: model.Verdict
    period: PeriodDocument


class BillDocument(_Part):
    """The effect on the next bill."""

    currency: str
    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    monthly_before: str = Field(pattern=_MONEY)
    monthly_delta: str = Field(pattern=_MONEY)
    next_bill_delta: str = Field(pattern=_MONEY)
    by_cost_centre: dict[str, Annotated[str, Field(pattern=_MONEY)]]


class SummaryDocument(_Part):
    """The counts of a plan."""

    add: int
    change: int
    transfer: int
    remove: int
    unchanged: int
    deferred: int
    in_flight: int
    blocked: int
    unmanaged: int
    create: int


class ChangedSinceDocument(_Part):
    """The users whose YAML differs from a commit, who alone are planned; null for everybody, and then why."""

    ref: str
    commit: str
    users: list[str] | None
    whole: str | None


class ChoicesDocument(_Part):
    """What whoever asked for the plan chose."""

    fit_quota: bool
    targets: list[str]
    changed_since: ChangedSinceDocument | None


class DesiredDocument(_Part):
    """Which files the plan was made from."""

    root: str
    commit: str | None
    digest: str


class LiveDocument(_Part):
    """Which operator the plan was made against; `origin` is where its orders go."""

    provider: str
    source: str
    origin: str
    account: str
    read_at: datetime
    users: int
    services: int


class RequirementDocument(_Part):
    """An approval the plan needs: of a role, or of any `count` signers."""

    role: str | None
    count: int
    reason: str


class UpcomingDocument(_Part):
    """What dates in the files will change on `day`, of a service or (without a user) of the rules of fleet.yaml."""

    day: date
    kind: model.Turning
    what: str
    user: str | None
    label: str | None
    monthly_delta: str | None = Field(pattern=_MONEY)
    source: PlaceDocument | None


class InquiryDocument(_Part):
    """Of how many services the operator was asked who ordered what differs; `failure` is why that is not known."""

    asked: int
    left: int
    failure: str | None


class PlanDocument(_Part):
    """A plan of fleet: what an apply would do, and what it means for the quota and the bill.

    What follows from the actions (kinds, changes, counts, verdict, monthly delta) is there for readers: whatever takes
    a plan works it out again, and refuses one that says otherwise.
    """

    format_version: Literal["2.0"]
    tool_version: str
    organisation: str
    contract: str
    contact: str
    day: date
    created_at: datetime
    choices: ChoicesDocument
    desired: DesiredDocument
    live: LiveDocument
    actions: list[ActionDocument]
    findings: list[FindingDocument]
    quota: QuotaDocument
    bill: BillDocument
    summary: SummaryDocument
    approvals: list[RequirementDocument]
    upcoming: list[UpcomingDocument]
    inquiry: InquiryDocument | None
    digest: str = Field(pattern=_DIGEST)
    checksum: str = Field(pattern=_DIGEST)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a plan document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | PlanDocument.model_json_schema()
