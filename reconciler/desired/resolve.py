"""Work profiles, inheritance and dates into plain services as of a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from reconciler.desired.documents import DatedBundle, DatedOption, ProfilePart, SimPart
from reconciler.desired.load import DeclaredService, DeclaredUser, Documents
from reconciler.errors import InvalidInput, Place, Problem
from reconciler.model.config import Ownership
from reconciler.model.fleet import DesiredFleet, DesiredService, DesiredUser, Ending, PortIn, Service, Sim
from reconciler.model.identifiers import iccid_flaw


def resolve(documents: Documents, day: date) -> DesiredFleet:
    """Return the fleet that should be there on `day`.

    Raises InvalidInput where a number or a SIM is declared twice on that day, or where files that are said to be the
    whole truth declare nobody.
    """
    services = tuple(
        resolved
        for user in documents.users
        for declared in user.services
        if (resolved := _service(user, declared, documents.profiles, day))
    )
    problems = [
        *_twice(services, "number", lambda service: service.number),
        *_twice(services, "ICCID", lambda service: service.sim.iccid),
        *_nobody(documents),
    ]
    if problems:
        raise InvalidInput(problems)
    return DesiredFleet(
        config=documents.config,
        users={
            user.key: DesiredUser(user.key, user.place, user.part.name, user.part.cost_centre)
            for user in documents.users
        },
        services=services,
        warnings=tuple(_warnings(services)),
        root=documents.root,
        digest=documents.digest,
    )


def _service(
    user: DeclaredUser, declared: DeclaredService, profiles: dict[str, ProfilePart], day: date
) -> DesiredService | None:
    """Return a service as of `day`; None once its last day is over."""
    part = declared.part
    if part.until is not None and part.until < day:
        return None
    profile = profiles[part.profile] if part.profile else ProfilePart()
    bundle = part.bundle or profile.bundle
    assert bundle is not None, "a service without a bundle was refused when it was read"
    options = (*profile.options, *part.options)
    service = Service(
        user=user.key,
        label=declared.label,
        bundle=_bundle_on(bundle, day),
        options=frozenset(option.name for option in options if _is_on(option, day)),
        number=part.number,
        sim=_sim(part.sim),
        state=part.state,
        cost_centre=part.cost_centre or user.part.cost_centre,
        activation=part.activation,
        port_in=PortIn(part.port_in.operator, part.port_in.account, part.port_in.date) if part.port_in else None,
    )
    starts = part.from_ if part.from_ and part.from_ > day else None
    return DesiredService(service, declared.place, starts, tuple(_endings(declared, bundle, options, day)))


def _bundle_on(bundle: DatedBundle, day: date) -> str:
    return bundle.then if bundle.until and bundle.then and day > bundle.until else bundle.name


def _is_on(option: DatedOption, day: date) -> bool:
    return (option.from_ is None or option.from_ <= day) and (option.until is None or day <= option.until)


def _sim(part: SimPart) -> Sim:
    return Sim(part.type, part.iccid, part.eid)


def _endings(
    declared: DeclaredService, bundle: DatedBundle, options: Iterable[DatedOption], day: date
) -> Iterator[Ending]:
    """Yield what changes by itself on a later day."""
    if declared.part.until:
        yield Ending("the service", declared.part.until, declared.place)
    if bundle.until and bundle.then and day <= bundle.until:
        yield Ending(f"bundle {bundle.name}", bundle.until, declared.dated.get(bundle.name, declared.place))
    for option in options:
        if option.until and _is_on(option, day):
            yield Ending(f"option {option.name}", option.until, declared.dated.get(option.name, declared.place))


def _twice(services: Iterable[DesiredService], what: str, key: Callable[[Service], str | None]) -> Iterator[Problem]:
    first: dict[str, Place] = {}
    for item in services:
        value = key(item.service)
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


def _warnings(services: Iterable[DesiredService]) -> Iterator[Problem]:
    for item in services:
        iccid = item.service.sim.iccid
        flaw = iccid_flaw(iccid) if iccid else None
        if flaw:
            yield Problem(flaw.message, item.place)
