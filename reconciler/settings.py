"""The composition root: configuration and entry points become a frozen `World` of ports.

The only place that names concrete providers, reads the environment and owns the real clock.
"""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.errors import ApprovalMissing, FleetError, InvalidInput, Problem, UsageError, quoted
from reconciler.files import LARGEST_SETTINGS, UnsafeFileError, claim_database, read_text_inside, require_own_folder
from reconciler.usecases.own_folder import OWN_FOLDER, place_within

if TYPE_CHECKING:
    from reconciler.model.config import FleetConfig, JournalConfig
    from reconciler.model.snapshot import Task
    from reconciler.ports import Pipeline, Provider, Reading, World
    from reconciler.sandbox import Sandbox

GROUP = "reconciler.providers"
SANDBOX_FILE = f"{OWN_FOLDER}/sandbox.db"
_CO_AUTHORS = "%(trailers:key=Co-authored-by,valueonly)"
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")
_FOLDER = "Name the folder of fleet.yaml with -C DIR, or begin one with 'fleet init'."
_FETCH = "Fetch the whole history: fetch-depth: 0, or GIT_DEPTH: 0."
#: With a letter and a number of up to seven digits it makes a reference of 25 characters.
_LONGEST_RUN_ID = 16
#: What names a CI job, the same when it is repeated, and what its runs begin with.
_JOB_IDS = MappingProxyType({"GITHUB_RUN_ID": "gh", "CI_JOB_ID": "gl"})


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
) -> World:
    """Return the world of the fleet whose files lie in `root`, or will where it is `new`; `reading` is told of both.

    Raises UsageError where there is no such folder.
    """
    from reconciler.ports import Unwatched, World
    from reconciler.usecases.remembering import Remembering

    watch = reading or Unwatched()
    require_own_folder(root)
    if not new and not root.is_dir():
        raise UsageError(f"there is no folder '{root}'", hint=_FOLDER)
    return World(
        root=root,
        clock=SystemClock(),
        provider=lambda config: Remembering(
            _watched(provider(config, root=root, environment=environment), watch), root, watch
        ),
        commit=lambda: commit(root),
        run_id=lambda: run_id(environment),
        run_repeats=any(environment.get(name) for name in _JOB_IDS),
        requester=lambda: requester(root, environment),
        authors=lambda: authors(root, environment),
        trusted=lambda name: trusted(root, name, environment),
        place=lambda: place(environment),
        journal_url=lambda config: journal_url(config.journal, root=root, environment=environment),
        reading=watch,
    )


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

    require_own_folder(root)
    if not root.is_dir():
        raise UsageError(f"there is no folder '{root}'", hint=_FOLDER)
    config = load_settings(root).config
    return _sandbox_at(root, _sandbox_path(config), config.organisation)


def commit(root: Path) -> str | None:
    """Return the commit checked out in `root`, with `-dirty` where its files are not as committed; None without one."""
    found = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    return f"{found}-dirty" if found and _git(root, "status", "--porcelain", "--", ".") else found


def run_id(environment: Mapping[str, str]) -> str:
    """Return the id of a run: the CI job's own where there is one, so that a repeated job finds its own orders."""
    for name, prefix in _JOB_IDS.items():
        if environment.get(name):
            return f"{prefix}{environment[name]}"[-_LONGEST_RUN_ID:]
    return f"{datetime.now(UTC):%y%m%d%H%M%S}{secrets.token_hex(2)}"


def requester(root: Path, environment: Mapping[str, str]) -> str:
    """Return who asks: as CI says, as git knows, or as the system does."""
    for name in ("FLEET_REQUESTER", "GITHUB_ACTOR", "GITLAB_USER_EMAIL"):
        if environment.get(name):
            return environment[name]
    return _git(root, "config", "user.email") or _user()


