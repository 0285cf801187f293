"""Find what several services share: a bundle with options that recurs becomes a profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser, Profile

#: A bundle and its options, without dates.
Offer: TypeAlias = tuple[str, tuple[str, ...]]
#: Beyond this many letters a profile counts its options instead of naming them.
_LONGEST_NAME = 64


def find_profiles(
    users: Iterable[DeclaredUser], *, at_least: int, known: Mapping[str, Profile] | None = None
) -> dict[str, Profile]:
    """Return profiles, by name, for bundles with options that `at_least` so many services have and none `known` is for.

    A bundle alone is no profile: it says by itself what it is. The most frequent comes first, and 0 finds none.
    """
    known = known or {}
    offers = Counter(offer for user in users for service in user.services if (offer := _offer(service)))
    covered = by_offer(known)
    found: dict[str, Profile] = {}
    for offer, count in sorted(offers.items(), key=lambda each: (-each[1], each[0])):
        if at_least and count >= at_least and offer not in covered:
            name = next(name for name in _names(offer) if name not in found and name not in known)
            found[name] = Profile(Dated(offer[0]), tuple(Dated(option) for option in offer[1]))
    return found


def by_offer(profiles: Mapping[str, Profile]) -> dict[Offer, str]:
    """Return the names of the profiles that have options, by what they offer; of two alike the first by name."""
    found: dict[Offer, str] = {}
    for name, profile in sorted(profiles.items()):
        offer = _undated(profile.bundle, profile.options)
        if offer:
            found.setdefault(offer, name)
    return found


def with_profiles(users: Iterable[DeclaredUser], profiles: Mapping[str, Profile]) -> tuple[DeclaredUser, ...]:
    """Return `users` with a profile in the place of each bundle with options that one of `profiles` is."""
    names = by_offer(profiles)
    return tuple(
        user._replace(services=tuple(with_profile(service, names) for service in user.services)) for user in users
    )


def with_profile(service: DeclaredService, names: Mapping[Offer, str]) -> DeclaredService:
    """Return `service` with the profile that names what it has, or as it is where none does."""
    offer = _offer(service)
    name = names.get(offer) if offer else None
    return service._replace(profile=name, bundle=None, options=()) if name else service


def _offer(service: DeclaredService) -> Offer | None:
    return None if service.profile else _undated(service.bundle, service.options)


def _undated(bundle: Dated | None, options: tuple[Dated, ...]) -> Offer | None:
    """Return a bundle with its options; None where there are none, or where any of them has dates."""
    if bundle is None or not options or any(part != Dated(part.name) for part in (bundle, *options)):
        return None
    return bundle.name, tuple(sorted(option.name for option in options))


def _names(offer: Offer) -> Iterator[str]:
    """Yield names for a profile, the best first."""
    bundle, options = offer
    name = "-".join((bundle, *options))
    name = name if len(name) <= _LONGEST_NAME else f"{bundle}-{len(options)}-options"
    yield name
    number = 1
    while True:
        number += 1
        yield f"{name}-{number}"
