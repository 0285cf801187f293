"""Starting git: found on absolute paths only, with an environment of our own, and ended with its children in time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reconciler.errors import GitError

Answer = subprocess.CompletedProcess[bytes]
Setting = tuple[str, str]
_GRACE_SECONDS = 1.0
_LONGEST_QUOTE = 300

#: Settings of both doors, stronger than those of any file. `safe.bareRepository` and `safe.directory` count only when
#: they come from here or from the user, never from a repository.
SETTINGS: Sequence[Setting] = (
    ("safe.bareRepository", "explicit"),
    ("core.fsmonitor", ""),  # neither a program nor, as "false" was before git 2.36, one of that name
    ("core.pager", "cat"),
    ("core.useReplaceRefs", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("status.submoduleSummary", "false"),
    ("diff.ignoreSubmodules", "all"),
    ("log.showSignature", "false"),  # would run gpg
    ("log.mailmap", "false"),  # a committed .mailmap renames authors
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),  # goes on in the background after git has ended
)
#: What git reads of the environment besides; each replaces what the user's holds under `GIT_…`.
VARIABLES: Mapping[str, str] = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": ":",
    "GIT_PAGER": "cat",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_GRAFT_FILE": f"{os.devnull}/none",  # grafts hide commits, and with them authors
}


def start_git(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    settings: Sequence[Setting],
    seconds: float,
    sent: bytes = b"",
) -> Answer:
    """Run git in `folder` and return what it printed; its exit code is for the caller to judge.

    Raises GitError if there is no git, or if it has not ended after `seconds`: it and what it started are killed then.
    """
    variables = {**environment, **VARIABLES, **_settings_variables([*SETTINGS, *settings])}
    command = [_find_git(environment.get("PATH", os.defpath)), "--no-pager", *arguments]
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
        raise GitError(f"git cannot be started: {error}") from error
    with process:
        try:
            printed, said = process.communicate(sent, timeout=seconds)
        except BaseException as error:
            _end_with_children(process)
            if isinstance(error, subprocess.TimeoutExpired):
                name = next((word for word in arguments if not word.startswith("-")), "")
                message = f"git {name} did not end within {seconds:g} s and was stopped"
                raise GitError(message, hint="Look for a slow disk or a hook that waits.") from error
            raise
    return subprocess.CompletedProcess(command, process.returncode, printed, said)


def _end_with_children(process: subprocess.Popen[bytes]) -> None:
    """End git and what it started; asked first, since git takes its lock files away then."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)


def without_git_variables(environment: Mapping[str, str], *, kept: Sequence[str] = ()) -> dict[str, str]:
    """Return an environment without what speaks to git, `kept` aside."""
    return {name: value for name, value in environment.items() if not name.startswith("GIT_") or name in kept}


def said_by(answer: Answer) -> str:
    """Return what git said about a failure, in one line of at most 300 characters."""
    words = " ".join((answer.stderr or answer.stdout).decode(errors="replace").split())
    return words if len(words) <= _LONGEST_QUOTE else f"{words[:_LONGEST_QUOTE]}…"


def _find_git(path: str) -> str:
    """Return the path of git; a relative entry of PATH would look among the files of a branch."""
    absolute = os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))
    found = shutil.which("git", path=absolute)
    if found is None:
        raise GitError("there is no git on this machine", hint="Install git, and see that PATH names its folder.")
    return found


def _settings_variables(settings: Sequence[Setting]) -> dict[str, str]:
    """Return the variables that give settings to git as they are; `-c` would split a name at its first `=`."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for index, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return variables