def authors(root: Path, environment: Mapping[str, str]) -> frozenset[str]:
    """Return who wrote and who committed what is under review, by e-mail; nobody outside a repository.

    In CI that is every commit since the base that touches the fleet's folder, elsewhere the last one; whoever a
    squashed commit names as its authors too. Raises ApprovalMissing where commits may be missing from this clone.
    """
    base = base_commit(environment)
    if base and _git(root, "rev-parse", "--is-shallow-repository") == "true":
        raise ApprovalMissing("whose change this is cannot be told: this clone has not all of its commits", hint=_FETCH)
    what = (f"--format=%ae%n%ce%n{_CO_AUTHORS}", "--", ".")
    found = _told(root, "log", f"{base}..HEAD", *what) if base else _git(root, "log", "-1", *what)
    return frozenset(_ADDRESS.findall(found or ""))


def trusted(root: Path, name: str, environment: Mapping[str, str]) -> str | None:
    """Return a file of the fleet's folder whose word counts: in CI the base branch's, else the one that lies there.

    Raises ApprovalMissing where the base is named and its commit is not in this clone, or git does not tell.
    """
    base = base_commit(environment)
    if base is None:
        try:
            return read_text_inside(root, name, limit=LARGEST_SETTINGS)
        except FileNotFoundError:
            return None
    if _git(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}") is None:
        message = f"the approval rules are read from the base branch, and its commit '{base}' is not in this clone"
        raise ApprovalMissing(message, hint=_FETCH)
    if not _told(root, "ls-tree", "--name-only", base, "--", name):
        return None
    return _told(root, "show", f"{base}:./{name}")


def base_commit(environment: Mapping[str, str]) -> str | None:
    """Return what a CI job's change is based on; None outside CI, and for a job that has no change under review."""
    if environment.get("FLEET_BASE_REF"):
        return environment["FLEET_BASE_REF"]
    if environment.get("GITHUB_BASE_REF"):
        return f"origin/{environment['GITHUB_BASE_REF']}"
    before = environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or environment.get("CI_COMMIT_BEFORE_SHA")
    if environment.get("GITHUB_EVENT_PATH"):
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        before = event.get("before")
    return before if before and before.strip("0") else None


def place(environment: Mapping[str, str]) -> str:
    """Return where this runs: the address of the CI job, or the name of the machine."""
    if environment.get("GITHUB_RUN_ID"):
        words = (environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"))
        return "{}/{}/actions/runs/{}".format(*words)
    return environment.get("CI_JOB_URL") or platform.node() or "this machine"


def journal_url(config: JournalConfig, *, root: Path, environment: Mapping[str, str]) -> str:
    """Return the URL of the journal; InvalidInput where the variable that holds it is not set."""
    if config.url_env is None:
        return f"sqlite:///{place_within(root, config.path)}"
    if not environment.get(config.url_env):
        message = f"environment variable {config.url_env} is not set"
        raise InvalidInput([Problem(message, None, "fleet.yaml names it under journal.url_env.")])
    return environment[config.url_env]


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, None where there is none, no repository or no answer."""
    import subprocess

    try:
        return _run_git(root, *arguments, check=False) or None
    except (OSError, subprocess.SubprocessError):
        return None


def _told(root: Path, *arguments: str) -> str:
    """Return what git prints; raises ApprovalMissing where it does not tell: silence must not pass for "nobody"."""
    import subprocess

    try:
        return _run_git(root, *arguments, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        message = f"what the approval rules need to know, git does not tell: {error}"
        raise ApprovalMissing(message, hint="Run again; if it persists, look at the clone: git fsck.") from error


def _run_git(root: Path, *arguments: str, check: bool) -> str:
    import subprocess

    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=check).stdout.strip()


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
    from reconciler.providers.tmf.settings import TmfSettings

    sandbox = _sandbox_at(root, _sandbox_path(config), config.organisation)
    if sandbox.is_empty:
        sandbox.reset()
    return TmfProvider(config, TmfSettings(url="http://sandbox"), name="sandbox", app=sandbox.app())


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

    if config.journal.url_env is None and not (root / config.journal.path).exists():
        return ()
    database = Database.open(journal_url(config.journal, root=root, environment=environment))
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
