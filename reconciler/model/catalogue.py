"""What the operator offers: bundles and options with their monthly fees, and which option goes with which bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.money import Money


@dataclass(frozen=True, slots=True)
class Bundle:
    """A tariff plan; exactly one per service."""

    id: str
    name: str
    monthly: Money
    sellable: bool = True
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Option:
    """An add-on of a service, with its monthly fee."""

    id: str
    name: str
    monthly: Money
    sellable: bool = True


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every bundle and option known at the operator, also those no longer sold, by id."""

    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    options: Mapping[str, Option] = field(default_factory=dict)

    def fee(self, word: str) -> Money:
        """Return the monthly fee of a bundle or an option; KeyError for a word that is neither."""
        return (self.bundles.get(word) or self.options[word]).monthly

    def knows(self, word: str) -> bool:
        """Tell whether `word` is a bundle or an option."""
        return word in self.bundles or word in self.options
