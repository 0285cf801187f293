"""What a platform of pull requests shows: comments and issues, and which of them are our own."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Platform(StrEnum):
    """Where the pull requests are."""

    GITHUB = "GitHub"
    GITLAB = "GitLab"
    NONE = "none"


class Comment(NamedTuple):
    """A comment on a pull request or an issue; `is_own` where the token that reads it wrote it."""

    id: str
    body: str
    is_own: bool


class Issue(NamedTuple):
    """An open issue."""

    number: int
    title: str
    body: str
    is_own: bool
