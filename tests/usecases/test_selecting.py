"""Services are chosen by what is shown of them, in a difference by either side."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reconciler.errors import UsageError
from reconciler.model.fleet import Ending, State
from reconciler.model.overview import ServicePair, Sides, Standing
from reconciler.usecases.selecting import Selection, require_answerable, selected
from tests.harness import PLACE
from tests.planning.values import AN, ELS, live, service, wish

ENDS = (Ending("the service", date(2026, 12, 31), PLACE),)
BLOCKED = live("c", service(ELS, state=State.BLOCKED))
PAIRS = (
    ServicePair(
        wish(service(AN, bundle="mobile-25", cost_centre="SALES")),
        live("a", service(AN, options=["roaming-eu"], cost_centre="SALES", state=State.ACTIVE)),
        Standing.CHANGED,
    ),
    ServicePair(wish(service(ELS, "car", cost_centre="BREW"))._replace(endings=ENDS), None, Standing.ONLY_DESIRED),
    ServicePair(None, BLOCKED._replace(started=date(2026, 5, 1)), Standing.UNMANAGED),
)


def chosen(*, either_side: bool = False, **choices: Any) -> str:
    """Return which of the three are selected."""
    found = selected(PAIRS, Selection(**choices), either_side=either_side)
    return "".join("abc"[PAIRS.index(pair)] for pair in found)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({}, "abc"),
        ({"user": "AN.*"}, "a"),
        ({"bundle": "mobile-1?"}, "abc"),
        ({"bundle": "mobile-25"}, ""),
        ({"option": "roaming-*"}, "a"),
        ({"cost_centre": "b*"}, "b"),
        ({"state": State.ACTIVE}, "a"),
        ({"state": State.BLOCKED}, "c"),
        ({"unmanaged": True}, "c"),
        ({"added_since": date(2026, 5, 1)}, "c"),
        ({"added_since": date(2026, 5, 2)}, ""),
        ({"ending_before": date(2027, 1, 1)}, "b"),
        ({"ending_before": date(2026, 12, 31)}, ""),
        ({"user": "els*", "state": State.BLOCKED}, "c"),
        ({"user": "an*", "state": State.BLOCKED}, ""),
    ],
)
def test_all_that_is_given_must_hold(choices: dict[str, Any], expected: str) -> None:
    assert chosen(**choices) == expected


def test_a_difference_is_found_by_either_side() -> None:
    assert chosen(bundle="mobile-25", either_side=True) == "a"
    assert chosen(bundle="mobile-10", either_side=True) == "abc"


@pytest.mark.parametrize(
    ("sides", "choices", "word"),
    [
        (Sides.DESIRED, {"unmanaged": True}, "--unmanaged"),
        (Sides.DESIRED, {"added_since": date(2026, 1, 1)}, "--added-since"),
        (Sides.LIVE, {"ending_before": date(2026, 1, 1)}, "--ending-before"),
    ],
)
def test_what_a_side_cannot_know_is_refused(sides: Sides, choices: dict[str, Any], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        require_answerable(Selection(**choices), sides)
    require_answerable(Selection(**choices), Sides.BOTH)
