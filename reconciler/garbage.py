"""When Python looks for garbage: a fleet is millions of values that all stay and have no cycles.

Looking through them again and again takes a third of a plan.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: How many values are made before the new ones are looked through, and how often that happens before older ones are.
_MADE_BEFORE_A_LOOK = (200_000, 50, 100)


def look_rarely() -> None:
    """Have Python look for cycles now and then only, from here on."""
    gc.set_threshold(*_MADE_BEFORE_A_LOOK)


def look_no_more() -> None:
    """Have Python leave without another look through all there is, which is a tenth of what a small plan takes."""
    gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """Have nobody look for cycles while many values are made that have none.

    All there is afterwards counts as old, or else the first look would be through all that was made.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
