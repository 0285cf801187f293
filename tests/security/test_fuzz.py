"""Settings, arguments and environment variables with values that nobody expects: each ends in words, none in a fault.

`FUZZ_VALUES=20000` runs the long round.
"""

from __future__ import annotations

import copy
import io
import json
import os
import random
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple
from unittest import mock

import click
import pytest
import yaml
from pydantic import BaseModel

from reconciler.cli.app import COMMANDS, fleet, run
from reconciler.desired.config import PROVIDERS
from reconciler.desired.documents import FleetFile, UsersFile
from reconciler.errors import Exit
from tests.security.hostile_values import any_text, any_value

VALUES = int(os.environ.get("FUZZ_VALUES", "600"))
SEED = int(os.environ.get("FUZZ_SEED", "13"))
SECONDS = 20
EXAMPLE = Path(__file__).parents[2] / "fleet-config"
#: What a settings file is read by, the quick ones more often.
READERS = (
    ("validate",),
    ("validate",),
    ("validate",),
    ("plan",),
    ("quota",),
    ("users",),
    ("history",),
    ("fmt", "--check"),
)
#: Serves until somebody ends it; that it refuses wrong arguments is tested elsewhere.
NOT_RUN = frozenset({"sandbox serve"})
VARIABLES = (
    "FLEET_CLIENT_ID",
    "FLEET_CLIENT_SECRET", "FLEET_JOURNAL_URL", "FLEET_YAML", "FLEET_PROCESSES", "FLEET_CACHE_DIR", "FLEET_STATE_DIR",
    "FLEET_BASE_REF", "FLEET_REQUESTER", "FLEET_BOT_LOGIN", "FLEET_GITLAB_TOKEN", "GITHUB_EVENT_PATH",
    "GITHUB_BASE_REF", "GITHUB_RUN_ID", "GITHUB_ACTOR", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_REPOSITORY",
    "CI_JOB_ID", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_COMMIT_BEFORE_SHA", "CI", "NO_COLOR", "CLICOLOR_FORCE", "TERM",
    "COLUMNS", "LANG", "TZ", "HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "HTTP_PROXY",
)  # fmt: skip


#: Those whose value is never shown.
SECRET = frozenset({"FLEET_CLIENT_ID", "FLEET_CLIENT_SECRET", "FLEET_JOURNAL_URL", "FLEET_GITLAB_TOKEN"})


class Ended(NamedTuple):
    """How a command ended in this process, and all it wrote."""

    code: int
    text: str


class Hung(BaseException):
    """A command that did not end."""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fleet of a few users with an operator of its own, beside which every run of the module works."""
    root = tmp_path_factory.mktemp("fuzz") / "fleet-config"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns(".fleet"))
    with in_folder(root.parent, {}):
        assert ended("sandbox", "reset").code == 0
        assert ended("plan", "-o", "plan.json").code == 0
        assert ended("snapshot", "-o", "live.json").code == 0
    return root


def test_settings(example: Path, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    settings = yaml.safe_load((example / "fleet.yaml").read_text(encoding="utf-8"))
    users = yaml.safe_load((example / "users" / "sales.yaml").read_text(encoding="utf-8"))
    root = fresh(example, tmp_path)
    for number in range(VALUES // 2):
        kind = chance.choice(["sandbox", "sandbox", "tmf", "file", "users"])
        changed, model = (
            copy.deepcopy(users if kind == "users" else settings),
            UsersFile if kind == "users" else FleetFile,
        )
        if kind in ("tmf", "file"):
            changed["provider"] = (
                {"type": kind, "attempts": 1, "url": "http://127.0.0.1:9"} if kind == "tmf" else {"type": kind}
            )
            put(chance, changed["provider"], PROVIDERS[kind])
        else:
            put(chance, changed, model)
        text = yaml.safe_dump(changed, allow_unicode=True, sort_keys=False)
        if chance.random() < 0.1:  # not what a dumper writes
            text = text.replace("'", "", chance.randint(1, 4))
        path = root / ("users/sales.yaml" if kind == "users" else "fleet.yaml")
        before = path.read_bytes()
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        command = chance.choice(READERS)
        hold(ended_in(root.parent, {}, *command, "-C", str(root)), number, command, text)
        path.write_bytes(before)


def test_arguments(example: Path, tmp_path: Path) -> None:
    chance = random.Random(SEED + 1)
    commands = [(path, command) for path, command in every_command() if path not in NOT_RUN]
    folder = fresh(example, tmp_path).parent
    for number in range(VALUES // 3):
        path, command = chance.choice(commands)
        arguments = list(arguments_of(chance, command))
        hold(ended_in(folder, {}, *path.split(), *arguments), number, path, arguments)
        if number % 50 == 0:
            shutil.rmtree(folder)
            folder = fresh(example, tmp_path).parent


def test_environment(example: Path, tmp_path: Path) -> None:
    chance = random.Random(SEED + 2)
    folder = fresh(example, tmp_path).parent
    for number in range(VALUES - VALUES // 2 - VALUES // 3):
        name, value = chance.choice(VARIABLES), any_text(chance)
        if "\0" in value:
            continue
        command = chance.choice((*READERS, ("history",), ("ci", "plan"), ("ci", "apply"), ("add", "--no-input")))
        if name == "FLEET_JOURNAL_URL":
            (folder / "fleet-config" / "fleet.yaml").write_text(
                (example / "fleet.yaml").read_text(encoding="utf-8") + "\njournal: {url_env: FLEET_JOURNAL_URL}\n",
                encoding="utf-8",
            )
        result = ended_in(folder, {name: value}, *command)
        hold(result, number, command, (name, value))
        if name in SECRET:
            assert "hunter2" not in result.text, f"{command} shows the password of {name}: {result.text[-3000:]}"


def put(chance: random.Random, document: dict[str, Any], model: type[BaseModel]) -> None:
    """Put a value at a random key of a document, one that is there or one that its model knows."""
    at: Any = document
    while True:
        known = [field.alias or name for name, field in model.model_fields.items()] if at is document else []
        keys = [*at, *known] if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return
        key = chance.choice(keys)
        below = at.get(key) if isinstance(at, dict) else at[key]
        if isinstance(below, dict | list) and below and chance.random() < 0.75:
            at = below
            continue
        if isinstance(at, dict) and chance.random() < 0.15:
            at[any_text(chance)] = below
        at[key] = any_value(chance)
        return


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Yield every command by the words it is called with."""
    context = click.Context(fleet)
    for name in COMMANDS:
        command = fleet.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                assert found is not None
                yield f"{name} {below}", found
        else:
            yield name, command


