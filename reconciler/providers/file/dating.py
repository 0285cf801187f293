"""Which file an export is, and when the operator wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler.errors import UnusableExport, quoted
from reconciler.files import UnsafeFileError, resolve_inside

_HERE = "Put the export itself within the fleet's folder."
_DATED = re.compile(r"(?<!\d)(20\d\d)-?(\d\d)-?(\d\d)(?:[T _-]?(\d\d)[-:h.]?(\d\d)(?:[-:.m]?(\d\d))?)?(?!\d)")


def pattern(name: str) -> str:
    """Return the name of an export with `*` for what is another in the next one."""
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    return f"{folder}{slash}{_DATED.sub('*', stem)}{dot}{suffix}"


def newest(root: Path, pattern: str, zone: ZoneInfo) -> tuple[Path, datetime]:
    """Return the newest file that `pattern` names in `root`, and when it was written; raises UnusableExport."""
    found = [(written(path, zone), path.name, path) for path in _matching(root, pattern)]
    if not found:
        hint = "Export it from the operator's portal, or set 'file' of this export in fleet.yaml."
        raise UnusableExport(f"there is no export '{pattern}' in '{root}'", hint=hint)
    moment, _, path = max(found)
    return path, moment


def _matching(root: Path, pattern: str) -> Iterator[Path]:
    """Yield the files that `pattern` names in `root`; raises UnusableExport where one is none, or leads out of it."""
    try:
        _require_folders_inside(root, pattern)
        for path in root.glob(pattern):
            real = resolve_inside(root, path.relative_to(root))
            if real.is_file():
                yield path
            elif not real.is_dir():
                raise UnsafeFileError("it is not a regular file", path)
    except UnsafeFileError as error:
        raise UnusableExport(f"{error.filename} is not read: {error.strerror}", hint=_HERE) from error
    except (ValueError, IndexError, NotImplementedError, RecursionError, re.error) as error:  # `**a`, far too deep
        message = f"{quoted(pattern)} is no pattern of file names"
        hint = "Write one like exports/services-*.csv under 'file' of this export."
        raise UnusableExport(message, hint=hint) from error


def _require_folders_inside(root: Path, pattern: str) -> None:
    """Raise UnsafeFileError where a folder that `pattern` would have listed lies elsewhere."""
    resolve_inside(root, pattern.partition("*")[0])
    parts = Path(pattern).parts
    for depth in range(1, len(parts)):  # from above, so that none is listed before it was looked at
        for path in root.glob("/".join(parts[:depth])):
            if path.is_symlink() and path.is_dir():
                resolve_inside(root, path.relative_to(root))


def written(path: Path, zone: ZoneInfo) -> datetime:
    """Return when an export was written: as its name says, else as its file was.

    A name without a time of day leaves that to the file, where the file is of that day: a copy or a checkout is not.
    """
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    dated = _DATED.search(path.stem)
    if not dated:
        return changed
    try:
        named = datetime(*(int(part or 0) for part in dated.groups()), tzinfo=zone)  # type: ignore[arg-type,misc]  # six
    except ValueError:
        return changed
    of_that_day = dated[4] is None and changed.astimezone(zone).date() == named.date()
    return changed if of_that_day else named.astimezone(UTC)
