"""Proofs against a live state that was only read in part: what must be true of a whole one.

An operator's answer can be short without any error. Within a contract period services only leave through counted
removals, so there are never fewer of them than the base less what was removed.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import bounded
from reconciler.model.config import QuotaConfig
from reconciler.model.snapshot import Snapshot


def gaps(snapshot: Snapshot, config: QuotaConfig) -> tuple[str, ...]:
    """Return what is missing from `snapshot`: what its provider noticed, and what contradicts itself."""
    return (*snapshot.gaps, *_unpriced(snapshot), *_too_few(snapshot, config))


def _unpriced(snapshot: Snapshot) -> Iterator[str]:
    words = {word for sort in snapshot.sorts for word in (sort.bundle, *sort.options)}
    unknown = sorted(word for word in words if not snapshot.catalogue.knows(word))
    if unknown:
        yield f"the catalogue lacks {', '.join(map(bounded, unknown[:10]))}, which live services have"


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
