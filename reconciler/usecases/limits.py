"""The operator's limit on calls, as every command that may order shares it."""

from __future__ import annotations

from reconciler.applying.journal.database import Database
from reconciler.applying.journal.rate import SharedRate
from reconciler.model.config import FleetConfig
from reconciler.ports import World

#: Seconds that are waited at most where the operator asks to come back later, unless it is set.
_LONGEST = 300


def shared_rate(world: World, config: FleetConfig, database: Database) -> SharedRate:
    """Return the limit on calls to the operator that `config` names, over all who share the journal."""
    settings = config.provider.settings
    limit = settings.get("rate_limit")
    #: The limit is counted by the place that is called.
    account = f"{config.provider.type} {settings.get('url') or config.organisation}"
    per_second = float(str(limit)) if limit is not None else None
    longest = float(str(settings.get("max_retry_after", _LONGEST)))
    return SharedRate(database, account, per_second, world.clock, longest, world.reading)
