"""Say what is wrong with a document in our words: what was found, what was expected, the nearest valid one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.desired.values import kind_of
from reconciler.desired.yaml import Text, nearest
from reconciler.errors import Problem, bounded, quoted


def problems(error: ValidationError, model: type[BaseModel], read: Text, at: Sequence[str | int] = ()) -> list[Problem]:
    """Return a problem for each error in `error`, which came of validating what stands at `at` in `read`."""
    return [_problem(details, model, read, tuple(at)) for details in error.errors(include_url=False)]


def _problem(details: ErrorDetails, model: type[BaseModel], read: Text, at: tuple[str | int, ...]) -> Problem:
    path = at + tuple(part for part in details["loc"] if part != "[key]")
    kind, found = details["type"], details["input"]
    if kind == "extra_forbidden":
        known = known_keys(model, details["loc"][:-1])
        message = f"unknown key {quoted(path[-1])}{nearest(str(path[-1]), known)}"
        return Problem(message, read.place(path, key=True), f"Known here: {', '.join(known)}.")
    if kind == "missing":
        return Problem(f"the key {quoted(path[-1])} is missing", read.place(path[:-1], key=True))
    return Problem(f"{_where(path, read)}{_message(details, kind, found)}", read.place(path))


def _message(details: ErrorDetails, kind: str, found: Any) -> str:
    """Return the sentence for an error about a value."""
    shown = quoted(found) if isinstance(found, str | int) and not isinstance(found, bool) else kind_of(found)
    if kind == "fleet":
        return str(details["msg"])
    if kind in ("enum", "literal_error"):
        expected = str(details.get("ctx", {}).get("expected", ""))
        words = [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]
        return f"expected {' or '.join(words)}, found {shown}{nearest(str(found), words)}"
    shapes = {"model_type": "a mapping", "dict_type": "a mapping", "list_type": "a list", "string_type": "text"}
    if kind in shapes:
        return f"expected {shapes[kind]}, found {shown if kind_of(found) != 'nothing' else 'nothing'}"
    if kind == "string_pattern_mismatch":
        return f"expected something like 'EUR', found {shown}"
    return f"expected something else, found {shown}"


def _where(path: Sequence[str | int], read: Text) -> str:
    """Name the key a value stands under, where it has one of its own; `x` for `{name: x}` has the one around it."""
    while len(path) > 1 and tuple(path) not in read.positions:
        path = path[:-1]
    return f"{bounded(path[-1])}: " if path and isinstance(path[-1], str) else ""


def known_keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Return the keys that may stand at `path` of a document of `model`."""
    here: type[BaseModel] | None = model
    annotation: Any = model
    for part in path:
        here = _model_in(annotation)
        if here is not None and isinstance(part, str) and part in _fields(here):
            annotation = here.model_fields[_fields(here)[part]].annotation
        # Within a mapping or a list of documents the part is a name or an index: the annotation stays.
    here = _model_in(annotation)
    return list(_fields(here)) if here else []


def _fields(model: type[BaseModel]) -> Mapping[str, str]:
    return {info.alias or name: name for name, info in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
