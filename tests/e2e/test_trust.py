"""A connection that changed, at a terminal: shown, and confirmed by typing where it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Fleet
from tests.e2e.terminal import Terminal
from tests.e2e.test_served import over_http
from tests.listener import listening
from tests.state import trust


@pytest.mark.parametrize("answer", ["right", "yes"])
def test_only_the_url_itself_confirms_where_it_goes(answer: str, fleet: Fleet, root: Path) -> None:
    trust(root)
    with listening() as evil:
        over_http(root, evil.url, trusted=False)
        with Terminal(root, "plan") as terminal:
            terminal.answer(f"Type {evil.url} to confirm", f"{evil.url if answer == 'right' else answer}\n")
            code = terminal.ended()
        assert f"provider.url: not set -> '{evil.url}'" in terminal.shown
        assert (code, bool(evil.requests)) == ((1, True) if answer == "right" else (4, False))
        assert fleet("plan", "--no-input").returncode == (1 if answer == "right" else 4)
