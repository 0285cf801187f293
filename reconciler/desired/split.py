"""Which user is written to which file: one file per cost centre, per team, per user, or a single one."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.desired.declared import DeclaredUser

_LONGEST_NAME = 100
_NOBODY: Mapping[str, str] = MappingProxyType({})


class Split(StrEnum):
    """What makes a file of its own."""

    COST_CENTRE = "cost-centre"
    TEAM = "team"
    USER = "user"
    ONE = "one"


def parted(
    users: Iterable[DeclaredUser], split: Split, teams: Mapping[str, str] = _NOBODY
) -> dict[str, tuple[DeclaredUser, ...]]:
    """Return the users of each file, by its path within the fleet's folder; in order, whatever order they came in.

    `teams` has the team of each user, by key, as far as the operator tells.
    """
    from reconciler.desired.gathering import USERS

    groups: dict[str, list[DeclaredUser]] = defaultdict(list)
    for user in sorted(users, key=lambda each: each.key):
        group = teams.get(user.key, "no team") if split is Split.TEAM else _GROUPS[split](user)
        groups[group].append(user)
    names = _file_names(groups)
    return {f"{USERS}/{names[group]}.yaml": tuple(groups[group]) for group in sorted(groups, key=names.__getitem__)}


def _cost_centre(user: DeclaredUser) -> str:
    """Return where a user is booked: at the own cost centre, or that of the first service that has one."""
    centres = (user.cost_centre, *(service.cost_centre for service in user.services))
    return next((centre for centre in centres if centre), "no cost centre")


_GROUPS: Mapping[Split, Callable[[DeclaredUser], str]] = MappingProxyType(
    {Split.COST_CENTRE: _cost_centre, Split.USER: lambda user: user.key, Split.ONE: lambda _: "users"}
)


def _file_names(groups: Iterable[str]) -> dict[str, str]:
    """Return a file name for each group that no other has, also where upper and lower case are one."""
    names: dict[str, str] = {}
    used: set[str] = set()
    for group in sorted(groups):
        name, number = _slug(group), 1
        while (free := name if number == 1 else f"{name}-{number}") in used:
            number += 1
        used.add(free)
        names[group] = free
    return names


def _slug(text: str) -> str:
    """Return `text` in letters that stand in file names everywhere."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9@._]+", "-", plain)[:_LONGEST_NAME].strip("-._") or "users"
