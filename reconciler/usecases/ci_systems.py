"""Whose workflows a new fleet can be given."""

from __future__ import annotations

from enum import StrEnum


class CI(StrEnum):
    """Where pull requests are reviewed."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"
