"""A letter as an e-mail that a mail program opens as a draft (RFC 5322), and the address in a text for people."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from reconciler.reports.characters import cut, visible
from reconciler.reports.letters.request import Letter

#: How much of a name or of a subject a header takes; a line of an e-mail ends at 998.
_MOST = 200
_BETWEEN = re.compile(r"[\s<>()\[\],;:\"']+")
_ATOM = r"[A-Za-z0-9!#$%&*+/=?^_`{|}~-]+"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_HOST}(?:\.{_HOST})+")


def mailbox(text: str) -> Address | None:
    """Return the address in a text like `Els Maes, your account manager (els@operator.example)`.

    None where there is none, or more than one: nobody is written to by a guess.
    """
    found = {word for word in _BETWEEN.split(text) if "@" in word}
    if len(found) != 1:
        return None
    [word] = found
    if not _ADDRESS.fullmatch(word):
        return None
    return Address(_header(text[: text.index(word)].strip(" <(:,").strip("\"' ")), addr_spec=word)


def mail(letter: Letter, *, to: Address | None, sender: Address | None, language: str, written: datetime) -> bytes:
    """Return a letter as an e-mail in UTF-8; who sends it and where to is the mail program's to ask if it is not known.

    Nothing in a header can begin another one: what is no letter, sign or blank was written out before.
    """
    message = EmailMessage(SMTP)
    if sender:
        message["From"] = sender
    if to:
        message["To"] = to
    message["Subject"] = _header(letter.subject)
    message["Date"] = written
    message["X-Unsent"] = "1"  # what has Outlook, and others after it, open a file as a draft
    message.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    message["Content-Language"] = language
    return message.as_bytes()


def _header(text: str) -> str:
    """Return what may stand in a header: one short line; `=?` would begin an encoded word, with whatever is in it."""
    return cut(visible(text).replace("=?", "= ?"), _MOST)
