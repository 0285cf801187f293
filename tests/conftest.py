"""What holds for every test: machines are noisy, and values without cycles are many."""

from __future__ import annotations

from hypothesis import settings

from reconciler.garbage import look_rarely

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
look_rarely()  # as the command does
