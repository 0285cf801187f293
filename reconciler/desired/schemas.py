"""The JSON Schemas of the files, generated from their documents."""

from __future__ import annotations

from typing import Any

from reconciler.desired.catalogue import CatalogueFile
from reconciler.desired.config import PROVIDERS
from reconciler.desired.documents import FleetFile, UsersFile

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def _fleet() -> dict[str, Any]:
    """Return the schema of fleet.yaml, in which a provider whose settings are known has these."""
    schema = FleetFile.model_json_schema()
    known = {name: model.model_json_schema(ref_template="#/$defs/{model}") for name, model in PROVIDERS.items()}
    choices = []
    for name, part in known.items():
        schema["$defs"] |= part.pop("$defs", {})
        schema["$defs"][part["title"]] = part
        chosen = {"properties": {"type": {"const": name}}}
        choices.append({"if": chosen, "then": {"$ref": f"#/$defs/{part['title']}"}})
    schema["$defs"]["ProviderPart"]["allOf"] = choices
    return schema


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas by file name; an editor completes and explains keys with them."""
    return {
        "fleet.schema.json": {"$schema": DRAFT} | _fleet(),
        "catalogue.schema.json": {"$schema": DRAFT} | CatalogueFile.model_json_schema(),
        "users.schema.json": {"$schema": DRAFT} | UsersFile.model_json_schema(),
    }
