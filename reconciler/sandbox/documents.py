"""Rows as resources of the TM Forum APIs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, TypeAlias

from reconciler.sandbox import state
from reconciler.sandbox.catalogue import OFFERINGS, Offering

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

Document = dict[str, Any]
Row: TypeAlias = "RowMapping | Mapping[str, Any]"

CATALOGUE = "/tmf-api/productCatalogManagement/v4"
ORDERING = "/tmf-api/productOrderingManagement/v4"
INVENTORY = "/tmf-api/productInventory/v4"
PARTY = "/tmf-api/party/v4"
AGREEMENT = "/tmf-api/agreementManagement/v4"
BILLING = "/tmf-api/customerBillManagement/v4"


def moment(text: str | None) -> str | None:
    """Return a time as servers write it: milliseconds, and a Z."""
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def offering(each: Offering) -> Document:
    """Return a product offering; its price is only a reference."""
    document: Document = {
        "id": each.id,
        "href": f"{CATALOGUE}/productOffering/{each.id}",
        "name": each.name,
        "isBundle": False,
        "isSellable": each.sellable,
        "lifecycleStatus": "Active" if each.sellable else "Retired",
        "version": "1",
        "validFor": {"startDateTime": "2022-01-01T00:00:00.000Z"},
        "category": [{"id": f"cat-{each.category}", "name": each.category}],
        "productOfferingPrice": [{"id": f"price-{each.id}", "name": f"{each.name} monthly"}],
    }
    if each.carries:
        document["productOfferingRelationship"] = [
            {"id": option, "name": OFFERINGS[option].name, "relationshipType": "optionalAddOn"}
            for option in each.carries
        ]
    return document


def price(each: Offering) -> Document:
    """Return the recurring monthly price of an offering; money is a float on this wire."""
    return {
        "id": f"price-{each.id}",
        "href": f"{CATALOGUE}/productOfferingPrice/price-{each.id}",
        "name": f"{each.name} monthly",
        "isBundle": False,
        "lifecycleStatus": "Active",
        "priceType": "recurring",
        "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1,
        "price": {"unit": "EUR", "value": float(each.monthly)},
    }


def individual(row: Row) -> Document:
    """Return a user."""
    document: Document = {
        "id": row["id"],
        "href": f"{PARTY}/individual/{row['id']}",
        "givenName": row["given_name"],
        "familyName": row["family_name"],
        "fullName": f"{row['given_name']} {row['family_name']}",
        "status": "validated",
        "contactMedium": [
            {
                "mediumType": "email",
                "preferred": True,
                "characteristic": {"contactType": "work", "emailAddress": row["email"]},
            }
        ],
    }
    if row["employee_id"]:
        document["externalReference"] = [{"externalReferenceType": "employeeId", "name": row["employee_id"]}]
    named = (("costCentre", row["cost_centre"]), ("team", row["team"]))
    if any(value for _, value in named):
        document["partyCharacteristic"] = [_characteristic(name, value) for name, value in named if value]
    return document


def organisation(contract: state.ContractState) -> Document:
    """Return the customer."""
    identity = contract.organisation_id
    return {
        "id": identity,
        "href": f"{PARTY}/organization/{identity}",
        "name": contract.organisation,
        "tradingName": contract.organisation,
        "isLegalEntity": True,
        "status": "validated",
    }


def product(row: Row, contract: state.ContractState, nested: Sequence[Document] = ()) -> Document:
    """Return a service or an option in force; options nested in their service where the server does it that way."""
    named = (
        ("msisdn", row["number"]),
        ("iccid", row["iccid"]),
        ("eid", row["eid"]),
        ("simType", row["sim_type"]),
        ("label", row["label"]),
        ("costCentre", row["cost_centre"]),
        ("activationCode", row.get("activation_code")),
    )
    document: Document = {
        "id": row["id"],
        "href": f"{INVENTORY}/product/{row['id']}",
        "name": OFFERINGS[row["offering"]].name,
        "status": row["status"],
        "isBundle": False,
        "productOffering": {"id": row["offering"], "name": OFFERINGS[row["offering"]].name},
        "productCharacteristic": [_characteristic(name, value) for name, value in named if value],
        "relatedParty": [
            {"id": row["user_id"], "role": "user", "@referredType": "Individual"},
            customer(contract),
        ],
        "billingAccount": {"id": f"ba-{contract.organisation}"},
        "agreement": [{"id": contract.id}],
    }
    if row["started"]:
        document["startDate"] = moment(row["started"])
    if row["terminated"]:
        document["terminationDate"] = moment(row["terminated"])
    if row["parent"]:
        document["productRelationship"] = [{"relationshipType": "reliesOn", "product": {"id": row["parent"]}}]
    if nested:
        document["product"] = list(nested)
    return document


def agreement(contract: state.ContractState, used: int) -> Document:
    """Return the contract, with the quota in characteristics."""
    return {
        "id": contract.id,
        "href": f"{AGREEMENT}/agreement/{contract.id}",
        "@type": "Agreement",
        "name": f"Mobile contract {contract.id}",
        "agreementType": "commercial",
        "status": "inEffect",
        "agreementPeriod": {
            "startDateTime": _edge(contract.period_start, "00:00:00"),
            "endDateTime": _edge(contract.period_end, "23:59:59"),
        },
        "engagedParty": [customer(contract)],
        "agreementItem": [{"productOffering": [{"id": word} for word in OFFERINGS]}],
        "characteristic": [
            _characteristic("removalRatio", contract.ratio),
            {"name": "removalBase", "valueType": "number", "value": contract.base},
            {"name": "removalsUsed", "valueType": "number", "value": used},
            _characteristic("initialPeriodStart", contract.initial_start),
        ],
    }


def order(row: Row) -> Document:
    """Return a product order as it was sent, with its state, its items' states and the operator's notes."""
    sent, items, state_now = json.loads(row["sent"]), json.loads(row["items"]), row["state"]
    if state_now != "partial":  # else each item has the state it ended in
        items = [{**item, "state": state_now} for item in items]
    document: Document = {
        **{key: value for key, value in sent.items() if key not in ("id", "href", "state")},
        "id": row["id"],
        "href": f"{ORDERING}/productOrder/{row['id']}",
        "state": state_now,
        "orderDate": moment(row["placed"]),
        "productOrderItem": items,
    }
    notes = [*(sent.get("note") or []), *json.loads(row["notes"])]
    if notes:
        document["note"] = [{"id": str(index), **note} for index, note in enumerate(notes, start=1)]
    if row["completed"]:
        document["completionDate"] = moment(row["completed"])
    return document


def cancellation(row: Row) -> Document:
    """Return what became of asking for a cancellation."""
    return {
        "id": row["id"],
        "href": f"{ORDERING}/cancelProductOrder/{row['id']}",
        "state": row["state"],
        "cancellationReason": row["reason"] or "not given",
        "requestedCancellationDate": moment(row["asked"]),
        "productOrder": {"id": row["order_id"], "href": f"{ORDERING}/productOrder/{row['order_id']}"},
    }


def bill(row: Row, contract: state.ContractState) -> Document:
    """Return a bill; its lines are applied billing rates."""
    total = {"unit": "EUR", "value": float(row["total"])}
    return {
        "id": row["id"],
        "href": f"{BILLING}/customerBill/{row['id']}",
        "billNo": row["id"],
        "billDate": moment(row["issued"]),
        "state": "sent",
        "taxExcludedAmount": total,
        "amountDue": total,
        "billingAccount": {"id": f"ba-{contract.organisation}"},
        "relatedParty": [customer(contract)],
    }


def rate(row: Row) -> Document:
    """Return a line of a bill."""
    return {
        "id": row["id"],
        "href": f"{BILLING}/appliedCustomerBillingRate/{row['id']}",
        "name": row["offering"],
        "type": row["kind"],
        "isBilled": True,
        "bill": {"id": row["bill_id"]},
        "product": {"id": row["product_id"]},
        "taxExcludedAmount": {"unit": "EUR", "value": float(row["amount"])},
    }


def _edge(day: str, clock: str) -> str:
    """Return an edge of a period where it is: at the operator, with the offset of that day."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), state.ZONE).isoformat()


def customer(contract: state.ContractState) -> Document:
    """Return the customer as a party of something else."""
    return {
        "id": contract.organisation_id,
        "name": contract.organisation,
        "role": "customer",
        "@referredType": "Organization",
    }


def _characteristic(name: str, value: str) -> Document:
    return {"name": name, "valueType": "string", "value": value}
