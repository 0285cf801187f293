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

from reconciler.errors import ApprovalMissing, FleetError, InvalidInput, JournalError, Problem, UsageError
from reconciler.publishing.bases import connection_base, is_ci
from reconciler.usecases.journal_place import journal_path, journal_url
from reconciler.usecases.own_folder import OWN_FOLDER, make_folder
from reconciler.usecases.state_folder import work_tree

if TYPE_CHECKING:
    from reconciler.model.config import FleetConfig
    from reconciler.model.snapshot import Task
    from reconciler.ports import Asking, Pipeline, Provider, Reading, World
    from reconciler.sandbox import Sandbox
    from reconciler.usecases.connections import ConnectionGuard

GROUP = "reconciler.providers"
SANDBOX_FILE = f"{OWN_FOLDER}/sandbox.db"
#: What stands for more than itself in a path given to git.
_SPECIAL = re.compile(r"[*?\[\]\\]")
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
    asking: Asking | None = None,
) -> World:
    """Return the world of the fleet whose files lie in `root`, or will where it is `new`; `reading` is told of both.

    No operator is reached and no journal is opened before the connection that the files name was found to be the one
    that is trusted; `asking` is who can confirm another one. Where the fleet is `new`, the user has named it.

    Raises UsageError where there is no such folder.
    """
    from reconciler.ports import Unwatched, World
    from reconciler.usecases.remembering import Remembering

    watch = reading or Unwatched()
    if not new and not root.is_dir():
        raise UsageError(f"there is no folder '{root}'", hint=_FOLDER)
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
        message = f"there is no provider '{config.provider.type}'; known are {known}"
        raise InvalidInput([Problem(message, None, "Set provider.type in fleet.yaml.")])
    connected: Provider = found[config.provider.type].load()(config, root=root, environment=environment)
    return connected


def open_sandbox(root: Path) -> Sandbox:
    """Return the embedded operator of the fleet in `root`; it may have no fleet yet.

    Its file is the one that `provider.path` of fleet.yaml names, where that provider is the sandbox.
    """
    from reconciler.desired.load import load_settings

    if not root.is_dir():
        raise UsageError(f"there is no folder '{root}'", hint=_FOLDER)
    config = load_settings(root).config
    return _sandbox_at(root / _sandbox_path(config), config.organisation)


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
        path = root / name
        return path.read_text(encoding="utf-8") if path.is_file() else None
    if _git(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}") is None:
        message = f"approval rules and connection are the base branch's, and its commit '{base}' is not in this clone"
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


def was_ever_tracked(path: Path) -> bool:
    """Tell whether git tracks a file, or ever did on any branch; False outside of a repository.

    Raises JournalError where git does not tell, or this clone does not have all commits.
    """
    folder = Path(os.path.realpath(path.parent))
    top = work_tree(folder)
    if top is None:
        return False
    name = _SPECIAL.sub(r"\\\g<0>", (folder / path.name).relative_to(top).as_posix())
    what = ("--icase-pathspecs", "log", "--all", "--reflog", "--full-history", "-1", "--format=%H", "--", f"./{name}")
    try:
        if _told(top, "rev-parse", "--is-shallow-repository") == "true":
            message = f"whether git ever tracked {path} cannot be told: this clone has not all of its commits"
            raise JournalError(message, hint="Fetch the whole history: git fetch --unshallow.")
        return bool(_told(top, "--icase-pathspecs", "ls-files", "--", f"./{name}") or _told(top, *what))
    except ApprovalMissing as error:
        message = f"git does not tell whether it ever tracked {path}"
        raise JournalError(message, hint="Look at it with 'git status'.") from error


def place(environment: Mapping[str, str]) -> str:
    """Return where this runs: the address of the CI job, or the name of the machine."""
    if environment.get("GITHUB_RUN_ID"):
        words = (environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"))
        return "{}/{}/actions/runs/{}".format(*words)
    return environment.get("CI_JOB_URL") or platform.node() or "this machine"


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

    sandbox = _sandbox_at(root / _sandbox_path(config), config.organisation)
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

    if config.journal.url_env is None and not journal_path(config, root, environment).exists():
        return ()
    database = Database.open(journal_url(config, root=root, environment=environment))
    try:
        return open_tasks(database, config.organisation)
    finally:
        database.close()


def _sandbox_path(config: FleetConfig) -> str:
    path = config.provider.settings.get("path") if config.provider.type == "sandbox" else None
    return str(path or SANDBOX_FILE)


def _sandbox_at(path: Path, organisation: str) -> Sandbox:
    import sqlite3

    from reconciler.sandbox import Sandbox

    make_folder(path.parent)
    try:
        return Sandbox.open(path, organisation)
    except sqlite3.Error as error:
        message = f"the sandbox's file {path} cannot be used: {error}"
        raise FleetError(message, hint="Is it writable, and a sandbox's? Delete it to start afresh.") from error
