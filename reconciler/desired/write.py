"""Write declared values as YAML, in the one form `fleet` writes: two spaces, keys in order, quotes where they matter.

Pure text: what is written reads back as the same values, by the rules of YAML 1.2 here and by those of 1.1 in whatever
else looks at the files. Numbers and SIMs always stand in quotes, so that nobody takes them for figures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser, Profile
from reconciler.model.fleet import PortIn, Sim
from reconciler.model.identifiers import address

_Value = TypeVar("_Value")
_STEP = 2
#: The keys of a service in the order in which one wants to read them.
SERVICE_KEYS = (
    "profile",
    "bundle",
    "number",
    "sim",
    "options",
    "state",
    "from",
    "until",
    "cost_centre",
    "activation",
    "port_in",
    "reason",
)
#: Those of a user, and those of the mappings within a service.
USER_KEYS = ("name", "cost_centre", "reason", "services")
INNER_KEYS = ("name", "from", "until", "then", "type", "iccid", "eid", "operator", "account", "date")
FIGURE_KEYS = frozenset({"number", "iccid", "eid"})
_DAY_KEYS = frozenset({"from", "until", "date"})
_NO_NOTES: Mapping[str, str] = MappingProxyType({})
#: Words that a reader of YAML 1.1 or 1.2 takes for something else than text.
_WORDS = frozenset({"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<"})
_FIGURES = re.compile(
    r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-f_]+|\.(inf|[0-9][0-9_]*(e[-+]?[0-9]+)?)"
    r"|[0-9][0-9_]*(:[0-9]+)*(\.[0-9_]*)?(e[-+]?[0-9]+)?)|\.nan",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")
#: What starts something else than plain text: indicators, and `-`, `?` and `:` before a space or nothing.
_INDICATOR = re.compile(r"[\s,\[\]{}#&*!|>'\"%@`]|[-?:](\s|$)|---|\.\.\.")
_ENDS_PLAIN = re.compile(r":(\s|$)|\s#|\s$")
_ENDS_PLAIN_IN_FLOW = re.compile(r"[,\[\]{}:?]")
#: Beyond what JSON escapes: line ends of YAML 1.1, and the mark of byte order.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def users_text(
    users: Iterable[DeclaredUser], *, schema: str, head: Sequence[str] = (), notes: Mapping[str, str] = _NO_NOTES
) -> str:
    """Return a users' file that names its `schema` first; `head` is the comment on top, `notes` those by address."""
    lines = [line for user in users for line in user_lines(user, indent=_STEP, notes=notes)]
    top = [comment(f"yaml-language-server: $schema={schema}"), *map(comment, head)]
    return "\n".join([*top, "users:" if lines else "users: {}", *lines]) + "\n"


def user_lines(user: DeclaredUser, *, indent: int, notes: Mapping[str, str] = _NO_NOTES) -> list[str]:
    """Return a user as it stands in a file, its key after `indent` spaces."""
    inner = " " * (indent + _STEP)
    lines = [f"{' ' * indent}{scalar(user.key)}:"]
    facts = {"name": user.name, "cost_centre": user.cost_centre, "reason": user.reason}
    pairs = {key: _written(scalar, value) for key, value in facts.items()}
    lines += [inner + line for line in _pairs(pairs)]
    lines.append(f"{inner}services:{'' if user.services else ' {}'}")
    for service in user.services:
        note = notes.get(address(user.key, service.label))
        lines += service_lines(service, indent=indent + 2 * _STEP, note=note)
    return lines


def service_lines(service: DeclaredService, *, indent: int, note: str | None = None) -> list[str]:
    """Return a service as it stands in a file, its label after `indent` spaces and a comment behind it."""
    inner = " " * (indent + _STEP)
    first = f"{' ' * indent}{scalar(service.label)}:"
    lines = [f"{first}  {comment(note)}" if note else first]
    lines += [inner + line for line in _service_lines(service)]
    return lines


def profile_lines(name: str, profile: Profile, *, indent: int) -> list[str]:
    """Return a profile as it stands in `fleet.yaml`, its name after `indent` spaces."""
    inner = " " * (indent + _STEP)
    lines = (*_pairs({"bundle": _written(_bundle, profile.bundle)}), *_option_lines(profile.options))
    return [f"{' ' * indent}{scalar(name)}:", *(inner + line for line in lines)]


