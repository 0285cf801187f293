"""What several use cases are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.usecases.office import Office, opened


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Return an office whose files say what is live, in two of them, on a branch off main."""
    return opened(tmp_path)
