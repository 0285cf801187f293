"""The lines that the bill of a month should have (R4), from the history of fees.

What is in force when the month begins is billed for the month ahead; what started or stopped in the month before is
settled for what was left of that month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from reconciler.model.bill_check import ExpectedLine, FeeSpan
from reconciler.model.contract import add_months
from reconciler.model.plan import LineKind
from reconciler.planning.billing import remaining_share


def expected_lines(spans: Iterable[FeeSpan], month: date) -> Iterator[ExpectedLine]:
    """Yield the lines of the bill of the month that begins on `month`."""
    before = add_months(month, -1)
    for span in spans:
        fee = span.monthly
        if _is_in_force(span, month):
            yield ExpectedLine(span.service, span.word, LineKind.RECURRING, fee, fee)
        if span.started is not None and before <= span.started < month:
            share = remaining_share(fee, span.started)
            yield ExpectedLine(span.service, span.word, LineKind.PRORATA, share, fee, span.started)
        if span.stopped is not None and before <= span.stopped < month:
            share = -remaining_share(fee, span.stopped)
            yield ExpectedLine(span.service, span.word, LineKind.CREDIT, share, fee, span.stopped)


def _is_in_force(span: FeeSpan, day: date) -> bool:
    """Tell whether a fee is owed when `day` begins: what stops on that day is credited by the bill after it."""
    return (span.started is None or span.started < day) and (span.stopped is None or span.stopped >= day)
