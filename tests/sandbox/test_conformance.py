"""Every request sent to the sandbox and every answer of it, held against the official TM Forum specifications.

They are found through the environment variable TMF_SPECS, a folder of the swagger files of TMF620, 622, 632, 637 and
651, published by TM Forum on GitHub under the organisation tmforum-apis.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler.model.fleet import Activation, DesiredUser, Service, Sim, SimType, State
from reconciler.sandbox import Sandbox
from tests.harness import PLACE, Trial, desired, with_quota

SPECS = os.environ.get("TMF_SPECS", "")
pytestmark = pytest.mark.skipif(
    not SPECS or not Path(SPECS).is_dir(),
    reason="NOT CHECKED against the TM Forum specifications: set TMF_SPECS to a folder with the swagger files of "
    "TMF620, 622, 632, 637 and 651 (v4), which TM Forum publishes on GitHub under tmforum-apis",
)
APIS = {
    "productCatalogManagement": "TMF620",
    "productOrderingManagement": "TMF622",
    "party": "TMF632",
    "productInventory": "TMF637",
    "agreementManagement": "TMF651",
}
NAMES = {
    "productOffering": "ProductOffering",
    "productOfferingPrice": "ProductOfferingPrice",
    "individual": "Individual",
    "organization": "Organization",
    "product": "Product",
    "agreement": "Agreement",
    "productOrder": "ProductOrder",
    "cancelProductOrder": "CancelProductOrder",
}
NEWCOMER = "nele.nieuw@brouwerij.example"
#: Every operation the product uses, by method and resource; `*` stands for an id.
USED = {
    *(("GET", name) for name in NAMES if name not in ("cancelProductOrder",)),
    ("GET", "product/*"),
    ("GET", "productOrder/*"),
    ("POST", "individual"),
    ("POST", "productOrder"),
    ("POST", "cancelProductOrder"),
}


class Recorder:
    """Passes requests on and keeps what was sent and answered."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.calls: list[tuple[str, str, Any, int, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        sent, answered = bytearray(), []

        async def keep_request() -> Any:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def keep_answer(message: Any) -> None:
            answered.append(message)
            await send(message)

        await self.app(scope, keep_request, keep_answer)
        body = b"".join(message.get("body", b"") for message in answered[1:])
        request = json.loads(bytes(sent)) if sent else None
        self.calls.append((scope["method"], scope["path"], request, answered[0]["status"], json.loads(body)))