def arguments_of(chance: random.Random, command: click.Command) -> Iterator[str]:
    """Yield arguments of a command: hostile for one parameter and likely for the others."""
    parameters = [each for each in command.params if each.name not in ("help", "root", "verbose")]
    hostile = chance.choice(parameters) if parameters else None
    for parameter in parameters:
        if parameter is not hostile and not parameter.required and chance.random() < 0.85:
            continue
        value = any_text(chance) if parameter is hostile else likely(chance, parameter)
        value = value.replace("\0", "\udcff")  # what an argument cannot hold, and what one that is not UTF-8 becomes
        if isinstance(parameter, click.Option):
            yield max(parameter.opts, key=len)
            if parameter.is_flag:
                continue
        yield value
    yield "--no-input"


def likely(chance: random.Random, parameter: click.Parameter) -> str:
    """Return a value that a parameter may really be given."""
    if isinstance(parameter.type, click.Choice):
        return str(chance.choice(list(parameter.type.choices)))
    if isinstance(parameter.type, click.Path):
        return chance.choice(["plan.json", "live.json", "fleet-config/fleet.yaml", "pipe", "new.json"])
    if isinstance(parameter.type, click.types.IntParamType | click.types.FloatParamType):
        return "1"
    return chance.choice(["wim.thys@brouwerij.example", "phone", "2026-12-01", "mobile-25", "*", "1h"])


def fresh(example: Path, tmp_path: Path) -> Path:
    """Return a copy of the example with what lies beside it, and a pipe that nobody writes to."""
    folder = tmp_path / "work"
    shutil.copytree(example.parent, folder)
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "fleet-config" / "pipe")
    return folder / "fleet-config"


def hold(result: Ended, number: int, *what: object) -> None:
    """Fail where a command ended in a fault of its own, or with a code that is none of ours."""
    case = json.dumps([number, *what], default=str)[:3000]
    assert "problem of its own" not in result.text, f"{case}\n{result.text[-3000:]}"
    assert "Internal error" not in result.text, f"{case}\n{result.text[-3000:]}"
    assert "Traceback" not in result.text, f"{case}\n{result.text[-3000:]}"
    assert result.code in set(Exit), f"{case}: {result.code}\n{result.text[-3000:]}"


def ended_in(folder: Path, environment: Mapping[str, str], *arguments: str) -> Ended:
    """Run a command in a folder with some variables."""
    with in_folder(folder, environment):
        return ended(*arguments)


def ended(*arguments: str) -> Ended:
    """Run a command in this process; Hung where it does not end in time."""
    out, err = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    before = signal.signal(signal.SIGALRM, _hang)
    signal.alarm(SECONDS)
    try:
        with redirect_stdout(out), redirect_stderr(err), mock.patch("sys.stdin", io.StringIO("")):
            code = run(arguments)
    except SystemExit as error:
        code = int(error.code or 0)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        signal.signal(signal.SIGTERM, handler)
    return Ended(code, out.getvalue() + err.getvalue())


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise Hung(f"it did not end in {SECONDS} seconds")


@contextmanager
def in_folder(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Work in a folder, with the environment of a plain terminal and some variables more."""
    plain = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    here = Path.cwd()
    os.chdir(folder)
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update({**plain, "HOME": str(folder), **environment})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
        os.chdir(here)
