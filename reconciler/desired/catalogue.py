"""`catalogue.yaml`: what the operator offers, for a connection that cannot ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from reconciler.desired import wording
from reconciler.desired.documents import Part
from reconciler.desired.values import Amount
from reconciler.desired.values import Text as Word
from reconciler.desired.yaml import Text, nearest, parse
from reconciler.errors import InvalidInput, Place, Problem, quoted
from reconciler.files import LARGEST_SETTINGS, read_text_inside
from reconciler.model.catalogue import Bundle, Catalogue, Option
from reconciler.model.money import Money


class OptionOffer(Part):
    """An add-on of a service."""

    name: Word | None = Field(None, description="As the operator's portal and exports write it; by default its id.")
    monthly: Amount = Field(description='The monthly fee without VAT, like "15.00".')
    sellable: bool = Field(True, description="false where only those who have it keep it.")


class BundleOffer(OptionOffer):
    """A tariff plan, and the options that may go with it."""

    options: list[Word] = Field(default_factory=list, description="By their ids.")


class CatalogueFile(Part):
    """The bundles and options of the operator, by the ids that the users' files use."""

    version: Literal[1] = Field(description="The version of this format.")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    bundles: dict[str, BundleOffer]
    options: dict[str, OptionOffer] = Field(default_factory=dict)


def load_catalogue(root: Path, name: str) -> Catalogue:
    """Return the catalogue in a file of the fleet's folder; raises InvalidInput with all problems."""
    catalogue, problems = read_catalogue(root, name)
    if problems:
        raise InvalidInput(problems)
    return catalogue


def read_catalogue(root: Path, name: str) -> tuple[Catalogue, list[Problem]]:
    """Return the catalogue in a file of the fleet's folder, and what is wrong with it."""
    try:
        read = parse(read_text_inside(root, name, limit=LARGEST_SETTINGS), name)
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        hint = "It lists bundles and options with their monthly fees; see docs/file.md."
        return Catalogue(), [Problem(f"there is no catalogue to read: {reason}", Place(name, 1, 1), hint)]
    problems = list(read.problems)
    try:
        document = CatalogueFile.model_validate(read.value if read.value is not None else {})
    except ValidationError as error:
        return Catalogue(), [*problems, *wording.problems(error, CatalogueFile, read)]
    problems += _unfit(document, read)
    return _catalogue(document), problems


def _unfit(document: CatalogueFile, read: Text) -> Iterator[Problem]:
    """Yield options that bundles name and that are none, and names that two things have."""
    for bundle, offer in document.bundles.items():
        for index, option in enumerate(offer.options):
            if option not in document.options:
                message = f"unknown option {quoted(option)}{nearest(option, list(document.options))}"
                yield Problem(message, read.place(("bundles", bundle, "options", index)), "List it under options.")
    for kind, offers in (("bundles", document.bundles), ("options", document.options)):
        known: dict[str, str] = {}
        for identity, each in offers.items():
            for word in {identity.casefold(), (each.name or identity).casefold()}:
                if known.setdefault(word, identity) != identity:
                    both = f"{quoted(identity)} and {quoted(known[word])}"
                    message = f"{both} cannot be told apart: both are called {quoted(word)}"
                    yield Problem(message, read.place((kind, identity), key=True), "Give one of them another name.")


def _catalogue(document: CatalogueFile) -> Catalogue:
    def fee(offer: OptionOffer) -> Money:
        return Money(offer.monthly, document.currency).cents()

    return Catalogue(
        bundles={
            each: Bundle(each, offer.name or each, fee(offer), offer.sellable, frozenset(offer.options))
            for each, offer in document.bundles.items()
        },
        options={
            each: Option(each, offer.name or each, fee(offer), offer.sellable)
            for each, offer in document.options.items()
        },
    )
