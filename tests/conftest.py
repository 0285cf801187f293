"""What holds for every test: no example of a property has to be quick, since machines are noisy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
