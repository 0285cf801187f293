"""The `fleet` command."""

from __future__ import annotations

import gc
import os
import sys

#: A fleet is millions of values that all stay: looking for garbage among them after every 700 takes a third of a plan.
_MADE_BEFORE_A_LOOK = 200_000


def main() -> None:
    """Run the command line, or answer a shell that completes one, and leave with its exit code."""
    gc.set_threshold(_MADE_BEFORE_A_LOOK, 50, 100)
    # httpx has a command line of its own, and imports rich and pygments for it: a twentieth of what a plan takes
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # so Python is told that there is none
    from reconciler.cli.app import fleet, run

    if asked := os.environ.get("_FLEET_COMPLETE"):
        from reconciler.cli.shells import answer

        sys.exit(answer(fleet, asked))
    code = run(sys.argv[1:])
    gc.freeze()  # on its way out Python looks for garbage among all of it again: a tenth of what a small plan takes
    sys.exit(code)


if __name__ == "__main__":
    main()
