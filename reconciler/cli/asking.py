"""The questions of the activation flow: what the arguments do not say, one by one, each answer checked at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.cli.console import Console
from reconciler.cli.questions import Unfit, made, one_of, until_fit
from reconciler.model.fleet import Activation, SimType
from reconciler.model.identifiers import Flaw, e164, iccid_flaw, number_flaw
from reconciler.usecases import choosing
from reconciler.usecases.choosing import Offer, Person
from reconciler.usecases.editing import Editing
from reconciler.usecases.editor import users_file
from reconciler.usecases.wanted import Add
from reconciler.usecases.words import day_of, option_name, option_of

_MOST_LISTED = 20


def ask_for_service(
    console: Console,
    editing: Editing,
    *,
    user: str | None,
    name: str | None,
    label: str | None,
    values: dict[str, Any],
    file: str | None,
) -> Add:
    """Ask for what is not said of a new service, and return it; `values` is what is said of it."""
    person = _person(console, editing, user, name)
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
        values["activation"] = one_of(
            console, "Who finishes the activation (email: the user, by a link)", words, Activation.ADMINISTRATOR
        )
    if file is None and choosing.needs_file(editing, person):
        question = "In which file does this user go, like users/sales.yaml"
        file = until_fit(console, question, lambda answer: made(users_file, answer))
    said = {key: value for key, value in values.items() if value}
    return Add(person.key, label, said, file, person.name if person.is_new else None)


def _person(console: Console, editing: Editing, user: str | None, name: str | None) -> Person:
    everybody = choosing.people(editing)

    def called(words: str) -> list[Person]:
        known = choosing.matching(everybody, words)
        return known or _created(console, editing, words, name) or _nobody(console, editing, words)

    found = called(user) if user is not None else []
    while len(found) != 1:
        _list_people(console, found)
        words = console.asked("Which of them: the number, or more of the name" if found else "User, by name or address")
        shown = found[:_MOST_LISTED]
        listed = shown[int(words) - 1 : int(words)] if words.isdecimal() and int(words) > 0 else []
        narrower = choosing.matching(found, words) if words else []
        found = listed or narrower or called(words)
    held = ", ".join(found[0].labels) or "no service yet"
    console.say(f"{found[0].key} ({found[0].name or 'no name'}): {held}")
    return found[0]


def _created(console: Console, editing: Editing, words: str, name: str | None) -> list[Person]:
    person = choosing.newcomer(editing, words, name or "")
    if person is None or person.name:
        return [person] if person else []
    console.say(f"{person.key} is new{_meant(editing, words)}")
    answer = console.asked("Given and family name, to have the user created [somebody else is meant]")
    return [person._replace(name=answer)] if answer else []


def _nobody(console: Console, editing: Editing, words: str) -> list[Person]:
    creates = editing.documents.config.create_users
    hint = "To have somebody created, say the address." if creates else "A user is created at the operator first (R1)."
    console.error(f"nobody is called '{words}'{_meant(editing, words)}", hint=hint)
    return []


def _meant(editing: Editing, words: str) -> str:
    near = choosing.nearest_people(choosing.people(editing), words)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _list_people(console: Console, found: Sequence[Person]) -> None:
    for number, person in enumerate(found[:_MOST_LISTED], 1):
        console.say(_line(console, number, person.key, person.name, person.cost_centre or ""))
    if len(found) > _MOST_LISTED:
        console.say(f"      … and {len(found) - _MOST_LISTED} more; say more of the name")


def _label(console: Console, person: Person) -> str:
    default = choosing.label_for(person)

    def read(answer: str) -> str:
        return _fit(answer or default, choosing.label_problem(person, answer or default))

    return until_fit(console, f"Label of the service [{default}]", read)


def _bundle(console: Console, editing: Editing) -> str:
    offers = choosing.bundles(editing)
    _list_offers(console, offers)
    return until_fit(console, "Bundle, by number or name", lambda answer: _chosen(answer, offers))


def _options(console: Console, editing: Editing, bundle: Any) -> list[Any]:
    offers = choosing.options(editing, bundle if isinstance(bundle, str) else bundle["name"])
    if not offers:
        return []
    _list_offers(console, offers)

    def read(answer: str) -> list[Any]:
        chosen = [made(option_of, word) for word in answer.replace(",", " ").split()]
        return [_renamed(option, _chosen(option_name(option), offers)) for option in chosen]

    console.say(f"For a time: {offers[0].id}:2026-12-01:2026-12-31; either day may be left out.")
    return until_fit(console, "Options, by number or name, with spaces between them [none]", read)


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
    return made(lambda words: choosing.chosen(words, offers), answer)


def _renamed(option: Any, name: str) -> Any:
    return {**option, "name": name} if isinstance(option, dict) else name


def _sim(console: Console) -> dict[str, Any]:
    kind = one_of(console, "SIM", list(SimType), SimType.ESIM)
    if kind == SimType.ESIM:
        return {"type": kind}
    question = "Its ICCID, 19 or 20 digits [not known yet]"
    iccid = until_fit(console, question, lambda answer: answer and _fit(_joined(answer), iccid_flaw(_joined(answer))))
    doubt = iccid_flaw(iccid) if iccid else None
    if doubt:
        console.warn(doubt.message)
    return {"type": kind, "iccid": iccid} if iccid else {"type": kind}


def _number(console: Console) -> dict[str, Any]:
    if one_of(console, "Number", ["new", "ported"], "new") == "new":
        return {}
    question = "Which number, like +32470123456"
    number = until_fit(console, question, lambda answer: _fit(e164(answer), number_flaw(e164(answer))))
    donor = {"operator": _some(console, "From which operator"), "account": _some(console, "Account number there")}
    day = until_fit(
        console, "On which day, like 2026-12-15 [as soon as it can]", lambda answer: answer and made(day_of, answer)
    )
    return {"number": number, "port_in": donor | ({"date": day} if day else {})}


def _some(console: Console, question: str) -> str:
    return until_fit(console, question, lambda answer: _fit(answer, None if answer else Flaw("this must be said")))


def _joined(answer: str) -> str:
    return answer.replace(" ", "")


def _fit(answer: str, flaw: Flaw | None) -> str:
    if flaw is not None and flaw.fatal:
        raise Unfit(flaw.message)
    return answer
