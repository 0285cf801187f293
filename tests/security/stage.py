"""A company's repository, the machine of whoever reads it, and what lies around that must not be touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.git.worktree import find_work_tree
from tests.security.commands import CI, Call
from tests.security.watch import FOLDERS, copy_folder, known_processes

TOP = Path(__file__).parents[2]
EXAMPLE = TOP / "fleet-config"
#: What stands in every file that lies outside; seen in an output, or on the wire, it was read.
SECRET = "OUTSIDE-b7c1e0"
TOKEN = "TOKEN-5d90aa"
#: Where Python, the tests and the system lie, which may be read.
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev/null", "/dev/urandom", "/run", "/var/lib")
_OURS = find_work_tree(TOP)
_PYTHON = (sys.prefix, sys.base_prefix, str(TOP), *([str(_OURS.common_dir)] if _OURS else []))


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one command: its exit code, what it said, and what must not have happened."""

    call: Call
    code: int
    said: str
    wrong: Sequence[str] = ()


@dataclass(slots=True)
class Stage:
    """The folder that everything of one trial lies in."""

    place: Path
    #: The address of a server that nobody may speak to.
    stranger: str = "http://127.0.0.1:9"
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "fleets/fleet-config"

    @property
    def top(self) -> Path:
        """The work tree."""
        return self.place / "company"

    @property
    def fleet(self) -> Path:
        """The fleet's folder."""
        return self.top / "fleets" / "fleet-config"

    @property
    def outside(self) -> Path:
        """What lies on the machine besides, and is nobody's business."""
        return self.place / "outside"

    @property
    def mark(self) -> Path:
        """What a program leaves that ran and should not have."""
        return self.place / "ran"

    @property
    def program(self) -> Path:
        """A program that leaves a mark; a copy of it can be committed."""
        return self.place / "canary.sh"

    def write(self, name: str, text: str, *, mode: int = 0o644) -> Path:
        """Write a file of the work tree."""
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def arm(self, name: str) -> Path:
        """Write a program into the work tree that leaves a mark when it runs."""
        return self.write(name, self.program.read_text(), mode=0o755)

    def git(self, *arguments: str) -> str:
        """Run git as somebody who is careful does."""
        command = ["git", "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false"]
        for name in ("x", "y"):
            off = (f"filter.{name}.clean=", f"filter.{name}.process=", f"filter.{name}.required=false")
            command += [word for setting in off for word in ("-c", setting)]
        command += ["-c", "protocol.file.allow=always", "-C", str(self.top), *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, env=self.environment(), check=False)
        assert ran.returncode == 0, (arguments, ran.stderr)
        return ran.stdout.strip()

    def commit(self) -> None:
        """Commit all that lies there, as a stranger who proposes a change does."""
        self.git("add", "--all", "--force", ".", ":(exclude,glob)**/sandbox.db*")
        self.git("commit", "-qm", "Propose a change", "--allow-empty")

    def environment(self) -> dict[str, str]:
        """Return the environment of the user, with secrets that are for others."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place / "home"),
            "XDG_CACHE_HOME": str(self.place / "cache"),
            "XDG_STATE_HOME": str(self.place / "state"),
            "FLEET_STATE_DIR": str(self.place / "state" / "fleet"),
            "TMPDIR": str(self.place / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GITHUB_TOKEN": TOKEN,
            "FLEET_CLIENT_ID": "fleet",
            "FLEET_CLIENT_SECRET": TOKEN,
            "FLEET_SECRET_X": TOKEN,
            **self.env,
        }

    def begin(self) -> Stage:
        """Return the stage as it was before anybody proposed a change."""
        for name in (*FOLDERS, "outside"):
            copy_folder(self.place / "clean" / name, self.place / name)
        self.mark.unlink(missing_ok=True)
        return Stage(self.place, self.stranger)

    def keep(self) -> None:
        """Have every command begin with what lies there now."""
        for name in FOLDERS:
            copy_folder(self.place / name, self.place / "kept" / name)

    def run(self, calls: Sequence[Call], *, strace: bool = False) -> list[Heard]:
        """Run commands one after another in one watched process, each on what was kept."""
        task = self.place / "task.json"
        task.write_text(json.dumps({"place": str(self.place), "calls": [self._described(call) for call in calls]}))
        trace = self.place / "strace"
        watcher = (
            ["strace", "-f", "-qq", "--seccomp-bpf", "-s", "400", "-e", _CALLS, "-o", str(trace)] if strace else []
        )
        command = [*watcher, sys.executable, "-B", "-m", "tests.security.watch", str(task)]
        environment = {**self.environment(), "PYTHONPATH": str(TOP)}
        before = self._around()
        for file in (self.place / "trace").iterdir():
            file.unlink()
        ran = subprocess.run(
            command, cwd=TOP, env=environment, capture_output=True, text=True, timeout=500, check=False
        )
        assert ran.returncode == 0, ran.stderr[-3000:]
        results = json.loads(Path(f"{task}.heard").read_text())
        heard = [self._judged(call, result) for call, result in zip(calls, results, strict=True)]
        general = [*self._touched(before), *self._started_by_git(), *(_traced(trace, self) if strace else ())]
        return [*heard, Heard(Call("all commands"), 0, "", general)]

    def _described(self, call: Call) -> dict[str, Any]:
        words = [word.format(desk=self.place / "desk") for word in call.words]
        return {
            "words": [*words, "-C", self.folder],
            "folder": str(self.top),
            "environment": dict(CI) if call.ci else {},
        }

    def _judged(self, call: Call, result: Mapping[str, Any]) -> Heard:
        said = f"{result['out']}\n{result['err']}"
        wrong = [line for kind, what in result["heard"] if (line := self._objection(kind, what))]
        wrong += [f"said {secret}" for secret in (SECRET, TOKEN) if secret in said]
        if "problem of its own" in said or "Internal error" in said or "Traceback" in said:
            wrong.append(f"crashed: {result['err'][-600:]}")
        if result["code"] == -1:
            wrong.append("did not end in time")
        return Heard(call, result["code"], said, wrong)

    def _objection(self, kind: str, what: str) -> str | None:
        """Say what is wrong with something that a command did, None for nothing."""
        own = [str(self.place / name) for name in (*FOLDERS, "tmp")]
        if kind == "process":
            argv = json.loads(what)
            return None if known_processes(argv, own=own) else f"started {argv}"
        if kind == "network":
            return f"spoke: {what}"
        if what.endswith(("/.git/config", "/environ")):
            return f"read {what}"
        inside = any(what == folder or what.startswith(f"{folder}/") for folder in own)
        if inside and "/.git/" not in what:
            return None
        if kind == "write":
            return f"wrote {what}" if what != os.devnull else None
        readable = (*_SYSTEM, *_PYTHON, str(self.place / "home"), f"{self.top}/.git")
        above = what == "/" or any(str(self.place / name).startswith(f"{what.rstrip('/')}/") for name in FOLDERS)
        return None if above or any(what.startswith(folder) for folder in readable) else f"read {what}"

    def _around(self) -> dict[str, tuple[int, int, str]]:
        """Return what lies outside, with times and contents."""
        paths = [path for path in sorted(self.outside.rglob("*")) if path.is_file()]
        found = {
            str(path): (path.stat().st_mtime_ns, path.stat().st_mode, path.read_text(errors="replace"))
            for path in paths
        }
        return {**found, **{str(path): (0, 0, "") for path in self.outside.rglob("*") if not path.is_file()}}

    def _touched(self, before: Mapping[str, object]) -> Iterator[str]:
        now: Mapping[str, object] = self._around()
        yield from (f"changed outside: {name}" for name in sorted({*now, *before}) if now.get(name) != before.get(name))
        if self.mark.exists():
            yield f"ran: {self.mark.read_text()}"

    def _started_by_git(self) -> Iterator[str]:
        """Yield what git itself started besides itself, as it wrote down."""
        for file in sorted((self.place / "trace").iterdir()):
            for line in file.read_text(errors="replace").splitlines():
                event = json.loads(line)
                if event["event"] in ("child_start", "exec") and os.path.basename(event["argv"][0]) != "git":
                    yield f"git started {event['argv']}"
            file.unlink()


_CALLS = "execve,execveat,connect,sendto,sendmsg,rename,renameat,renameat2,unlink,unlinkat,link,linkat"


def _traced(trace: Path, stage: Stage) -> Iterator[str]:
    """Yield what strace saw and should not have: programs that are not known, and connections to any host."""
    for line in trace.read_text(errors="replace").splitlines():
        if f'"{stage.place}/kept/' in line:  # the watcher itself, between two commands
            continue
        if "execve" in line and " = 0" in line:
            program = line.partition('"')[2].partition('"')[0]
            if os.path.basename(program) not in ("git", "ssh-keygen", *_OWN_NAMES):
                yield f"strace: {line}"
        elif "sa_family=AF_INET" in line or (str(stage.outside) in line and "ENOENT" not in line):
            yield f"strace: {line}"


_OWN_NAMES = (os.path.basename(sys.executable), os.path.basename(os.path.realpath(sys.executable)))


def build(place: Path) -> Stage:
    """Make a company's repository with the example in it, a machine around it, and the first plan of that machine."""
    stage = Stage(place)
    for name in (*FOLDERS, "home", "tmp", "trace", "outside/data", "outside/users"):
        (place / name).mkdir(parents=True)
    stage.program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{stage.mark}"\ncat\n')
    stage.program.chmod(0o755)
    settings = (
        "[user]\n\tname = Dev\n\temail = dev@brouwerij.example\n[trace2]\n\teventTarget = {}\n[init]\n\ttemplateDir =\n"
    )
    (place / "home" / ".gitconfig").write_text(settings.format(place / "trace"))
    (place / "outside" / "idkey").write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END\n")
    (place / "outside" / "users" / "x.yaml").write_text(f"users:\n  {SECRET}@x.example: {{}}\n")
    (place / "outside" / "data" / "plan.json").write_text(SECRET)
    (place / "outside" / "catalogue.yaml").write_text(f"version: 1\nbundles: {{x: {{name: {SECRET}, monthly: 1}}}}\n")
    (place / "outside" / "s.csv").write_text(f"E-mail,Number,Bundle,Status\n{SECRET},+32470000001,mobile-10,active\n")
    _fill_desk(stage)
    shutil.copytree(EXAMPLE, stage.fleet, ignore=shutil.ignore_patterns(".fleet"))
    (stage.fleet / "exports").mkdir()
    (stage.fleet / "exports" / "s.csv").write_text("E-mail;Number;Bundle\nan@x.example;+32470000001;mobile-10\n")
    key = (place / "desk" / "key.pub").read_text().split()[:2]
    (stage.fleet / "approvers" / "allowed_signers").write_text(f"els@brouwerij.example {' '.join(key)}\n")
    stage.git("init", "-q", "-b", "main")
    stage.write(".gitignore", ".fleet/\nfleet-ci/\n")
    stage.commit()
    stage.git("update-ref", "refs/remotes/origin/main", "HEAD")
    return stage


def first_use(stage: Stage) -> None:
    """Have the user work with the repository before anybody proposes a change; what that writes stays."""
    first = (Call("sandbox reset"), Call("plan", "-o {desk}/plan.json"), Call("snapshot", "-o {desk}/live.json"))
    for call in first:
        stage.keep()
        (heard, general) = stage.run([call])
        assert (heard.code, heard.wrong, general.wrong) == (0, [], []), heard
    for name in (*FOLDERS, "outside"):
        copy_folder(stage.place / name, stage.place / "clean" / name)


def _fill_desk(stage: Stage) -> None:
    desk = stage.place / "desk"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "els", "-f", str(desk / "key")]
    subprocess.run(command, check=True, capture_output=True)
    (desk / "bill.csv").write_text("number,product,amount\n+32470000001,Mobile 10,10.00\n")
    (desk / "edits.csv").write_text("action,user,label,cost_centre\nchange,an.hermans@brouwerij.example,phone,IT\n")
