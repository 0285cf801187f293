"""The steps of a portal as a document: what is clicked for each kind of action, and the operator's bulk sheets.

Steps are texts with placeholders in braces. A step is left out where something it names is not there, so that one list
serves a service with and without a SIM card.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from reconciler.desired import wording
from reconciler.desired.documents import Part
from reconciler.desired.values import Text as Word
from reconciler.desired.yaml import Text, nearest, parse
from reconciler.errors import InvalidInput, Place, Problem
from reconciler.files import LARGEST_SETTINGS, read_text_inside

_DEFAULT = "mydstny.yaml"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: What a step can name of any action.
ANY = (
    *("id", "user", "name", "label", "address", "number", "bundle", "bundle_id", "options", "sim", "iccid", "eid"),
    *("state", "cost_centre", "live_id", "monthly", "reason"),
)
OF_ADD = (*ANY, "activation", "donor", "donor_account", "port_date")
OF_CHANGE = (*ANY, "before", "after")


class StepsPart(Part):
    """What is clicked for one kind of action."""

    path: Word = Field(description="Where in the portal, with › between its pages.")
    steps: list[Word] = Field(description="What to choose there, one by one.")
    confirm: Word = Field(description="What makes it count.")


class ChangeParts(Part):
    """What is chosen for each attribute that changes, with {before} and {after}."""

    user: Word
    bundle: Word
    option_added: Word
    option_removed: Word
    number: Word
    sim_type: Word
    iccid: Word
    eid: Word
    blocked: Word
    unblocked: Word
    cost_centre: Word


class ChangePart(Part):
    """What is clicked to change a service."""

    path: Word
    steps: ChangeParts
    confirm: Word


class SheetPart(Part):
    """A sheet that the operator takes many actions by: a row for each action of one kind."""

    columns: dict[str, str] = Field(description="Headings, each with what stands below it.")
    delimiter: Literal[",", ";", "\t"] = ","


class SheetsPart(Part):
    """The operator's bulk sheets, by the kind of action."""

    add: SheetPart | None = None
    change: SheetPart | None = None
    remove: SheetPart | None = None


class PortalFile(Part):
    """A portal, click by click."""

    version: Literal[1] = Field(description="The version of this format.")
    portal: Word = Field(description="What it is called.")
    add: StepsPart
    change: ChangePart
    remove: StepsPart
    bulk: SheetsPart = SheetsPart()


def load_portal(root: Path, name: str | None) -> PortalFile:
    """Return the steps in a file of the fleet's folder, those of MyDstny by default; raises InvalidInput."""
    portal, problems = read_portal(root, name)
    if portal is None or problems:
        raise InvalidInput(problems)
    return portal


def read_portal(root: Path, name: str | None) -> tuple[PortalFile | None, list[Problem]]:
    """Return the steps of a portal, and what is wrong with them."""
    try:
        text = read_text_inside(root, name, limit=LARGEST_SETTINGS) if name else _default()
    except (OSError, UnicodeDecodeError) as error:
        reason = "they are not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        return None, [Problem(f"there are no steps to read: {reason}", Place(name or _DEFAULT, 1, 1))]
    read = parse(text, name or _DEFAULT)
    try:
        document = PortalFile.model_validate(read.value if read.value is not None else {})
    except ValidationError as error:
        return None, [*read.problems, *wording.problems(error, PortalFile, read)]
    return document, [*read.problems, *_unknown_words(document, read)]


def _default() -> str:
    return resources.files("reconciler.desired").joinpath(_DEFAULT).read_text(encoding="utf-8")


def _unknown_words(document: PortalFile, read: Text) -> Iterator[Problem]:
    known = {"add": OF_ADD, "change": OF_CHANGE, "remove": ANY}
    for path, text in _texts(document):
        words = known[str(path[1] if path[0] == "bulk" else path[0])]
        for word in _PLACEHOLDER.findall(text):
            if word not in words:
                message = f"unknown placeholder '{{{word}}}'{nearest(word, list(words))}"
                yield Problem(message, read.place(path), f"Known here: {', '.join(words)}.")


def _texts(document: PortalFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text with placeholders, with its path."""
    for kind in ("add", "change", "remove"):
        yield from _below((kind,), getattr(document, kind).model_dump())
        sheet: BaseModel | None = getattr(document.bulk, kind)
        if sheet is not None:
            yield from _below(("bulk", kind, "columns"), sheet.model_dump()["columns"])


def _below(path: tuple[str | int, ...], node: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _below((*path, key), value)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _below((*path, index), value)
