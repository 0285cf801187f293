"""What is new in a users' file, as lines: in the form of `write`, with as many spaces a level as the file has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from reconciler.desired import wording
from reconciler.desired.declared import DeclaredService, DeclaredUser, declared_service
from reconciler.desired.documents import ServicePart
from reconciler.desired.form import Path
from reconciler.desired.write import SERVICE_KEYS, service_lines, user_lines, value_text
from reconciler.desired.yaml import Text
from reconciler.errors import EditRefused, Place, quoted

_NOWHERE = Place("", 1, 1)


@dataclass(frozen=True, slots=True)
class EntryLines:
    """Writes what is new as lines, as `write` does; what moves keeps the lines it had, which are then spent."""

    carried: dict[Path, Sequence[str]]

    def __call__(self, path: Path, value: Any, step: int) -> Sequence[str]:
        """Return a key and its value as lines of a block, with `step` spaces a level."""
        if path in self.carried:
            return self.carried.pop(path)
        writers: dict[int, Callable[[Path, Any], Sequence[str]]] = {1: _file, 2: _user, 4: _declared_service}
        write = writers.get(len(path), _attribute)
        return _indented(write(path, value), step)


def typed(label: str, service: Any) -> DeclaredService:
    """Return a service as a value; raises EditRefused for what cannot be one."""
    try:
        part = ServicePart.model_validate(service)
    except ValidationError as error:
        found = wording.problems(error, ServicePart, Text(""))
        message = "; ".join(each.message for each in found)
        raise EditRefused(f"service {quoted(label)}: {message}", hint=found[0].hint) from error
    return declared_service(label, part, _NOWHERE, {})


def _file(path: Path, value: Any) -> Sequence[str]:
    lines = [f"  {line}" for key, user in value.items() for line in _user((*path, key), user)]
    return [f"{path[-1]}:", *lines]


def _user(path: Path, value: Any) -> Sequence[str]:
    services = tuple(typed(label, service) for label, service in value["services"].items())
    user = DeclaredUser(path[-1], value.get("name"), value.get("cost_centre"), _NOWHERE, services, value.get("reason"))
    return user_lines(user, indent=0)


def _declared_service(path: Path, value: Any) -> Sequence[str]:
    return service_lines(typed(path[-1], value), indent=0)


def _attribute(path: Path, value: Any) -> Sequence[str]:
    """Return one attribute; those of a service as `write` lays them out."""
    if len(path) == 5 and path[-1] in SERVICE_KEYS:
        return [line[2:] for line in service_lines(typed("x", {path[-1]: value}), indent=0)[1:]]
    return [f"{path[-1]}: {value_text(path[-1], value, flow=False)}"]


def _indented(lines: Sequence[str], step: int) -> list[str]:
    """Return lines written with two spaces a level with `step` of them; what hangs on a dash stays below it."""
    result, dash, moved = [], -1, -1
    for line in lines:
        words = line.lstrip(" ")
        old = len(line) - len(words)
        new = moved + 2 if dash >= 0 and old == dash + 2 else old // 2 * step
        if words.startswith("- "):
            dash, moved = old, new
        elif old != dash + 2:
            dash = -1
        result.append(" " * new + words)
    return result
