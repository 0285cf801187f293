"""The questions of the activation flow: what the arguments do not say, one by one, each answer checked at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from reconciler.cli.console import Console
from reconciler.errors import FleetError
from reconciler.model.fleet import Activation, SimType
from reconciler.model.identifiers import Flaw, e164, iccid_flaw, number_flaw
from reconciler.usecases import choosing
from reconciler.usecases.choosing import Offer, Person
from reconciler.usecases.editing import Editing
from reconciler.usecases.editor import users_file
from reconciler.usecases.wanted import Add
from reconciler.usecases.words import day_of, option_name, option_of

_Answer = TypeVar("_Answer")
_MOST_LISTED = 20


class _Unfit(Exception):
    """The answer will not do; the message says why, `hint` what would."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def ask_for_service(
    console: Console, editing: Editing, *, user: str | None, label: str | None, values: dict[str, Any], file: str | None
) -> Add:
    """Ask for what is not said of a new service, and return it; `values` is what is said of it."""
    person = _person(console, editing, user)
    label = label or _label(console, person)
    values = dict(values)
    if "bundle" not in values and "profile" not in values:
        values["bundle"] = _bundle(console, editing)
    if "options" not in values and "bundle" in values:
        values["options"] = _options(console, editing, values["bundle"])
    if "sim" not in values:
        values["sim"] = _sim(console)
    if "number" not in values and "port_in" not in values:
        values |= _number(console)
    if "activation" not in values:
        words = list(Activation)
        values["activation"] = _word(
            console, "Who finishes the activation (email: the user, by a link)", words, Activation.ADMINISTRATOR
        )
    if file is None and choosing.needs_file(editing, person):
        question = "In which file does this user go, like users/sales.yaml"
        file = _until_fit(console, question, lambda answer: _made(users_file, answer))
    return Add(person.key, label, {key: value for key, value in values.items() if value}, file)


def _person(console: Console, editing: Editing, user: str | None) -> Person:
    everybody = choosing.people(editing)
    found = _called(console, everybody, user) if user is not None else []
    while len(found) != 1:
        _list_people(console, found)
        words = console.asked("Which of them: the number, or more of the name" if found else "User, by name or address")
        listed = found[int(words) - 1 : int(words)] if words.isdecimal() and int(words) > 0 else []
        narrower = choosing.matching(found, words) if words else []
        found = listed or narrower or _called(console, everybody, words)
    held = ", ".join(found[0].labels) or "no service yet"
    console.say(f"{found[0].key} ({found[0].name or 'no name'}): {held}")
    return found[0]


def _called(console: Console, everybody: Sequence[Person], words: str) -> list[Person]:
    found = choosing.matching(everybody, words)
    if not found:
        near = choosing.nearest_people(everybody, words)
        guess = f"; did you mean {' or '.join(near)}?" if near else ""
        console.error(f"nobody is called '{words}'{guess}", hint="A user is created at the operator first (R1).")
    return found


def _list_people(console: Console, found: Sequence[Person]) -> None:
    for number, person in enumerate(found[:_MOST_LISTED], 1):
        console.say(_line(console, number, person.key, person.name, person.cost_centre or ""))
    if len(found) > _MOST_LISTED:
        console.say(f"      … and {len(found) - _MOST_LISTED} more; say more of the name")


def _label(console: Console, person: Person) -> str:
    default = choosing.label_for(person)

    def read(answer: str) -> str:
        return _fit(answer or default, choosing.label_problem(person, answer or default))

    return _until_fit(console, f"Label of the service [{default}]", read)


def _bundle(console: Console, editing: Editing) -> str:
    offers = choosing.bundles(editing)
    _list_offers(console, offers)
    return _until_fit(console, "Bundle, by number or name", lambda answer: _chosen(answer, offers))


