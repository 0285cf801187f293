"""Read `fleet.yaml` and `users/**` of a folder, and report everything that is wrong with them at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from reconciler.desired import wording
from reconciler.desired.config import config_of, signer_problems
from reconciler.desired.declared import (
    Dated,
    DeclaredUser,
    Profile,
    declared_bundle,
    declared_options,
    declared_service,
)
from reconciler.desired.documents import FleetFile, ProfilePart, ServicePart, UserPart, UsersFile
from reconciler.desired.spans import date_problems
from reconciler.desired.yaml import Text, nearest, parse
from reconciler.errors import InvalidInput, Place, Problem
from reconciler.model.config import FleetConfig
from reconciler.model.identifiers import label_flaw, user_flaw, user_key

SETTINGS = "fleet.yaml"
USERS = "users"
_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Documents:
    """All files of a fleet, read and checked one by one; nothing is resolved yet."""

    root: str
    config: FleetConfig
    profiles: dict[str, Profile]
    users: tuple[DeclaredUser, ...]
    digest: str


@dataclass(slots=True)
class _Gathering:
    """What was read so far, and what was wrong with it; `replaced` stands in for files by their names."""

    replaced: Mapping[str, bytes]
    problems: list[Problem] = field(default_factory=list)
    users: dict[str, DeclaredUser] = field(default_factory=dict)
    hashed: dict[str, str] = field(default_factory=dict)


def load(root: Path, replaced: Mapping[str, bytes] = _NOTHING) -> Documents:
    """Return the documents of the fleet in `root`; raises InvalidInput with all problems, by file and line.

    `replaced` has what is to be read instead of a file, or of one that is not there, by its name from `root`.
    """
    gathering = _Gathering(replaced)
    settings = _settings(root, gathering)
    profiles = settings.parts if settings else None
    for path in _user_files(root, gathering):
        _read_users(root, path, gathering, profiles)
    return _documents(root, settings, gathering)


def _documents(root: Path, settings: _Settings | None, gathering: _Gathering) -> Documents:
    if gathering.problems or settings is None:
        raise InvalidInput(sorted(gathering.problems, key=_by_place))
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(gathering.hashed.items()))
    return Documents(
        root=root.name or str(root),
        config=settings.config,
        profiles=settings.profiles,
        users=tuple(gathering.users[key] for key in sorted(gathering.users)),
        digest=f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}",
    )


def load_settings(root: Path) -> Documents:
    """Return the documents of the fleet in `root` without its users; raises InvalidInput with all problems."""
    gathering = _Gathering(_NOTHING)
    settings = _settings(root, gathering)
    return _documents(root, settings, gathering)


def has_settings(root: Path) -> bool:
    """Tell whether there is a `fleet.yaml` in `root`."""
    return (root / SETTINGS).exists()


def read_again(root: Path, name: str) -> Text:
    """Return a file of the fleet in `root` with the place of everything in it; InvalidInput where that is gone."""
    gathering = _Gathering(_NOTHING)
    read = _read(root, root / name, gathering)
    if read is None:
        raise InvalidInput(gathering.problems)
    return read


def user_files(root: Path) -> list[str]:
    """Return the users' files of the fleet in `root`, by their paths within it."""
    return [_name(root, path) for path in _user_files(root, _Gathering(_NOTHING))]


def read_config(text: str) -> FleetConfig:
    """Return the configuration that is the text of a `fleet.yaml`; raises InvalidInput where it makes no sense."""
    read = parse(text, SETTINGS)
    found = list(read.problems)
    try:
        document = FleetFile.model_validate(read.value if read.value is not None else {})
    except ValidationError as error:
        raise InvalidInput([*found, *wording.problems(error, FleetFile, read)]) from error
    config = config_of(document, read, found)
    if found:
        raise InvalidInput(found)
    return config


@dataclass(frozen=True, slots=True)
class _Settings:
    config: FleetConfig
    parts: dict[str, ProfilePart]
    profiles: dict[str, Profile]


def _by_place(problem: Problem) -> tuple[str, int, int, str]:
    place = problem.place or Place("", 0, 0)
    return place.file, place.line, place.column, problem.message


def _settings(root: Path, gathering: _Gathering) -> _Settings | None:
    if not (root / SETTINGS).exists():
        hint = f"Name the folder it lies in with -C DIR, or write {root / SETTINGS}."
        gathering.problems.append(Problem(f"there is no {SETTINGS} in '{root}'", Place(SETTINGS, 1, 1), hint))
        return None
    read = _read(root, root / SETTINGS, gathering)
    if read is None:
        return None
    try:
        document = FleetFile.model_validate(read.value if read.value is not None else {})
    except ValidationError as error:
        gathering.problems.extend(wording.problems(error, FleetFile, read))
        return None
    found: list[Problem] = []
    config = config_of(document, read, found)
    found.extend(signer_problems(config.approvals, _signers(root, config), read))
    for name, part in document.profiles.items():
        found.extend(date_problems(part, read, ("profiles", name)))
    gathering.problems.extend(found)
    profiles = {name: _profile(part, read, ("profiles", name)) for name, part in document.profiles.items()}
    return _Settings(config, dict(document.profiles), profiles)


