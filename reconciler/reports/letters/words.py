"""The words of the letter to the account manager, in the languages of the operator's country."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Language(StrEnum):
    """A language of the letter."""

    ENGLISH = "en"
    DUTCH = "nl"
    FRENCH = "fr"


@dataclass(frozen=True, slots=True)
class Words:
    """The letter in one language; a pair is what is said of one and of several."""

    months: tuple[str, ...]
    first: str
    comma: bool
    percent: str
    subject: tuple[str, str]
    greeting: str
    wish: tuple[str, str]
    period: str
    quota: str
    granted: str
    used: str
    left: str
    wanted: str
    asked: str
    listed: tuple[str, str]
    service: str
    without_number: str
    reason: str
    no_reason: str
    effect: tuple[str, str]
    otherwise: tuple[str, str]
    fitting: tuple[str, str]
    answer: str
    regards: str

    def day(self, day: date) -> str:
        """Return a day as one writes it in a letter."""
        number = self.first if day.day == 1 else str(day.day)
        return f"{number} {self.months[day.month - 1]} {day.year}"

    def amount(self, amount: object) -> str:
        """Return an amount with the decimal sign of the language."""
        return str(amount).replace(".", ",") if self.comma else str(amount)

    def share(self, ratio: Decimal) -> str:
        """Return a ratio as a percentage."""
        return self.percent.format(self.amount(f"{(ratio * 100).normalize():f}"))


_ENGLISH = Words(
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),  # fmt: skip,
    first="1",
    comma=False,
    percent="{}%",
    subject=(
        "Contract {contract}: request for 1 removal beyond the quota ({organisation})",
        "Contract {contract}: request for {count} removals beyond the quota ({organisation})",
    ),
    greeting="Hello,",
    wish=(
        "{organisation} asks for an exception of 1 removal beyond the removal quota of contract {contract}.",
        "{organisation} asks for an exception of {count} removals beyond the removal quota of contract {contract}.",
    ),
    period="Contract period: {start} to {end}",
    quota="Removal quota: {allowed} ({share} of {base} services)",
    granted="Granted beyond it before: {count}",
    used="Used so far: {count}",
    left="Left: {count}",
    wanted="Removals wanted: {count}",
    asked="Asked for with this request: {count}",
    listed=("This is the removal we ask for:", "These are the {count} removals we ask for:"),
    service="{number}, {bundle}, {currency} {fee} a month ({address}; service {id} with you)",
    without_number="no number",
    reason="Reason: {reason}",
    no_reason="no reason noted",
    effect=(
        "Effect: 1 service ends and its number goes back to you; we pay {currency} {saving} a month less.",
        "Effect: {count} services end and their numbers go back to you; we pay {currency} {saving} a month less.",
    ),
    otherwise=(
        "Without an exception the service stays until the next contract period starts, on {resets}.",
        "Without an exception these services stay until the next contract period starts, on {resets}.",
    ),
    fitting=(
        "1 other removal fits the quota; we order it ourselves.",
        "{count} other removals fit the quota; we order them ourselves.",
    ),
    answer="Please send us the reference of the exception and the number of removals it grants.",
    regards="Kind regards,",
)

_DUTCH = Words(
    months=(
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ),  # fmt: skip,
    first="1",
    comma=True,
    percent="{}%",
    subject=(
        "Contract {contract}: aanvraag voor 1 stopzetting boven het quotum ({organisation})",
        "Contract {contract}: aanvraag voor {count} stopzettingen boven het quotum ({organisation})",
    ),
    greeting="Dag,",
    wish=(
        "{organisation} vraagt een uitzondering voor 1 stopzetting boven het quotum van contract {contract}.",
        "{organisation} vraagt een uitzondering voor {count} stopzettingen boven het quotum van contract {contract}.",
    ),
    period="Contractperiode: {start} tot en met {end}",
    quota="Quotum voor stopzettingen: {allowed} ({share} van {base} diensten)",
    granted="Eerder daarboven toegestaan: {count}",
    used="Al gebruikt: {count}",
    left="Nog over: {count}",
    wanted="Gewenste stopzettingen: {count}",
    asked="Gevraagd met deze aanvraag: {count}",
    listed=("Dit is de stopzetting die we vragen:", "Dit zijn de {count} stopzettingen die we vragen:"),
    service="{number}, {bundle}, {currency} {fee} per maand ({address}; dienst {id} bij u)",
    without_number="geen nummer",
    reason="Reden: {reason}",
    no_reason="geen reden genoteerd",
    effect=(
        "Gevolg: 1 dienst stopt en het nummer gaat naar u terug; we betalen {currency} {saving} per maand minder.",
        "Gevolg: {count} diensten stoppen en hun nummers gaan naar u terug; we betalen {currency} {saving} per maand "
        "minder.",
    ),
    otherwise=(
        "Zonder uitzondering blijft de dienst tot de volgende contractperiode begint, op {resets}.",
        "Zonder uitzondering blijven deze diensten tot de volgende contractperiode begint, op {resets}.",
    ),
    fitting=(
        "1 andere stopzetting past binnen het quotum; die bestellen we zelf.",
        "{count} andere stopzettingen passen binnen het quotum; die bestellen we zelf.",
    ),
    answer="Graag ontvangen we de referentie van de uitzondering en het aantal toegestane stopzettingen.",
    regards="Met vriendelijke groeten,",
)

_FRENCH = Words(
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),  # fmt: skip,
    first="1er",
    comma=True,
    percent="{} %",
    subject=(
        "Contrat {contract} : demande pour 1 résiliation au-delà du quota ({organisation})",
        "Contrat {contract} : demande pour {count} résiliations au-delà du quota ({organisation})",
    ),
    greeting="Bonjour,",
    wish=(
        "{organisation} demande une exception pour 1 résiliation au-delà du quota du contrat {contract}.",
        "{organisation} demande une exception pour {count} résiliations au-delà du quota du contrat {contract}.",
    ),
    period="Période contractuelle : du {start} au {end} inclus",
    quota="Quota de résiliations : {allowed} ({share} de {base} services)",
    granted="Déjà accordé au-delà : {count}",
    used="Déjà utilisé : {count}",
    left="Reste : {count}",
    wanted="Résiliations souhaitées : {count}",
    asked="Demandé ici : {count}",
    listed=("Voici la résiliation demandée :", "Voici les {count} résiliations demandées :"),
    service="{number}, {bundle}, {fee} {currency} par mois ({address} ; service {id} chez vous)",
    without_number="sans numéro",
    reason="Motif : {reason}",
    no_reason="aucun motif noté",
    effect=(
        "Effet : 1 service prend fin et son numéro vous revient ; nous payons {saving} {currency} par mois en moins.",
        "Effet : {count} services prennent fin et leurs numéros vous reviennent ; nous payons {saving} {currency} par "
        "mois en moins.",
    ),
    otherwise=(
        "Sans exception, le service reste jusqu'au début de la prochaine période contractuelle, le {resets}.",
        "Sans exception, ces services restent jusqu'au début de la prochaine période contractuelle, le {resets}.",
    ),
    fitting=(
        "1 autre résiliation entre dans le quota ; nous la commandons nous-mêmes.",
        "{count} autres résiliations entrent dans le quota ; nous les commandons nous-mêmes.",
    ),
    answer="Merci de nous communiquer la référence de l'exception et le nombre de résiliations accordées.",
    regards="Cordialement,",
)

WORDS = {Language.ENGLISH: _ENGLISH, Language.DUTCH: _DUTCH, Language.FRENCH: _FRENCH}
