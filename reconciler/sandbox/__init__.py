"""A mobile operator in small: TM Forum Open APIs over SQLite, with a clock that can be moved.

It keeps the rules of the field on its own and shares no code with the rest of the product, so that two implementations
check each other: it rejects what may not be ordered whatever the client says, counts its own removals, and bills from
its own log of when fees started and stopped.

`operator` is the handle on one sandbox, `app` answers over HTTP, `posts` what writes; `orders` accepts and `effects`
carries out what is ordered, `rules` refuses, `billing` issues bills, `seeds` makes fleets, `drift` changes things
behind the client's back. What only reads speaks to SQLite itself, and quickly: `standing`, `resources`, `prepared`.
"""

from reconciler.sandbox import seeds
from reconciler.sandbox.operator import Sandbox

__all__ = ["Sandbox", "seeds"]
