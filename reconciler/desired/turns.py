"""Find what the dates in the files change by themselves, and on which day.

Each service is resolved on both sides of every date it has, so that what is found here is what planning on those days
will see: an option that ends and that a profile goes on giving changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser, Profile
from reconciler.desired.declaring import PlainServices
from reconciler.desired.load import Documents
from reconciler.desired.resolve import bundle_of, options_of, place_of, service_on
from reconciler.model.fleet import Service, Turn

_DAY = timedelta(days=1)
_NO_PROFILE = Profile()


def turns(documents: Documents, day: date, until: date) -> Iterator[Turn]:
    """Yield what changes after `day`, up to and including `until`, service by service."""
    for user in documents.users:
        for declared in () if isinstance(user.services, PlainServices) else user.services:
            profile = documents.profiles[declared.profile] if declared.profile else _NO_PROFILE
            if declared.from_ or declared.until or declared.dated or profile.dated:
                yield from _turns(user, declared, profile, day, until)


def _turns(user: DeclaredUser, declared: DeclaredService, profile: Profile, day: date, until: date) -> Iterator[Turn]:
    days = {each for each in _dates(declared, profile) if day < each <= until}
    for each in sorted(days):
        before = service_on(user, declared, profile, each - _DAY) if _is_there(declared, each - _DAY) else None
        after = service_on(user, declared, profile, each) if _is_there(declared, each) else None
        if before is None or after is None:
            if before is not after:
                yield Turn(each, before, after, declared.place)
        else:
            yield from _steps(each, before, after, declared, profile)


def _dates(declared: DeclaredService, profile: Profile) -> Iterator[date]:
    """Yield the days on which something may be different from the day before."""
    yield from _ends(declared)
    for part in (bundle_of(declared, profile), *options_of(declared, profile)):
        yield from _ends(part)


def _ends(part: DeclaredService | Dated) -> Iterator[date]:
    """Yield the first day, and the one after the last."""
    if part.from_:
        yield part.from_
    if part.until and part.until < date.max:
        yield part.until + _DAY


def _is_there(declared: DeclaredService, day: date) -> bool:
    return (declared.from_ or date.min) <= day <= (declared.until or date.max)


def _steps(day: date, before: Service, after: Service, declared: DeclaredService, profile: Profile) -> Iterator[Turn]:
    """Yield what differs one by one: the bundle, then what goes, then what comes."""
    here = before
    if here.bundle != after.bundle:
        there = here._replace(bundle=after.bundle)
        yield Turn(day, here, there, place_of(bundle_of(declared, profile), declared, profile))
        here = there
    gone, new = before.options - after.options, after.options - before.options
    for option in (*sorted(gone), *sorted(new)):
        there = here._replace(options=here.options ^ {option})
        yield Turn(day, here, there, place_of(_responsible(option, day, declared, profile), declared, profile))
        here = there


def _responsible(name: str, day: date, declared: DeclaredService, profile: Profile) -> Dated:
    """Return the option whose date it is, the service's own before its profile's."""
    found = [option for option in options_of(declared, profile) if option.name == name]
    return next(each for each in reversed(found) if day in _ends(each))
