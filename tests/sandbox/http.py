"""The sandbox as a stranger's client would call it: plain requests, no code of the product."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from reconciler.sandbox import Sandbox, identities, seeds
from tests.harness import person

AN, JAN = "an.peeters@brouwerij.example", "jan.claes@brouwerij.example"
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
PRODUCTS = "/tmf-api/productInventory/v4/product"
#: What the sandbox calls its first two users.
FIRST, SECOND = "ind-0000001", "ind-0000002"


@dataclass(slots=True)
class Operator:
    """A sandbox of two users, the first with `services` lines, called over HTTP."""

    sandbox: Sandbox

    @classmethod
    def of(cls, *, services: int = 1, contract: seeds.ContractSeed | None = None, **settings: Any) -> Operator:
        """Return one whose lines all have mobile-10 and voicemail, since January 2025."""
        contract = contract or seeds.ContractSeed(removal_ratio="1", removal_base=services)
        lines = tuple(
            seeds.ServiceSeed(
                AN,
                f"line{index}",
                "mobile-10",
                identities.number(index, 7),
                identities.iccid(index),
                ("voicemail-plus",),
                started=date(2025, 1, 15),
            )
            for index in range(1, services + 1)
        )
        sandbox = Sandbox.open(":memory:")
        sandbox.load(seeds.FleetSeed(contract=contract, users=(person(AN), person(JAN)), services=lines))
        sandbox.configure(**settings)
        return cls(sandbox)

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send a request and return the answer."""

        async def work() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.sandbox.app())
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
                return await client.request(method, path, **arguments)

        return asyncio.run(work())

    def order(self, *items: Mapping[str, Any], user: str | None = FIRST, **more: Any) -> dict[str, Any]:
        """Place an order, and return it as the operator shows it."""
        answer = self.call("POST", ORDERS, json=body(items, user, **more))
        assert answer.status_code in (200, 201), answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def refusal(self, *items: Mapping[str, Any], user: str | None = FIRST, **more: Any) -> str:
        """Place an order that must be rejected, and return why it was."""
        order = self.order(*items, user=user, **more)
        assert order["state"] == "rejected", order
        return "; ".join(note["text"] for note in order["note"])

    def state(self, order: Mapping[str, Any]) -> str:
        """Return the state an order is in now."""
        return str(self.call("GET", f"{ORDERS}/{order['id']}").json()["state"])

    def products(self, **query: str) -> list[dict[str, Any]]:
        """Return the products that a query finds."""
        found: list[dict[str, Any]] = self.call("GET", PRODUCTS, params=query).json()
        return found

    def activation_code(self, product: str) -> str | None:
        """Return the activation code that asking for one product shows, None where it shows none."""
        document = self.call("GET", f"{PRODUCTS}/{product}").json()
        named = {each["name"]: each["value"] for each in document["productCharacteristic"]}
        found: str | None = named.get("activationCode")
        return found


def body(items: Sequence[Mapping[str, Any]], user: str | None, **more: Any) -> dict[str, Any]:
    """Return the document of an order; its items are numbered from 1."""
    parties = [{"id": user, "role": "user", "@referredType": "Individual"}] if user else []
    numbered = [{"id": str(number), "quantity": 1, **item} for number, item in enumerate(items, start=1)]
    return {"relatedParty": parties, "productOrderItem": numbered, **more}


def characteristics(**values: str) -> list[dict[str, Any]]:
    """Return named values as a product carries them."""
    return [{"name": name, "value": value, "valueType": "string"} for name, value in values.items()]


def add(bundle: str = "mobile-10", **named: str) -> dict[str, Any]:
    """Return an item that adds a service."""
    product = {"productCharacteristic": characteristics(**named)}
    return {"action": "add", "productOffering": {"id": bundle}, "product": product}


def option(name: str, service: str) -> dict[str, Any]:
    """Return an item that gives an option to a service."""
    relation = [{"relationshipType": "reliesOn", "product": {"id": service}}]
    return {"action": "add", "productOffering": {"id": name}, "product": {"productRelationship": relation}}


def rebundle(service: str, bundle: str) -> dict[str, Any]:
    """Return an item that changes the bundle of a service."""
    return {"action": "modify", "productOffering": {"id": bundle}, "product": {"id": service}}


def modify(service: str, **product: Any) -> dict[str, Any]:
    """Return an item that changes a service otherwise."""
    return {"action": "modify", "product": {"id": service, **product}}


def delete(service: str) -> dict[str, Any]:
    """Return an item that removes a service or an option."""
    return {"action": "delete", "product": {"id": service}}
