"""The same answers as other servers write them: in other forms, in another order, and without what nobody needs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from tests.partial.server import Document, Lists

Spelling = Callable[[Lists], Lists]


def plain(answers: Lists) -> Lists:
    """Return them as they are."""
    return answers


def respelled(answers: Lists) -> Lists:
    """Return them with dates, numbers, statuses and addresses in other forms, and everything in another order."""
    written = {name: [_respelled(item) for item in reversed(items)] for name, items in answers.items()}
    for product in written["product"]:
        product["status"] = product["status"].upper()
        product["productCharacteristic"].append({"name": "networkSlice", "value": {"any": ["thing"]}})
    for user in written["individual"]:
        mail = user["contactMedium"][0]["characteristic"]["emailAddress"]
        user["contactMedium"][0] = {"mediumType": "EMAIL", "characteristic": {"emailAddress": f"A B <{mail.upper()}>"}}
        user["contactMedium"].insert(0, {"mediumType": "mobile", "characteristic": {"phoneNumber": "0470 00 00 00"}})
    return written


def nested(answers: Lists) -> Lists:
    """Return them with each option within its service, as some servers keep them."""
    written = {name: [copy.deepcopy(item) for item in items] for name, items in answers.items()}
    services = {item["id"]: item for item in written["product"] if "productRelationship" not in item}
    for item in written["product"]:
        for relation in item.pop("productRelationship", ()):
            services[relation["product"]["id"]].setdefault("product", []).append(item)
    return written | {"product": list(services.values())}


def bare(answers: Lists) -> Lists:
    """Return them without whatever the standard lets a server leave out."""
    return {name: [_bare(item) for item in items] for name, items in answers.items()}


SPELLINGS: Mapping[str, Spelling] = {"plain": plain, "respelled": respelled, "nested": nested, "bare": bare}


def _respelled(node: Any, key: str = "") -> Any:
    if isinstance(node, dict):
        items = reversed(node.items())
        spelt: Document = {name: _respelled(value, name) for name, value in items}
        if spelt.get("name") == "msisdn":
            spelt["value"] = spelt["value"].replace("+32", "0032 ")
        if spelt.get("name") == "iccid":
            spelt["value"] = f"{spelt['value'][:4]} {spelt['value'][4:]}F"
        return spelt
    if isinstance(node, list):
        return [_respelled(item) for item in reversed(node)]
    return node.replace(".000Z", "+00:00") if key.endswith("Date") else node


def _bare(node: Any) -> Any:
    if isinstance(node, list):
        return [_bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    named = "value" in node or str(node.get("id")).startswith("cat-")
    return {
        name: _bare(value)
        for name, value in node.items()
        if name not in ("valueType", "@referredType", "contactType", "quantity") and (name != "name" or named)
    }
