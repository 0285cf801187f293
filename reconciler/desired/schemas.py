"""The JSON Schemas of the files, generated from their documents."""

from __future__ import annotations

from typing import Any

from reconciler.desired.catalogue import CatalogueFile
from reconciler.desired.documents import FleetFile, UsersFile

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas by file name; an editor completes and explains keys with them."""
    return {
        "fleet.schema.json": {"$schema": DRAFT} | FleetFile.model_json_schema(),
        "catalogue.schema.json": {"$schema": DRAFT} | CatalogueFile.model_json_schema(),
        "users.schema.json": {"$schema": DRAFT} | UsersFile.model_json_schema(),
    }
