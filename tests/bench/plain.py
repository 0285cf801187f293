"""The script that most engineers would write: `python plain.py USERS PAGES [--deepdiff]` prints how many differ.

PyYAML's C loader, the operator's pages as JSON, and two dictionaries compared pair by pair; with --deepdiff by
DeepDiff as a whole. It has no positions, checks or messages, and trusts both sides to be well-formed.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from deepdiff import DeepDiff


def declared(folder: Path) -> dict[str, Any]:
    services = {}
    for file in folder.glob("*.yaml"):
        for email, user in yaml.load(file.read_text(), Loader=yaml.CSafeLoader)["users"].items():
            for service in user["services"].values():
                options = sorted(service.get("options", []))
                services[service["number"]] = {
                    "user": email, "bundle": service["bundle"], "options": options, **service["sim"]
                }  # fmt: skip
    return services


def live(folder: Path) -> dict[str, Any]:
    users = {user["id"]: user["contactMedium"][0]["characteristic"] for user in pages(folder / "users")}
    services: dict[str, Any] = {}
    options: dict[str, list[str]] = {}
    for product in pages(folder / "products"):
        if product["status"] == "terminated":
            continue
        offering = product["productOffering"]["id"]
        if relations := product.get("productRelationship"):
            options.setdefault(relations[0]["product"]["id"], []).append(offering)
            continue
        named = {each["name"]: each["value"] for each in product["productCharacteristic"]}
        [user] = [party["id"] for party in product["relatedParty"] if party["role"] == "user"]
        services[product["id"]] = {
            "number": named["msisdn"], "user": users[user]["emailAddress"], "bundle": offering,
            "type": named["simType"].lower(), "iccid": named["iccid"],
        }  # fmt: skip
    return {row.pop("number"): {**row, "options": sorted(options.get(key, []))} for key, row in services.items()}


def pages(folder: Path) -> list[Any]:
    return [item for file in sorted(folder.glob("*.json")) for item in json.loads(file.read_text())]


want, have = declared(Path(sys.argv[1])), live(Path(sys.argv[2]))
if "--deepdiff" in sys.argv:
    print(len(DeepDiff(have, want)["values_changed"]))  # noqa: T201
else:
    differing = [number for number in want.keys() | have.keys() if want.get(number) != have.get(number)]
    explained = [DeepDiff(have.get(number), want.get(number)).pretty() for number in differing]
    print(len(explained))  # noqa: T201
