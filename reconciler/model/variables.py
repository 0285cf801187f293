"""Which environment variables `fleet.yaml` may name: those made for it, and no other.

Whoever proposes a change of that file chooses the names, and what they hold is sent to a server that the same file
names. So a name says by its beginning that its value is meant for an operator; the token of a platform, the journal's
URL and whatever else stands in an environment are never sent.
"""

from __future__ import annotations

import re
from enum import StrEnum


class VariableUse(StrEnum):
    """What a variable that `fleet.yaml` names is for, by how its name begins."""

    CLIENT = "FLEET_CLIENT_"
    HEADER = "FLEET_HEADER_"
    SECRET = "FLEET_SECRET_"
    JOURNAL = "FLEET_JOURNAL_"


#: What may be sent to an operator.
SENT = (VariableUse.CLIENT, VariableUse.HEADER, VariableUse.SECRET)
_END = re.compile(r"[A-Z0-9_]+")
_WORD = re.compile(r"[^A-Z0-9]+")
#: Beginnings that the new name is better without.
_OLD = re.compile(r"^(CLIENT|HEADER|SECRET|JOURNAL)_")
#: Variables that belong to somebody else: a platform, or fleet itself.
_TAKEN = re.compile(r"(GITHUB|GITLAB|CI|ACTIONS|RUNNER|FLEET)(_.*)?")


def may_name(name: str, uses: tuple[VariableUse, ...]) -> bool:
    """Tell whether a variable is one of those made for one of `uses`."""
    return any(name.startswith(use) and _END.fullmatch(name.removeprefix(use)) for use in uses)


def new_name(name: str, use: VariableUse) -> str | None:
    """Return what a variable of an older fleet.yaml is to be called now; None for one that is somebody else's."""
    if _TAKEN.fullmatch(name.upper()):
        return None
    rest = _OLD.sub("", _WORD.sub("_", name.upper()).strip("_"))
    return f"{use}{rest}" if rest else None
