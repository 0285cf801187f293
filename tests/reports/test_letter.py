"""The letter to the account manager in its languages, and the e-mail it becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from inline_snapshot import snapshot as golden

from reconciler.model.exception import ExceptionRequest
from reconciler.model.fleet import DesiredUser
from reconciler.model.plan import Choices
from reconciler.planning.exception import exception_request
from reconciler.reports.letters.mail import mail, mailbox
from reconciler.reports.letters.request import Letter, letter
from reconciler.reports.letters.words import WORDS, Language
from tests.harness import PLACE
from tests.planning.values import AN, CATALOGUE, NUMBERS, fleet, live, planned, service, snapshot
from tests.reports.hostile import CORPUS

LINES = tuple(live(f"l{n}", service(AN, f"s{n}", number=NUMBERS[n])) for n in range(10))
WRITTEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BUNDLES = {word: bundle.name for word, bundle in CATALOGUE.bundles.items()}


def asked(kept: int, reason: str | None = "left the company", **parts: Any) -> ExceptionRequest:
    """Return the request of keeping the first `kept` of ten services, of which three may go."""
    desired = fleet(*(item.service for item in LINES[:kept]), users=[AN], **parts)
    desired = replace(desired, users={AN: DesiredUser(AN, PLACE, reason=reason)})
    fitted = planned(desired, snapshot(*LINES, base=10, used=1, ratio=None), choices=Choices(fit_quota=True))
    return exception_request(fitted, desired, bundles=BUNDLES)


def sent(written: Letter, to: str = "els@operator.example", language: str = "en") -> EmailMessage:
    """Return an e-mail as whoever gets it reads it."""
    content = mail(written, to=mailbox(to), sender=None, language=language, written=WRITTEN)
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def shown(written: Letter) -> str:
    """Return a letter with its subject."""
    return f"{written.subject}\n\n{written.text}"


def test_in_english() -> None:
    assert shown(letter(asked(6), Language.ENGLISH)) == golden("""\
Contract MC-2026-001: request for 2 removals beyond the quota (brouwerij-demo)

Hello,

brouwerij-demo asks for an exception of 2 removals beyond the removal quota of contract MC-2026-001.

Contract period: 1 June 2026 to 31 May 2027
Removal quota: 3 (30% of 10 services)
Used so far: 1
Left: 2
Removals wanted: 4
Asked for with this request: 2

These are the 2 removals we ask for:
1. +32470000008, Mobile 10, EUR 10.00 a month (an.peeters@brouwerij.example/s8; service l8 with you)
   Reason: left the company
2. +32470000009, Mobile 10, EUR 10.00 a month (an.peeters@brouwerij.example/s9; service l9 with you)
   Reason: left the company

Effect: 2 services end and their numbers go back to you; we pay EUR 20.00 a month less.
Without an exception these services stay until the next contract period starts, on 1 June 2027.

2 other removals fit the quota; we order them ourselves.

Please send us the reference of the exception and the number of removals it grants.

Kind regards,
brouwerij-demo
""")


def test_in_dutch() -> None:
    assert shown(letter(asked(6), Language.DUTCH)) == golden("""\
Contract MC-2026-001: aanvraag voor 2 stopzettingen boven het quotum (brouwerij-demo)

Dag,

brouwerij-demo vraagt een uitzondering voor 2 stopzettingen boven het quotum van contract MC-2026-001.

Contractperiode: 1 juni 2026 tot en met 31 mei 2027
Quotum voor stopzettingen: 3 (30% van 10 diensten)
Al gebruikt: 1
Nog over: 2
Gewenste stopzettingen: 4
Gevraagd met deze aanvraag: 2

Dit zijn de 2 stopzettingen die we vragen:
1. +32470000008, Mobile 10, EUR 10,00 per maand (an.peeters@brouwerij.example/s8; dienst l8 bij u)
   Reden: left the company
2. +32470000009, Mobile 10, EUR 10,00 per maand (an.peeters@brouwerij.example/s9; dienst l9 bij u)
   Reden: left the company

Gevolg: 2 diensten stoppen en hun nummers gaan naar u terug; we betalen EUR 20,00 per maand minder.
Zonder uitzondering blijven deze diensten tot de volgende contractperiode begint, op 1 juni 2027.

2 andere stopzettingen passen binnen het quotum; die bestellen we zelf.

Graag ontvangen we de referentie van de uitzondering en het aantal toegestane stopzettingen.

