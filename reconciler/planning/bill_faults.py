"""Say what is wrong where a bill and what it should be do not agree, and what could not be judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from reconciler.model.bill_check import BillFinding, ExpectedLine, Fault, FeeSpan, History, Owner
from reconciler.model.catalogue import Catalogue
from reconciler.model.money import Money
from reconciler.model.plan import LineKind
from reconciler.planning.bill_declared import Declared
from reconciler.planning.bill_matching import Reconciled, Traced, days_billed

_NAMES = {
    LineKind.RECURRING: "the monthly fee",
    LineKind.PRORATA: "the first part of a month",
    LineKind.CREDIT: "the credit",
}


@dataclass(slots=True)
class Judge:
    """Turns what does not agree into findings, one service at a time; counts what it may not judge."""

    history: History
    catalogue: Catalogue
    declared: Declared
    month: date
    spans: Mapping[str, list[FeeSpan]] = field(default_factory=dict)
    doubtful: dict[str, Money] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spans: dict[str, list[FeeSpan]] = defaultdict(list)
        for span in self.history.spans:
            spans[span.service].append(span)
        self.spans = spans

    def findings(self, result: Reconciled) -> Iterator[BillFinding]:
        """Yield what is wrong."""
        yield from (self._missing(line) for line in result.missing if not self._doubts(line.service, -line.amount))
        for line, traced in result.differing:
            if not self._doubts(line.service, traced.line.amount - line.amount):
                yield self._differing(line, traced)
        yield from self._extras(result)
        for line, traced in result.same:
            if line.kind is LineKind.RECURRING:
                yield from self._undeclared(line, traced)

    def _extras(self, result: Reconciled) -> Iterator[BillFinding]:
        agreed = {(line.service, line.word, line.kind) for line, _ in (*result.same, *result.differing)}
        for traced in result.extra:
            if traced.service is None or not self._doubts(traced.service, traced.line.amount):
                yield self._extra(traced, agreed)

    def notes(self, result: Reconciled) -> Iterator[str]:
        """Yield what could not be judged; call it after the findings."""
        for service, amount in sorted(self.doubtful.items()):
            why = self.history.doubts[service]
            name = self.history.owners[service].address
            yield f"{name}: billed {amount} beyond what is known, which was not judged: {why}"
        for line, traced in result.swapped:
            yield (
                f"{self.history.owners[line.service].address}: billed as {self._what(traced.word)} at"
                f" {traced.line.amount}, and it has {self._what(line.word)} at {line.amount};"
                f" right where that was changed after {self.month} ({traced.line.where})"
            )
        if result.unnamed:
            yield f"{counted(len(result.unnamed), 'line')} without a service; whose fees they are was not checked"
        if result.others:
            amount = sum((line.amount for line in result.others[1:]), result.others[0].amount)
            first = result.others[0]
            yield (
                f"{counted(len(result.others), 'line')} of {amount} in all not checked: no fee of the catalogue;"
                f" the first is '{first.item}' ({first.where})"
            )
        alone = self._left_alone(result)
        if alone:
            yield f"{counted(alone, 'service')} billed rightly, of users whom the files do not declare or say to ignore"

    def _left_alone(self, result: Reconciled) -> int:
        billed = {line.service for line, _ in result.same if line.kind is LineKind.RECURRING}
        return len(billed & self.declared.left_alone)

    def _doubts(self, service: str, amount: Money) -> bool:
        """Tell whether a service is not to be judged, and remember what it was about."""
        if service not in self.history.doubts:
            return False
        before = self.doubtful.get(service)
        self.doubtful[service] = amount if before is None else before + amount
        return True

    def _missing(self, line: ExpectedLine) -> BillFinding:
        what = self._what(line.word)
        if line.kind is LineKind.CREDIT:
            message = f"{what} ended on {line.day}, and the credit of {-line.amount} for the days after it is missing"
            return self._finding(Fault.MISSING_CREDIT, line.service, line.word, -line.amount, message)
        part = "" if line.kind is LineKind.RECURRING else f" for the days after {line.day}, when it began"
        message = f"{what} is in force, and {line.amount}{part} was not billed"
        return self._finding(Fault.NOT_BILLED, line.service, line.word, -line.amount, message)

    def _differing(self, line: ExpectedLine, traced: Traced) -> BillFinding:
        billed, what = traced.line.amount, self._what(line.word)
        difference = billed - line.amount
        if line.kind is LineKind.RECURRING:
            message = f"{what} was billed at {billed} a month, and costs {line.amount}"
            return self._finding(Fault.WRONG_FEE, line.service, line.word, difference, message, traced)
        days = days_billed(billed, line.monthly, self.month)
        change = "began" if line.kind is LineKind.PRORATA else "ended"
        if days:
            message = (
                f"{what} {change} on {line.day}, and was settled as if it had on {min(days)}:"
                f" {billed} instead of {line.amount}"
            )
            return self._finding(Fault.WRONG_PRORATA, line.service, line.word, difference, message, traced)
        message = f"{what} {change} on {line.day}; {billed} was billed for the days after it instead of {line.amount}"
        return self._finding(Fault.WRONG_PRORATA, line.service, line.word, difference, message, traced)

    def _extra(self, traced: Traced, agreed: set[tuple[str, str, LineKind]]) -> BillFinding:
        line, what = traced.line, self._what(traced.word)
        if traced.service is None:
            message = f"{what} was billed for {line.service}, which is no service of this contract"
            return self._stranger(traced, message)
        if (traced.service, traced.word, line.kind) in agreed:
            message = f"{what} was billed a second time: {_NAMES[line.kind]}"
            return self._finding(Fault.BILLED_TWICE, traced.service, traced.word, line.amount, message, traced)
        if line.kind is LineKind.CREDIT:
            message = f"{what} did not end in the month before, and {line.amount} was credited for it"
            return self._finding(Fault.UNEXPECTED_CREDIT, traced.service, traced.word, line.amount, message, traced)
        fault, message = self._no_longer(traced.service, traced.word, what)
        return self._finding(fault, traced.service, traced.word, line.amount, message, traced)

    def _no_longer(self, service: str, word: str, what: str) -> tuple[Fault, str]:
        """Return why a fee is not owed: its service or its user is gone, the option is over, or it never was."""
        ends = [span.stopped for span in self.spans[service] if span.word == word and span.stopped]
        if not self._is_live(service):
            gone = max((span.stopped for span in self.spans[service] if span.stopped), default=None)
            user = self.history.owners[service].user
            if self._has_left(user):
                return Fault.LEAVER, f"{what} was billed; {user} has left, and the service ended on {gone}"
            return Fault.NOT_DECLARED, f"{what} was billed, and the service ended on {gone}"
        if word in self.catalogue.options and ends:
            return Fault.OPTION_ENDED, f"{what} was billed, and ended on {max(ends)}"
        if ends:
            return Fault.NOT_DECLARED, f"{what} was billed, and was replaced on {max(ends)}"
        return Fault.NOT_DECLARED, f"{what} was billed, and the service does not have it"

    def _undeclared(self, line: ExpectedLine, traced: Traced) -> Iterator[BillFinding]:
        """Yield what was rightly billed and the files do not declare."""
        doubted = line.service in self.history.doubts or line.service not in self.declared.ours
        if doubted or not self._goes_on(line.service, line.word):
            return
        wanted, owner = self.declared.services.get(line.service), self.history.owners[line.service]
        what = self._what(line.word)
        if wanted is None:
            fault = Fault.LEAVER if owner.user in self.declared.leavers else Fault.NOT_DECLARED
            why = f"{owner.user} has left" if fault is Fault.LEAVER else "the files do not declare the service"
            message = f"{what} is still billed: {why}, and it was never removed at the operator"
        elif line.word in self.catalogue.options and line.word not in wanted.options:
            last = self.declared.ended.get((wanted.address, line.word))
            fault = Fault.OPTION_ENDED if last else Fault.NOT_DECLARED
            why = f"the files had it until {last}" if last else "the files do not declare it"
            message = f"{what} is still billed: {why}, and it was never taken off at the operator"
        else:
            return
        yield self._finding(fault, line.service, line.word, line.amount, message, traced, claim=False)

    def _finding(
        self,
        fault: Fault,
        service: str,
        word: str,
        amount: Money,
        message: str,
        traced: Traced | None = None,
        *,
        claim: bool = True,
    ) -> BillFinding:
        owner: Owner = self.history.owners[service]
        where = traced.line.where if traced else None
        return BillFinding(
            fault, owner.address, word, amount, message, claim, owner.user, owner.cost_centre, owner.number, where
        )

    def _stranger(self, traced: Traced, message: str) -> BillFinding:
        line = traced.line
        return BillFinding(Fault.NOT_DECLARED, line.service or "?", traced.word, line.amount, message, where=line.where)

    def _what(self, word: str) -> str:
        offer = self.catalogue.options.get(word) or self.catalogue.bundles.get(word)
        return offer.name if offer else word

    def _is_live(self, service: str) -> bool:
        return any(_lasts(span, self.month) for span in self.spans[service])

    def _goes_on(self, service: str, word: str) -> bool:
        """Tell whether a fee is still owed: what was stopped meanwhile is credited by a later bill."""
        return any(span.word == word and span.stopped is None for span in self.spans[service])

    def _has_left(self, user: str) -> bool:
        """Tell whether a user has no service any more (R1)."""
        theirs = (each for each, owner in self.history.owners.items() if owner.user == user)
        return user in self.declared.leavers or not any(map(self._is_live, theirs))


def counted(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _lasts(span: FeeSpan, month: date) -> bool:
    return span.stopped is None or span.stopped >= month


def in_order(findings: Iterable[BillFinding]) -> tuple[BillFinding, ...]:
    """Return findings with the operator's mistakes first, the dearest of them before the others."""
    return tuple(sorted(findings, key=lambda each: (not each.claim, -abs(each.amount.amount), each.subject, each.what)))
