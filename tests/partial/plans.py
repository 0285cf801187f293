"""Plans of answers, and what of them an apply would order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from reconciler.errors import FleetError
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Finding, Kind, Plan, Severity
from reconciler.model.snapshot import Extent, Snapshot
from reconciler.planning.planner import plan
from reconciler.providers.tmf import TmfProvider
from reconciler.providers.tmf.settings import TmfSettings
from tests.harness import run
from tests.partial.server import Server

DAY = date(2026, 11, 23)
#: The findings that name a gap.
NAMED = frozenset(
    {
        "service-without-user",
        "user-without-address",
        "option-without-service",
        "incomplete-service",
        "uncertain-service",
        "values-missing",
    }
)


class Atom(NamedTuple):
    """One thing that is ordered: what is done to which service, an attribute at a time."""

    kind: Kind
    subject: str | None
    path: str = ""
    value: str | None = None

    @property
    def is_for_ever(self) -> bool:
        """Whether it cannot be taken back: a removal, a second subscription, a number at somebody else's."""
        return self.kind is not Kind.CHANGE or self.path == "user"


def read(server: Server, fleet: DesiredFleet, *, page_size: int = 1000, extent: Extent | None = None) -> Snapshot:
    """Return live as the reader reads it; raises what it raises."""
    settings = TmfSettings("http://operator", attempts=1, page_size=page_size)

    async def work() -> Snapshot:
        async with TmfProvider(fleet.config, settings, app=server).reading() as reader:
            return await reader.snapshot(extent)

    return run(work())


def planned(fleet: DesiredFleet, snapshot: Snapshot) -> Plan:
    """Return the plan of two sides."""
    return plan(fleet, snapshot, DAY, tool_version="test")


def ordered(made: Plan) -> frozenset[Atom]:
    """Return what an apply of a plan would order."""
    return frozenset(_atoms(made))


def _atoms(made: Plan) -> Iterable[Atom]:
    for action in made.ready:
        if action.kind is Kind.CHANGE:
            yield from (Atom(action.kind, action.live_id, change.path, change.after) for change in action.changes)
        elif action.kind is Kind.REMOVE:
            yield Atom(action.kind, action.live_id)
        else:
            yield Atom(action.kind, action.id)


class Verdict(NamedTuple):
    """What becomes of one answer: the error that ended it, or what it orders more, and what names the gap."""

    error: FleetError | None
    more: frozenset[Atom] = frozenset()
    named: tuple[Finding, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Whether something is ordered that the whole answer does not ask for, and nothing says so."""
        return bool(self.more) and not self.named

    @property
    def is_for_ever(self) -> bool:
        """Whether something of that cannot be taken back, named or not."""
        return any(atom.is_for_ever for atom in self.more)


def verdict(clean: Plan, made: Plan) -> Verdict:
    """Return what a plan of a partial answer does beyond that of the whole one."""
    known = set(clean.findings)
    fresh = (found for found in made.findings if found not in known)
    named = tuple(found for found in fresh if found.severity is Severity.ERROR or found.code in NAMED)
    return Verdict(None, ordered(made) - ordered(clean), named)
