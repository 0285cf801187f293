"""The operator's limit on calls, as every command that may order shares it."""

from __future__ import annotations

from reconciler.applying.journal.database import Database
from reconciler.applying.journal.rate import SharedRate
from reconciler.model.config import FleetConfig
from reconciler.ports import World


def shared_rate(world: World, config: FleetConfig, database: Database) -> SharedRate:
    """Return the limit on calls to the operator that `config` names, over all who share the journal."""
    settings = config.provider.settings
    limit = settings.get("rate_limit")
    #: The limit is counted by the place that is called.
    account = f"{config.provider.type} {settings.get('url') or config.organisation}"
    return SharedRate(database, account, float(str(limit)) if limit is not None else None, world.clock)
