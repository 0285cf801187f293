"""Which fees were owed from when to when, as far as live tells; and for which services it does not tell all.

Live knows when services and options began and ended. What bundle a service had before the one it has is told by
orders, where the operator keeps them. Prices are those of the catalogue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from reconciler.model.bill_check import BundleChange, FeeSpan, History, Owner
from reconciler.model.catalogue import Catalogue
from reconciler.model.snapshot import EndedOption, LiveService, Presence, Snapshot


def fee_history(snapshot: Snapshot, changes: Iterable[BundleChange]) -> History:
    """Return the history of fees of everything in `snapshot`, whose bundles became others by `changes`."""
    by_service: dict[str, list[BundleChange]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.day):
        by_service[change.service].append(change)
    ended: dict[str, list[EndedOption]] = defaultdict(list)
    for option in snapshot.ended_options:
        ended[option.service].append(option)
    writer = _Writer(snapshot.catalogue)
    owners = {}
    for live in (*snapshot.services, *snapshot.gone):
        if _never_was(live):
            continue
        owners[live.id] = _owner(live)
        writer.bundles(live, by_service[live.id])
        writer.options(live, ended[live.id])
    return History(tuple(writer.spans), owners, writer.doubts)


def _never_was(live: LiveService) -> bool:
    """Tell whether a service never took effect: it is only ordered, or was cancelled before it did."""
    return live.presence is Presence.COMING or (
        live.presence is Presence.GONE and live.started is None and live.terminated is None
    )


def _owner(live: LiveService) -> Owner:
    held = live.service
    return Owner(held.address, held.user, held.number, held.cost_centre, held.bundle)


@dataclass(slots=True)
class _Writer:
    """Writes spans down, and what is not known."""

    catalogue: Catalogue
    spans: list[FeeSpan] = field(default_factory=list)
    doubts: dict[str, str] = field(default_factory=dict)

    def bundles(self, live: LiveService, changes: list[BundleChange]) -> None:
        """Write the bundles of a service, the last of them first."""
        if live.started is None:
            self.doubts.setdefault(live.id, "the operator does not say when it began")
        if live.presence is Presence.GONE and live.terminated is None:
            self.doubts.setdefault(live.id, "the operator does not say when it ended")
        word: str | None = live.service.bundle
        stopped = live.terminated if live.presence is Presence.GONE else None
        for change, before in reversed(list(_with_before(changes))):
            if word is not None:
                self._write(live.id, word, change.day, stopped)
            word, stopped = before, change.day
            if word is None:
                self.doubts.setdefault(live.id, f"nobody knows which bundle it had before {change.day}")
        if word is not None:
            self._write(live.id, word, live.started, stopped)

    def options(self, live: LiveService, ended: list[EndedOption]) -> None:
        """Write the options of a service, those in force and those that ended."""
        for held in live.options:
            if held.started is None:
                self.doubts.setdefault(live.id, f"the operator does not say when its option {held.option} began")
            self._write(live.id, held.option, held.started, live.terminated if live.presence is Presence.GONE else None)
        for past in ended:
            if past.started is None or past.terminated is None:
                self.doubts.setdefault(live.id, f"the operator does not say when its option {past.option} was there")
            self._write(live.id, past.option, past.started, past.terminated)

    def _write(self, service: str, word: str, started: date | None, stopped: date | None) -> None:
        if not self.catalogue.knows(word):
            self.doubts.setdefault(service, f"the catalogue has no price of {word}")
            return
        self.spans.append(FeeSpan(service, word, self.catalogue.fee(word).cents(), started, stopped))


def _with_before(changes: list[BundleChange]) -> Iterator[tuple[BundleChange, str | None]]:
    """Yield changes with the bundle before each: as it says, else what the one before it led to."""
    after: str | None = None
    for change in changes:
        yield change, change.before or after
        after = change.after


def by_name(history: History) -> Mapping[str, tuple[str, ...]]:
    """Return the services that go by each name a bill may use: the operator's id, a number, an address."""
    found: dict[str, list[str]] = defaultdict(list)
    for live_id, owner in history.owners.items():
        for name in {live_id, owner.number, owner.address} - {None}:
            found[str(name)].append(live_id)
    return {name: tuple(ids) for name, ids in found.items()}
