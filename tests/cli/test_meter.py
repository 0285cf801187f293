"""How far reading is: in one line of a terminal, in a line now and then of a log, and nowhere where it is short."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.cli.console import Console
from reconciler.cli.line import Line
from reconciler.cli.meter import InLog, Meter, OnTerminal
from reconciler.cli.progress import progress
from reconciler.desired.load import load
from reconciler.desired.partial import PartialFleet
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.sandbox import Sandbox
from tests.desired.files import write
from tests.e2e.conftest import EXAMPLE
from tests.e2e.terminal import CTRL_C, Terminal
from tests.harness import Trial, run
from tests.providers.wire import Wire


@dataclass(slots=True)
class Ticking:
    """A clock that goes on by so much whenever somebody looks at it."""

    step: float
    time: datetime = datetime(2026, 11, 24, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time, a step later each time."""
        self.time += timedelta(seconds=self.step)
        return self.time


class Glass(io.StringIO):
    """A terminal as one sees it: `frames` are what stood on its last line after each writing."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[str] = []

    def isatty(self) -> bool:
        """Say that somebody looks at it."""
        return True

    def flush(self) -> None:
        """Look at it."""
        self.frames.append(self.lines()[-1])

    def lines(self) -> list[str]:
        """Return what is seen: what stands behind a carriage return is written over the rest."""
        seen: list[str] = []
        for line in self.getvalue().split("\n"):
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part) :]
            seen.append(shown.rstrip())
        return seen


@dataclass(slots=True)
class Watched:
    """A terminal of some columns, and a meter on it."""

    glass: Glass = field(default_factory=Glass)
    step: float = 0.5

    @property
    def meter(self) -> Meter:
        """Return a new meter."""
        return Meter(OnTerminal(Line(self.glass)), Ticking(self.step).now)


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what sets the width of terminals that have none of their own."""
    return lambda count: monkeypatch.setenv("COLUMNS", str(count))


def read(meter: Meter, *, files: int = 4, pages: int = 4) -> None:
    """Read some files, and live in pages of one list and of one that has a single page."""
    for done in range(files + 1):
        meter.files(done, files)
    with meter.live():
        meter.page(1)
        for index in range(pages):
            meter.page(0 if index else pages)


def test_a_long_reading_says_how_far_it_is_and_how_long_it_takes(columns: Callable[[int], None]) -> None:
    columns(100)
    watched = Watched()
    read(watched.meter)
    assert watched.glass.frames == [
        "Reading files 2 of 4 · about 1 s left",
        "Reading files 3 of 4 · about 1 s left",
        "Reading files 4 of 4",
        "Reading files 4 of 4 · live 1 of 1 pages",
        "Reading files 4 of 4 · live 2 of 5 pages · about 2 s left",
        "Reading files 4 of 4 · live 3 of 5 pages · about 1 s left",
        "Reading files 4 of 4 · live 4 of 5 pages · about 1 s left",
        "Reading files 4 of 4 · live 5 of 5 pages",
        "",
    ]


def test_a_short_reading_shows_nothing(columns: Callable[[int], None]) -> None:
    columns(100)
    watched = Watched(step=0.09)
    read(watched.meter)
    assert watched.glass.getvalue() == ""


def test_each_reading_is_short_or_long_by_itself(columns: Callable[[int], None]) -> None:
    columns(100)
    watched = Watched(step=0.09)
    meter = watched.meter
    for _ in range(5):
        read(meter)
    meter.files(4, 4)
    assert watched.glass.getvalue() == ""


def test_a_fast_reading_draws_ten_times_a_second_at_most(columns: Callable[[int], None]) -> None:
    columns(100)
    watched = Watched(step=0.001)
    read(watched.meter, files=1000, pages=1000)
    assert 9 <= len(watched.glass.frames) <= 12


def test_pages_that_nobody_counts_are_of_no_total_and_have_no_end(columns: Callable[[int], None]) -> None:
    columns(100)
    watched = Watched(step=1)
    meter = watched.meter
    with meter.live():
        meter.page(12)
        meter.page(None)
        meter.page(0)
    assert watched.glass.frames[-2] == "Reading live 3 pages"


def test_more_minutes_than_one_are_told_as_minutes(columns: Callable[[int], None]) -> None:
    columns(100)
    watched = Watched(step=60)
    meter = watched.meter
    for done in range(3):
        meter.files(done, 12)
    assert watched.glass.frames[-1] == "Reading files 2 of 12 · about 10 min left"


@pytest.mark.parametrize("width", range(1, 70))
def test_the_line_fits_every_terminal_and_no_number_is_cut(width: int, columns: Callable[[int], None]) -> None:
    columns(width)
    watched = Watched(step=1)
    read(watched.meter, files=12, pages=40)
    assert max(map(len, watched.glass.frames)) < width
    assert "\n" not in watched.glass.getvalue()
    for frame in watched.glass.frames:
        assert not frame or frame.rpartition(" ")[2] in ("left", "pages", "s") or "/" in frame or " of " in frame
        assert "live 4/4 " not in frame


