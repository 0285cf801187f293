"""Who the customer is: our organisation and our contract, among all that the credentials see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import OperatorRefused


@dataclass(frozen=True, slots=True)
class Party:
    """The organisation at the operator."""

    id: str
    name: str


def our_organisation(documents: Iterable[Mapping[str, Any]], wanted: str) -> Party:
    """Return the organisation with the trading name or the id `wanted`; OperatorRefused where there is none."""
    names = []
    for document in documents:
        identity, name = str(document.get("id")), str(document.get("tradingName") or document.get("name") or "")
        if wanted in (identity, name):
            return Party(identity, name)
        names.append(name or identity)
    known = ", ".join(sorted(names)) or "none at all"
    message = f"the operator knows no organisation '{wanted}'; these credentials see {known}"
    raise OperatorRefused(message, hint="Set 'organisation' in fleet.yaml to its trading name or its id.")


def our_agreement(documents: Iterable[Mapping[str, Any]], wanted: str | None) -> Mapping[str, Any]:
    """Return the contract with the id `wanted`, or the only one there is; OperatorRefused where there is none."""
    candidates = list(documents)
    for document in candidates:
        if str(document.get("id")) == wanted or (wanted is None and len(candidates) == 1):
            return document
    known = ", ".join(sorted(str(document.get("id")) for document in candidates)) or "none at all"
    wanted = wanted or "(contract.id is not set)"
    message = f"the operator has no contract '{wanted}'; these credentials see {known}"
    raise OperatorRefused(message, hint="Set 'contract.id' in fleet.yaml.")
