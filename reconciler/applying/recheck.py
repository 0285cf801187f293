"""Read once more what makes a removal or an addition needed, right before it is ordered.

A removal cannot be taken back (R9), and an addition that nobody needs is a second subscription that is billed. One
answer that lacks something makes both at once of a service that is there: it is not recognised, so it is removed, and
added again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.model.fleet import Service
from reconciler.model.plan import Action, Kind
from reconciler.model.snapshot import LiveService, LiveUser, Presence
from reconciler.ports import Outcome, Reader, Result

_CHANGED = Outcome(Result.FAILED, "it changed since the plan was made; plan again")
_GONE = Outcome(Result.DONE, "it was gone already")


@dataclass(slots=True)
class Recheck:
    """Compares services as they are now with `live`, the services a plan was made from."""

    reader: Reader
    live: Sequence[LiveService]
    _by_id: dict[str, LiveService] = field(default_factory=dict)
    _by_user: dict[str, list[LiveService]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for service in self.live:
            self._by_id[service.id] = service
            self._by_user[service.service.user].append(service)

    async def unneeded(self, actions: Sequence[Action], user: LiveUser) -> dict[str, Outcome]:
        """Return, by address, the outcomes of those actions of a user's order that are not to be ordered.

        Raises OperatorError where what they are about cannot be read.
        """
        found = dict[str, Outcome]()
        for action in actions:
            if action.kind is Kind.REMOVE and action.live_id is not None and action.before is not None:
                outcome = await self._removal(action.live_id, action.before)
                found |= {action.id: outcome} if outcome else {}
        return found | await self._additions([action for action in actions if action.kind is Kind.ADD], actions, user)

    async def _removal(self, live_id: str, planned: Service) -> Outcome | None:
        seen = await self.reader.service(live_id)
        if seen is None or seen.presence is Presence.GONE:
            return _GONE
        return None if _is_as_planned(seen.service, planned) else _CHANGED

    async def _additions(
        self, additions: Sequence[Action], actions: Sequence[Action], user: LiveUser
    ) -> dict[str, Outcome]:
        wanted = {action.id: action.after for action in additions if action.after is not None}
        if not wanted:
            return {}
        ours = {action.live_id for action in actions if action.kind is Kind.CHANGE}
        fresh = [each for each in await self._seen_now(user, tuple(wanted.values())) if self._is_news(each)]
        found = {}
        for address, service in wanted.items():
            twin = next((each for each in fresh if each.id not in ours and self._is_it(each, service)), None)
            if twin is not None:
                reason = f"not ordered: it is there after all, as {twin.id}; make a new plan"
                found[address] = Outcome(Result.NOT_STARTED, reason)
        return found

    async def _seen_now(self, user: LiveUser, wanted: Sequence[Service]) -> list[LiveService]:
        """Read the services of a user, those of the plan that are not listed one by one: it may be theirs no more."""
        listed = {each.id: each for each in await self.reader.services_like(user, wanted) or ()}
        missing = [each.id for each in self._by_user[user.key] if each.id not in listed]
        single = [await self.reader.service(live_id) for live_id in missing]
        return [*listed.values(), *(each for each in single if each is not None)]

    def _is_news(self, seen: LiveService) -> bool:
        """Tell whether a service is not as the plan saw it; of one that is, the plan knew that it is another."""
        planned = self._by_id.get(seen.id)
        return seen.presence is not Presence.GONE and (planned is None or _identity(planned) != _identity(seen))

    def _is_it(self, seen: LiveService, wanted: Service) -> bool:
        """Tell whether a live service is the one to be added, by what services are matched by."""
        facts = seen.service
        both = ((facts.number, wanted.number), (facts.sim.iccid, wanted.sim.iccid))
        if any(here and here == there for here, there in both):
            return True
        if facts.user != wanted.user:
            return False
        if facts.label is not None:
            return facts.label == wanted.label
        return seen.id in self._by_id and wanted.number is None and facts.bundle == wanted.bundle


def _is_as_planned(now: Service, planned: Service) -> bool:
    """Tell whether a service is still the one to be removed; a label or a SIM that it tells only now may name another.

    A SIM that was swapped meanwhile (R8) leaves it the same service.
    """
    if (now.user, now.number, now.bundle, now.label) != (planned.user, planned.number, planned.bundle, planned.label):
        return False
    return (now.sim.iccid is None) == (planned.sim.iccid is None)


def _identity(live: LiveService) -> tuple[str | None, ...]:
    facts = live.service
    return facts.user, facts.label, facts.number, facts.sim.iccid, facts.bundle
