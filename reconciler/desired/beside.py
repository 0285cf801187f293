"""What `fleet.yaml` names in other files of its folder: signers, and the catalogue and the steps of a portal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reconciler.desired.approvers import signer_problems
from reconciler.desired.yaml import Text, nearest
from reconciler.errors import Problem, quoted
from reconciler.files import LARGEST_SETTINGS, read_text_inside
from reconciler.model.config import FleetConfig

SKIP = "skip"


def problems_beside(root: Path, config: FleetConfig, read: Text) -> Iterator[Problem]:
    """Yield what is wrong with the files that the settings name, and with what the settings say of them."""
    signers, unreadable = _signers(root, config)
    if unreadable:
        message = f"{quoted(config.approvals.allowed_signers)} cannot be read: {unreadable}"
        yield Problem(message, read.place(("approvals", "allowed_signers")))
    else:
        yield from signer_problems(config.approvals, signers, read)
    settings: Mapping[str, Any] = config.provider.settings
    if config.provider.type == "file" and settings:
        from reconciler.desired.catalogue import read_catalogue
        from reconciler.desired.portal import read_portal

        catalogue, problems = read_catalogue(root, str(settings["catalogue"]))
        yield from problems
        yield from read_portal(root, settings["checklist"].get("template"))[1]
        if not problems:
            known = {"bundle": [*catalogue.bundles, SKIP], "option": [*catalogue.options]}
            yield from _unknown_values(settings, known, read)


def _unknown_values(settings: Mapping[str, Any], known: Mapping[str, list[str]], read: Text) -> Iterator[Problem]:
    """Yield the words of exports that are mapped to nothing of the catalogue."""
    for export in ("services", "options"):
        values = (settings["exports"].get(export) or {}).get("values") or {}
        for kind, ids in known.items():
            for word, identity in (values.get(kind) or {}).items():
                if identity not in ids:
                    place = read.place(("provider", "exports", export, "values", kind, word))
                    message = f"unknown {kind} {quoted(identity)}{nearest(identity, ids)}"
                    yield Problem(message, place, f"It has to be one of {settings['catalogue']}.")


def _signers(root: Path, config: FleetConfig) -> tuple[str | None, str]:
    """Return the file of those who may approve, None where there is none, and why it cannot be read."""
    if config.approvals.allowed_signers is None:
        return None, ""
    try:
        return read_text_inside(root, config.approvals.allowed_signers, limit=LARGEST_SETTINGS), ""
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, error.strerror or str(error)
    except UnicodeDecodeError:
        return None, "it is not UTF-8"
