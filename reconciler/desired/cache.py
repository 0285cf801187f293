"""The cache of parsed files: rows by the digest of what they were read from, in one file that is safe to delete.

It lies in the user's cache folder, never in the fleet's: whoever may write the files of a fleet must not be able to say
what was read from them. One that is broken, of another version, or somebody else's counts as none.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

import reconciler
from reconciler.files import make_private_folder, open_regular, write_private
from reconciler.model import identifiers

#: What code decides what rows are read from a file: this package's, and what identifiers are valid.
_DECISIVE = (Path(__file__).parent, Path(identifiers.__file__).parent)
#: What it relies on for that, by the names it is installed by.
_RELIED_ON = ("PyYAML", "yaml-rs", "pydantic", "pydantic-core", "phonenumberslite")
_entries = msgspec.msgpack.Decoder(dict[str, bytes]).decode


@dataclass(slots=True)
class Cache:
    """Rows by the SHA-256 of the file they were read from; only what was asked for is kept."""

    path: Path | None
    _found: dict[str, bytes] = field(default_factory=dict)
    _kept: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path | None, root: Path) -> Cache:
        """Return the cache in `folder` of the fleet in `root`; an empty one where there is none that can be used.

        A folder within the fleet's is not used at all.
        """
        if folder is None or folder.resolve().is_relative_to(root.resolve()):
            return cls(None)
        path = folder / f"parsed-{hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]}"
        try:
            head, payload = _own(path).split(b"\n", 1)
            return cls(path, _entries(payload) if head == _head(payload) else {})
        except (OSError, ValueError, msgspec.DecodeError):
            return cls(path)

    @property
    def is_off(self) -> bool:
        """Whether nothing is kept at all."""
        return self.path is None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it yet."""
        return not self._found

    def get(self, digest: str) -> bytes | None:
        """Return the rows of a file with this content."""
        rows = self._found.get(digest)
        if rows is not None:
            self._kept[digest] = rows
        return rows

    def put(self, digest: str, rows: bytes) -> None:
        """Keep the rows of a file with this content."""
        self._kept[digest] = rows

    def save(self, *, forget: bool) -> None:
        """Write what is kept, at once or not at all, and forget the rest if asked to.

        A folder that cannot be written to means no cache.
        """
        entries = self._kept if forget else self._found | self._kept
        if self.path is None or entries.keys() == self._found.keys():
            return
        payload = msgspec.msgpack.encode(entries)
        with suppress(OSError):
            make_private_folder(self.path.parent)
            write_private(self.path, _head(payload) + b"\n" + payload)


def _own(path: Path) -> bytes:
    """Return what a file holds that nobody else could have written, where the system can tell."""
    with os.fdopen(open_regular(path), "rb") as file:
        about = os.fstat(file.fileno())
        if hasattr(os, "geteuid") and (about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
            return b""
        return file.read()


def _head(payload: bytes) -> bytes:
    """Return the first line of a cache: whose it is, and the digest of the rest."""
    code = hashlib.sha256(f"{sys.version} {[_version(name) for name in _RELIED_ON]}\n".encode())
    for folder in _DECISIVE:
        for entry in sorted(os.scandir(folder), key=lambda each: each.name):
            if entry.name.endswith(".py"):
                code.update(f"{entry.name}\n".encode() + Path(entry.path).read_bytes())
    return f"fleet {reconciler.__version__} {code.hexdigest()} {hashlib.sha256(payload).hexdigest()}".encode()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
