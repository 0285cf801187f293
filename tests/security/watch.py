"""The watcher: a process that runs commands one after another and writes down what they touch.

It hears of every file that Python opens, changes or removes, every process it starts and every address it speaks to,
by an audit hook, which nothing that runs later in the process can take away. What git itself starts, git writes down
(`trace2.eventTarget` of the user's own settings). Started as `python -m tests.security.watch FILE`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

#: How long one command may take here; each has some 20 users and an operator in the same process.
SECONDS = 30
#: What every command finds as the first one did.
FOLDERS = ("company", "state", "cache", "desk")
_WRITES = {
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.link": (0, 1),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
    "shutil.rmtree": (0,),
    "sqlite3.connect": (0,),
    "tempfile.mkstemp": (0,),
}
_READS = {"os.listdir": (0,), "os.scandir": (0,), "os.getxattr": (0,)}
_NETWORK = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.bind"})
_PROCESSES = frozenset(
    {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork", "os.forkpty", "pty.spawn"}
)
_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """What was heard since the last command began: reads, writes, processes and addresses, in order."""

    def __init__(self) -> None:
        self.listening = False
        self.heard: list[tuple[str, str]] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.listening:
            return
        self.listening = False  # what follows opens nothing, but asks for real paths
        try:
            self.heard += list(_meaning(event, arguments))
        finally:
            self.listening = True

    @contextlib.contextmanager
    def hearing(self) -> Iterator[list[tuple[str, str]]]:
        """Listen for a while."""
        self.heard = []
        self.listening = True
        try:
            yield self.heard
        finally:
            self.listening = False


def _meaning(event: str, arguments: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    if event == "open":
        path, mode, flags = arguments
        if not isinstance(path, int) and path is not None:
            writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _FLAGS)
            yield ("write" if writes else "read"), _real(path, follow=not _stops_at_links(flags))
    elif event in _WRITES or event in _READS:
        for index in _WRITES.get(event) or _READS[event]:
            path = arguments[index]
            if isinstance(path, (str, bytes, os.PathLike)) and os.fspath(path) not in (":memory:", ""):
                yield (
                    ("write" if event in _WRITES else "read"),
                    _real(path, follow=event in ("sqlite3.connect", *_READS)),
                )
    elif event in _PROCESSES:
        command = arguments[1] if event == "subprocess.Popen" else arguments
        words = [command] if isinstance(command, (str, bytes)) else list(command)
        yield "process", json.dumps([os.fsdecode(word) if isinstance(word, bytes) else str(word) for word in words])
    elif event in _NETWORK:
        yield "network", f"{event} {arguments[1:] if event != 'socket.getaddrinfo' else arguments}"


def _stops_at_links(flags: Any) -> bool:
    """Tell whether a file is opened such that a link in its place is an error, and what it means is not touched."""
    return isinstance(flags, int) and bool(flags & os.O_NOFOLLOW)


def _real(path: Any, *, follow: bool) -> str:
    """Return where a path leads; what is removed or renamed is the link and not what it means."""
    text = os.fsdecode(path)
    text = text.removeprefix("file:").partition("?")[0] if text.startswith("file:") else text
    if follow:
        return os.path.realpath(text)
    return os.path.join(os.path.realpath(os.path.dirname(text) or "."), os.path.basename(text))


def main(file: str) -> None:
    """Run what a file asks for, and write beside it what was heard."""
    task = json.loads(Path(file).read_text())
    place = Path(task["place"])
    sys.path[:] = [entry for entry in sys.path if entry]
    watch = Watch()
    from reconciler.cli.app import run

    results: list[dict[str, Any]] = []
    for call in task["calls"]:
        if not results or _changed(place, results[-1]["heard"]):
            _restore(place)
        results.append(_watched(watch, run, call))
    Path(f"{file}.heard").write_text(json.dumps(results))


def _watched(watch: Watch, run: Any, call: Mapping[str, Any]) -> dict[str, Any]:
    """Run one command, and return its exit code, what it said and what was heard."""
    environment = dict(os.environ)
    os.environ.update(call["environment"])
    os.chdir(call["folder"])
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    before = sys.stdin
    sys.stdin = io.StringIO("")
    signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with watch.hearing() as heard, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(call["words"])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except TimeoutError:
        code = -1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdin = before
        os.chdir("/")
        os.environ.clear()
        os.environ.update(environment)
    said = [_text(stream) for stream in (out, err)]
    return {"code": code, "out": said[0], "err": said[1], "heard": sorted({*heard})}


def _text(stream: io.TextIOWrapper) -> str:
    if stream.closed:
        return ""
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8", "replace")


def _too_slow(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise TimeoutError


def _changed(place: Path, heard: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a command wrote anything that the next one must not find."""
    written = [Path(what) for kind, what in heard if kind == "write" and what.startswith(f"{place}/")]
    logs = [path.with_name(f"{path.name}-wal") for path in written if path.suffix == ".db"]
    folders = [path for path in (*written, *logs) if path.relative_to(place).parts[0] in FOLDERS]
    if any(_state(path) != _state(place / "kept" / path.relative_to(place)) for path in folders):
        return True
    return any(kind == "process" and _COMMIT in what for kind, what in heard)


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what tells a file from another one, or from one that was changed; None for none."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_mode, 0 if path.is_dir() else status.st_size, 0 if path.is_dir() else status.st_mtime_ns


_COMMIT = '"commit-tree"'


def _restore(place: Path) -> None:
    """Have the repository, and what a user keeps of it, as they were before the first command."""
    for name in FOLDERS:
        copy_folder(place / "kept" / name, place / name)


def copy_folder(source: Path, target: Path) -> None:
    """Have a folder hold what another one does, pipes and links included, and nothing else."""
    if target.is_symlink():
        target.unlink()
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def known_processes(argv: Sequence[str], *, own: Sequence[str]) -> bool:
    """Tell whether a process is one that fleet may start: git by its whole path, ssh-keygen, our own reader."""
    program = argv[0]
    if os.path.basename(program) == "git":
        return os.path.isabs(program) and not any(program.startswith(folder) for folder in own)
    if program == "ssh-keygen":
        return argv[1] == "-Y"
    return program == sys.executable and list(argv[1:4]) == ["-I", "-B", "-c"]


if __name__ == "__main__":
    main(sys.argv[1])
