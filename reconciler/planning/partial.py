"""Say what of live was told in part, and what is left as it is because of that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Finding, Severity
from reconciler.model.snapshot import DoubtKind, Snapshot
from reconciler.planning.scope import is_ignored
from reconciler.planning.uncertain import NO_ADDRESS, Sorted, addressless_users

_MOST_NAMED = 10
_WORDS = {
    "service-without-user": "nobody can tell whose",
    "incomplete-service": "nobody can tell which service of the files",
}
_HINTS = {
    "service-without-user": "Have the operator give it a user, or leave it out: 'skip' under provider in fleet.yaml.",
    "incomplete-service": "Run again; if it persists, have the operator complete it, or leave it out: 'skip' under "
    "provider in fleet.yaml.",
    "option-without-service": "Run again; if it persists, have the operator mend it, or leave it out: 'skip' under "
    "provider in fleet.yaml.",
}


def of_sides(sides: Sorted, fleet: DesiredFleet, snapshot: Snapshot) -> Iterator[Finding]:
    """Yield what the operator told in part, by kind, and each declared service that waits for it."""
    yield from _uncertain_services(sides)
    yield from _unknown_addresses(fleet, snapshot)
    yield from _loose_options(snapshot)
    for held in sides.held:
        if not held.is_coming:
            service = held.desired.service
            message = f"{service.address} may be live service {held.live.id}, and is left as it is: {held.words}"
            hint = "Nothing is ordered that could concern it. Run again; if it persists, ask the operator."
            yield Finding(
                "uncertain-service", Severity.ERROR, message, hint, service.user, service.label, held.desired.place
            )


def _uncertain_services(sides: Sorted) -> Iterator[Finding]:
    by_code: dict[str, list[str]] = defaultdict(list)
    for identity, (_, reason) in sides.uncertain.items():
        if reason.code != NO_ADDRESS:
            by_code[reason.code].append(f"{identity} ({reason.words})")
    for code, named in sorted(by_code.items()):
        message = f"{counted(len(named), 'live service')} left as they are: {listed(named)}"
        if code == "service-without-user":
            yield Finding("service-without-user", Severity.WARNING, message, _HINTS[code])
        else:
            yield Finding("incomplete-service", Severity.WARNING, message, _HINTS[code])


def _unknown_addresses(fleet: DesiredFleet, snapshot: Snapshot) -> Iterator[Finding]:
    """Say which users have no address, unless the files name or ignore them by the operator's id."""
    unknown = addressless_users(fleet, snapshot)
    doubts = [each for each in snapshot.doubts if each.user in unknown and each.kind is DoubtKind.USER]
    doubts = [each for each in doubts if not is_ignored(fleet, each.user or "")]
    if not doubts:
        return
    expected = all(each.expected for each in doubts)
    names = listed([each.id for each in doubts])
    message = f"{counted(len(doubts), 'user')} without an e-mail address, whose services are left as they are: {names}"
    hint = (
        "Have the operator complete them; or declare them by these ids; or say how many there are: "
        "'users: {without_address: …}' under provider in fleet.yaml."
    )
    severity = Severity.INFO if expected else Severity.WARNING
    yield Finding("user-without-address", severity, message, None if expected else hint)


def _loose_options(snapshot: Snapshot) -> Iterator[Finding]:
    loose = [each for each in snapshot.doubts if each.kind is DoubtKind.OPTION]
    if loose:
        named = listed([f"{each.option} {each.id} ({each.words})" for each in loose])
        message = f"{counted(len(loose), 'option')} of services that are not known, left as they are: {named}"
        yield Finding("option-without-service", Severity.WARNING, message, _HINTS["option-without-service"])


def counted(count: int, what: str) -> str:
    """Return a count with what is counted."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def listed(words: Sequence[str] | Iterable[str], most: int = _MOST_NAMED) -> str:
    """Return the first of some words, and how many more there are."""
    named = sorted(words)
    rest = f" and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(named[:most]) + rest
