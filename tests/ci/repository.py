"""A company's repository on a platform: a bare one on disk, and a clone in which jobs run as the platform starts them.

Commands run in this process, with the environment and the event file that GitHub gives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.cli.app import run
from tests.publishing import jobs
from tests.publishing.platform import BOT, REPOSITORY, Platform

PULL_REQUEST = 12


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str
    outputs: Mapping[str, str]
    summary: str


@dataclass(slots=True)
class Repository:
    """One clone; `main` is the branch that is applied, `change` the one under review."""

    folder: Path
    platform: Platform
    capture: pytest.CaptureFixture[str]
    runs: int = 900

    @property
    def root(self) -> Path:
        """The fleet's folder."""
        return self.folder / "fleet-config"

    def git(self, *words: str, by: str = "wim@brouwerij.example") -> str:
        """Run git in the clone and return what it prints."""
        command = ["git", "-C", str(self.folder), "-c", "user.name=W", "-c", f"user.email={by}", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text in a file of the fleet that must contain it."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def propose(self, file: str, old: str, new: str) -> None:
        """Commit an edit to the branch under review."""
        self.git("checkout", "-q", "-B", "change")
        self.edit(file, old, new)
        self.git("commit", "-qam", f"Edit {file}")

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def merge(self) -> tuple[str, str]:
        """Merge the branch, and return the commits of main before and after."""
        self.git("checkout", "-q", "main")
        before = self.head()
        self.git("merge", "-q", "--no-ff", "-m", "Merge pull request #12", "change")
        return before, self.pushed()

    def pushed(self) -> str:
        """Push main as it stands, by the pull request, and return its commit."""
        self.git("push", "-q", "origin", "main", "change")
        after = self.head()
        self.platform.merge(PULL_REQUEST, after)
        return after

    def plan(self, *options: str, head: str | None = REPOSITORY, **more: str) -> Ran:
        """Run the job of a pull request, and keep its artefact; what is checked out is the branch under review."""
        self.runs += 1
        event = jobs.pull_request(self.head(), number=PULL_REQUEST, head=head)
        refs = {"GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "change", "GITHUB_SHA": "e" * 40}
        done = self.job("pull_request", event, "plan", *options, **refs, **more)
        files = {path.name: path.read_bytes() for path in (self.folder / "fleet-ci").iterdir()}
        self.platform.artefacts[self.runs] = files
        return done

    def apply(self, before: str, after: str, *options: str, **more: str) -> Ran:
        """Run the job of a push to main."""
        return self.job("push", jobs.push(before, after), "apply", *options, GITHUB_SHA=after, **more)

    def drift(self, *options: str) -> Ran:
        """Run the job of a schedule."""
        return self.job("schedule", {"schedule": "0 5 * * *"}, "drift", *options, GITHUB_SHA="f" * 40)

    def job(self, name: str, event: dict[str, object], *words: str, **more: str) -> Ran:
        """Run `fleet ci` as a step of GitHub Actions."""
        folder = self.folder.parent / "step"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        environment = jobs.github(event, folder=folder, name=name, url=self.platform.url, **more)
        done = self.fleet("ci", *words, **{**environment, "GITHUB_RUN_ID": str(self.runs)})
        outputs = _outputs(folder / "output")
        summary = folder / "summary"
        return done._replace(outputs=outputs, summary=summary.read_text(encoding="utf-8") if summary.exists() else "")

    def fleet(self, *words: str, **environment: str) -> Ran:
        """Run a command in the clone, in this process."""
        with _environment(self.folder, environment):
            code = run(list(words))
        out, err = self.capture.readouterr()
        return Ran(code, out, err, {}, "")

    def comments(self) -> list[str]:
        """Return what our token has written on the pull request."""
        return self.platform.bodies(PULL_REQUEST)

    def strangers(self, body: str) -> None:
        """Have somebody else comment."""
        self.platform.comment(PULL_REQUEST, body)

    def own(self, body: str) -> None:
        """Comment with our token's name."""
        self.platform.comment(PULL_REQUEST, body, BOT)


def begin(folder: Path, example: Path) -> None:
    """Make a bare repository and a clone of it, with the files of `example` on main."""
    bare, clone = folder / "origin.git", folder / "clone"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    subprocess.run(["git", "clone", "-q", str(bare), str(clone)], check=True, capture_output=True)
    shutil.copytree(example, clone / "fleet-config")
    (clone / ".gitignore").write_text("fleet-ci/\n", encoding="utf-8")
    for words in (
        ("remote", "set-url", "origin", "../origin.git"),
        ("checkout", "-q", "-b", "main"),
        ("add", "."),
        ("-c", "user.name=Root", "-c", "user.email=root@brouwerij.example", "commit", "-qm", "Begin"),
        ("push", "-qu", "origin", "main"),
    ):
        subprocess.run(["git", "-C", str(clone), *words], check=True)


@contextmanager
def _environment(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Have a folder and an environment for a while, free of what the machine's own CI says."""
    before, where = dict(os.environ), Path.cwd()
    for name in before:
        if name.startswith(("GITHUB_", "CI_", "GITLAB_", "FLEET_")) and name != "FLEET_STATE_DIR":
            del os.environ[name]
    os.environ.update(environment)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(where)
        os.environ.clear()
        os.environ.update(before)


def _outputs(path: Path) -> dict[str, str]:
    """Return the outputs of a step, as GitHub reads them."""
    found: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").splitlines() if path.exists() else ())
    for line in lines:
        name, _, end = line.partition("<<")
        value = []
        for text in lines:
            if text == end:
                break
            value.append(text)
        found[name] = "\n".join(value)
    return found
