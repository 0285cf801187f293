"""Fleets to start from: one described by hand, or a deterministic random one of any size."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle, product

from reconciler.sandbox import identities

TODAY = date(2026, 11, 23)
ORGANISATION = "brouwerij-demo"
_GIVEN = (
    "An", "Jan", "Els", "Piet", "Sofie", "Tom", "Lien", "Bart", "Katrien", "Wim", "Marie", "Luc", "Nele", "Koen",
    "Hilde", "Dirk", "Eva", "Joris", "Sarah", "Pieter", "Greet", "Stijn", "Ilse", "Kris", "Leen", "Marc", "Nathalie",
    "Olivier", "Petra", "Ruben",
)  # fmt: skip
_FAMILY = (
    "Peeters", "Janssens", "Maes", "Jacobs", "Mertens", "Willems", "Claes", "Goossens", "Wouters", "De Smet",
    "Dubois", "Lambert", "Dupont", "Hermans", "Pauwels", "Aerts", "Michiels", "Martens", "De Clercq", "Lemmens",
    "Bogaerts", "Van Damme", "Coppens", "Verhoeven", "Simons", "Thys", "Smets", "Segers", "Baert", "Nijs",
)  # fmt: skip
CENTRES = ("SALES", "BREW", "LOGISTICS", "FINANCE", "HR", "IT")
#: Cost centres with their teams, in the order in which users come into them.
_PLACES = tuple((centre, f"{centre.title()} {half}") for half in (1, 2) for centre in CENTRES)
_PHONES = ("mobile-10", "mobile-25", "mobile-unlimited", "mobile-max", "mobile-classic")
#: Of a hundred, so many have one of the phones up to here.
_PHONE_WEIGHTS = (40, 65, 90, 95, 100)
_PHONE_OPTIONS = ("roaming-eu-plus", "roaming-world", "international-calls", "voicemail-plus", "extra-data-10")
_SECOND = (("tablet", "data-20"), ("data", "data-5"), ("car", "m2m-1"))


@dataclass(frozen=True, slots=True)
class ContractSeed:
    """A contract; without `removal_base` the services in force at the start of the period are counted."""

    id: str = "MC-2026-001"
    period_start: date = date(2026, 3, 1)
    period_end: date = date(2027, 2, 28)
    initial_start: date = date(2023, 3, 1)
    removal_ratio: str = "0.30"
    removal_base: int | None = None
    removals_used_offset: int = 0
    #: Removals beyond the quota, granted by the account manager for this period.
    removals_granted: int = 0


@dataclass(frozen=True, slots=True)
class UserSeed:
    """An individual."""

    email: str
    given_name: str
    family_name: str
    cost_centre: str | None = None
    employee_id: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceSeed:
    """A service in force, or one that was `terminated`; its options began with it, `temporary` has the last days."""

    user_email: str
    label: str | None
    bundle: str
    number: str
    iccid: str | None = None
    options: tuple[str, ...] = ()
    eid: str | None = None
    sim_type: str = "physical"
    state: str = "active"
    started: date = date(2024, 1, 15)
    terminated: date | None = None
    cost_centre: str | None = None
    bundle_changed: date | None = None
    temporary: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class FleetSeed:
    """A whole fleet."""

    organisation: str = ORGANISATION
    contract: ContractSeed = field(default_factory=ContractSeed)
    users: tuple[UserSeed, ...] = ()
    services: tuple[ServiceSeed, ...] = ()

    def stream(self) -> SeedStream:
        """Return the fleet one by one."""
        numbers = {user.email: number for number, user in enumerate(self.users, start=1)}
        held = ((numbers[service.user_email], service) for service in self.services)
        return SeedStream(self.organisation, self.contract, self.users, held)


@dataclass(frozen=True, slots=True)
class SeedStream:
    """A fleet one by one, never whole in memory and to be gone through once; services with their user's number."""

    organisation: str
    contract: ContractSeed
    users: Iterable[UserSeed]
    services: Iterable[tuple[int, ServiceSeed]]


def generate(users: int, seed: int) -> FleetSeed:
    """Return a random fleet of `users` users, the same for the same arguments."""
    made = stream(users, seed)
    return FleetSeed(users=tuple(made.users), services=tuple(service for _, service in made.services))


def stream(users: int, seed: int) -> SeedStream:
    """Return the same fleet one by one."""
    chance = random.Random(f"{seed}/{users}")
    names = list(product(_GIVEN, _FAMILY))
    chance.shuffle(names)
    services = _services(_addresses(users, names), chance)
    return SeedStream(ORGANISATION, ContractSeed(), _people(users, names), services)


def _people(count: int, names: Sequence[tuple[str, str]]) -> Iterator[UserSeed]:
    """Yield users, with names that come again and everything else their own."""
    addresses = zip(_addresses(count, names), cycle(names), cycle(_PLACES), strict=False)
    for index, (email, (given, family), (centre, team)) in enumerate(addresses, start=1):
        yield UserSeed(email, given, family, centre, f"E-{index:05d}", team)


def _addresses(count: int, names: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield e-mail addresses; a number tells namesakes apart."""
    plain = [f"{given}.{family.replace(' ', '')}".lower() for given, family in names]
    for index in range(count):
        twin, name = divmod(index, len(plain))
        yield f"{plain[name]}{twin + 1 if twin else ''}@brouwerij.example"


def _services(addresses: Iterable[str], chance: random.Random) -> Iterator[tuple[int, ServiceSeed]]:
    serial = 0
    for index, email in enumerate(addresses):
        fate = chance.random()
        labelled = chance.random() > 0.08
        if fate < 0.05:
            continue
        number = index + 1
        serial += 1
        [bundle] = chance.choices(_PHONES, cum_weights=_PHONE_WEIGHTS)
        yield number, _service(email, "phone" if labelled else None, bundle, _PHONE_OPTIONS, serial, chance)
        if fate > 0.72:
            serial += 1
            label, bundle = _SECOND[chance.randrange(len(_SECOND))]
            options = ("fixed-ip",) if bundle != "data-5" else ("extra-data-10",)
            yield number, _service(email, label, bundle, options, serial, chance)
        if index % 20 == 7:
            serial += 1
            ended = date(2026, 4, 1) + timedelta(days=chance.randrange(200))
            yield number, _service(email, "old", "mobile-10", (), serial, chance, terminated=ended)


def _service(
    email: str,
    label: str | None,
    bundle: str,
    options: tuple[str, ...],
    serial: int,
    chance: random.Random,
    terminated: date | None = None,
) -> ServiceSeed:
    esim = chance.random() < 0.4
    has_options = chance.random() < 0.18 and bool(options)
    blocked = chance.random() < 0.01 and terminated is None
    return ServiceSeed(
        user_email=email,
        label=label,
        bundle=bundle,
        options=tuple(sorted(chance.sample(options, min(len(options), chance.randrange(1, 3))))) if has_options else (),
        number=identities.number(serial, 7),
        iccid=identities.iccid(serial),
        eid=identities.eid(serial) if esim else None,
        sim_type="eSIM" if esim else "physical",
        state="suspended" if blocked else "active",
        started=date(2023, 3, 1) + timedelta(days=chance.randrange(1000)),
        terminated=terminated,
    )
