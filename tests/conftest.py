"""What holds for every test: machines are noisy, values without cycles are many, and no home is anybody's to write in.

Every test, and every process it starts, has a state folder of its own, and is no CI job but where it says so.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest
from hypothesis import settings

from reconciler.garbage import look_rarely

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
look_rarely()  # as the command does

_CI = ("GITHUB_", "GITLAB_", "CI_", "ACTIONS_", "RUNNER_")


def _leave_ci() -> None:
    """Have what is run here not take the job of these tests for one of its own; fixtures of a session need it too.

    Tests that ask where they are themselves look at TESTS_IN_CI.
    """
    if os.environ.get("CI"):
        os.environ["TESTS_IN_CI"] = "true"
    for name in [name for name in os.environ if name.startswith(_CI) or name in ("CI", "FLEET_BASE_REF")]:
        del os.environ[name]
    os.environ["FLEET_STATE_DIR"] = tempfile.mkdtemp(prefix="fleet-state-")
    atexit.register(shutil.rmtree, os.environ["FLEET_STATE_DIR"], ignore_errors=True)


_leave_ci()


@pytest.fixture(autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a state folder of its own, outside of any fleet's."""
    monkeypatch.setenv("FLEET_STATE_DIR", str(tmp_path_factory.mktemp("state")))
