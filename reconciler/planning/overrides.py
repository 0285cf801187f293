"""Overrides: one check lifted for a while, by name, with a reason, in the reviewed files.

There is no general force. What an override lets through is a finding of its own, `overridden`, so that whoever approves
sees it and the journal keeps it with the plan. The operator's own rules, its quota among them, are not ours to lift.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase

from reconciler.model.config import Overridable, Override
from reconciler.model.plan import Finding, Severity


def in_force(overrides: Sequence[Override], day: date) -> tuple[Override, ...]:
    """Return the overrides that hold on `day`."""
    return tuple(each for each in overrides if day <= each.until)


def lifting(overrides: Sequence[Override], check: Overridable, *addresses: str) -> Override | None:
    """Return the override of `check`, for one of `addresses` where the check is about a service; None for none."""
    for each in overrides:
        covered = any(fnmatchcase(address.lower(), each.service.lower()) for address in addresses)
        if each.check is check and (covered or not addresses):
            return each
    return None


def lifted(refusal: Finding, override: Override) -> Finding:
    """Return what is said instead of a refusal that is overridden."""
    message = f"{refusal.message}; overridden until {override.until}: {override.reason}"
    return refusal._replace(
        code="overridden", severity=Severity.WARNING, message=message, hint=None, place=override.place
    )


def of_expired(overrides: Sequence[Override], day: date) -> Iterator[Finding]:
    """Say which overrides have come to their end."""
    for each in overrides:
        if each.until < day:
            message = f"the override of {each.check} ended on {each.until}"
            yield Finding("override-expired", Severity.INFO, message, "Remove it.", place=each.place)
