"""Who may sign, from a file in OpenSSH's format of allowed signers, read strictly: names and keys, no patterns.

OpenSSH understands more than is let in here: patterns, negations and certificate authorities let one line stand for
people whom nobody named, so a line that has any of these is refused, and so is one that could be read in two ways.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from typing import NamedTuple

_OPTION = r'(?:namespaces="[^"]*"|valid-(?:after|before)=(?:"\d+Z?"|\d+Z?))'
_LINE = re.compile(
    rf"(?P<names>[^ \t]+)[ \t]+(?:(?P<options>{_OPTION}(?:,{_OPTION})*)[ \t]+)?"
    r"(?P<type>(?:sk-)?(?:ssh|ecdsa)-[\w.@-]+)[ \t]+(?P<key>[A-Za-z0-9+/]+={0,2})(?:[ \t].*)?"
)
_AUTHORITY = re.compile(r"(?:^|[\s,])cert-authority(?=[\s,])", re.IGNORECASE)
_PATTERN = re.compile(r"[*?!]")
_PLAIN = re.compile(r"[^\s\"'\\,]+")


class Signer(NamedTuple):
    """One line: the names under which a key signs, the options that limit it, and the key as `type base64`."""

    line: int
    names: tuple[str, ...]
    options: str
    key: str

    @property
    def blob(self) -> bytes:
        """The key itself, as it stands in a signature."""
        return b64decode(self.key.split()[1])

    def text(self) -> str:
        """Return the line as OpenSSH reads it."""
        return " ".join(filter(None, (",".join(self.names), self.options, self.key))) + "\n"


class SignerFault(NamedTuple):
    """What is wrong with a line, and what to do about it."""

    line: int
    message: str
    hint: str


def read_signers(text: str) -> tuple[tuple[Signer, ...], tuple[SignerFault, ...]]:
    """Return the signers of a file and everything that is wrong with it, by line from 1.

    Lines end where OpenSSH ends them: at a line feed only.
    """
    signers: list[Signer] = []
    faults: list[SignerFault] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.removesuffix("\r").strip(" \t")
        if not line or line.startswith("#"):
            continue
        found = list(_faults(number, line))
        signer = None if found else _signer(number, line)
        if signer is not None:
            signers.append(signer)
        faults += found if found or signer else [SignerFault(number, "expected NAME KEY-TYPE KEY", _FORM)]
    return tuple(signers), tuple(faults)


def _faults(number: int, line: str) -> Iterator[SignerFault]:
    """Yield why a line names nobody in particular."""
    names = line.partition(" ")[0].partition("\t")[0]
    if _AUTHORITY.search(line):
        message = "a certificate authority approves for whomever it certifies"
        yield SignerFault(
            number, message, "List the key of each approver on a line of its own, without cert-authority."
        )
    for name in names.split(","):
        if name.startswith("!"):
            yield SignerFault(number, f"'{name:.60}' is a negation, which names nobody", _EACH)
        elif _PATTERN.search(name):
            yield SignerFault(number, f"'{name:.60}' is a pattern, which could be anybody", _EACH)
        elif not _PLAIN.fullmatch(name) or not name.isprintable():
            yield SignerFault(number, f"'{name:.60}' is not the name of an approver", _EACH)


def _signer(number: int, line: str) -> Signer | None:
    found = _LINE.fullmatch(line)
    if found is None or not line.replace("\t", " ").isprintable():
        return None
    try:
        b64decode(found["key"], validate=True)
    except (Error, ValueError):
        return None
    return Signer(number, tuple(found["names"].split(",")), found["options"] or "", f"{found['type']} {found['key']}")


_EACH = "Name each approver in full, like els@example.com."
_FORM = 'Write one line a key: els@example.com namespaces="fleet-plan" ssh-ed25519 AAAA…'
