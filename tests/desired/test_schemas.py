"""The JSON Schemas an editor completes with: in step with the code, and as strict as it is."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests import schemas

USERS = json.loads((schemas.FOLDER / "users.schema.json").read_text(encoding="utf-8"))


def test_the_schemas_are_in_step_with_the_code() -> None:
    assert schemas.out_of_step() == []


def test_every_file_of_the_example_names_its_schema_in_its_first_line() -> None:
    root = Path(__file__).parents[2] / "fleet-config"
    for path in root.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema="), path
        assert (path.parent / first.partition("=")[2]).resolve().is_file(), path


@pytest.mark.parametrize(
    "service",
    [{"bundel": "x"}, {"bundle": "x", "state": "off"}, {"bundle": "x", "number": "0470"}, {"bundle": {"then": "x"}}],
)
def test_an_editor_shows_what_the_reader_would_refuse(service: dict[str, object]) -> None:
    document = {"users": {"a@x.example": {"services": {"phone": service}}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, USERS)
