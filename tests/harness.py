"""One sandbox and the fleet that should be there: plan and apply as the commands do, without files or a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from reconciler.applying.executor import Executor, Run
from reconciler.applying.journal.database import MEMORY, Database
from reconciler.applying.journal.lease import acquire
from reconciler.applying.journal.rate import SharedRate
from reconciler.applying.journal.runs import RunJournal, RunRecord
from reconciler.errors import Place
from reconciler.model.config import FleetConfig, ProviderConfig, QuotaConfig
from reconciler.model.fleet import DesiredFleet, DesiredService, DesiredUser, Service
from reconciler.model.plan import Action, Choices, Plan
from reconciler.model.secret import Secret
from reconciler.model.snapshot import Snapshot
from reconciler.planning.planner import plan
from reconciler.ports import Ordering, Outcome, World
from reconciler.providers.tmf import TmfProvider
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.sandbox import Sandbox, seeds
from reconciler.settings import SystemClock, world

_Result = TypeVar("_Result")
PLACE = Place("users/test.yaml", 3, 7)
CONFIG = FleetConfig("brouwerij-demo", ProviderConfig("sandbox"), contract="MC-2026-001")


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a coroutine to its end."""
    return asyncio.run(work)


def desired(
    *services: Service, config: FleetConfig = CONFIG, users: Sequence[str] = (), starts: date | None = None
) -> DesiredFleet:
    """Return a fleet of `services`; `users` are declared besides those that have one."""
    keys = dict.fromkeys([*users, *(service.user for service in services)])
    return DesiredFleet(
        config=config,
        users={key: DesiredUser(key, PLACE) for key in keys},
        services=tuple(DesiredService(service, PLACE, starts) for service in services),
    )


def person(key: str, cost_centre: str | None = "SALES") -> seeds.UserSeed:
    """Return a user of the sandbox."""
    given, _, family = key.partition("@")[0].partition(".")
    return seeds.UserSeed(key, given.title(), family.title() or "X", cost_centre)


class Progress:
    """Progress nobody watches."""

    def expect(self, total: int) -> None:
        """Ignore it."""

    def step(self, text: str) -> None:
        """Ignore it."""


class Clock(SystemClock):
    """Time that does not pass while one sleeps."""

    async def sleep(self, seconds: float) -> None:
        """Let others work, and go on."""
        await asyncio.sleep(0)


@dataclass(slots=True)
class Trial:
    """A sandbox with a way to it."""

    sandbox: Sandbox
    config: FleetConfig = CONFIG
    app: Any = None
    settings: TmfSettings = field(default_factory=lambda: TmfSettings("http://sandbox", attempts=1))
    runs: int = 0
    journal: Database = field(default_factory=lambda: Database.open(MEMORY))

    @classmethod
    def of(cls, seed: seeds.FleetSeed, config: FleetConfig = CONFIG) -> Trial:
        """Return a trial of a fleet described by hand, in memory."""
        sandbox = Sandbox.open(":memory:")
        sandbox.load(seed)
        return cls(sandbox, config)

    def provider(self) -> TmfProvider:
        """Return the provider the product would use."""
        return TmfProvider(self.config, self.settings, name="sandbox", app=self.app or self.sandbox.app())

    def world(self, root: Path) -> World:
        """Return the world of the files in `root`, with this operator whatever they say."""
        return replace(world(root), provider=lambda config: replace(self, config=config).provider())

    def rate(self) -> SharedRate:
        """Return a limit that lets every call through."""
        return SharedRate(self.journal, "sandbox", None, Clock())

    def snapshot(self) -> Snapshot:
        """Return live."""

        async def work() -> Snapshot:
            async with self.provider().reading() as reader:
                return await reader.snapshot()

        return run(work())

    def activation_code(self, live_id: str) -> Secret | None:
        """Return the activation code of a service, as far as the operator shows one."""

        async def work() -> Secret | None:
            async with self.provider().reading() as reader:
                return await reader.activation_code(live_id)

        return run(work())

    def plan(self, fleet: DesiredFleet, choices: Choices | None = None) -> Plan:
        """Return the plan of a fleet against live, as of the sandbox's today."""
        fleet = replace(fleet, config=self.config)
        return plan(fleet, self.snapshot(), self.sandbox.today, tool_version="test", choices=choices)

    def apply(self, fleet: DesiredFleet, choices: Choices | None = None) -> tuple[Plan, Mapping[str, Outcome]]:
        """Plan, order what is ready, and return the plan and what became of its actions."""
        fleet = replace(fleet, config=self.config)

        async def work() -> tuple[Plan, Mapping[str, Outcome]]:
            rate = self.rate()
            async with self.provider().ordering(rate) as ordering:
                live = await ordering.reader.snapshot()
                made = plan(fleet, live, self.sandbox.today, tool_version="test", choices=choices)
                return made, await self._execute(made.ready, live, ordering, rate)

        return run(work())

    async def _execute(
        self, actions: Sequence[Action], live: Snapshot, ordering: Ordering, rate: SharedRate
    ) -> Mapping[str, Outcome]:
        self.runs += 1
        run_id, organisation = f"test-{self.runs:04d}", self.config.organisation
        lease, _ = acquire(self.journal, organisation, run_id=run_id, who="test", place="test", seconds=60)
        log = RunJournal(self.journal, lease)
        log.begin(RunRecord(run_id, organisation, "sandbox", "test", "test", None, "", "", (), "test"))
        which = Run(run_id, self.sandbox.today, "test", timeout=1.0)
        executor = Executor(which, ordering, live, log, lease, rate, Clock(), Progress(), asyncio.Event())
        await executor.execute(actions)
        lease.release()
        return log.outcomes()


def with_quota(ratio: str = "1", base: int | None = None) -> FleetConfig:
    """Return a configuration whose quota is as said, and not in the way by default."""
    from decimal import Decimal

    return replace(CONFIG, quota=QuotaConfig(ratio=Decimal(ratio), base=base))
