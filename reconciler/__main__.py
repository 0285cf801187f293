"""The `fleet` command."""

from __future__ import annotations

import os
import sys

from reconciler.garbage import look_no_more, look_rarely


def main() -> None:
    """Run the command line, or answer a shell that completes one, and leave with its exit code."""
    look_rarely()
    # httpx has a command line of its own, and imports rich and pygments for it: a twentieth of what a plan takes
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # so Python is told that there is none
    from reconciler.cli.app import fleet, run
    from reconciler.cli.streams import kept_streams, open_standard_streams

    open_standard_streams()
    with kept_streams():
        if asked := os.environ.get("_FLEET_COMPLETE"):
            from reconciler.cli.shells import answer

            code: int = answer(fleet, asked)
        else:
            code = run(sys.argv[1:])
            look_no_more()
    sys.exit(code)


if __name__ == "__main__":
    main()