Met vriendelijke groeten,
brouwerij-demo
""")


def test_in_french() -> None:
    assert shown(letter(asked(6), Language.FRENCH)) == golden("""\
Contrat MC-2026-001 : demande pour 2 résiliations au-delà du quota (brouwerij-demo)

Bonjour,

brouwerij-demo demande une exception pour 2 résiliations au-delà du quota du contrat MC-2026-001.

Période contractuelle : du 1er juin 2026 au 31 mai 2027 inclus
Quota de résiliations : 3 (30 % de 10 services)
Déjà utilisé : 1
Reste : 2
Résiliations souhaitées : 4
Demandé ici : 2

Voici les 2 résiliations demandées :
1. +32470000008, Mobile 10, 10,00 EUR par mois (an.peeters@brouwerij.example/s8 ; service l8 chez vous)
   Motif : left the company
2. +32470000009, Mobile 10, 10,00 EUR par mois (an.peeters@brouwerij.example/s9 ; service l9 chez vous)
   Motif : left the company

Effet : 2 services prennent fin et leurs numéros vous reviennent ; nous payons 20,00 EUR par mois en moins.
Sans exception, ces services restent jusqu'au début de la prochaine période contractuelle, le 1er juin 2027.

2 autres résiliations entrent dans le quota ; nous les commandons nous-mêmes.

Merci de nous communiquer la référence de l'exception et le nombre de résiliations accordées.

Cordialement,
brouwerij-demo
""")


@pytest.mark.parametrize("language", Language)
def test_one_removal_is_told_as_one(language: Language) -> None:
    written = letter(asked(7, None), language)
    words = WORDS[language]
    assert " 1 " in written.subject
    assert words.listed[0] in written.text
    assert words.no_reason in written.text


def test_the_email_is_a_draft_in_utf_8_that_reads_back_as_the_letter() -> None:
    written = letter(asked(6, "parti à l'étranger"), Language.FRENCH)
    message = sent(written, "Élise Maes (els@operator.example)", language="fr")
    assert message["To"] == "Élise Maes <els@operator.example>"
    assert (message["Subject"], message["Content-Language"]) == (written.subject, "fr")
    assert message["Date"].datetime == WRITTEN
    assert message["X-Unsent"] == "1"
    assert message.get_content_charset() == "utf-8"
    assert message.get_content().replace("\r\n", "\n") == written.text
    assert "parti à l'étranger" in written.text


HOSTILE = (
    *CORPUS,
    "x\r\nBcc: evil@evil.example",
    "x\nSubject: y\n\nbody",
    "x\r\n\r\n.\r\nMAIL FROM:<y>",
    "=?utf-8?q?=0A?=",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_makes_a_header_or_a_line_of_its_own(text: str) -> None:
    plain = letter(asked(6), Language.ENGLISH)
    request = asked(6, text)
    plan = replace(request.plan, organisation=text, contract=text)
    written = letter(replace(request, plan=plan), Language.ENGLISH)
    message = sent(written, f"{text.replace('@', ' ')} <els@operator.example>")
    assert message.keys() == sent(plain).keys()
    assert [each.addr_spec for each in message["To"].addresses] == ["els@operator.example"]
    assert message.defects == []
    assert len(written.text.splitlines()) == len(plain.text.splitlines())
    assert not any(letter in written.text + written.subject for letter in "\x00\x1b\r\u202e\u2066\u2028\u200b\ufeff")
    assert not any("\n" in value or "\r" in value for value in message.values())
    assert all(len(line) <= 998 for line in message.as_bytes().splitlines())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sales@operator.example", "sales@operator.example"),
        (
            "Els Maes, your account manager (els@operator.example)",
            '"Els Maes, your account manager" <els@operator.example>',
        ),
        ('"Els" <els@operator.example>', "Els <els@operator.example>"),
        ("Els: els@operator.example", "Els <els@operator.example>"),
        ("els@operator.example, 02 123 45 67", "els@operator.example"),
        ("your account manager at the operator", None),
        ("els@operator.example or jan@operator.example", None),
        ("jör@operator.example", None),
        ("els@operator", None),
        ("@operator.example", None),
        (".els@operator.example", None),
        ("els@-operator.example", None),
        ("els@operator.example\r\nBcc: x", "els@operator.example"),
        ("", None),
    ],
)
def test_the_one_address_in_a_contact_is_found_and_no_guess_is_made(text: str, address: str | None) -> None:
    found = mailbox(text)
    assert (str(found) if found else None) == address
