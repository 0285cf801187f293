"""The `fleet` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line, or answer a shell that completes one, and leave with its exit code."""
    from reconciler.cli.app import fleet, run

    if asked := os.environ.get("_FLEET_COMPLETE"):
        from reconciler.cli.shells import answer

        sys.exit(answer(fleet, asked))
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
