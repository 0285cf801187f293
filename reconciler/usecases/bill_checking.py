"""Check bills: read them, read what the operator had and what the files declare, and compare month by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from reconciler.desired.load import Documents, load
from reconciler.desired.resolve import resolve
from reconciler.desired.turns import turns
from reconciler.errors import UnreadableBill
from reconciler.model.bill_check import BillCheck, BundleChange
from reconciler.model.contract import add_months
from reconciler.model.invoice import Invoice
from reconciler.model.snapshot import Snapshot
from reconciler.planning.bill_check import check_bill
from reconciler.planning.currency import require_one_currency
from reconciler.planning.fee_history import fee_history
from reconciler.planning.planner import require_complete
from reconciler.ports import KnowsChanges, World
from reconciler.providers.bills.reading import read_bill

#: How far back it is looked what the dates of the files ended.
_BACK = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class BillRequest:
    """Which bills are checked: files, how the columns of listings are called and which month those are of."""

    files: tuple[Path, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    month: date | None = None
    live: Path | None = None


async def check_bills(world: World, request: BillRequest) -> tuple[BillCheck, ...]:
    """Return what is wrong with each month's bill, the earliest first.

    Raises UnreadableBill for a bill, InvalidInput for the files, OperatorError or IncompleteSnapshot for live.
    """
    documents = load(world.root, progress=world.reading.files)
    currency = documents.config.currency
    invoices = [read_bill(path, request.columns, month=request.month, currency=currency) for path in request.files]
    months = _by_month(invoices)
    snapshot, changes = await _live(world, documents, request, add_months(min(months), -1))
    require_complete(snapshot, documents.config.quota, so="no bill is checked")
    require_one_currency(snapshot, documents.config)
    history = fee_history(snapshot, changes)
    return tuple(
        check_bill(
            of_month,
            history,
            snapshot,
            resolve(documents, month),
            tuple(turns(documents, month - _BACK, month)),
            month=month,
        )
        for month, of_month in sorted(months.items())
    )


def _by_month(invoices: Sequence[Invoice]) -> Mapping[date, list[Invoice]]:
    """Return invoices by their months; one that is there twice would be billed twice."""
    months: dict[date, list[Invoice]] = defaultdict(list)
    sources: dict[str, str] = {}
    for invoice in invoices:
        if invoice.id in sources:
            message = f"{invoice.source} and {sources[invoice.id]} are the same bill, {invoice.id}"
            raise UnreadableBill(message, hint="Name each bill once.")
        sources[invoice.id] = invoice.source
        months[invoice.month].append(invoice)
    return months


async def _live(
    world: World, documents: Documents, request: BillRequest, since: date
) -> tuple[Snapshot, Sequence[BundleChange]]:
    """Return what the operator has and had, and how bundles changed since a day."""
    if request.live is not None:
        from reconciler.usecases.snapshots import read_live

        snapshot = read_live(request.live)
        return snapshot, _of_snapshot(snapshot)
    async with world.provider(documents.config).reading() as reader:
        snapshot = await reader.snapshot()
        if isinstance(reader, KnowsChanges):
            return snapshot, await reader.bundle_changes(since)
        return snapshot, _of_snapshot(snapshot)


def _of_snapshot(snapshot: Snapshot) -> list[BundleChange]:
    """Return the changes that a snapshot knows of: those of its month."""
    bundles = {live.id: live.service.bundle for live in snapshot.services}
    return [
        BundleChange(live_id, day, bundles[live_id])
        for live_id, day in snapshot.bundle_changes.items()
        if live_id in bundles
    ]
