"""The services and options of exports, each row checked, as the rest of the product knows services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from sys import intern
from typing import NamedTuple, TypeVar

from reconciler.errors import quoted
from reconciler.model.catalogue import Catalogue
from reconciler.model.fleet import Service, Sim, SimType, option_set
from reconciler.model.identifiers import label_flaw, user_key
from reconciler.model.snapshot import LiveOption, LiveService, LiveUser, Presence
from reconciler.providers.file import cells
from reconciler.providers.file.cells import Unreadable
from reconciler.providers.file.reading import Entry, Trouble
from reconciler.providers.file.table import Form
from reconciler.providers.file.words import SKIP, STANDINGS, Words

_Value = TypeVar("_Value")


class OptionLine(NamedTuple):
    """An option in force, by the key of its service."""

    row: int
    service: str
    held: LiveOption


@dataclass(slots=True)
class Fees:
    """Which fees exports have that the catalogue has not, and how often."""

    catalogue: Catalogue
    others: Counter[tuple[str, Decimal]] = field(default_factory=Counter)

    def compare(self, word: str, amount: Decimal) -> None:
        """Count a fee that is another than the catalogue's."""
        if self.catalogue.knows(word) and self.catalogue.fee(word).amount != amount:
            self.others[word, amount] += 1


@dataclass(slots=True)
class LineReader:
    """Makes services of entries; `users` by the operator's id of them, None where there is no export of users."""

    form: Form
    country: str
    words: Mapping[str, Words]
    users: Mapping[str, LiveUser] | None
    fees: Fees
    trouble: Trouble
    skipped: int = 0
    changed: dict[str, date] = field(default_factory=dict)
    known: dict[str, LiveUser] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.users is not None:
            self.known = {user.key: user for user in self.users.values()}

    def services(self, entries: Iterable[Entry]) -> dict[str, LiveService]:
        """Return services by their ids, their options aside where these have an export of their own."""
        found = {}
        for entry in entries:
            line = self._service(entry)
            if line is not None and self._is_new(entry, line):
                found[line.id] = line
        return found

    def option_lines(self, entries: Iterable[Entry]) -> list[OptionLine]:
        """Return the options in force, each by the key of its service."""
        found = []
        for entry in entries:
            word, key = self._word(entry, "option"), entry.texts.get("service_id") or self._number(entry)
            if key is None:
                self.trouble.add(entry.row, None, "there is no service in it that the option is of")
            elif word is not None:
                self._compare_fee(entry, word)
                identity = entry.texts.get("id") or f"{key} {word}"
                found.append(OptionLine(entry.row, key, LiveOption(word, identity, self._day(entry, "ended"))))
        return found

    def _service(self, entry: Entry) -> LiveService | None:
        texts, before = entry.texts, self.trouble.untold + len(self.trouble.problems) + len(self.trouble.unknown)
        bundle = self._word(entry, "bundle")
        if bundle == SKIP:
            self.skipped += 1
            return None
        standing = (self._word(entry, "state") if "state" in texts else None) or "active"
        presence, state = STANDINGS[standing]
        user = self._user(entry, presence)
        number, sim, label = self._number(entry), self._sim(entry), self._label(entry)
        options = self._options(entry)
        started, ended = self._day(entry, "started"), self._day(entry, "ended")
        changed = self._day(entry, "bundle_changed")
        identity = texts.get("id") or number or sim.iccid
        if not texts.keys() & {"id", "number", "iccid"}:
            self.trouble.add(entry.row, None, "it has neither a key, a number nor a SIM to know the service by")
        elif bundle is None:
            self._require_bundle(entry)
        if before != self.trouble.untold + len(self.trouble.problems) + len(self.trouble.unknown):
            return None
        if identity is None or bundle is None or user is None:
            return None
        if changed and presence is not Presence.GONE:
            self.changed[identity] = changed
        self._compare_fee(entry, bundle)
        centre = texts.get("cost_centre") or user.cost_centre
        service = Service(
            user.key,
            label,
            bundle,
            option_set(tuple(sorted(options))),
            number,
            sim,
            state,
            intern(centre) if centre else None,
        )
        held = tuple(LiveOption(option, f"{identity} {option}") for option in sorted(options))
        last = ended if presence is Presence.GONE else None
        return LiveService(identity, service, presence, held, started, last, None if last else ended)

    def _require_bundle(self, entry: Entry) -> None:
        if "bundle" not in entry.texts:
            self.trouble.add(entry.row, "bundle", "there is no bundle in it", "Every service has exactly one.")

    def _user(self, entry: Entry, presence: Presence) -> LiveUser | None:
        texts = entry.texts
        word = texts.get("user_id") or texts.get("user")
        if word is None:
            self.trouble.add(entry.row, "user", "there is no user in it", "Give the service a user at the operator.")
            return None
        if "user_id" in texts:
            user = (self.users or {}).get(word)
        elif self.users is None:
            key = user_key(word)
            user = self.known.setdefault(key, LiveUser(key, key, key, texts.get("cost_centre")))
        else:
            user = self.known.get(user_key(word))
        if user is None and presence is Presence.GONE:
            return LiveUser(user_key(word), word, word)
        if user is None:
            hint = "Export both lists at the same time."
            self.trouble.add(entry.row, "user", f"user {quoted(word)} is not in the export of users", hint)
        return user

    def _is_new(self, entry: Entry, line: LiveService) -> bool:
        """Tell a key, a number or a SIM that another row has; those of services that are gone are free again."""
        traits = [f"key {line.id}"]
        if line.presence is not Presence.GONE:
            traits = [f"number {line.service.number}", f"ICCID {line.service.sim.iccid}", *traits]
        for trait in traits:
            first = self.rows.setdefault(trait, entry.row) if not trait.endswith(" None") else entry.row
            if first != entry.row:
                hint = "There is one row a service; options have a column, or an export of their own."
                self.trouble.add(entry.row, None, f"{trait} is that of row {first} too", hint)
                return False
        return True

    def _word(self, entry: Entry, name: str) -> str | None:
        word = entry.texts.get(name)
        if word is None:
            if name == "option":
                self.trouble.add(entry.row, name, "there is no option in it")
            return None
        meaning = self.words[name].meaning(word)
        if meaning is None:
            self.trouble.unknown_word(entry.row, name, word)
        return meaning

    def _options(self, entry: Entry) -> set[str]:
        """Return the options of a cell, between commas, semicolons, bars or line ends."""
        text = entry.texts.get("options")
        if text is None:
            return set()
        found = set()
        for word in _parted(text):
            meaning = self.words["option"].meaning(word)
            if meaning is None:
                self.trouble.unknown_word(entry.row, "option", word)
            else:
                found.add(meaning)
        return found

    def _sim(self, entry: Entry) -> Sim:
        kind = self._word(entry, "sim") if "sim" in entry.texts else None
        return Sim(
            SimType(kind) if kind else None,
            self._read(entry, "iccid", cells.iccid),
            self._read(entry, "eid", cells.eid),
        )

    def _number(self, entry: Entry) -> str | None:
        return self._read(entry, "number", lambda text: cells.number(text, self.country))

    def _label(self, entry: Entry) -> str | None:
        label = entry.texts.get("label")
        flaw = label_flaw(label) if label else None
        if flaw:
            self.trouble.add(entry.row, "label", flaw.message, "Leave the column out if it holds something else.")
        return intern(label) if label else None

    def _day(self, entry: Entry, name: str) -> date | None:
        return self._read(entry, name, lambda text: _day(text, self.form.dates))

    def _compare_fee(self, entry: Entry, word: str) -> None:
        amount = self._read(entry, "monthly", lambda text: _amount(text, self.form.decimal))
        if amount is not None:
            self.fees.compare(word, amount)

    def _read(self, entry: Entry, name: str, read: Callable[[str], _Value]) -> _Value | None:
        """Return what a cell says, None where it is empty or was told to make no sense."""
        text = entry.texts.get(name)
        if text is None:
            return None
        try:
            return read(text)
        except Unreadable as error:
            self.trouble.add(entry.row, name, str(error))
            return None


_day = lru_cache(maxsize=8192)(cells.day)
_amount = lru_cache(maxsize=4096)(cells.amount)


@lru_cache(maxsize=4096)
def _parted(text: str) -> tuple[str, ...]:
    for mark in ";|\n":
        text = text.replace(mark, ",")
    return tuple(word.strip() for word in text.split(",") if word.strip())
