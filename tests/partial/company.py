"""A small company as its operator answers it, in the words of the standard, and what its files declare.

Everything that partial answers hurt is in it: somebody to be ignored, somebody protected, leavers, services that only
a number, only a SIM, only a label or nothing but a bundle tells, options, and orders on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.errors import Place
from reconciler.model.config import (
    FleetConfig,
    IgnoreRule,
    Ownership,
    ProtectRule,
    ProviderConfig,
    QuotaConfig,
)
from reconciler.model.fleet import DesiredFleet, DesiredService, DesiredUser, Service, Sim, SimType, State
from tests.partial.server import Document, Lists

PLACE = Place("users/test.yaml", 3, 7)
OURS = "org-brouwerij"
NAMES = ("an.peeters", "jan.claes", "els.maes", "tom.nijs", "piet.smets", "lien.aerts", "wim.thys", "eva.simons")
AN, JAN, ELS, TOM, PIET, LIEN, WIM, EVA = (f"{name}@brouwerij.example" for name in NAMES)
#: Whom a rule ignores, who is protected, and whom nobody declares.
BEA, CEO, OLD = "bea.bos@contractors.example", "ceo@brouwerij.example", "old.hand@brouwerij.example"
USERS = (AN, JAN, ELS, TOM, PIET, LIEN, WIM, EVA, BEA, CEO, OLD)
CENTRES = ("SALES", "BREW")


def number(index: int) -> str:
    """Return one of the company's numbers."""
    return f"+3247000{index:04d}"


def iccid(index: int) -> str:
    """Return one of its SIMs."""
    return f"893200000000000{index:03d}0"


@dataclass(frozen=True)
class Held:
    """A service at the operator."""

    index: int
    user: str
    bundle: str = "mobile-10"
    label: str | None = "phone"
    options: tuple[str, ...] = ()
    status: str = "active"
    kind: str = "physical"
    numbered: bool = True
    sim: bool = True


HELD = (
    Held(1, AN, options=("roaming",)),
    Held(2, AN, "data-5", "tablet", kind="eSIM"),
    Held(3, JAN, "mobile-25", options=("roaming", "calls")),
    Held(4, JAN, "data-5", None),
    Held(5, ELS, "mobile-10", None),
    Held(6, TOM, "mobile-25", status="suspended"),
    Held(7, PIET),
    Held(8, LIEN, "mobile-25", options=("calls",)),
    Held(9, LIEN, "data-5", "tablet"),
    Held(10, WIM, "mobile-10", "phone", kind="eSIM"),
    Held(11, BEA, options=("roaming",)),
    Held(12, BEA, "data-5", "tablet"),
    Held(13, CEO, "mobile-25"),
    Held(14, OLD),
    Held(15, OLD, "data-5", None),
    Held(16, EVA, "mobile-10", "phone", status="pendingActive", numbered=False, sim=False),
    Held(17, PIET, "data-5", "tablet"),
    Held(18, WIM, "data-5", "car", numbered=False),
)


def _characteristics(held: Held) -> list[Document]:
    values = {
        "msisdn": number(held.index) if held.numbered else None,
        "iccid": iccid(held.index) if held.sim else None,
        "simType": held.kind,
        "label": held.label,
        "costCentre": CENTRES[held.index % 2] if held.index % 3 else None,
    }
    return [{"name": name, "valueType": "string", "value": value} for name, value in values.items() if value]


def _parties(user: str) -> list[Document]:
    return [
        {"id": f"ind-{USERS.index(user) + 1}", "role": "user", "@referredType": "Individual"},
        {"id": OURS, "name": "brouwerij", "role": "customer", "@referredType": "Organization"},
    ]


def _service(held: Held) -> Document:
    document: Document = {
        "id": f"prd-{held.index:03d}",
        "status": held.status,
        "productOffering": {"id": held.bundle, "name": held.bundle},
        "productCharacteristic": _characteristics(held),
        "relatedParty": _parties(held.user),
    }
    return document if held.status == "pendingActive" else {**document, "startDate": "2025-01-15T08:00:00.000Z"}


def _option(held: Held, option: str) -> Document:
    return {
        "id": f"opt-{held.index:03d}-{option}",
        "status": "active",
        "productOffering": {"id": option, "name": option},
        "productCharacteristic": [],
        "relatedParty": _parties(held.user),
        "startDate": "2025-01-15T08:00:00.000Z",
        "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": f"prd-{held.index:03d}"}}],
    }


def _individual(index: int, mail: str) -> Document:
    given, _, family = mail.partition("@")[0].partition(".")
    return {
        "id": f"ind-{index}",
        "givenName": given.title(),
        "familyName": family.title() or "X",
        "contactMedium": [
            {"mediumType": "email", "characteristic": {"contactType": "work", "emailAddress": mail}},
        ],
        "partyCharacteristic": [{"name": "costCentre", "valueType": "string", "value": CENTRES[index % 2]}],
    }


def _offering(word: str, category: str, carries: Sequence[str] = (), *, sold: bool = True) -> Document:
    document: Document = {
        "id": word,
        "name": word,
        "isSellable": sold,
        "lifecycleStatus": "Active" if sold else "Retired",
        "category": [{"id": f"cat-{category}", "name": category}],
        "productOfferingPrice": [{"id": f"price-{word}"}],
    }
    if carries:
        document["productOfferingRelationship"] = [
            {"id": option, "relationshipType": "optionalAddOn"} for option in carries
        ]
    return document


