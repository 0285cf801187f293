"""Proofs against a live state that was only read in part: what must be true of a whole one.

An operator's answer can be short without any error. Within a contract period services only leave through counted
removals, so there are never fewer of them than the base less what was removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.model.catalogue import Bundle, Option
from reconciler.model.config import QuotaConfig
from reconciler.model.snapshot import DoubtKind, Snapshot


def foreign_prices(snapshot: Snapshot, currency: str) -> tuple[str, ...]:
    """Return what has a price in another currency than the fleet's: the two cannot be added up."""
    offers: list[Bundle | Option] = [*snapshot.catalogue.bundles.values(), *snapshot.catalogue.options.values()]
    prices = ((offer.id, offer.monthly.currency) for offer in offers)
    others = sorted(f"{name} in '{unit}'" for name, unit in prices if unit != currency)
    return (f"the catalogue has prices that are not in {currency}: {', '.join(others[:10])}",) if others else ()


def gaps(snapshot: Snapshot, config: QuotaConfig) -> tuple[str, ...]:
    """Return what is missing from `snapshot`: what its provider noticed, and what contradicts itself."""
    return (*snapshot.gaps, *_unpriced(snapshot), *_too_few(snapshot, config), *_told_in_part(snapshot))


def _told_in_part(snapshot: Snapshot) -> Iterator[str]:
    """Yield what is missing of so many that a list was cut, or a field went: one by one they are findings."""
    kinds = Counter(doubt.kind for doubt in snapshot.doubts if not doubt.expected)
    if _is_most(kinds[DoubtKind.USER], len(snapshot.users)):
        yield f"{kinds[DoubtKind.USER]} of {len(snapshot.users)} users have no e-mail address"
    if _is_most(kinds[DoubtKind.SERVICE], len(snapshot.services)):
        yield f"{kinds[DoubtKind.SERVICE]} of {len(snapshot.services)} services cannot be understood"
    unread = {doubt.service for doubt in snapshot.doubts if doubt.kind is DoubtKind.OPTION and doubt.service}
    if len(unread) >= _MANY:
        yield f"{len(unread)} services were not read, which options rely on, {min(unread)} among them"
    strangers = {item.service.user for item in snapshot.services} - snapshot.users.keys()
    if strangers:
        count = sum(1 for item in snapshot.services if item.service.user in strangers)
        if _is_most(count, len(snapshot.services)):
            yield f"{count} of {len(snapshot.services)} services have no user that was read"


def _is_most(count: int, whole: int) -> bool:
    return count >= _MANY and count > whole / 2


#: From how many on something is missing of many, not of one or the other.
_MANY = 5


def _unpriced(snapshot: Snapshot) -> Iterator[str]:
    words = {word for sort in snapshot.sorts for word in (sort.bundle, *sort.options)}
    unknown = sorted(word for word in words if not snapshot.catalogue.knows(word))
    if unknown:
        yield f"the catalogue lacks {', '.join(unknown[:10])}, which live services have"


def _too_few(snapshot: Snapshot, config: QuotaConfig) -> Iterator[str]:
    """Compare with the operator's own count, unless the files replace that count by a number."""
    base = snapshot.contract.removal_base
    if base is None or isinstance(config.base, int):
        return
    here = snapshot.totals.in_force
    used = snapshot.contract.removals_used or 0
    if here < base - used:
        how = "read" if snapshot.counted is None else "counted"
        yield (
            f"{here} services were {how}, though the contract counts {base} at the start of its period and {used} "
            f"removals since; if that count is wrong, set contract.quota.base in fleet.yaml"
        )