def _profile(part: ProfilePart, read: Text, path: tuple[str, ...]) -> Profile:
    bundle, options = declared_bundle(part.bundle), declared_options(part.options)
    return Profile(bundle, options, _dated(part, read, path) or None)


def _signers(root: Path, config: FleetConfig) -> str | None:
    """Return the file of those who may approve, None where there is none."""
    path = root / (config.approvals.allowed_signers or "")
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else None
    except (OSError, UnicodeDecodeError):
        return None


def _user_files(root: Path, gathering: _Gathering) -> Iterator[Path]:
    """Yield the users' files in order; a link that leads back into the folder is not followed."""
    replaced = {root / name for name in gathering.replaced}
    for path in sorted({*(root / USERS).rglob("*"), *(replaced - {root / SETTINGS})}):
        if path.suffix.lower() not in (".yaml", ".yml") or path.name.startswith("."):
            continue
        if path in replaced or path.is_file():
            yield path
        else:
            place = Place(_name(root, path), 1, 1)
            gathering.problems.append(Problem("this is no file", place, "Rename it, or put a file here."))


def _read(root: Path, path: Path, gathering: _Gathering) -> Text | None:
    """Return a file's values and positions; None, with its problems gathered, where there are none."""
    name = _name(root, path)
    try:
        content = gathering.replaced[name] if name in gathering.replaced else path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"this is not UTF-8: byte {content[error.start]:#04x}"
        gathering.problems.append(Problem(message, Place(name, line, 1), "Save the file as UTF-8."))
        return None
    except OSError as error:
        gathering.problems.append(Problem(f"this cannot be read: {error.strerror}", Place(name, 1, 1)))
        return None
    gathering.hashed[name] = hashlib.sha256(content).hexdigest()
    read = parse(text, name)
    gathering.problems.extend(read.problems)
    return None if read.problems and read.value is None else read


def _read_users(root: Path, path: Path, gathering: _Gathering, profiles: dict[str, ProfilePart] | None) -> None:
    read = _read(root, path, gathering)
    if read is None or read.value is None:
        return
    try:
        document = UsersFile.model_validate(read.value)
    except ValidationError as error:
        gathering.problems.extend(wording.problems(error, UsersFile, read))
        gathering.problems.extend(_problems_of_the_rest(read, profiles))
        return
    for written, part in document.users.items():
        user = _user(written, part, read)
        gathering.problems.extend(_user_problems(written, part, read, profiles))
        earlier = gathering.users.get(user.key)
        if earlier is not None:
            message = f"user '{user.key}' is declared twice; first at {earlier.place}"
            gathering.problems.append(Problem(message, user.place, "Declare all services of a user in one place."))
        else:
            gathering.users[user.key] = user


def _problems_of_the_rest(read: Text, profiles: dict[str, ProfilePart] | None) -> Iterator[Problem]:
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
        declared_service(label, service, read.place(path, key=True), _dated(service, read, path))
        for label, service in part.services.items()
        for path in [("users", written, "services", label)]
    )
    place = read.place(("users", written), key=True)
    return DeclaredUser(user_key(written), part.name, part.cost_centre, place, services, part.reason)


def _dated(part: ProfilePart, read: Text, path: tuple[str, ...]) -> dict[Dated, Place]:
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


def _user_problems(
    written: str, part: UserPart, read: Text, profiles: dict[str, ProfilePart] | None
) -> Iterator[Problem]:
    flaw = user_flaw(written)
    if flaw:
        yield Problem(flaw.message, read.place(("users", written), key=True))
    for label, service in part.services.items():
        path = ("users", written, "services", label)
        flaw = label_flaw(label)
        if flaw:
            yield Problem(flaw.message, read.place(path, key=True))
        yield from _service_problems(service, read, path, profiles)


def _service_problems(
    service: ServicePart, read: Text, path: tuple[str, ...], profiles: dict[str, ProfilePart] | None
) -> Iterator[Problem]:
    place = read.place(path, key=True)
    known = profiles or {}
    if service.profile is not None and profiles is not None and service.profile not in known:
        message = f"unknown profile '{service.profile}'{nearest(service.profile, list(known))}"
        hint = f"Profiles of {SETTINGS}: {', '.join(sorted(known)) or 'none'}."
        yield Problem(message, read.place((*path, "profile")), hint)
    elif service.bundle is None and (service.profile is None or (profiles and known[service.profile].bundle is None)):
        yield Problem("the service has no bundle", place, "Give it a bundle, or a profile that has one.")
    yield from date_problems(service, read, path)


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