def _price(word: str, value: float) -> Document:
    return {
        "id": f"price-{word}",
        "priceType": "recurring",
        "recurringChargePeriodType": "month",
        "price": {"unit": "EUR", "value": value},
    }


def _order(index: int, user: str, **item: Any) -> Document:
    return {
        "id": f"ord-{index}",
        "externalId": f"portal-{index}",
        "state": "held",
        "orderDate": "2026-11-20T08:00:00.000Z",
        "relatedParty": [
            *_parties(user),
            {"id": "portal", "name": "portal", "role": "requester"},
        ],
        "productOrderItem": [{"id": "1", "quantity": 1, **item}],
    }


_PRICES = {"mobile-10": 10.0, "mobile-25": 14.5, "data-5": 6.5, "classic": 9.0, "roaming": 15.0, "calls": 7.5}


def lists() -> Lists:
    """Return what the operator lists, by resource."""
    return {
        "organization": [{"id": OURS, "name": "brouwerij", "tradingName": "brouwerij"}],
        "individual": [_individual(index, mail) for index, mail in enumerate(USERS, start=1)],
        "productOffering": [
            _offering("mobile-10", "bundle", ("roaming", "calls")),
            _offering("mobile-25", "bundle", ("roaming", "calls")),
            _offering("data-5", "bundle"),
            _offering("classic", "bundle", sold=False),
            _offering("roaming", "option"),
            _offering("calls", "option"),
        ],
        "productOfferingPrice": [_price(word, value) for word, value in _PRICES.items()],
        "agreement": [
            {
                "id": "MC-1",
                "agreementPeriod": {
                    "startDateTime": "2026-03-01T00:00:00+01:00",
                    "endDateTime": "2027-02-28T23:59:59+01:00",
                },
                "characteristic": [
                    {"name": "removalRatio", "value": "1"},
                    {"name": "removalBase", "value": 17},
                    {"name": "removalsUsed", "value": 0},
                ],
            }
        ],
        "product": [
            *(_service(held) for held in HELD),
            *(_option(held, option) for held in HELD for option in held.options),
        ],
        "productOrder": [
            _order(
                1,
                LIEN,
                action="modify",
                productOffering={"id": "mobile-10"},
                product={"id": "prd-008", "productOffering": {"id": "mobile-10"}},
            ),
            _order(
                2,
                TOM,
                action="add",
                productOffering={"id": "data-5"},
                product={"productCharacteristic": [{"name": "label", "value": "tablet"}]},
            ),
            {
                **_order(
                    3,
                    ELS,
                    action="modify",
                    productOffering={"id": "mobile-10"},
                    product={"id": "prd-005", "productOffering": {"id": "mobile-10"}},
                ),
                "state": "completed",
                "completionDate": "2026-11-20T09:00:00.000Z",
            },
        ],
    }


def _declared() -> tuple[Service, ...]:
    sims = {index: Sim(SimType.PHYSICAL, iccid(index)) for index in range(1, 20)}
    return (
        Service(AN, "phone", "mobile-10", frozenset({"roaming"}), number(1), sims[1], cost_centre="BREW"),
        Service(AN, "tablet", "data-5", sim=Sim(SimType.ESIM)),  # by its label alone
        Service(JAN, "phone", "mobile-25", frozenset({"roaming", "calls"}), number(3), cost_centre="BREW"),
        Service(JAN, "tablet", "data-5"),  # adopted: the only one it can be
        Service(
            ELS, "phone", "mobile-25", number=number(5)
        ),  # another bundle, next month: it was changed in this one (R5)
        Service(TOM, "phone", "mobile-25", state=State.BLOCKED, sim=sims[6]),  # by its SIM
        Service(TOM, "tablet", "data-5"),  # on order
        Service(PIET, "phone", "mobile-10", frozenset({"calls"}), number(7), cost_centre="BREW"),  # an option more
        Service(LIEN, "phone", "mobile-10", number=number(8)),  # on order
        Service(WIM, "phone", "mobile-10", number=number(10), cost_centre="BREW"),
        Service(WIM, "tablet", "data-5", number=number(9)),  # from Lien
        Service(WIM, "car", "data-5", sim=sims[18]),
        Service(EVA, "phone", "mobile-10"),  # being activated
        Service(EVA, "tablet", "data-5"),  # to be added
        Service(EVA, "old", "classic"),  # not sold any more
        Service(CEO, "phone", "mobile-25", number=number(13)),
    )


def fleet(ownership: Ownership, *, rules: bool, create: bool = False) -> DesiredFleet:
    """Return what the files declare; with `rules` somebody is ignored and somebody protected, one of whom left."""
    declared = [item for item in _declared() if not rules or item.user != CEO]
    config = FleetConfig(
        "brouwerij",
        ProviderConfig("tmf"),
        contract="MC-1",
        ownership=ownership,
        quota=QuotaConfig(),
        create_users=create,
    )
    if rules:
        config = replace(
            config,
            ignore=(IgnoreRule("*@contractors.example"),),
            protect=(ProtectRule(f"{CEO}/*", PLACE), ProtectRule(f"{PIET}/tablet", PLACE)),
        )
    keys = dict.fromkeys([*(item.user for item in declared), *([CEO] if rules else [])])
    return DesiredFleet(
        config=config,
        users={key: DesiredUser(key, PLACE, name="Some Body") for key in keys},
        services=tuple(DesiredService(item, PLACE) for item in declared),
    )


Spelling = Callable[[Lists], Lists]
