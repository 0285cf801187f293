"""Labels for live services that have none: what a service is, by its bundle, numbered where a user has several.

Which bundles are for what an operator says in names alone, so the words of its catalogue decide.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from reconciler.model.catalogue import Catalogue
from reconciler.model.identifiers import label_flaw
from reconciler.model.snapshot import LiveService

#: Beginnings of words → what a service with such a bundle is; the first that fits counts.
_KINDS = (
    (("tablet", "ipad"), "tablet"),
    (("watch", "wearable"), "watch"),
    (("router", "modem", "hotspot"), "router"),
    (("m2m", "iot", "machine", "telemat"), "machine"),
)
_TALK = ("voice", "call", "phone", "talk", "sms", "text")
_DATA = ("data", "internet", "surf")


def labels(services: Sequence[LiveService], catalogue: Catalogue, taken: Collection[str] = ()) -> list[str]:
    """Return a label for each of one user's services: the operator's where it is one, else one derived.

    No two are the same, none is `taken`, and none derived is one that the operator has for another service.
    """
    kept = _kept(services, taken)
    used = {*taken, *filter(None, (item.service.label for item in services))}
    named = zip(services, kept, strict=True)
    return [label or _free(kind(item.service.bundle, catalogue), used) for item, label in named]


def kind(bundle: str, catalogue: Catalogue) -> str:
    """Return what a service with `bundle` most likely is: phone, data, tablet and so on.

    A bundle for data alone says so in its name, and carries no option for calls.
    """
    offer = catalogue.bundles.get(bundle)
    words = _words(bundle, offer.name if offer else "")
    for beginnings, label in _KINDS:
        if _begins(words, beginnings):
            return label
    options = _words(*offer.options) if offer else []
    data_alone = _begins(words, _DATA) and not _begins([*words, *options], _TALK)
    return "data" if data_alone else "phone"


def _kept(services: Sequence[LiveService], taken: Collection[str]) -> list[str | None]:
    """Return the operator's own labels, without those no file can hold and without repetitions."""
    found: list[str | None] = []
    for item in services:
        label = item.service.label
        usable = label is not None and label_flaw(label) is None and label not in taken and label not in found
        found.append(label if usable else None)
    return found


def _free(label: str, used: set[str]) -> str:
    """Return `label`, or the first of label-2, label-3 … that is not used, and have it used."""
    number, free = 1, label
    while free in used:
        number += 1
        free = f"{label}-{number}"
    used.add(free)
    return free


def _words(*texts: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", " ".join(texts).lower())


def _begins(words: Sequence[str], beginnings: tuple[str, ...]) -> bool:
    return any(word.startswith(beginnings) for word in words)