def test_whatever_else_is_said_stands_on_lines_of_its_own(
    columns: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    columns(100)
    glass = Glass()
    monkeypatch.setattr(sys, "stderr", glass)
    console = Console(colour=False)
    meter = Meter(OnTerminal(console.line), Ticking(1).now)
    for done in range(4):
        meter.files(done, 4)
    console.warn("mind the gap")
    meter.files(4, 4)
    console.line.erase()
    assert glass.lines() == ["warning: mind the gap", ""]


def test_nothing_is_drawn_where_a_bar_is(columns: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    columns(100)
    glass = Glass()
    monkeypatch.setattr(sys, "stderr", glass)
    console = Console()
    with progress(console, "ordering") as bar:
        console.line.draw("Reading")
        bar.expect(2)
        console.line.draw("Reading again")
    console.line.draw("Reading at last")
    assert "Reading again" not in glass.getvalue()
    assert glass.lines()[-1] == "Reading at last"


def test_a_terminal_of_few_letters_has_a_column_for_each() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace", newline="")
    Line(stream).draw("files 1/2 · 3 s")
    stream.seek(0)
    assert stream.read() == "\rfiles 1/2 ? 3 s"


def test_a_log_has_a_line_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    read(Meter(InLog(Console()), Ticking(4).now))
    assert capsys.readouterr().err.splitlines() == [
        "Reading files 3 of 4 · about 4 s left",
        "Reading files 4 of 4 · live 1 of 1 pages",
        "Reading files 4 of 4 · live 4 of 5 pages · about 4 s left",
    ]


def test_a_short_reading_leaves_no_line_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    read(Meter(InLog(Console()), Ticking(0.9).now))
    assert capsys.readouterr().err == ""


def test_a_log_in_json_has_an_object_a_line_with_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    read(Meter(InLog(Console(json_log=True)), Ticking(4).now))
    objects = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [each["level"] for each in objects] == ["info"] * 3
    assert objects[-1]["reading"] == {"files": {"done": 4, "total": 4}, "live": {"done": 4, "total": 5}}
    assert (objects[0]["seconds_left"], objects[1]["seconds_left"]) == (4, None)


@pytest.mark.parametrize(
    ("console", "shown"),
    [(Console(quiet=True), type(None)), (Console(json_log=True), InLog), (Console(), OnTerminal)],
)
def test_quiet_hears_nothing_and_json_is_a_log_on_a_terminal_too(
    console: Console, shown: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", Glass())
    console.root = EXAMPLE
    assert isinstance(getattr(console.world().reading, "screen", None), shown)


@dataclass(slots=True)
class Counting:
    """A reading that keeps what it is told."""

    read: list[tuple[int, int]] = field(default_factory=list)
    found: list[int | None] = field(default_factory=list)

    def files(self, done: int, total: int) -> None:
        """Keep it."""
        self.read.append((done, total))

    def live(self) -> nullcontext[None]:
        """Do nothing."""
        return nullcontext()

    def page(self, found: int | None) -> None:
        """Keep it."""
        self.found.append(found)

    def asked_to_wait(self, seconds: float) -> None:
        """Ignore it."""


def test_every_file_is_told_of(tmp_path: Path) -> None:
    root = write(tmp_path, **{f"file{index}": "users: {}\n" for index in range(3)})
    told = Counting()
    load(root, progress=told.files)
    assert told.read == [(0, 3), (1, 3), (2, 3), (3, 3)]
    told.read.clear()
    PartialFleet.open(root, progress=told.files).whole()
    assert told.read == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_as_many_pages_are_told_of_as_were_found_to_be_there() -> None:
    sandbox = Sandbox.open(":memory:")
    sandbox.reset(users=40)
    trial = Trial(sandbox, app=Wire(sandbox.app()), settings=TmfSettings("http://sandbox", attempts=1, page_size=10))
    told = Counting()

    async def read_live() -> None:
        async with trial.provider().watched(told).reading() as reader:
            await reader.snapshot()

    run(read_live())
    assert None not in told.found
    assert sum(found or 0 for found in told.found) == len(told.found) > 8


def test_ctrl_c_leaves_a_clean_terminal(tmp_path: Path) -> None:
    root = write(tmp_path / "fleet", one="users: {}\n")
    (root / ".fleet").mkdir()
    sandbox = Sandbox.open(root / ".fleet" / "sandbox.db", "brouwerij-demo")
    sandbox.reset()
    sandbox.fault("latency", "GET", times=1000, value=0.8)
    with Terminal(root, "-C", str(root), "plan") as terminal:
        terminal.await_text("pages")
        terminal.answer("", CTRL_C)
        assert terminal.ended() == 130
        glass = Glass()
        glass.write(terminal.shown)
        assert glass.lines() == ["", "error: interrupted; nothing more is done", ""]