def comment(text: str) -> str:
    """Return `text` as a comment of one line, without what is invisible in it."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"# {shown.strip()}".rstrip()


def scalar(text: str, *, flow: bool = False) -> str:
    """Return `text` as YAML, in quotes only where it would read as something else; `flow` within `{}` or `[]`."""
    return text if _is_plain(text, flow=flow) else quoted(text)


def quoted(text: str) -> str:
    """Return `text` in double quotes."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def value_text(key: str, value: object, *, flow: bool) -> str:
    """Return a value as it was read from a file, on one line, as it stands under `key`."""
    if isinstance(value, Mapping):
        pairs = (f"{scalar(name, flow=True)}: {value_text(name, inner, flow=True)}" for name, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(value_text(key, inner, flow=True) for inner in value)}]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if key in FIGURE_KEYS:
        return quoted(str(value))
    if not isinstance(value, str) or type(value) is not str or (key in _DAY_KEYS and _MOMENT.fullmatch(value)):
        return str(value)  # a figure as it was written, or a day
    return scalar(value, flow=flow)


def _is_plain(text: str, *, flow: bool) -> bool:
    if text.lower() in _WORDS or _FIGURES.fullmatch(text) or _MOMENT.fullmatch(text):
        return False
    if _INDICATOR.match(text) or _ENDS_PLAIN.search(text) or not text.isprintable():
        return False
    return not (flow and _ENDS_PLAIN_IN_FLOW.search(text))


def _service_lines(service: DeclaredService) -> Iterator[str]:
    """Yield the keys of a service in the order of `SERVICE_KEYS`."""
    yield from _pairs(
        {
            "profile": _written(scalar, service.profile),
            "bundle": _written(_bundle, service.bundle),
            "number": _written(quoted, service.number),
            "sim": _written(_sim, service.sim if any(service.sim) else None),
        }
    )
    yield from _option_lines(service.options)
    yield from _pairs(
        {
            "state": _written(str, service.state),
            "from": _written(str, service.from_),
            "until": _written(str, service.until),
            "cost_centre": _written(scalar, service.cost_centre),
            "activation": _written(str, service.activation),
            "port_in": _written(_port_in, service.port_in),
            "reason": _written(scalar, service.reason),
        }
    )


def _written(write: Callable[[_Value], str], value: _Value | None) -> str | None:
    """Return a value as `write` writes it; None where it is not declared."""
    return None if value is None else write(value)


def _pairs(values: Mapping[str, str | None]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            yield f"{key}: {value}"


def _flow(values: Mapping[str, str | None]) -> str:
    """Return what is there of `values`, written already, as a mapping on one line."""
    return "{" + ", ".join(_pairs(values)) + "}"


def _in_flow(text: str) -> str:
    return scalar(text, flow=True)


def _bundle(bundle: Dated) -> str:
    if bundle == Dated(bundle.name):
        return scalar(bundle.name)
    return _flow(
        {
            "name": _in_flow(bundle.name),
            "until": _written(str, bundle.until),
            "then": _written(_in_flow, bundle.then),
        }
    )


def _option_lines(options: Sequence[Dated]) -> Iterator[str]:
    """Yield options as a short list, or one below the other where one of them has dates."""
    if options and not any(option.from_ or option.until for option in options):
        yield f"options: [{', '.join(scalar(option.name, flow=True) for option in options)}]"
    elif options:
        yield "options:"
        for option in options:
            yield from _dated_option_lines(option)


def _dated_option_lines(option: Dated) -> Iterator[str]:
    if option == Dated(option.name):
        yield f"  - {scalar(option.name)}"
        return
    yield f"  - name: {scalar(option.name)}"
    dates = {"from": _written(str, option.from_), "until": _written(str, option.until)}
    yield from (f"    {line}" for line in _pairs(dates))


def _sim(sim: Sim) -> str:
    return _flow(
        {"type": _written(str, sim.type), "iccid": _written(quoted, sim.iccid), "eid": _written(quoted, sim.eid)}
    )


def _port_in(port_in: PortIn) -> str:
    return _flow(
        {
            "operator": _in_flow(port_in.operator),
            "account": _in_flow(port_in.account),
            "date": _written(str, port_in.date),
        }
    )
