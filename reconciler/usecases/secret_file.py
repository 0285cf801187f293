"""Write a secret to a file that nobody else can read, not even for a moment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from reconciler.errors import FleetError

_OWNER_ONLY = 0o600


def require_free(path: Path, *, overwrite: bool) -> None:
    """Raise FleetError where a secret may not be written to `path`: something is there, or it is no plain file."""
    if not os.path.lexists(path):
        return
    if path.is_symlink() or not path.is_file():
        raise FleetError(f"{path} is no plain file; a secret is not written through it", hint="Name another file.")
    if not overwrite:
        raise FleetError(f"{path} is there already", hint="Name another file, or add --overwrite.")


def write_secret(path: Path, content: bytes, *, overwrite: bool) -> None:
    """Write `content` to a new file of mode 0600; raises FleetError where `require_free` does.

    A file that is there is replaced by the new one, not opened: its mode, its links and its readers get nothing.
    """
    require_free(path, overwrite=overwrite)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}") if overwrite else path
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)  # exclusively: follows no link
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if overwrite:
            made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
