"""What the operator was last seen to offer, kept for completion, which never asks the operator itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.model.catalogue import Bundle, Catalogue, Option
from reconciler.usecases.state_folder import keep, kept

_FILE = "catalogue.json"


class Ware(NamedTuple):
    """A bundle or an option as completion shows it; of a bundle, which options go with it."""

    words: str
    sold: bool
    options: Sequence[str] = ()


class Wares(NamedTuple):
    """What the operator had on offer when it was last asked, by id."""

    bundles: Mapping[str, Ware]
    options: Mapping[str, Ware]


def remembered(root: Path) -> Wares:
    """Return what was on offer when the operator was last asked; nothing where it never was."""
    try:
        bundles, options = kept(root, _FILE)
        return Wares(*({key: Ware(*ware) for key, ware in wares.items()} for wares in (bundles, options)))
    except (TypeError, ValueError, AttributeError):
        return Wares({}, {})


def remember(root: Path, catalogue: Catalogue) -> None:
    """Keep what is on offer; nothing is written where that is known already."""
    bundles = {bundle.id: [*_told(bundle), sorted(bundle.options)] for bundle in catalogue.bundles.values()}
    wares = [bundles, {option.id: _told(option) for option in catalogue.options.values()}]
    if wares != kept(root, _FILE):
        keep(root, _FILE, wares)


def _told(ware: Bundle | Option) -> list[Any]:
    return [f"{ware.name}, {ware.monthly.currency} {ware.monthly}/month", ware.sellable]
