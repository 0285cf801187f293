"""Where a report appears and what it links to; the report itself knows neither the place nor the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Publication:
    """Whose report it is (`scope`: repository and fleet, as `acme/main`), and what a reader can go on to.

    `plan_id` is the digest of the plan as it was made, and `checksum` that of its document: what is masked for a report
    has others.
    """

    scope: str
    commit: str | None = None
    run_url: str | None = None
    artefact_url: str | None = None
    plan_id: str | None = None
    checksum: str | None = None


class Body(NamedTuple):
    """The text of a comment or an issue; `truncated` where removals or blocked actions are not all in it."""

    text: str
    truncated: bool
