"""One users' file: its values as small ones with places, and everything that is wrong with it by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from reconciler.desired import wording
from reconciler.desired.declared import Dated, DeclaredUser, declared_bundle, declared_options, declared_service
from reconciler.desired.documents import ProfilePart, ServicePart, UserPart, UsersFile
from reconciler.desired.spans import date_problems
from reconciler.desired.yaml import Text, nearest
from reconciler.errors import Place, Problem, quoted
from reconciler.model.identifiers import label_flaw, user_flaw, user_key

#: The profiles of `fleet.yaml`; None where nobody knows them, and what names one is not held against them.
Profiles = Mapping[str, ProfilePart] | None


def users_of(read: Text, profiles: Profiles, problems: list[Problem]) -> list[DeclaredUser]:
    """Return the users that a file declares, in its order; what is wrong with them is added to `problems`."""
    if read.value is None:
        return []
    try:
        document = UsersFile.model_validate(read.value)
    except ValidationError as error:
        problems.extend(wording.problems(error, UsersFile, read))
        problems.extend(_problems_of_the_rest(read, profiles))
        return []
    for written, part in document.users.items():
        problems.extend(_user_problems(written, part, read, profiles))
    return [_user(written, part, read) for written, part in document.users.items()]


def _problems_of_the_rest(read: Text, profiles: Profiles) -> Iterator[Problem]:
    """Yield what is wrong with the services of a broken file that are in order by themselves."""
    users = read.value.get("users") if isinstance(read.value, dict) else None
    for user, part in users.items() if isinstance(users, dict) else ():
        services = part.get("services") if isinstance(part, dict) else None
        for label, service in services.items() if isinstance(services, dict) else ():
            try:
                valid = ServicePart.model_validate(service)
            except ValidationError:
                continue
            yield from _service_problems(valid, read, ("users", user, "services", label), profiles)


def _user(written: str, part: UserPart, read: Text) -> DeclaredUser:
    services = tuple(
        declared_service(label, service, read.place(path, key=True), dated(service, read, path))
        for label, service in part.services.items()
        for path in [("users", written, "services", label)]
    )
    place = read.place(("users", written), key=True)
    return DeclaredUser(user_key(written), part.name, part.cost_centre, place, services, part.reason)


def dated(part: ProfilePart, read: Text, path: tuple[str, ...]) -> dict[Dated, Place]:
    """Return where the bundle and the options that have dates stand."""
    places = {
        option: read.place((*path, "options", index))
        for index, option in enumerate(declared_options(part.options))
        if option.from_ or option.until
    }
    bundle = declared_bundle(part.bundle)
    if bundle is not None and bundle.until:
        places[bundle] = read.place((*path, "bundle"))
    return places


def _user_problems(written: str, part: UserPart, read: Text, profiles: Profiles) -> Iterator[Problem]:
    flaw = user_flaw(written)
    if flaw:
        yield Problem(flaw.message, read.place(("users", written), key=True))
    for label, service in part.services.items():
        path = ("users", written, "services", label)
        flaw = label_flaw(label)
        if flaw:
            yield Problem(flaw.message, read.place(path, key=True))
        yield from _service_problems(service, read, path, profiles)


def _service_problems(service: ServicePart, read: Text, path: tuple[str, ...], profiles: Profiles) -> Iterator[Problem]:
    known = profiles or {}
    if service.profile is not None and profiles is not None and service.profile not in known:
        message = f"unknown profile {quoted(service.profile)}{nearest(service.profile, list(known))}"
        hint = f"Profiles of fleet.yaml: {', '.join(sorted(known)) or 'none'}."
        yield Problem(message, read.place((*path, "profile")), hint)
    elif service.bundle is None and (service.profile is None or (profiles and known[service.profile].bundle is None)):
        place = read.place(path, key=True)
        yield Problem("the service has no bundle", place, "Give it a bundle, or a profile that has one.")
    yield from date_problems(service, read, path)
