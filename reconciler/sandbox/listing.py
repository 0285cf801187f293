"""Lists as servers give them: offset and limit, `fields=`, filters by any attribute, totals in headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Document = dict[str, Any]
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "gt": lambda found, wanted: found > wanted,
    "gte": lambda found, wanted: found >= wanted,
    "lt": lambda found, wanted: found < wanted,
    "lte": lambda found, wanted: found <= wanted,
    "ne": lambda found, wanted: found != wanted,
}
_RESERVED = ("offset", "limit", "fields", "sort")


class BadQuery(Exception):
    """The query makes no sense."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a list was asked for."""

    offset: int
    limit: int
    fields: frozenset[str]
    filters: tuple[tuple[str, str], ...]


def read_query(parameters: Iterable[tuple[str, str]], most: int) -> Query:
    """Return the query of a request; a limit beyond `most` is cut silently, as servers do. Raises BadQuery."""
    named = list(parameters)
    plain = dict(named)
    try:
        offset, limit = int(plain.get("offset", 0)), int(plain.get("limit", most))
    except ValueError as error:
        raise BadQuery("offset and limit are whole numbers") from error
    if offset < 0 or limit < 0:
        raise BadQuery("offset and limit are 0 or more")
    fields = frozenset(word for word in plain.get("fields", "").split(",") if word)
    filters = tuple((name, value) for name, value in named if name not in _RESERVED)
    return Query(offset, min(limit, most), fields, filters)


def matches(document: Mapping[str, Any], filters: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a resource passes every filter."""
    return all(_passes(document, name, wanted) for name, wanted in filters)


def selected(document: Document, fields: frozenset[str]) -> Document:
    """Return the first-level attributes asked for; id and href stay."""
    if not fields or "none" in fields:
        return document if not fields else {key: document[key] for key in ("id", "href")}
    return {key: value for key, value in document.items() if key in fields or key in ("id", "href", "@type")}


def _passes(document: Mapping[str, Any], name: str, wanted: str) -> bool:
    path, _, comparison = name.rpartition(".")
    if comparison not in _COMPARISONS:
        path, comparison = name, ""
    found = list(_values(document, path.split(".")))
    if not comparison:
        words = wanted.split(",")
        return any(_same(value, word) for value in found for word in words)
    compare = _COMPARISONS[comparison]
    return any(compare(*_comparable(str(value), wanted)) for value in found)


def _values(node: Any, path: list[str]) -> Iterable[Any]:
    if isinstance(node, list):
        for each in node:
            yield from _values(each, path)
    elif not path:
        yield node
    elif isinstance(node, Mapping) and path[0] in node:
        yield from _values(node[path[0]], path[1:])


def _same(found: Any, wanted: str) -> bool:
    text = str(found).lower() if isinstance(found, bool) else str(found)
    return text == wanted or len(set(_instants(text, wanted) or (text, wanted))) == 1


def _comparable(found: str, wanted: str) -> tuple[str, str]:
    return _instants(found, wanted) or (found, wanted)


def _instants(one: str, other: str) -> tuple[str, str] | None:
    """Return two times in one form, since clients and servers write them differently; None for anything else."""
    if len(one) < 19 or len(other) < 10 or one[4:5] != "-" or other[4:5] != "-":
        return None
    try:
        moments = [datetime.fromisoformat(text) for text in (one, other)]
        return (f"{moments[0].timestamp():020.6f}", f"{moments[1].timestamp():020.6f}")
    except ValueError:
        return None
