"""Find users by what one remembers of them: name, e-mail address, number, SIM or cost centre.

Case and accents are forgiven, and every way of writing a number: without its plus, with blanks or dots, with a zero
for the country.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from unicodedata import combining, normalize

from reconciler.errors import UsageError, quoted
from reconciler.model.identifiers import user_key
from reconciler.model.overview import UserPair

#: Letters that no accent was put on, and that one types without what makes them special all the same.
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_NUMBER = re.compile(r"\+?[0-9 ./()-]*[0-9][0-9 ./()-]*")
#: What a leading zero stands for (R10: Belgian numbers).
_COUNTRY = "32"
_MOST_NAMED = 10
_NEAR = 0.7


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: words, all of which must be found, or a number in the forms it may be written in."""

    words: tuple[str, ...]
    digits: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str) -> Search:
        """Return the search that somebody typed."""
        return cls(tuple(folded(text).split()), frozenset(_forms(text)))

    def finds(self, user: UserPair) -> bool:
        """Tell whether anything of `user` is what is looked for."""
        known = "\n".join(map(folded, _texts(user)))
        if all(word in known for word in self.words):
            return True
        return any(form in number for number in _numbers(user) for form in self.digits)

    def names(self, user: UserPair) -> bool:
        """Tell whether it is the whole of something of `user`: a full name, a whole number."""
        whole = " ".join(self.words)
        return any(whole == folded(text) for text in _texts(user)) or not self.digits.isdisjoint(_numbers(user))


def found(users: Iterable[UserPair], text: str | None) -> list[UserPair]:
    """Return the users a search finds; all of them without one."""
    search = Search.of(text or "")
    return [user for user in users if search.finds(user)] if search.words else list(users)


def the_one(users: Sequence[UserPair], text: str) -> UserPair:
    """Return the user that `text` means; UsageError with the candidates, or the nearest, where that is not one."""
    for user in users:
        if user.key == user_key(text):
            return user
    search, candidates = Search.of(text), found(users, text)
    whole = [user for user in candidates if search.names(user)]
    for one in (whole, candidates):
        if len(one) == 1:
            return one[0]
    if candidates:
        meant = whole or candidates
        message = f"{quoted(text)} could be any of {len(meant)} users: {_some(meant)}"
        raise UsageError(message, hint="Write more of the name, or the whole e-mail address.")
    by_key = {user.key: user for user in users}
    near = [by_key[key] for key in nearest_users(text, {user.key: user.name or "" for user in users})]
    guess = f"; did you mean {_some(near)}?" if near else ""
    raise UsageError(f"there is no user {quoted(text)}{guess}", hint="'fleet users' lists them all.")


def nearest_users(text: str, names: Mapping[str, str]) -> list[str]:
    """Return up to three of those in `names` who were probably meant, the nearest first.

    What stands behind the @ counts for nothing: a company's addresses all end alike.
    """
    by_word = {folded(word): key for key, name in names.items() for word in (key.partition("@")[0], name) if word}
    near = get_close_matches(folded(text).partition("@")[0], by_word, cutoff=_NEAR)
    return list(dict.fromkeys(by_word[word] for word in near))


def folded(text: str) -> str:
    """Return `text` without what case and accents add to it."""
    if text.isascii():
        return text.lower()
    apart = normalize("NFKD", normalize("NFKD", text).casefold())
    return "".join(letter for letter in apart if not combining(letter)).translate(_LETTERS)


def _forms(text: str) -> Iterator[str]:
    """Yield the digits of a number that was typed, as they stand and with the country in front."""
    if not _NUMBER.fullmatch(text.strip()):
        return
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    yield digits
    if digits.startswith("00"):
        yield digits.removeprefix("00")
    elif digits.startswith("0"):
        yield _COUNTRY + digits.removeprefix("0")


def _texts(user: UserPair) -> Iterator[str]:
    yield user.key
    for side in (user.live, user.desired):
        yield from (text for text in (side.name, side.cost_centre) if text) if side else ()
    yield from {service.cost_centre for pair in user.pairs for service in pair.services if service.cost_centre}


def _numbers(user: UserPair) -> Iterator[str]:
    for pair in user.pairs:
        for service in pair.services:
            yield from (text.lstrip("+") for text in (service.number, service.sim.iccid) if text)


def _some(users: Sequence[UserPair]) -> str:
    names = [f"{user.key} ({user.name})" if user.name else user.key for user in users[:_MOST_NAMED]]
    rest = f" and {len(users) - _MOST_NAMED} more" if len(users) > _MOST_NAMED else ""
    return ", ".join(names) + rest
