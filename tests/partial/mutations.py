"""What becomes of an answer on its way: each of its fields dropped, retyped, emptied or doubled."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.partial.server import Lists

Path = tuple[str | int, ...]
#: Resources of which there are many, and of which each kind of record is there more than once.
KINDS = ("dropped", "null", "emptied", "number", "list", "object", "flag", "doubled")


class Mutation(NamedTuple):
    """One field of one document, and what becomes of it."""

    resource: str
    path: Path
    kind: str

    def __str__(self) -> str:
        return f"{self.resource}/{'.'.join(map(str, self.path))} {self.kind}"


def mutations(answers: Lists) -> list[Mutation]:
    """Return every mutation of every field, in the order of the documents."""
    return [
        Mutation(resource, path, kind)
        for resource, documents in answers.items()
        for path, value in _fields(documents)
        for kind in KINDS
        if _applies(kind, path, value)
    ]


def mutated(answers: Lists, mutation: Mutation) -> Lists:
    """Return answers with one field changed."""
    changed = {resource: copy.deepcopy(list(documents)) for resource, documents in answers.items()}
    *above, last = mutation.path
    holder: Any = changed[mutation.resource]
    for key in above:
        holder = holder[key]
    value = holder[last]
    if mutation.kind == "dropped":
        del holder[last]
    elif mutation.kind == "doubled":
        if isinstance(holder, list):
            holder.insert(int(last), copy.deepcopy(value))
        else:
            holder[last] = [*value, *copy.deepcopy(value)]
    else:
        holder[last] = _instead(mutation.kind, value)
    return changed


def _instead(kind: str, value: Any) -> Any:
    empty: dict[type, Any] = {str: "", list: [], dict: {}}
    return {
        "null": None,
        "emptied": empty.get(type(value), 0),
        "number": 7,
        "list": [value],
        "object": {"value": value},
        "flag": True,
    }[kind]


def _fields(node: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    items: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*at, key), value
        yield from _fields(value, (*at, key))


def _applies(kind: str, path: Path, value: Any) -> bool:
    if kind == "dropped" and len(path) == 1:
        return False  # a record that an operator lists no more is not there, for all that anybody can tell
    if kind == "doubled":
        return isinstance(path[-1], int) or isinstance(value, list)
    return True
