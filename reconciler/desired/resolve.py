"""Work profiles, inheritance and dates into plain services as of a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser, Profile
from reconciler.desired.declaring import PlainServices
from reconciler.desired.load import Documents
from reconciler.errors import InvalidInput, Place, Problem
from reconciler.model.config import Ownership
from reconciler.model.fleet import DesiredFleet, DesiredService, DesiredUser, Ending, Service, option_set
from reconciler.model.identifiers import address, iccid_flaw

_NO_PROFILE = Profile()
_new = tuple.__new__


def resolve(documents: Documents, day: date) -> DesiredFleet:
    """Return the fleet that should be there on `day`.

    Raises InvalidInput where a number or a SIM is declared twice on that day, or where files that are said to be the
    whole truth declare nobody.
    """
    ended: dict[str, Ending] = {}
    services = tuple(_services(documents, day, ended))
    problems = [
        *_twice(services, "number", [item.service.number for item in services]),
        *_twice(services, "ICCID", [item.service.sim.iccid for item in services]),
        *_nobody(documents),
    ]
    if problems:
        raise InvalidInput(problems)
    return DesiredFleet(
        config=documents.config,
        users={
            user.key: _new(DesiredUser, (user.key, user.place, user.name, user.cost_centre, user.reason))
            for user in documents.users
        },
        services=services,
        ended=ended,
        warnings=(*_empty(documents), *_warnings(services, documents.odd)),
        root=documents.root,
        digest=documents.digest,
    )


def _services(documents: Documents, day: date, ended: dict[str, Ending]) -> Iterator[DesiredService]:
    """Yield the services as of `day`; those whose last day is over are noted in `ended`, under each of their names.

    Most have no profile and no dates, and were resolved when they were read, for the user who was declared then.
    """
    for user in documents.users:
        services = user.services
        if isinstance(services, PlainServices) and services.are_of(user):
            yield from services.resolved
            continue
        for declared in services:
            if declared.until is None or declared.until >= day:
                profile = documents.profiles[declared.profile] if declared.profile else _NO_PROFILE
                yield _service(user, declared, profile, day)
            else:
                ending = Ending("the service", declared.until, declared.place, declared.reason)
                names = (address(user.key, declared.label), declared.number)
                ended.update((name, ending) for name in names if name)


def _service(user: DeclaredUser, declared: DeclaredService, profile: Profile, day: date) -> DesiredService:
    """Return a service as of `day`, which is no later than its last."""
    starts = declared.from_ if declared.from_ and declared.from_ > day else None
    endings = tuple(_endings(declared, profile, day))
    return DesiredService(service_on(user, declared, profile, day), declared.place, starts, endings)


def service_on(user: DeclaredUser, declared: DeclaredService, profile: Profile, day: date) -> Service:
    """Return what a service should be on a day, whether it has begun or ended by then or not."""
    return Service(
        user=user.key,
        label=declared.label,
        bundle=bundle_on(bundle_of(declared, profile), day),
        options=option_set(tuple(option.name for option in options_of(declared, profile) if is_on(option, day))),
        number=declared.number,
        sim=declared.sim,
        state=declared.state,
        cost_centre=declared.cost_centre or user.cost_centre,
        activation=declared.activation,
        port_in=declared.port_in,
    )


def bundle_of(declared: DeclaredService, profile: Profile) -> Dated:
    """Return the bundle of a service: its own, or else its profile's."""
    bundle = declared.bundle or profile.bundle
    assert bundle is not None, "a service without a bundle was refused when it was read"
    return bundle


def options_of(declared: DeclaredService, profile: Profile) -> tuple[Dated, ...]:
    """Return the options of a service: its profile's and its own."""
    return (*profile.options, *declared.options)


def bundle_on(bundle: Dated, day: date) -> str:
    """Return the bundle that should be there on a day."""
    return bundle.then if bundle.until and bundle.then and day > bundle.until else bundle.name


def is_on(option: Dated, day: date) -> bool:
    """Tell whether an option should be there on a day."""
    return (option.from_ is None or option.from_ <= day) and (option.until is None or day <= option.until)


def place_of(part: Dated, declared: DeclaredService, profile: Profile) -> Place:
    """Return where a part with dates stands: in the service, or else in its profile."""
    return (declared.dated or {}).get(part) or (profile.dated or {}).get(part) or declared.place


def _endings(declared: DeclaredService, profile: Profile, day: date) -> Iterator[Ending]:
    """Yield what changes by itself on a later day."""
    if declared.until:
        yield Ending("the service", declared.until, declared.place)
    bundle = bundle_of(declared, profile)
    if bundle.until and bundle.then and day <= bundle.until:
        yield Ending(f"bundle {bundle.name}", bundle.until, place_of(bundle, declared, profile))
    for option in options_of(declared, profile):
        if option.until and is_on(option, day):
            yield Ending(f"option {option.name}", option.until, place_of(option, declared, profile))


def _twice(services: Sequence[DesiredService], what: str, values: Sequence[str | None]) -> Iterator[Problem]:
    if len(set(values)) + max(values.count(None) - 1, 0) == len(values):
        return
    first: dict[str, Place] = {}
    for item, value in zip(services, values, strict=True):
        if value is None:
            continue
        if value in first:
            message = f"{what} {value} is declared twice; first at {first[value]}"
            yield Problem(message, item.place, "A number or a SIM belongs to one service.")
        first.setdefault(value, item.place)


def _nobody(documents: Documents) -> Iterator[Problem]:
    if documents.config.ownership is Ownership.ORGANISATION and not documents.users:
        message = "ownership is 'organisation' and the files declare no user, which would remove every service"
        yield Problem(message, Place("fleet.yaml", 1, 1), "Declare the users, or use 'ownership: declared-users'.")


def _empty(documents: Documents) -> Iterator[Problem]:
    if not documents.users:
        message = "the files declare no user, so nothing is managed"
        yield Problem(message, Place("fleet.yaml", 1, 1), "Users stand in users/*.yaml, in any folder below.")


def _warnings(services: Iterable[DesiredService], odd: Collection[str] | None) -> Iterator[Problem]:
    """Yield what is odd about SIMs; `odd` are the ICCIDs to look at, None for all."""
    if odd is not None and not odd:
        return
    for item in services:
        iccid = item.service.sim.iccid
        flaw = iccid_flaw(iccid) if iccid and (odd is None or iccid in odd) else None
        if flaw:
            yield Problem(flaw.message, item.place)
