"""What `fleet.yaml` says apart from users: contract, ownership, protection, limits and the provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from reconciler.errors import Place


class Ownership(StrEnum):
    """Whose services the files speak for."""

    DECLARED_USERS = "declared-users"
    ORGANISATION = "organisation"


class BaseKind(StrEnum):
    """How the size of the contract is counted for the removal quota (R2)."""

    PERIOD_START = "period-start"
    CURRENT = "current"
    PEAK = "peak"


@dataclass(frozen=True, slots=True)
class QuotaException:
    """Extra removals the operator's account manager granted, under a reference, up to and including `until` (R2)."""

    reference: str
    removals: int
    until: date | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class QuotaConfig:
    """What the files say of the quota; None where the operator's word counts."""

    ratio: Decimal | None = None
    base: BaseKind | int | None = None
    exceptions: tuple[QuotaException, ...] = ()
    #: The removals of this period, for an operator that does not report them.
    used: int | None = None


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What the files say of the contract's periods, for an operator that does not report them (R3)."""

    first_sim: date | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """What is nobody's business here: users (a glob over their keys), or one service by its number, SIM or live id."""

    user: str | None = None
    place: Place | None = None
    number: str | None = None
    iccid: str | None = None
    live_id: str | None = None

    @property
    def subject(self) -> str:
        """What it names, as it is written."""
        return self.user or self.number or self.iccid or self.live_id or ""


@dataclass(frozen=True, slots=True)
class ProtectRule:
    """What is never removed, up to and including `until`.

    Services by a glob over their addresses, or one by its number, its SIM or its live id.
    """

    service: str | None
    place: Place
    until: date | None = None
    reason: str | None = None
    number: str | None = None
    iccid: str | None = None
    live_id: str | None = None

    @property
    def subject(self) -> str:
        """What it names, as it is written."""
        return self.service or self.number or self.iccid or self.live_id or ""


@dataclass(frozen=True, slots=True)
class Limits:
    """A plan beyond these is blocked; 0 means none at all, None no limit."""

    removals: int | None = None
    removals_percent: Decimal | None = None
    monthly_increase: Decimal | None = None


class Overridable(StrEnum):
    """The checks that an override can lift; the operator's rules are not among them."""

    PROTECTED = "protected"
    REMOVALS = "limits.removals"
    REMOVALS_PERCENT = "limits.removals_percent"
    MONTHLY_INCREASE = "limits.monthly_increase"
    VALUES_MISSING = "values-missing"


@dataclass(frozen=True, slots=True)
class Override:
    """One check lifted up to and including `until`; `service` is a glob over addresses, for what is protected."""

    check: Overridable
    until: date
    reason: str
    place: Place
    service: str = "*"


class Trigger(StrEnum):
    """What of a plan makes an approval necessary."""

    ANY = "any"
    ADDITIONS = "additions"
    CHANGES = "changes"
    TRANSFERS = "transfers"
    REMOVALS = "removals"
    MONTHLY_INCREASE = "monthly-increase"


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """A plan with more than `more_than` of something (a count, or an amount a month) needs someone with `role`."""

    when: Trigger
    role: str
    more_than: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Person:
    """All addresses of one person and all their logins at the platform; none is "not declared", never "has none"."""

    addresses: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


#: The longest an approval may hold, in hours.
LONGEST_APPROVAL = 720


@dataclass(frozen=True, slots=True)
class ApprovalConfig:
    """Who has to approve a plan before it is applied: how many at least, and whom by which rule.

    `roles` names the signers (principals of the file `allowed_signers`) that may sign in a role, `people` says who of
    them goes by which addresses and logins. No approval holds for longer than `lifetime_hours`.
    """

    required: int = 0
    allowed_signers: str | None = None
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[ApprovalRule, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    lifetime_hours: int = LONGEST_APPROVAL


@dataclass(frozen=True, slots=True)
class JournalConfig:
    """Where runs are recorded: a file outside of the fleet's folder, or a database whose URL a variable holds.

    Without either it is a file in the user's state folder. `lease` is how many seconds a run may be silent before
    another may take over, `patience` how many an order may take to show at the operator after it was sent, `timeout`
    how many the database may take for anything. With `require_shared` nothing is ordered while it is a file.
    """

    path: str | None = None
    url_env: str | None = None
    lease: float = 60.0
    patience: float = 30.0
    timeout: float = 20.0
    require_shared: bool = False


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """Which connection to the operator is used, with its own settings as plain values."""

    type: str
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FleetConfig:
    """`fleet.yaml`, checked, with the profiles already worked into the services."""

    organisation: str
    provider: ProviderConfig
    contract: str | None = None
    terms: ContractTerms = ContractTerms()
    currency: str = "EUR"
    timezone: str = "Europe/Brussels"
    contact: str = "your account manager at the operator"
    quota: QuotaConfig = QuotaConfig()
    ownership: Ownership = Ownership.DECLARED_USERS
    ignore: tuple[IgnoreRule, ...] = ()
    protect: tuple[ProtectRule, ...] = ()
    limits: Limits = Limits()
    overrides: tuple[Override, ...] = ()
    approvals: ApprovalConfig = ApprovalConfig()
    journal: JournalConfig = JournalConfig()
    #: Whether a declared user whom the operator does not know is created there, before the first service.
    create_users: bool = False
