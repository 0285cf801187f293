"""Write `docs/yaml.md` from the documents of the files, or with `--check` say that it is out of step."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from reconciler.desired.documents import FleetFile, SandboxPart, TmfPart, UsersFile

PAGE = Path(__file__).parent.parent / "docs" / "yaml.md"
_HEAD = """\
# The YAML files

<!-- Generated: python -m tests.guides -->

Every key there is, as the program knows it; an unknown key is an error that names the nearest known one. The files are
read as YAML 1.2, so `no` is text. Two keys of one name, custom tags and documents after the first are refused. Amounts
and ratios are best put in quotes; telephone numbers and SIMs have to be. Secrets never stand in a file: it names the
variable of the environment that holds one.

[The example](../fleet-config/fleet.yaml) shows most of them in use. `fleet init` begins a fleet, `fleet import` writes
its users' files, `fleet validate` checks all of it without a network, and `fleet fmt` gives users' files their usual
form. The [schemas](../schemas) have an editor complete the keys.
"""
#: The files and the connections, each with its heading and the path its keys begin with.
_ROOTS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("`fleet.yaml`", "", FleetFile),
    ("`provider` of type sandbox", "provider", SandboxPart),
    ("`provider` of type tmf", "provider", TmfPart),
    ("`users/**/*.yaml`", "", UsersFile),
)
_KEYS = {"users": "USER", "services": "LABEL"}
_Node = Mapping[str, Any]


def page() -> str:
    """Return the page as it follows from the documents."""
    shown: dict[str, str] = {}
    return "\n".join([_HEAD, *(line for root in _ROOTS for line in _root(*root, shown))])


def _root(heading: str, path: str, model: type[BaseModel], shown: dict[str, str]) -> Iterator[str]:
    schema = model.model_json_schema()
    yield from _section(f"## {heading}", path, schema, schema.get("$defs", {}), shown)


def _section(heading: str, path: str, node: _Node, parts: _Node, shown: dict[str, str]) -> Iterator[str]:
    """Yield the table of a mapping, then the sections of those in it that were not shown before."""
    yield f"{heading}\n\n{node['description']}\n"
    if node.get("additionalProperties") is True:
        yield "Its keys depend on its `type`; those of the built-in ones follow below.\n"
        return
    inner = {f"{path}.{key}".lstrip("."): value for key, value in node["properties"].items()}
    named = {name: where for where, value in inner.items() for name, where in _parts_of(value, where, parts)}
    fresh = {name: where for name, where in named.items() if name not in shown}
    shown |= {name: where.replace("[]", "") for name, where in fresh.items()}
    yield "| key | holds | default | meaning |\n|---|---|---|---|"
    for where, value in inner.items():
        key = where.removeprefix(path).lstrip(".")
        default = "required" if key in node.get("required", ()) else _default(value)
        meaning = value.get("description") or parts.get(_name(value), {}).get("description", "")
        yield f"| `{key}` | {_kind(value, parts, shown)} | {default} | {meaning} |"
    yield ""
    for name, where in fresh.items():
        yield from _section(f"### `{where}`", where, parts[name], parts, shown)


def _parts_of(value: _Node, where: str, parts: _Node) -> Iterator[tuple[str, str]]:
    """Yield the mappings that a value is or holds, with their paths."""
    if "$ref" in value:
        name = _name(value)
        if "properties" in parts[name]:
            yield name, where
    for choice in value.get("anyOf", ()):
        yield from _parts_of(choice, where, parts)
    if "items" in value:
        yield from _parts_of(value["items"], f"{where}[]", parts)
    if isinstance(value.get("additionalProperties"), dict):
        name = _KEYS.get(where.rpartition(".")[2], "NAME")
        yield from _parts_of(value["additionalProperties"], f"{where}.{name}", parts)


def _kind(value: _Node, parts: _Node, shown: Mapping[str, str]) -> str:
    """Return what a value may be, in words."""
    if "$ref" in value:
        part = parts[_name(value)]
        return _words(part["enum"]) if "enum" in part else _link(shown[_name(value)])
    if "anyOf" in value:
        kinds = dict.fromkeys(_kind(choice, parts, shown) for choice in value["anyOf"] if choice.get("type") != "null")
        return "decimal number" if set(kinds) == {"text", "number"} else " or ".join(kinds)
    if "const" in value or "enum" in value:
        return _words(value.get("enum") or [value["const"]])
    if value["type"] == "array":
        return f"list of {_kind(value['items'], parts, shown)}"
    if value["type"] == "object":
        keys = value.get("propertyNames", {}).get("enum")
        by = f"by {_words(keys)}" if keys else "by name"
        return f"{_kind(value['additionalProperties'], parts, shown)} {by}"
    return "day" if value.get("format") == "date" else _PLAIN[value["type"]]


_PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def _words(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _link(where: str) -> str:
    anchor = "".join(letter for letter in where.lower() if letter.isalnum() or letter in "-_")
    return f"[mapping](#{anchor})"


def _default(value: _Node) -> str:
    default = value.get("default")
    return "" if default is None else f"`{json.dumps(default) if not isinstance(default, str) else default}`"


def _name(value: _Node) -> str:
    return str(value.get("$ref", "")).rpartition("/")[2]


if __name__ == "__main__":
    if "--check" in sys.argv:
        in_step = PAGE.read_text(encoding="utf-8") == page()
        sys.exit(0 if in_step else "out of step: docs/yaml.md; run python -m tests.guides")
    PAGE.write_text(page(), encoding="utf-8")
