"""The composition root: configuration and entry points become a frozen `World` of ports.

The only place that names concrete providers, reads the environment and owns the real clock.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import InvalidInput, Problem, UsageError
from reconciler.model.config import FleetConfig
from reconciler.ports import Provider, World

if TYPE_CHECKING:
    from reconciler.sandbox import Sandbox

GROUP = "reconciler.providers"
SANDBOX_FILE = ".fleet/sandbox.db"


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        await asyncio.sleep(seconds)


def world(root: Path, environment: Mapping[str, str] = os.environ) -> World:
    """Return the world of the fleet whose files lie in `root`; UsageError where there is no such folder."""
    if not root.is_dir():
        raise UsageError(f"there is no folder '{root}'", hint="Name the folder of fleet.yaml with -C DIR.")
    return World(
        root=root,
        clock=SystemClock(),
        provider=lambda config: provider(config, root=root, environment=environment),
        commit=lambda: commit(root),
        run_id=lambda: run_id(environment),
    )


def provider(config: FleetConfig, *, root: Path, environment: Mapping[str, str]) -> Provider:
    """Return the provider that fleet.yaml names; InvalidInput where there is none of that name."""
    if config.provider.type == "sandbox":
        return _embedded(config, root)
    from importlib.metadata import entry_points

    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if config.provider.type not in found:
        known = ", ".join(sorted({"sandbox", *found}))
        message = f"there is no provider '{config.provider.type}'; known are {known}"
        raise InvalidInput([Problem(message, None, "Set provider.type in fleet.yaml.")])
    connected: Provider = found[config.provider.type].load()(config, root=root, environment=environment)
    return connected


def open_sandbox(root: Path) -> Sandbox:
    """Return the embedded operator of the fleet in `root`; it may have no fleet yet.

    Its file is the one that `provider.path` of fleet.yaml names, where that provider is the sandbox.
    """
    from reconciler.desired.load import load

    if not root.is_dir():
        raise UsageError(f"there is no folder '{root}'", hint="Name the folder of fleet.yaml with -C DIR.")
    config = load(root).config
    return _sandbox_at(root / _sandbox_path(config))


def commit(root: Path) -> str | None:
    """Return the commit checked out in `root`, None outside a repository."""
    command = ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


def run_id(environment: Mapping[str, str]) -> str:
    """Return the id of a run: the CI job's own where there is one, so that its orders can be told by it."""
    if environment.get("GITHUB_RUN_ID"):
        return f"gh{environment['GITHUB_RUN_ID']}a{environment.get('GITHUB_RUN_ATTEMPT', '1')}"[-19:]
    if environment.get("CI_JOB_ID"):
        return f"gl{environment['CI_JOB_ID']}"[-19:]
    return f"{datetime.now(UTC):%y%m%d%H%M%S}-{secrets.token_hex(3)}"


def _embedded(config: FleetConfig, root: Path) -> Provider:
    """Return the operator in this process: nothing to start, made on first use."""
    from reconciler.providers.tmf import TmfProvider
    from reconciler.providers.tmf.settings import TmfSettings

    sandbox = _sandbox_at(root / _sandbox_path(config))
    if sandbox.is_empty:
        sandbox.reset()
    return TmfProvider(config, TmfSettings(url="http://sandbox"), name="sandbox", app=sandbox.app())


def _sandbox_path(config: FleetConfig) -> str:
    path = config.provider.settings.get("path") if config.provider.type == "sandbox" else None
    return str(path or SANDBOX_FILE)


def _sandbox_at(path: Path) -> Sandbox:
    from reconciler.sandbox import Sandbox

    path.parent.mkdir(parents=True, exist_ok=True)
    return Sandbox.open(path)
