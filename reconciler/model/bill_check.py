"""What fees were owed when, and what a check of a bill came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from reconciler.model.invoice import Month
from reconciler.model.money import Money
from reconciler.model.plan import LineKind


class BundleChange(NamedTuple):
    """The bundle of a service became another on a day; `before` is None where nobody knows what it was."""

    service: str
    day: date
    after: str
    before: str | None = None


class FeeSpan(NamedTuple):
    """A fee of a service, by the operator's id of it: from the day it took effect to the day it stopped."""

    service: str
    word: str
    monthly: Money
    started: date | None = None
    stopped: date | None = None


class Owner(NamedTuple):
    """Whose a service is, and what it is called."""

    address: str
    user: str
    number: str | None
    cost_centre: str | None
    bundle: str


@dataclass(frozen=True, slots=True)
class History:
    """Every fee that is known, with the services it is of; `doubts` says why that of a service is not all there is."""

    spans: tuple[FeeSpan, ...]
    owners: Mapping[str, Owner]
    doubts: Mapping[str, str] = field(default_factory=dict)


class Fault(StrEnum):
    """What can be wrong with a bill."""

    NOT_DECLARED = "not-declared"
    NOT_BILLED = "not-billed"
    WRONG_FEE = "wrong-fee"
    WRONG_PRORATA = "wrong-prorata"
    LEAVER = "leaver"
    OPTION_ENDED = "option-ended"
    MISSING_CREDIT = "missing-credit"
    BILLED_TWICE = "billed-twice"
    UNEXPECTED_CREDIT = "unexpected-credit"
    WRONG_TOTAL = "wrong-total"


class BillFinding(NamedTuple):
    """One thing that is wrong: `amount` is what was billed too much, negative for too little.

    The operator's mistake is a `claim`; else the bill is right by what the operator was told, and the files differ.
    """

    fault: Fault
    subject: str
    what: str
    amount: Money
    message: str
    claim: bool = True
    user: str | None = None
    cost_centre: str | None = None
    number: str | None = None
    where: str | None = None


class ExpectedLine(NamedTuple):
    """A line that the bill should have; `day` is when the fee started or stopped, where that is what it settles."""

    service: str
    word: str
    kind: LineKind
    amount: Money
    monthly: Money
    day: date | None = None


class Share(NamedTuple):
    """What a part of the fleet was billed, and what it should have been."""

    billed: Money
    expected: Money


@dataclass(frozen=True, slots=True)
class BillCheck:
    """The bill of one month, held against what it should be; notes say what could not be judged."""

    organisation: str
    contract: str
    month: Month
    invoices: tuple[str, ...]
    lines: int
    billed: Money
    expected: Money
    findings: tuple[BillFinding, ...]
    notes: tuple[str, ...]
    by_cost_centre: Mapping[str, Share]
    by_user: Mapping[str, Share]
    by_bundle: Mapping[str, Share]

    @property
    def claims(self) -> tuple[BillFinding, ...]:
        """The mistakes that are the operator's."""
        return tuple(finding for finding in self.findings if finding.claim)
