"""The exchange door runs the hooks of the user's own .git/hooks, and speaks to others by https and ssh only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.errors import UnsafeRepository, UsageError
from reconciler.git.exchange import fetch, push, run_git
from tests.git.conftest import Canary, Clone, begin, run


def hook(folder: Path, name: str, text: str) -> None:
    """Write a hook."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def named(clone: Clone) -> Clone:
    """Return a clone that knows who its user is."""
    clone.git("config", "user.name", "An")
    clone.git("config", "user.email", "an@brouwerij.example")
    return clone


def test_only_the_hooks_of_the_clone_itself_run(named: Clone, canary: Canary, tmp_path: Path) -> None:
    hook(named.top / "githooks", "pre-commit", str(canary.program))
    hook(named.top / ".git" / "hooks", "pre-commit", f"echo ran >> {tmp_path / 'own'}")
    named.git("config", "core.hooksPath", "githooks")
    assert run_git(named.tree, "commit", "--allow-empty", "-qm", "x").returncode == 0
    assert canary.ran == []
    assert (tmp_path / "own").read_text() == "ran\n"


@pytest.mark.parametrize("which", ["hook", "folder"])
def test_a_hook_that_a_branch_can_change_is_refused(named: Clone, canary: Canary, which: str) -> None:
    hook(named.top / "githooks", "pre-commit", str(canary.program))
    hooks = named.top / ".git" / "hooks"
    if which == "hook":
        (hooks / "pre-commit").symlink_to("../../githooks/pre-commit")
    else:
        hooks.rename(named.top / ".git" / "old")
        hooks.symlink_to("../githooks")
    with pytest.raises(UnsafeRepository, match="a file that a branch can change"):
        run_git(named.tree, "commit", "--allow-empty", "-qm", "x")
    assert canary.ran == []


@pytest.mark.parametrize("kind", ["ext", "file", "path", "git", "http", "helper"])
def test_other_protocols_are_refused_before_anything_is_sent(
    named: Clone, tmp_path: Path, canary: Canary, kind: str
) -> None:
    other = begin(tmp_path / "other")
    with listener() as (port, heard):
        address = {
            "ext": f"ext::{canary.program}",
            "file": other.top.as_uri(),
            "path": str(other.top),
            "git": f"git://127.0.0.1:{port}/x",
            "http": f"http://127.0.0.1:{port}/x",
            "helper": "evil::x",
        }[kind]
        named.git("remote", "add", "origin", address)
        named.git("config", "protocol.allow", "always")
        for answer in (fetch(named.tree, "origin", "main"), push(named.tree, "origin", "main")):
            assert answer.returncode
            assert b"not allowed" in answer.stderr
        assert heard == []
    assert canary.ran == []


def test_https_is_spoken(named: Clone) -> None:
    with listener() as (port, heard):
        assert fetch(named.tree, f"https://127.0.0.1:{port}/x", "main").returncode
        assert heard


@pytest.mark.parametrize("name", ["--upload-pack=touch x", "-x", "", "a b", "a\nb"])
def test_names_like_options_are_refused(named: Clone, name: str) -> None:
    for work in (fetch, push):
        for remote, branch in ((name, "main"), ("origin", name), ("origin", "+main:main")):
            with pytest.raises(UsageError):
                work(named.tree, remote, branch)


def test_submodules_are_not_fetched(named: Clone, tmp_path: Path, canary: Canary) -> None:
    inner = begin(tmp_path / "inner")
    named.git("submodule", "add", "-q", str(inner.top), "sub")
    named.git("commit", "-qm", "x")
    named.git("config", "submodule.recurse", "true")
    named.git("config", "submodule.sub.update", f"!{canary.program}")
    assert run_git(named.tree, "switch", "-c", "other").returncode == 0
    assert canary.ran == []
    assert run(named.top, "branch", "--show-current") == "other"


@contextmanager
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """Listen on a port of this machine, and keep what comes."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(0.5)
                    heard.append(connection.recv(64))

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield server.getsockname()[1], heard
        finally:
            over.set()
            thread.join(5)
