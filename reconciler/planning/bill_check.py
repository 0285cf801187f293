"""Hold the bill of a month against what it should be, and against what the files declare.

What the operator had in force is the measure of its bill: where the two differ, the mistake is the operator's. What it
rightly billed and the files do not declare (a leaver's service, an option past its end) is money that is lost
meanwhile, and nothing to claim. A service whose history is not fully known is never the ground of a finding: what does
not agree there is told in a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from reconciler.model.bill_check import BillCheck, BillFinding, ExpectedLine, Fault, History, Owner, Share
from reconciler.model.fleet import DesiredFleet, Turn
from reconciler.model.invoice import Invoice
from reconciler.model.money import Money, total
from reconciler.model.snapshot import Snapshot
from reconciler.planning.bill_declared import declared_side
from reconciler.planning.bill_faults import Judge, in_order
from reconciler.planning.bill_matching import Reconciled, reconcile
from reconciler.planning.billing import UNASSIGNED
from reconciler.planning.expected_bill import expected_lines

_UNKNOWN = Owner("(unknown)", "(unknown)", None, "(unknown)", "(unknown)")


def check_bill(
    invoices: Sequence[Invoice],
    history: History,
    snapshot: Snapshot,
    fleet: DesiredFleet,
    turned: Iterable[Turn],
    *,
    month: date,
) -> BillCheck:
    """Return what is wrong with the bill of `month`, which is all of `invoices`.

    `fleet` is what the files declare when the month begins, and `turned` what their dates changed before.
    """
    currency = fleet.config.currency
    lines = [line for invoice in invoices for line in invoice.lines]
    expected = list(expected_lines(history.spans, month))
    result = reconcile(lines, expected, history, snapshot.catalogue, month)
    judge = Judge(history, snapshot.catalogue, declared_side(fleet, snapshot, turned), month)
    findings = [*judge.findings(result), *_wrong_totals(invoices, currency)]
    shared = _Shares(history, result, expected, currency)
    return BillCheck(
        organisation=fleet.config.organisation,
        contract=snapshot.contract.id,
        month=month,
        invoices=tuple(invoice.id for invoice in invoices),
        lines=len(lines),
        billed=total((line.amount for line in lines), currency=currency),
        expected=total((line.amount for line in expected), currency=currency),
        findings=in_order(findings),
        notes=tuple(judge.notes(result)),
        by_cost_centre=shared.by(lambda owner: owner.cost_centre or UNASSIGNED),
        by_user=shared.by(lambda owner: owner.user),
        by_bundle=shared.by(lambda owner: owner.bundle),
    )


def _wrong_totals(invoices: Sequence[Invoice], currency: str) -> Iterator[BillFinding]:
    for invoice in invoices:
        summed = total((line.amount for line in invoice.lines), currency=currency)
        if invoice.stated is not None and invoice.stated != summed:
            message = f"the lines add up to {summed}, and the total before tax says {invoice.stated}"
            difference = invoice.stated - summed
            yield BillFinding(Fault.WRONG_TOTAL, invoice.id, "total", difference, message, where=invoice.source)


class _Shares:
    """Adds up what was billed and what was expected, by whatever a service belongs to."""

    def __init__(self, history: History, result: Reconciled, expected: Sequence[ExpectedLine], currency: str) -> None:
        self._zero = Money(Decimal("0.00"), currency)
        traced = (
            [each for _, each in (*result.same, *result.differing, *result.swapped)] + result.extra + result.unnamed
        )
        billed = [(each.service, each.line.amount) for each in traced]
        billed += [(None, line.amount) for line in result.others]
        self._billed = [(history.owners[each] if each else _UNKNOWN, amount) for each, amount in billed]
        self._expected = [(history.owners[line.service], line.amount) for line in expected]

    def by(self, key: Callable[[Owner], str]) -> Mapping[str, Share]:
        """Return the shares of everything that has one `key`, in its order."""
        shares: dict[str, Share] = {}
        for owner, amount in self._billed:
            share = shares.get(key(owner), Share(self._zero, self._zero))
            shares[key(owner)] = share._replace(billed=share.billed + amount)
        for owner, amount in self._expected:
            share = shares.get(key(owner), Share(self._zero, self._zero))
            shares[key(owner)] = share._replace(expected=share.expected + amount)
        return dict(sorted(shares.items()))
