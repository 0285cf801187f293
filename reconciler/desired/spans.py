"""What is wrong with the dates of a service, a bundle or an option."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from reconciler.desired.documents import DatedOption, ProfilePart, ServicePart
from reconciler.desired.yaml import Text
from reconciler.errors import Problem, quoted


def date_problems(service: ProfilePart, read: Text, path: tuple[str, ...]) -> Iterator[Problem]:
    """Yield what makes no sense of the dates of a service that stands at `path`, and of its parts."""
    spans: list[tuple[ServicePart | DatedOption, tuple[str | int, ...]]] = []
    if isinstance(service, ServicePart):
        spans.append((service, path))
    spans.extend((option, (*path, "options", index)) for index, option in enumerate(service.options))
    for part, where in spans:
        if part.from_ and part.until and part.until < part.from_:
            message = f"until {part.until} is before from {part.from_}"
            yield Problem(message, read.place((*where, "until")), "Swap the dates.")
    bundle = service.bundle
    if bundle and bool(bundle.until) != bool(bundle.then):
        message = "a bundle with 'until' needs 'then', and one with 'then' needs 'until'"
        yield Problem(message, read.place((*path, "bundle")), "To end the service itself, set its own 'until'.")
    for index, option in enumerate(service.options):
        if any(option.name == other.name and _overlap(option, other) for other in service.options[:index]):
            message = f"option {quoted(option.name)} is listed twice for the same days"
            yield Problem(message, read.place((*path, "options", index)), "Keep one, or part their dates.")


def _overlap(one: DatedOption, other: DatedOption) -> bool:
    """Tell whether two dated options share a day; an open end reaches for ever."""
    latest_start = max(one.from_ or date.min, other.from_ or date.min)
    earliest_end = min(one.until or date.max, other.until or date.max)
    return latest_start <= earliest_end
