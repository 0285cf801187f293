"""Products that fleet.yaml leaves out, spare SIMs and the like, by their id, their offering or their status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.providers.tmf.fields import Document, identifier, mapping_of


class SkipRule(NamedTuple):
    """What a product is, to be left out: everything that is not None has to agree; `status` in small letters."""

    id: str | None = None
    offering: str | None = None
    status: str | None = None

    def covers(self, identity: str, offering: str | None, status: str) -> bool:
        """Tell whether a product is one of these."""
        return (
            self.id in (None, identity)
            and self.offering in (None, offering)
            and self.status in (None, status.strip().lower())
        )


@dataclass(frozen=True, slots=True)
class Skipping:
    """Rules, and the ids of the products of one reading that they left out."""

    rules: Sequence[SkipRule] = ()
    ids: set[str] = field(default_factory=set)

    def leaves_out(self, identity: str, offering: str | None, status: str) -> bool:
        """Tell whether a rule covers a product, and remember it."""
        covered = any(rule.covers(identity, offering, status) for rule in self.rules)
        if covered:
            self.ids.add(identity)
        return covered

    def leaves_out_document(self, document: Document) -> bool:
        """Tell the same of a product as a document, whatever else is wrong with it."""
        if not self.rules:
            return False
        offering = identifier(mapping_of(document.get("productOffering")).get("id"))
        return self.leaves_out(str(document.get("id")), offering, str(document.get("status", "")))
