"""The composition root: configuration and entry points become a frozen `World` of ports.

The only place that names concrete providers, reads the environment and owns the real clock.
"""

from __future__ import annotations

import os
import platform
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.errors import FleetError, InvalidInput, Problem, UsageError, quoted
from reconciler.files import UnsafeFileError, claim_database
from reconciler.publishing.bases import connection_base, is_ci
from reconciler.usecases.journal_place import journal_path, journal_url
from reconciler.usecases.own_folder import OWN_FOLDER, place_within

if TYPE_CHECKING:
    from reconciler.model.config import FleetConfig
    from reconciler.model.snapshot import Task
    from reconciler.ports import Asking, Pipeline, Provider, Reading, World
    from reconciler.sandbox import Sandbox
    from reconciler.usecases.connections import ConnectionGuard

GROUP = "reconciler.providers"
SANDBOX_FILE = f"{OWN_FOLDER}/sandbox.db"
_FOLDER = "Name the folder of fleet.yaml with -C DIR, or begin one with 'fleet init'."
#: With a letter and a number of up to seven digits it makes a reference of 25 characters.
_LONGEST_RUN_ID = 16
#: What names a CI job, the same when it is repeated, and what its runs begin with. GitLab gives a repeated job another
#: CI_JOB_ID; the pipeline and the job's name stay.
_JOB_IDS = MappingProxyType({"GITHUB_RUN_ID": "gh", "CI_PIPELINE_ID": "gl", "CI_JOB_ID": "gl"})
_DIGITS_OF_NAME = 3


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        import asyncio

        await asyncio.sleep(seconds)


def world(
    root: Path,
    environment: Mapping[str, str] = os.environ,
    *,
    new: bool = False,
    reading: Reading | None = None,
    asking: Asking | None = None,
) -> World:
    """Return the world of the fleet whose files lie in `root`, or will where it is `new`; `reading` is told of both.

    No operator is reached and no journal is opened before the connection that the files name was found to be the one
    that is trusted; `asking` is who can confirm another one. Where the fleet is `new`, the user has named it.

    Raises UsageError where there is no such folder, and UnsafeRepository where git would take files of it, or of a
    folder above it, for a repository.
    """
    from reconciler.git.reading import refuse_repositories_of_branches
    from reconciler.ports import Unwatched, World
    from reconciler.usecases.remembering import Remembering

    watch = reading or Unwatched()
    if not new and not root.is_dir():
        raise UsageError(f"there is no folder '{root}'", hint=_FOLDER)
    refuse_repositories_of_branches(root)
    guard = connection_guard(root, environment, asking=asking, is_named=new)

    def connected(config: FleetConfig) -> Provider:
        guard.require(config)
        return Remembering(_watched(provider(config, root=root, environment=environment), watch), root, watch)

    def journal(config: FleetConfig) -> str:
        guard.require(config)
        return journal_url(config, root=root, environment=environment)

    return World(
        root=root,
        clock=SystemClock(),
        provider=connected,
        commit=lambda: commit(root),
        run_id=lambda: run_id(environment),
        run_repeats=any(environment.get(name) for name in _JOB_IDS),
        requester=lambda: requester(root, environment),
        authors=lambda: authors(root, environment),
        trusted=lambda name: trusted(root, name, environment),
        place=lambda: place(environment),
        journal_url=journal,
        reading=watch,
    )


def connection_guard(
    root: Path, environment: Mapping[str, str], *, asking: Asking | None = None, is_named: bool = False
) -> ConnectionGuard:
    """Return what lets a connection of the fleet in `root` be used or not."""
    from reconciler.desired.load import SETTINGS
    from reconciler.ports import Nobody
    from reconciler.usecases.connections import ConnectionGuard

    def base_settings() -> str | None:
        ref = connection_base(environment)
        return trusted(root, SETTINGS, {**environment, "FLEET_BASE_REF": ref} if ref else {})

    base = base_settings if is_ci(environment) else None
    return ConnectionGuard(root, environment, asking or Nobody(), base, is_named)


def pipeline(environment: Mapping[str, str] = os.environ) -> Pipeline:
    """Return the CI job that runs this, with the way to its platform; outside CI there is none."""
    from reconciler.publishing.environment import pipeline_of

    return replace(pipeline_of(environment), base=base_commit(environment))


def provider(config: FleetConfig, *, root: Path, environment: Mapping[str, str]) -> Provider:
    """Return the provider that fleet.yaml names; InvalidInput where there is none of that name."""
    if config.provider.type == "sandbox":
        return _embedded(config, root)
    if config.provider.type == "file":
        return _exports(config, root, environment)
    from importlib.metadata import entry_points

    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if config.provider.type not in found:
        known = ", ".join(sorted({"sandbox", "file", *found}))
        message = f"there is no provider {quoted(config.provider.type)}; known are {known}"
        raise InvalidInput([Problem(message, None, "Set provider.type in fleet.yaml.")])
    connected: Provider = found[config.provider.type].load()(config, root=root, environment=environment)
    return connected


def open_sandbox(root: Path) -> Sandbox:
    """Return the embedded operator of the fleet in `root`; it may have no fleet yet.

    Its file is the one that `provider.path` of fleet.yaml names, where that provider is the sandbox.
    """
    from reconciler.desired.load import load_settings
    from reconciler.git.reading import refuse_repositories_of_branches

    if not root.is_dir():
        raise UsageError(f"there is no folder '{root}'", hint=_FOLDER)
    refuse_repositories_of_branches(root)
    config = load_settings(root).config
    return _sandbox_at(root, _sandbox_path(config), config.organisation)


