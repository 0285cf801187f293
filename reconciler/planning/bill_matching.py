"""Pair the lines of a bill with those it should have, service by service and fee by fee."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from reconciler.model.bill_check import ExpectedLine, History
from reconciler.model.catalogue import Catalogue
from reconciler.model.contract import add_months
from reconciler.model.invoice import BilledLine
from reconciler.model.money import Money
from reconciler.model.plan import LineKind
from reconciler.planning.billing import remaining_share
from reconciler.planning.fee_history import by_name

_Key = tuple[str, str, LineKind]


class Traced(NamedTuple):
    """A billed line with the service and the fee it is about; None for a service that nobody knows."""

    line: BilledLine
    service: str | None
    word: str


@dataclass(slots=True)
class Reconciled:
    """What agrees, what differs, and what is on one side alone."""

    same: list[tuple[ExpectedLine, Traced]] = field(default_factory=list)
    differing: list[tuple[ExpectedLine, Traced]] = field(default_factory=list)
    missing: list[ExpectedLine] = field(default_factory=list)
    extra: list[Traced] = field(default_factory=list)
    #: A service that was billed as another bundle than it has now: perhaps it was changed after the month began.
    swapped: list[tuple[ExpectedLine, Traced]] = field(default_factory=list)
    #: Lines of a fee that name no service: how many of them there should be is all that can be said.
    unnamed: list[Traced] = field(default_factory=list)
    #: Lines of something that has no monthly fee in the catalogue: calls, equipment.
    others: list[BilledLine] = field(default_factory=list)


def reconcile(
    lines: Iterable[BilledLine],
    expected: Iterable[ExpectedLine],
    history: History,
    catalogue: Catalogue,
    month: date,
) -> Reconciled:
    """Return how `lines` agree with what is `expected` of the bill of `month`."""
    result = Reconciled()
    billed: dict[_Key, list[Traced]] = defaultdict(list)
    for traced in _traced(lines, history, catalogue, result):
        if traced.service is None:
            result.extra.append(traced)
        else:
            billed[traced.service, traced.word, traced.line.kind].append(traced)
    wanted: dict[_Key, list[ExpectedLine]] = defaultdict(list)
    for line in expected:
        wanted[line.service, line.word, line.kind].append(line)
    for key in sorted(wanted.keys() | billed.keys()):
        _pair(wanted.get(key, []), billed.get(key, []), result)
    _leave_out_unnamed(result)
    _take_changes(result, history, catalogue, month)
    _set_swaps_aside(result, catalogue)
    return result


def _traced(
    lines: Iterable[BilledLine], history: History, catalogue: Catalogue, result: Reconciled
) -> Iterable[Traced]:
    names, words = by_name(history), _words(catalogue)
    had: dict[str, set[str]] = defaultdict(set)
    for span in history.spans:
        had[span.service].add(span.word)
    for line in lines:
        word = words.get(line.item.casefold())
        if word is None:
            result.others.append(line)
        elif line.service is None:
            result.unnamed.append(Traced(line, None, word))
        else:
            yield Traced(line, _service(names.get(line.service, ()), word, had), word)


def _service(candidates: tuple[str, ...], word: str, had: Mapping[str, set[str]]) -> str | None:
    """Return which service a name means: of several, one that has had that fee; a number may be given out again."""
    return next((each for each in candidates if word in had.get(each, ())), candidates[0] if candidates else None)


def _words(catalogue: Catalogue) -> dict[str, str]:
    """Return the fee that each name means: the operator's id of it, or what it is called."""
    offers = [(each.name, each.id) for each in catalogue.options.values()]
    offers += [(each.name, each.id) for each in catalogue.bundles.values()]
    return {called.casefold(): word for name, word in offers for called in (name, word)}


def _pair(wanted: list[ExpectedLine], billed: list[Traced], result: Reconciled) -> None:
    """Pair lines of one fee: those of equal amounts first, then the others as they come.

    Lines of nothing (what starts on the last day of a month) may be there or not.
    """
    left = list(billed)
    unpaired = []
    for line in wanted:
        found = next((each for each in left if each.line.amount == line.amount), None)
        if found is None:
            unpaired.append(line)
        else:
            left.remove(found)
            result.same.append((line, found))
    both = min(len(unpaired), len(left))
    result.differing.extend(zip(unpaired[:both], left[:both], strict=True))
    result.missing.extend(line for line in unpaired[both:] if line.amount.amount)
    result.extra.extend(each for each in left[both:] if each.line.amount.amount)


def _leave_out_unnamed(result: Reconciled) -> None:
    """Take what lines without a service may stand for out of what is missing."""
    covered = {(traced.word, traced.line.kind) for traced in result.unnamed}
    result.missing = [line for line in result.missing if (line.word, line.kind) not in covered]


def _take_changes(result: Reconciled, history: History, catalogue: Catalogue, month: date) -> None:
    """Take the bill at its word where it settles a change of bundle of which nobody else knows.

    Such a change is a credit for one bundle and a share of the other, for the days after one day of the month before.
    """
    by_service: dict[str | None, list[Traced]] = defaultdict(list)
    for traced in result.extra:
        if traced.word in catalogue.bundles and traced.line.kind is not LineKind.RECURRING:
            by_service[traced.service].append(traced)
    for service, lines in by_service.items():
        kinds = sorted((traced.line.kind, traced.word) for traced in lines)
        if service is None or [kind for kind, _ in kinds] != [LineKind.CREDIT, LineKind.PRORATA]:
            continue
        old, new = (next(each for each in lines if (each.line.kind, each.word) == kind) for kind in kinds)
        if new.word == history.owners[service].bundle != old.word and _days(old, catalogue, month) & _days(
            new, catalogue, month
        ):
            result.extra = [each for each in result.extra if each not in lines]
            result.same.extend((_as_billed(each, service), each) for each in lines)


def _set_swaps_aside(result: Reconciled, catalogue: Catalogue) -> None:
    """Set aside the services that were billed for a month of another bundle than the one expected."""
    extra = {
        each.service: each
        for each in result.extra
        if each.word in catalogue.bundles and each.line.kind is LineKind.RECURRING
    }
    for line in list(result.missing):
        if line.service in extra and line.word in catalogue.bundles and line.kind is LineKind.RECURRING:
            traced = extra.pop(line.service)
            result.swapped.append((line, traced))
            result.missing.remove(line)
            result.extra.remove(traced)


def _days(traced: Traced, catalogue: Catalogue, month: date) -> frozenset[date]:
    """Return the days of the month before for which a share would be what is billed."""
    return days_billed(traced.line.amount, catalogue.fee(traced.word).cents(), month)


def days_billed(amount: Money, fee: Money, month: date) -> frozenset[date]:
    """Return the days of the month before `month` after which a share of `fee` would be `amount`, or its credit."""
    first, sought = add_months(month, -1), Money(abs(amount.amount), amount.currency)
    days = (first + timedelta(days=each) for each in range((month - first).days))
    return frozenset(day for day in days if remaining_share(fee, day) == sought)


def _as_billed(traced: Traced, service: str) -> ExpectedLine:
    return ExpectedLine(service, traced.word, traced.line.kind, traced.line.amount, traced.line.amount)
