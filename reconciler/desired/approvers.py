"""Who may approve, as `fleet.yaml` and the file of signers say: what is wrong with either, and between the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from reconciler.desired.documents import PersonPart
from reconciler.desired.yaml import Text, nearest
from reconciler.errors import Place, Problem, bounded, quoted
from reconciler.model.config import ApprovalConfig
from reconciler.model.people import People, folded
from reconciler.model.signers import Signer, read_signers

_PATTERN = frozenset("*?!,")
_LEARN = "Declare every address and login of a person in one entry, and of one person only."


def people_problems(people: Mapping[str, PersonPart], read: Text) -> Iterator[Problem]:
    """Yield what is wrong with the people of `approvals.people`: no address, no login, or two people's."""
    first: dict[str, str] = {}
    for name, person in people.items():
        at = ("approvals", "people", name)
        if not person.addresses and not person.logins:
            yield Problem(f"{quoted(name)} has neither addresses nor logins", read.place(at, key=True), _LEARN)
        listed = chain(_indexed("addresses", person.addresses), _indexed("logins", person.logins))
        for kind, index, word in listed:
            place = read.place((*at, kind, index))
            if _PATTERN.intersection(word) or " " in word:
                yield Problem(f"{quoted(word)} is a pattern, which could be anybody", place, "Write it in full.")
            elif (kind == "addresses") is not ("@" in word.strip("@")):
                expected = "an address like els@example.com" if kind == "addresses" else "a login like els-v"
                yield Problem(f"{kind}: expected {expected}, found {quoted(word)}", place)
            elif first.setdefault(folded(word), name) != name:
                yield Problem(
                    f"{quoted(word)} is of {quoted(first[folded(word)])} and of {quoted(name)}", place, _LEARN
                )


def signer_problems(config: ApprovalConfig, text: str | None, read: Text) -> Iterator[Problem]:
    """Yield what the approval rules need of the file of signers (None: it is not there) and do not find.

    A line that lets anybody in whom nobody named is a problem at its place in that file.
    """
    if not (config.required or config.rules) or config.allowed_signers is None:
        return
    place = read.place(("approvals", "allowed_signers"))
    if text is None:
        yield Problem(
            f"there is no file {bounded(config.allowed_signers)}", place, "One line a signer: NAME ssh-ed25519 AAAA…"
        )
        return
    signers, faults = read_signers(text)
    for fault in faults:
        yield Problem(fault.message, Place(config.allowed_signers, fault.line, 1), fault.hint)
    if not faults:
        yield from _too_few(config, signers, place)
    yield from _unknown(config, signers, read)


def _too_few(config: ApprovalConfig, signers: tuple[Signer, ...], place: Place) -> Iterator[Problem]:
    people = People.of(config.people, signers)
    count = len({people.who(name) for signer in signers for name in signer.names})
    if count < config.required:
        message = f"{config.required} approvals are required, and there are {count} signers"
        yield Problem(message, place, "A key under two names is one signer, as are two keys of one person.")


def _unknown(config: ApprovalConfig, signers: tuple[Signer, ...], read: Text) -> Iterator[Problem]:
    known = sorted({name for signer in signers for name in signer.names})
    for role, names in config.roles.items():
        for index, name in enumerate(names):
            if name not in known:
                message = f"{quoted(name)} is no signer of {bounded(config.allowed_signers)}{nearest(name, known)}"
                yield Problem(message, read.place(("approvals", "roles", role, index)))


def _indexed(kind: str, words: list[str]) -> Iterator[tuple[str, int, str]]:
    for index, word in enumerate(words):
        yield kind, index, word
