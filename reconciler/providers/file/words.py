"""What the words of an export mean: as fleet.yaml maps them, as the catalogue has them, or as portals write them.

The last are English, Dutch and French; they are compared without case, accents and signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from reconciler.model.catalogue import Bundle, Catalogue, Option
from reconciler.model.fleet import SimType, State
from reconciler.model.snapshot import Presence
from reconciler.providers.file.headings import bare

#: A bundle that is mapped to this is no mobile service, and its rows are left out.
SKIP = "skip"
#: What a service can be said to be, and what that means.
STANDINGS = MappingProxyType(
    {
        "active": (Presence.PRESENT, State.ACTIVE),
        "blocked": (Presence.PRESENT, State.BLOCKED),
        "coming": (Presence.COMING, State.ACTIVE),
        "going": (Presence.GOING, State.ACTIVE),
        "gone": (Presence.GONE, State.ACTIVE),
    }
)
_STATES = {
    "active": "active actief actif active activé in use in gebruik en service ok",
    "blocked": "blocked suspended barred geblokkeerd opgeschort bloqué suspendu",
    "coming": "pending,pending active,ordered,in activation,in bestelling,in activatie,wordt geactiveerd,en attente,"
    "en cours d'activation,commandé",
    "going": "pending terminate,termination ordered,opzegging lopend,wordt stopgezet,résiliation en cours",
    "gone": "terminated,cancelled,ended,stopgezet,beëindigd,opgezegd,résilié,terminé,annulé",
}
_SIMS = {
    SimType.ESIM: "esim",
    SimType.PHYSICAL: "physical,sim,sim card,physical sim,fysiek,fysieke sim,simkaart,physique,sim physique,carte sim",
}


def _spread(words: Mapping[SimType, str] | Mapping[str, str]) -> dict[str, str]:
    pairs = (
        (word, meaning) for meaning, listed in words.items() for word in listed.split("," if "," in listed else " ")
    )
    return {bare(word): str(meaning) for word, meaning in pairs}


_KNOWN = {"state": _spread(_STATES), "sim": _spread(_SIMS)}


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of one field mean; each is worked out once."""

    name: str
    mapped: Mapping[str, str]
    offers: Mapping[str, str] = field(default_factory=dict)
    _seen: dict[str, str | None] = field(default_factory=dict)

    def meaning(self, word: str) -> str | None:
        """Return what `word` means, None where nobody knows."""
        if word not in self._seen:
            folded = word.casefold()
            known = _KNOWN.get(self.name, {})
            self._seen[word] = self.mapped.get(folded) or self.offers.get(folded) or known.get(bare(word))
        return self._seen[word]


def words_of(name: str, mapped: Mapping[str, Mapping[str, str]], catalogue: Catalogue) -> Words:
    """Return what the words of a field mean, given what fleet.yaml maps."""
    offers: Sequence[Bundle | Option] = ()
    if name == "bundle":
        offers = tuple(catalogue.bundles.values())
    elif name == "option":
        offers = tuple(catalogue.options.values())
    called = {word.casefold(): each.id for each in offers for word in (each.id, each.name)}
    return Words(name, mapped.get(name, {}), called)
