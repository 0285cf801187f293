"""What there is to choose from when a service is added step by step, as in the operator's own activation flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.desired.yaml import nearest
from reconciler.errors import UsageError, quoted
from reconciler.model.identifiers import Flaw, label_flaw, user_flaw, user_key
from reconciler.model.money import Money
from reconciler.usecases.editing import Editing
from reconciler.usecases.editor import home_of
from reconciler.usecases.search import folded, nearest_users

_LABELS = ("phone", "tablet", "data", "car")


class Person(NamedTuple):
    """A user of the files, of the operator, or of both; or one who is to be created."""

    key: str
    name: str
    cost_centre: str | None
    labels: tuple[str, ...]
    is_new: bool = False


class Offer(NamedTuple):
    """A bundle or an option on sale, with its monthly fee."""

    id: str
    name: str
    monthly: Money


def people(editing: Editing) -> list[Person]:
    """Return everybody a service can be added to, by key."""
    declared = {user.key: user for user in editing.documents.users}
    live = editing.snapshot.users
    found = []
    for key in sorted({*declared, *live}):
        user, known = declared.get(key), live.get(key)
        name = (user.name if user else None) or (known.name if known else "")
        centre = (user.cost_centre if user else None) or (known.cost_centre if known else None)
        labels = tuple(held.label for held in user.services) if user else ()
        found.append(Person(key, name, centre, labels))
    return found


def matching(everybody: Sequence[Person], words: str) -> list[Person]:
    """Return whose key `words` is, or else whose key, name and cost centre have all of them, case and accents aside."""
    exact = [person for person in everybody if person.key == user_key(words)]
    wanted = folded(words).split()
    return exact or [person for person in everybody if all(word in _known(person) for word in wanted)]


def nearest_people(everybody: Sequence[Person], words: str) -> list[str]:
    """Return the keys of those who were probably meant, the nearest first."""
    return nearest_users(words, {person.key: person.name for person in everybody})


def newcomer(editing: Editing, words: str, name: str) -> Person | None:
    """Return who would be created under that address, None where nobody is created or it is no address."""
    if not editing.documents.config.create_users or "@" not in words or user_flaw(words) is not None:
        return None
    return Person(user_key(words), name, None, (), is_new=True)


def label_for(person: Person) -> str:
    """Return a label this user has not."""
    free = (label for label in _LABELS if label not in person.labels)
    return next(free, f"service-{len(person.labels) + 1}")


def label_problem(person: Person, label: str) -> Flaw | None:
    """Return what is wrong with a new label for this user."""
    if label in person.labels:
        return Flaw(f"{person.key} has a service {quoted(label)} already")
    return label_flaw(label)


def bundles(editing: Editing) -> list[Offer]:
    """Return the bundles on sale, the cheapest first."""
    offered = (bundle for bundle in editing.snapshot.catalogue.bundles.values() if bundle.sellable)
    return _by_fee([Offer(bundle.id, bundle.name, bundle.monthly) for bundle in offered])


def options(editing: Editing, bundle: str) -> list[Offer]:
    """Return the options on sale that go with a bundle, the cheapest first."""
    catalogue = editing.snapshot.catalogue
    allowed = catalogue.bundles[bundle].options if bundle in catalogue.bundles else frozenset()
    offered = (option for option in catalogue.options.values() if option.sellable and option.id in allowed)
    return _by_fee([Offer(option.id, option.name, option.monthly) for option in offered])


def chosen(words: str, offers: Sequence[Offer]) -> str:
    """Return the id of what was chosen: by its place in the list, its id, or what only its id or name has.

    Raises UsageError where that is not one of `offers`.
    """
    ids = [offer.id for offer in offers]
    if words.isdecimal() and 0 < int(words) <= len(ids):
        return ids[int(words) - 1]
    if words in ids:
        return words
    wanted = folded(words).split()
    found = [offer.id for offer in offers if all(word in folded(f"{offer.id} {offer.name}") for word in wanted)]
    if wanted and len(found) == 1:
        return found[0]
    if wanted and found:
        raise UsageError(f"{quoted(words)} could be {' or '.join(found)}")
    message = f"{quoted(words)} is not on offer{nearest(words, ids)}"
    raise UsageError(message, hint="Choose from the list, by number or name.")


def needs_file(editing: Editing, person: Person) -> bool:
    """Tell whether a user is in no file yet, and no file is the obvious one."""
    if any(user.key == person.key for user in editing.documents.users):
        return False
    live = editing.snapshot.users.get(person.key)
    return home_of(editing.documents, live.cost_centre if live else None) is None


def _known(person: Person) -> str:
    return folded(f"{person.key} {person.name} {person.cost_centre or ''}")


def _by_fee(offers: list[Offer]) -> list[Offer]:
    return sorted(offers, key=lambda offer: (offer.monthly.amount, offer.id))