def _options(console: Console, editing: Editing, bundle: Any) -> list[Any]:
    offers = choosing.options(editing, bundle if isinstance(bundle, str) else bundle["name"])
    if not offers:
        return []
    _list_offers(console, offers)

    def read(answer: str) -> list[Any]:
        chosen = [_made(option_of, word) for word in answer.replace(",", " ").split()]
        return [_renamed(option, _chosen(option_name(option), offers)) for option in chosen]

    console.say(f"For a time: {offers[0].id}:2026-12-01:2026-12-31; either day may be left out.")
    return _until_fit(console, "Options, by number or name, with spaces between them [none]", read)


def _list_offers(console: Console, offers: Sequence[Offer]) -> None:
    prices = [f"{offer.monthly.currency} {offer.monthly}/month" for offer in offers]
    wide, dear = (max(map(len, words), default=0) for words in ([offer.id for offer in offers], prices))
    for number, (offer, price) in enumerate(zip(offers, prices, strict=True), 1):
        console.say(_line(console, number, f"{offer.id:<{wide}}", f"{price:>{dear}}", offer.name))


def _line(console: Console, number: int, *parts: str) -> str:
    """Return a line of a list, with as many of its parts as fit the terminal."""
    line = f"{number:>4}  {parts[0]}"
    for part in parts[1:]:
        if len(line) + 2 + len(part) > console.width:
            break
        line += f"  {part}"
    return line.rstrip()


def _chosen(answer: str, offers: Sequence[Offer]) -> str:
    return _made(lambda words: choosing.chosen(words, offers), answer)


def _made(make: Callable[[str], _Answer], answer: str) -> _Answer:
    """Return what `make` makes of an answer, or say why it will not do."""
    try:
        return make(answer)
    except FleetError as error:
        raise _Unfit(str(error), error.hint) from error


def _renamed(option: Any, name: str) -> Any:
    return {**option, "name": name} if isinstance(option, dict) else name


def _sim(console: Console) -> dict[str, Any]:
    kind = _word(console, "SIM", list(SimType), SimType.ESIM)
    if kind == SimType.ESIM:
        return {"type": kind}
    question = "Its ICCID, 19 or 20 digits [not known yet]"
    iccid = _until_fit(console, question, lambda answer: answer and _fit(_joined(answer), iccid_flaw(_joined(answer))))
    doubt = iccid_flaw(iccid) if iccid else None
    if doubt:
        console.warn(doubt.message)
    return {"type": kind, "iccid": iccid} if iccid else {"type": kind}


def _number(console: Console) -> dict[str, Any]:
    if _word(console, "Number", ["new", "ported"], "new") == "new":
        return {}
    question = "Which number, like +32470123456"
    number = _until_fit(console, question, lambda answer: _fit(e164(answer), number_flaw(e164(answer))))
    donor = {"operator": _some(console, "From which operator"), "account": _some(console, "Account number there")}
    day = _until_fit(
        console, "On which day, like 2026-12-15 [as soon as it can]", lambda answer: answer and _made(day_of, answer)
    )
    return {"number": number, "port_in": donor | ({"date": day} if day else {})}


def _some(console: Console, question: str) -> str:
    return _until_fit(console, question, lambda answer: _fit(answer, None if answer else Flaw("this must be said")))


def _joined(answer: str) -> str:
    return answer.replace(" ", "")


def _word(console: Console, question: str, words: Sequence[str], default: str) -> str:
    def read(answer: str) -> str:
        found = [str(word) for word in words if answer and str(word).startswith(answer.lower())]
        if answer and len(found) != 1:
            raise _Unfit(f"'{answer}' is none of {', '.join(words)}")
        return found[0] if answer else str(default)

    return _until_fit(console, f"{question}: {' or '.join(words)} [{default}]", read)


def _fit(answer: str, flaw: Flaw | None) -> str:
    if flaw is not None and flaw.fatal:
        raise _Unfit(flaw.message)
    return answer


def _until_fit(console: Console, question: str, read: Callable[[str], _Answer]) -> _Answer:
    """Ask until the answer will do."""
    while True:
        try:
            return read(console.asked(question))
        except _Unfit as error:
            console.error(str(error), hint=error.hint)
