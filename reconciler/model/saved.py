"""A plan as it was saved, which is what people are shown and what they sign."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.plan import Plan


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan with the `text` it was saved as, the version of that format, and the checksum of the document.

    An approval signs the digest of the plan, which is what it would do, and the checksum, which is every word of it.
    """

    plan: Plan
    version: str
    checksum: str
    text: str

    @property
    def is_old(self) -> bool:
        """Whether it is of a format that is still shown, and not carried out any more."""
        return self.version.partition(".")[0] == "1"
