"""Who is who: which names, addresses, logins and keys are one person's, as far as the files say.

An approval counts for a person, never for a name or a key: one key under two names is one person, and so are two keys
under one name, or any addresses and logins that `approvals.people` declares together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.config import Person
from reconciler.model.signers import Signer

#: The address a platform gives to whoever hides their own: `login@`, `12345+login@` (GitHub), `12345-login@` (GitLab).
_HIDDEN = re.compile(r"(?P<local>[^@]+)@users\.noreply\.[^@]+")
_NUMBERED = re.compile(r"\d+[+-](?P<login>.+)")
#: What a requester is called where nothing tells who it is.
_NOBODY = frozenset({"", "unknown"})
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")
#: Has git write who wrote and who committed each commit, each on a line, and then whom it names as further authors.
AUTHORS_FORMAT = "author %ae%ncommitter %ce%n%(trailers:key=Co-authored-by,valueonly)"


@dataclass(frozen=True, slots=True)
class Known:
    """One person: every name of theirs, folded; what was `declared` (addresses, logins) is declared in full."""

    names: frozenset[str]
    declared: frozenset[str] = frozenset()

    def goes_by(self, identity: str) -> bool:
        """Tell whether an address, a hidden address or a login is this person's."""
        return not self.names.isdisjoint(aliases(identity))

    def cannot_be(self, identity: str) -> bool:
        """Tell whether an identity that is not among this person's is somebody else's for certain.

        It is where the files say which addresses they have, or which logins, as the identity is the one or the other.
        """
        return kind_of(identity) in self.declared


@dataclass(frozen=True, slots=True)
class People:
    """Everybody whom the approval rules know."""

    everybody: tuple[Known, ...]

    @classmethod
    def of(cls, declared: Mapping[str, Person], signers: Sequence[Signer]) -> People:
        """Return who is who by the people that are declared and the signers with their keys."""
        groups = [*_declared(declared), *_signing(signers)]
        return cls(tuple(_known(group, declared) for group in _joined(groups)))

    def who(self, name: str) -> Known:
        """Return the person behind the name of an approver; somebody whom nothing else is known of, where none is."""
        found = next((each for each in self.everybody if each.goes_by(name)), None)
        return found or Known(aliases(name))

    def are_apart(self, identity: str, person: Known) -> bool:
        """Tell whether the files say that somebody with `identity` is not `person`."""
        if folded(identity) in _NOBODY or " " in folded(identity):
            return False
        return person.cannot_be(identity) or any(each.goes_by(identity) for each in self.everybody if each != person)


def authors_in(log: str) -> frozenset[str]:
    """Return whom a log in `AUTHORS_FORMAT` names: by address, or by whatever stands in its place.

    Anything can be written there, so what is no address is kept as it is: it must not pass for nobody.
    """
    found: set[str] = set()
    for line in log.splitlines():
        role, _, identity = line.partition(" ")
        if role in ("author", "committer"):
            found.add(identity.strip())
        elif line.strip():
            found.update(_ADDRESS.findall(line) or [line.strip()])
    return frozenset(found)


def folded(identity: str) -> str:
    """Return an address or login as it is compared: case, Unicode form and a leading @ do not matter."""
    return unicodedata.normalize("NFKC", identity).strip().removeprefix("@").casefold()


def aliases(identity: str) -> frozenset[str]:
    """Return what an address or login stands for, folded: a hidden address stands for the login in it as well."""
    name = folded(identity)
    hidden = _HIDDEN.fullmatch(name)
    if hidden is None:
        return frozenset({name})
    numbered = _NUMBERED.fullmatch(hidden["local"])
    return frozenset({name, hidden["local"], *([numbered["login"]] if numbered else [])})


def kind_of(identity: str) -> str:
    """Return `addresses` or `logins`, as an identity is the one or the other; a hidden address is a login."""
    name = folded(identity)
    return "addresses" if "@" in name and _HIDDEN.fullmatch(name) is None else "logins"


def _declared(declared: Mapping[str, Person]) -> Iterator[frozenset[str]]:
    for name, person in declared.items():
        told = (aliases(each) for each in (*person.addresses, *person.logins))
        yield frozenset({f"person {name}"}).union(*told)


def _signing(signers: Sequence[Signer]) -> Iterator[frozenset[str]]:
    for signer in signers:
        yield frozenset({f"key {signer.blob.hex()}"}).union(*map(aliases, signer.names))


def _joined(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Return groups with those made one that share anything."""
    joined: list[frozenset[str]] = []
    for group in groups:
        touching = [each for each in joined if not each.isdisjoint(group)]
        joined = [each for each in joined if each.isdisjoint(group)]
        joined.append(group.union(*touching))
    return joined


def _known(group: frozenset[str], declared: Mapping[str, Person]) -> Known:
    """Return the person of a group of names, of keys (`key …`) and of entries of `approvals.people` (`person …`)."""
    entries = [declared[each.removeprefix("person ")] for each in sorted(group) if each.startswith("person ")]
    names = frozenset(each for each in group if not each.startswith(("key ", "person ")))
    told = frozenset(kind_of(word) for entry in entries for word in (*entry.addresses, *entry.logins))
    return Known(names, told)
