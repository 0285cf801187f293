"""The least that a correct comparison costs: `python -m tests.bench.floor USERS PAGES` prints how many differ.

A YAML parser in Rust, pages decoded into the fields that are compared and nothing else, rows compared as tuples, and
two processes that share the files and the pages. There are no positions, no messages, no checks and no plan.
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml_rs

Row = tuple[str | None, str, tuple[str, ...], str | None, str | None]


class Wire(msgspec.Struct, rename="camel"):
    """A document of the TM Forum's, by those of its fields that matter."""


class Reference(Wire):
    id: str


class Named(Wire):
    name: str
    value: str


class Party(Wire):
    id: str
    role: str


class Relation(Wire):
    product: Reference


class Product(Wire):
    id: str
    status: str
    product_offering: Reference
    product_characteristic: list[Named] = []
    related_party: list[Party] = []
    product_relationship: list[Relation] = []


class Address(Wire):
    email_address: str | None = None


class Medium(Wire):
    characteristic: Address


class Individual(Wire):
    id: str
    contact_medium: list[Medium]


class Share(msgspec.Struct, array_like=True):
    """What one process made of its files and pages: rows by number, those of products by their id too."""

    declared: dict[str, Row]
    services: dict[str, tuple[str, Row]]
    options: list[tuple[str, str]]
    users: dict[str, str]


def share(files: Sequence[str]) -> Share:
    """Read some of the files and pages."""
    users_of, products_of = msgspec.json.Decoder(list[Individual]), msgspec.json.Decoder(list[Product])
    made = Share({}, {}, [], {})
    for name in files:
        path = Path(name)
        if path.suffix == ".yaml":
            made.declared.update(declared(yaml_rs.loads(path.read_text(encoding="utf-8"), parse_datetime=False)))
        elif path.parent.name == "users":
            for user in users_of.decode(path.read_bytes()):
                made.users[user.id] = str(user.contact_medium[0].characteristic.email_address)
        else:
            for product in products_of.decode(path.read_bytes()):
                if product.status != "terminated":
                    take(product, made)
    return made


def declared(document: Any) -> dict[str, Row]:
    """Return the rows of a users' file, by number."""
    rows: dict[str, Row] = {}
    for email, user in document["users"].items():
        for service in user["services"].values():
            sim, options = service["sim"], tuple(sorted(service.get("options", ())))
            rows[service["number"]] = (email, service["bundle"], options, sim["type"], sim["iccid"])
    return rows


def take(product: Product, made: Share) -> None:
    """Put a product where it belongs: the services, or the options of one."""
    if product.product_relationship:
        made.options.append((product.product_relationship[0].product.id, product.product_offering.id))
        return
    named = {each.name: each.value for each in product.product_characteristic}
    user = next(party.id for party in product.related_party if party.role == "user")
    row = (user, product.product_offering.id, (), named["simType"].lower(), named["iccid"])
    made.services[product.id] = (named["msisdn"], row)


def differing(shares: Sequence[Share]) -> int:
    """Return how many services differ between the two sides."""
    want = {number: row for each in shares for number, row in each.declared.items()}
    users = {identity: email for each in shares for identity, email in each.users.items()}
    options: dict[str, list[str]] = {}
    for service, option in (pair for each in shares for pair in each.options):
        options.setdefault(service, []).append(option)
    have: dict[str, Row] = {}
    for each in shares:
        for identity, (number, (user, bundle, _, kind, iccid)) in each.services.items():
            chosen = tuple(sorted(options[identity])) if identity in options else ()
            have[number] = (users[str(user)], bundle, chosen, kind, iccid)
    return sum(1 for number in want.keys() | have.keys() if want.get(number) != have.get(number))


def main() -> None:
    """Share the work between two processes, and compare."""
    gc.disable()
    files = [str(path) for folder in sys.argv[1:3] for path in sorted(Path(folder).rglob("*.*")) if path.is_file()]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        shares = pool.map(share, (files[::2], files[1::2]))
    sys.stdout.write(f"{differing(shares)}\n")


if __name__ == "__main__":
    main()
