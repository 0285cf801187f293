"""The cache changes nothing but how long it takes: what is broken, old or somebody else's is read anew."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import CodeType, FrameType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.desired import yaml
from reconciler.desired.bare import bare_value
from reconciler.desired.cache import Cache
from reconciler.desired.load import Documents, load
from reconciler.errors import InvalidInput
from tests.desired.files import service, write
from tests.desired.large import PADDING, users, write_large


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FLEET_PROCESSES", "1")
    return tmp_path / "cache"


@pytest.fixture
def root(tmp_path: Path, folder: Path) -> Path:
    return write_large(tmp_path / "fleet", 3)


@contextmanager
def counted(*functions: Callable[..., object]) -> Iterator[Counter[str]]:
    """Count how often functions are called."""
    codes: dict[CodeType, str] = {function.__code__: function.__name__ for function in functions}
    calls: Counter[str] = Counter()

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            calls[codes[frame.f_code]] += 1

    sys.setprofile(look)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def said(documents: Documents) -> tuple[Documents, str]:
    """Return documents, and how they are shown with all places."""
    return documents, repr(documents)


def test_each_file_is_read_once_and_not_again_until_it_changes(root: Path, folder: Path) -> None:
    with counted(bare_value, yaml.parse) as cold:
        first = load(root)
    with counted(bare_value, yaml.parse) as warm:
        second = load(root)
    assert (cold, warm) == ({"bare_value": 3, "parse": 1}, {"parse": 1})  # fleet.yaml is read with its places
    assert said(first) == said(second)
    (root / "users" / "f0.yaml").write_text(PADDING + users(9))
    with counted(bare_value) as changed:
        third = load(root)
    assert changed == {"bare_value": 1}
    assert said(third) == said(without_cache(root)) != said(first)


def without_cache(root: Path) -> Documents:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLEET_CACHE_DIR", "")
        return load(root)


def test_a_file_that_is_gone_is_forgotten(root: Path, folder: Path) -> None:
    load(root)
    before = cache(folder).stat().st_size
    (root / "users" / "f2.yaml").write_text(PADDING)
    load(root)
    assert cache(folder).stat().st_size < before


def cache(folder: Path) -> Path:
    [file] = folder.iterdir()
    return file


SPOILS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda content: content[: len(content) // 2],
    "no head": lambda content: content.partition(b"\n")[2],
    "only the head": lambda content: content.partition(b"\n")[0] + b"\n",
    "older": lambda content: content.replace(b"fleet ", b"fleet 0.0", 1),
    "noise": lambda content: Random(1).randbytes(len(content)),
    "longer": lambda content: content + b"\x00",
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_a_broken_cache_is_built_anew(root: Path, folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    first = load(root)
    whole = cache(folder).read_bytes()
    cache(folder).write_bytes(spoil(whole))
    with counted(bare_value) as calls:
        assert said(load(root)) == said(first)
    assert calls == {"bare_value": 3}
    assert cache(folder).read_bytes() == whole


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_byte_of_a_cache_can_be_another(data: st.DataObject, tmp_path: Path) -> None:
    kept = Cache.open(tmp_path, Path("/fleet"))
    kept.put("digest", b"rows")
    kept.save(forget=True)
    content = bytearray(cache(tmp_path).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    cache(tmp_path).write_bytes(content)
    assert Cache.open(tmp_path, Path("/fleet")).is_empty
    cache(tmp_path).unlink()


def test_a_folder_that_cannot_be_written_to_means_no_cache(root: Path, folder: Path) -> None:
    folder.write_text("this is a file")
    assert said(load(root)) == said(load(root))
    assert folder.read_text() == "this is a file"


def test_an_empty_name_of_the_folder_means_no_cache(root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_CACHE_DIR", "")
    before = everything(root.parent)
    load(root)
    assert everything(root.parent) == before


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("inside", [".", ".fleet", "users"])
def test_nothing_is_read_or_written_below_the_folder_of_the_fleet(
    root: Path, folder: Path, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(root)
    load(root)
    assert everything(root) == before
    planted = root / inside / cache(folder).name
    planted.parent.mkdir(exist_ok=True)
    cache(folder).rename(planted)
    monkeypatch.setenv("FLEET_CACHE_DIR", str(planted.parent))
    before, content = everything(root), planted.read_bytes()
    with counted(bare_value) as calls:
        load(root)
    assert (calls, everything(root), planted.read_bytes()) == ({"bare_value": 3}, before, content)


def test_only_its_owner_can_read_the_cache(root: Path, folder: Path) -> None:
    load(root)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, cache(folder))] == [0o700, 0o600]


def test_a_cache_that_others_can_write_to_is_not_read(root: Path, folder: Path) -> None:
    load(root)
    cache(folder).chmod(0o666)
    with counted(bare_value) as calls:
        load(root)
    assert calls == {"bare_value": 3}
    assert stat.S_IMODE(cache(folder).stat().st_mode) == 0o600


def test_a_file_with_problems_is_not_kept(tmp_path: Path, folder: Path) -> None:
    root = write_large(tmp_path / "fleet", 3, f1=service("bundel: x"))
    for _ in range(2):
        with counted(yaml.parse) as calls, pytest.raises(InvalidInput) as error:
            load(root)
        assert str(error.value.problems[0]).startswith("users/more/f1.yaml:6:9: unknown key 'bundel'")
        assert calls["parse"] == 2  # fleet.yaml, and the broken one


def test_a_small_fleet_has_no_cache(tmp_path: Path, folder: Path) -> None:
    load(write(tmp_path / "small", a=service("bundle: x")))
    assert not folder.exists()


def test_fleets_do_not_share_a_cache(root: Path, folder: Path, tmp_path: Path) -> None:
    load(root)
    load(write_large(tmp_path / "other", 3))
    assert len(everything(folder)) == 2


def test_two_that_write_at_once_leave_a_whole_cache(root: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "reconciler", "-C", str(root), "validate"]
    both = [subprocess.Popen(command, env=os.environ | {}, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    assert not Cache.open(folder, root).is_empty
    with counted(bare_value) as calls:
        load(root)
    assert calls == {}