def closed(node: Any, specification: Any) -> Any:
    """Return a schema that forbids what it does not name; `allOf` is folded into one object first."""
    if isinstance(node, list):
        return [closed(each, specification) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: value for key, value in node.items() if key != "discriminator"}
    if "allOf" in node:
        node = _folded(node, specification)
    node = {key: closed(value, specification) for key, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        node.setdefault("additionalProperties", False)
    return node


def _folded(node: dict[str, Any], specification: Any) -> dict[str, Any]:
    folded: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    for part in node.pop("allOf"):
        each = specification["definitions"][part["$ref"].rsplit("/", 1)[-1]] if "$ref" in part else part
        folded["properties"] |= each.get("properties", {})
        folded["required"] += each.get("required", [])
    return {**node, **folded}


def validators() -> dict[str, Any]:
    """Return the specifications with closed definitions, by API."""
    found = {}
    for api, number in APIS.items():
        [path] = Path(SPECS).glob(f"{number}-*.swagger.json")
        specification = json.loads(path.read_text(encoding="utf-8"))
        specification["definitions"] = closed(copy.deepcopy(specification["definitions"]), specification)
        found[api] = specification
    return found


def problems(specification: Any, definition: str, document: Any) -> Iterator[str]:
    """Yield what a document does that its definition does not allow."""
    schema = {"$ref": f"#/definitions/{definition}", "definitions": specification["definitions"]}
    checker = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    for error in checker.iter_errors(document):
        yield f"{definition} at {'/'.join(str(part) for part in error.absolute_path)}: {error.message[:200]}"


def exercised() -> Recorder:
    """Return a record of every operation in use: reading, adding, changing, removing, failing and cancelling."""
    sandbox = Sandbox.open(":memory:")
    sandbox.reset(users=40)
    recorder = Recorder(sandbox.app())
    trial = Trial(sandbox, replace(with_quota(base=56), create_users=True), app=recorder)
    found = {item.service.address: item for item in trial.snapshot().services}
    phone, data = found["an.hermans@brouwerij.example/phone"], found["els.declercq@brouwerij.example/data"]
    changed = phone.service._replace(bundle="mobile-max", options=frozenset({"roaming-world"}), state=State.BLOCKED)
    user = "tom.desmet@brouwerij.example"
    new = Service(user, "car", "m2m-1", frozenset({"fixed-ip"}), sim=Sim(SimType.ESIM), activation=Activation.EMAIL)
    moved = data.service._replace(user=user)
    wanted = (changed._replace(sim=Sim(SimType.ESIM)), new, moved, Service(NEWCOMER, "phone", "mobile-10"))
    fleet = desired(*wanted, users=["els.declercq@brouwerij.example"])
    newcomer = DesiredUser(NEWCOMER, PLACE, "Nele Nieuw", "SALES")
    trial.apply(replace(fleet, users={**fleet.users, NEWCOMER: newcomer}))
    assert trial.activation_code(phone.id) is not None
    sandbox.drift(3)
    trial.snapshot()
    _direct(recorder)
    return recorder


def _direct(recorder: Recorder) -> None:
    """Send what the product sends seldom: a refused order, a cancellation, questions for single resources."""
    import asyncio

    import httpx

    ordering = "/tmf-api/productOrderingManagement/v4"
    parties = [{"id": "ind-0000001", "role": "user", "@referredType": "Individual"}]
    add = {"id": "1", "action": "add", "quantity": 1, "productOffering": {"id": "mobile-10"}}
    email = {"productCharacteristic": [{"name": "activation", "valueType": "string", "value": "email"}]}
    waiting = {"externalId": "direct-1", "relatedParty": parties, "productOrderItem": [{**add, "product": email}]}
    refused = {
        "externalId": "direct-2",
        "relatedParty": parties,
        "productOrderItem": [{**add, "productOffering": {"id": "mobile-classic"}, "product": {}}],
    }

    async def work() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(recorder), base_url="http://sandbox") as client:
            order = (await client.post(f"{ordering}/productOrder", json=waiting)).json()
            await client.post(f"{ordering}/productOrder", json=refused)
            body = {"productOrder": {"id": order["id"]}, "cancellationReason": "not needed"}
            await client.post(f"{ordering}/cancelProductOrder", json=body)
            lists = {path: found[0] for _, path, _, _, found in recorder.calls if isinstance(found, list) and found}
            for path, first in sorted(lists.items(), key=lambda item: item[0]):
                await client.get(f"{path}/{first['id']}")

    asyncio.run(work())


def test_every_request_and_every_answer_is_as_the_specifications_say() -> None:
    recorder, specifications = exercised(), validators()
    found: list[str] = []
    for method, path, request, status, answer in recorder.calls:
        _, _, api, _, name, *_ = path.split("/")
        specification = specifications[api]
        if method == "POST":
            found += problems(specification, f"{NAMES[name]}_Create", request)
        definition = "Error" if status >= 400 else NAMES[name]
        fields = "fields" in path
        for document in answer if isinstance(answer, list) else [answer]:
            found += [] if fields else problems(specification, definition, document)
    assert found == []


def test_the_record_covers_every_operation_in_use() -> None:
    seen = set()
    for method, path, *_ in exercised().calls:
        parts = path.split("/")[4:]
        seen.add((method, parts[0] if len(parts) == 1 else f"{parts[0]}/*"))
    assert seen >= USED


def test_a_wrong_document_is_noticed() -> None:
    specification = validators()["productInventory"]
    assert list(problems(specification, "Product", {"id": 7, "status": "asleep", "nonsense": True}))
