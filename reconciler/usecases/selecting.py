"""Choose services by what they are: a filter looks at what is shown, in a difference at either side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from reconciler.errors import UsageError
from reconciler.model.fleet import Service, State
from reconciler.model.overview import ServicePair, Sides, Standing


@dataclass(frozen=True, slots=True)
class Selection:
    """Which services are wanted; all that is given must hold, and globs ignore case."""

    user: str | None = None
    bundle: str | None = None
    option: str | None = None
    cost_centre: str | None = None
    state: State | None = None
    unmanaged: bool = False
    added_since: date | None = None
    ending_before: date | None = None


def require_answerable(selection: Selection, sides: Sides) -> None:
    """Raise UsageError for a filter that the side asked for knows nothing of."""
    if sides is Sides.DESIRED and (selection.unmanaged or selection.added_since):
        name = "--unmanaged" if selection.unmanaged else "--added-since"
        raise UsageError(f"{name} needs what the operator knows", hint="Leave --desired away.")
    if sides is Sides.LIVE and selection.ending_before:
        raise UsageError("--ending-before needs the files, which say what ends", hint="Leave --live away.")


def selected(pairs: Iterable[ServicePair], selection: Selection, *, either_side: bool) -> list[ServicePair]:
    """Return the pairs that `selection` is about, looking at `either_side` or at what is shown."""
    return [pair for pair in pairs if _is_selected(pair, selection, either_side=either_side)]


def _is_selected(pair: ServicePair, selection: Selection, *, either_side: bool) -> bool:
    sides = pair.services if either_side else (pair.shown,)
    return all(any(map(check, sides)) for check in _checks(selection)) and _is_timely(pair, selection)


def _checks(selection: Selection) -> list[Callable[[Service], bool]]:
    wanted: list[tuple[str | None, Callable[[Service], Iterable[str | None]]]] = [
        (selection.user, lambda service: (service.user,)),
        (selection.bundle, lambda service: (service.bundle,)),
        (selection.option, lambda service: service.options),
        (selection.cost_centre, lambda service: (service.cost_centre,)),
        (selection.state, lambda service: (service.state,)),
    ]
    return [_matching(glob.lower(), words) for glob, words in wanted if glob]


def _matching(glob: str, words: Callable[[Service], Iterable[str | None]]) -> Callable[[Service], bool]:
    return lambda service: any(fnmatchcase((word or "").lower(), glob) for word in words(service))


def _is_timely(pair: ServicePair, selection: Selection) -> bool:
    if selection.unmanaged and pair.standing is not Standing.UNMANAGED:
        return False
    began = pair.live.started if pair.live else None
    if selection.added_since and (began is None or began < selection.added_since):
        return False
    endings = pair.desired.endings if pair.desired else ()
    return selection.ending_before is None or any(ending.day < selection.ending_before for ending in endings)