def commit(root: Path) -> str | None:
    """Return the commit checked out in `root`, with `-dirty` where its files are not as committed; None without one."""
    from reconciler.git.reading import head_commit

    return head_commit(root)


def run_id(environment: Mapping[str, str]) -> str:
    """Return the id of a run: the CI job's own where there is one, so that a repeated job finds its own orders."""
    for name, prefix in _JOB_IDS.items():
        if environment.get(name):
            job = environment.get("CI_JOB_NAME", "") if prefix == "gl" else ""
            mark = sha256(job.encode()).hexdigest()[:_DIGITS_OF_NAME] if job else ""
            return f"{prefix}{environment[name]}{mark}"[-_LONGEST_RUN_ID:]
    return f"{datetime.now(UTC):%y%m%d%H%M%S}{secrets.token_hex(2)}"


def requester(root: Path, environment: Mapping[str, str]) -> str:
    """Return who asks: as CI says, as git knows, or as the system does."""
    for name in ("FLEET_REQUESTER", "GITHUB_ACTOR", "GITLAB_USER_EMAIL"):
        if environment.get(name):
            return environment[name]
    from reconciler.git.reading import configured_email

    return configured_email(root) or _user()


def authors(root: Path, environment: Mapping[str, str]) -> frozenset[str]:
    """Return who wrote and who committed what is under review, by e-mail; raises as `change_authors` does."""
    from reconciler.git.review import change_authors

    return change_authors(root, environment)


def trusted(root: Path, name: str, environment: Mapping[str, str]) -> str | None:
    """Return a file of the fleet's folder whose word counts, in CI the base's; raises as `read_trusted` does."""
    from reconciler.git.review import read_trusted

    return read_trusted(root, name, environment)


def base_commit(environment: Mapping[str, str]) -> str | None:
    """Return what a CI job's change is based on; None outside CI, and for a job that has no change under review."""
    from reconciler.git.review import base_commit as find_base_commit

    return find_base_commit(environment)


def was_ever_tracked(path: Path) -> bool:
    """Tell whether git tracks a file, or ever did on any branch; raises as `reconciler.git.reading` does."""
    from reconciler.git.reading import was_ever_tracked as find_in_history

    return find_in_history(path)


def place(environment: Mapping[str, str]) -> str:
    """Return where this runs: the address of the CI job, or the name of the machine."""
    if environment.get("GITHUB_RUN_ID"):
        words = (environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"))
        return "{}/{}/actions/runs/{}".format(*words)
    return environment.get("CI_JOB_URL") or platform.node() or "this machine"


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _watched(provider: Provider, reading: Reading) -> Provider:
    """Return a provider that tells of its pages, where it can."""
    from reconciler.ports import Watchable

    return provider.watched(reading) if isinstance(provider, Watchable) else provider


def _embedded(config: FleetConfig, root: Path) -> Provider:
    """Return the operator in this process: nothing to start, made on first use."""
    from reconciler.providers.tmf import TmfProvider
    from reconciler.providers.tmf.settings import TmfSettings, expected_without_address, skip_rules

    sandbox = _sandbox_at(root, _sandbox_path(config), config.organisation)
    if sandbox.is_empty:
        sandbox.reset()
    values = config.provider.settings
    settings = TmfSettings("http://sandbox", skip=skip_rules(values), without_address=expected_without_address(values))
    return TmfProvider(config, settings, name="sandbox", app=sandbox.app())


def _exports(config: FleetConfig, root: Path, environment: Mapping[str, str]) -> Provider:
    """Return the operator's exports, and a checklist for orders, which the journal keeps."""
    from reconciler.desired.catalogue import load_catalogue
    from reconciler.providers.file import FileProvider

    name = str(config.provider.settings["catalogue"])
    return FileProvider(
        config,
        root=root,
        catalogue=lambda: load_catalogue(root, name),
        tasks=lambda: _tasks(config, root, environment),
        now=SystemClock().now,
    )


def _tasks(config: FleetConfig, root: Path, environment: Mapping[str, str]) -> Sequence[Task]:
    """Return what somebody was asked to do by hand, as the journal has it; nothing where there is no journal yet."""
    from reconciler.applying.journal.database import Database
    from reconciler.applying.journal.tasks import open_tasks

    if config.journal.url_env is None and not journal_path(config, root, environment).exists():
        return ()
    url = journal_url(config, root=root, environment=environment)
    database = Database.reading(url, seconds=config.journal.timeout)
    try:
        return open_tasks(database, config.organisation)
    finally:
        database.close()


def _sandbox_path(config: FleetConfig) -> str:
    path = config.provider.settings.get("path") if config.provider.type == "sandbox" else None
    return str(path or SANDBOX_FILE)


def _sandbox_at(root: Path, name: str, organisation: str) -> Sandbox:
    import sqlite3

    from reconciler.sandbox import Sandbox

    path = place_within(root, name)
    try:
        claim_database(path)
        return Sandbox.open(path, organisation)
    except (sqlite3.Error, UnsafeFileError) as error:
        message = f"the sandbox's file {path} cannot be used: {error}"
        raise FleetError(message, hint="Is it writable, and a sandbox's? Delete it to start afresh.") from error
