"""What holds for every test: machines are noisy, and values without cycles are many."""

from __future__ import annotations

import gc

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
gc.set_threshold(200_000, 50, 100)  # as the command does
