"""Recognise an export: which list it is, which heading is what, how it is written, and which words nobody knows.

A guess is only ever offered: what `fleet.yaml` declares counts when a plan is made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from reconciler.errors import UnusableExport, quoted
from reconciler.model.catalogue import Catalogue
from reconciler.providers.file import cells
from reconciler.providers.file.headings import LOOKED_AT, bare
from reconciler.providers.file.table import Form, Row, open_table
from reconciler.providers.file.words import words_of

#: Headings in English, Dutch and French by what they are, the likeliest first; compared without accents and signs.
_HEADINGS = {
    "user": "e-mail,email,e-mail address,mail,user,user e-mail,login,e-mailadres,gebruiker,mailadres,adresse e-mail,"
    "adresse mail,courriel,utilisateur",
    "user_id": "user id,userid,user number,employee number,employee id,gebruikers-id,gebruikersnummer,personeelsnummer,"
    "identifiant,identifiant utilisateur,matricule",
    "name": "name,full name,user name,naam,volledige naam,gebruikersnaam,nom,nom complet,nom et prénom",
    "given_name": "given name,first name,voornaam,prénom",
    "family_name": "family name,last name,surname,achternaam,familienaam,nom de famille",
    "cost_centre": "cost centre,cost center,department,kostenplaats,afdeling,centre de coûts,centre de coût,"
    "département",
    "service_id": "service id,service number,subscription id,product id,dienst-id,dienstnummer,abonnementsnummer,"
    "n° de service,numéro de service,id service",
    "label": "label,description,service name,omschrijving,benaming,libellé,description du service",
    "number": "mobile number,number,phone number,msisdn,telephone number,gsm-nummer,gsm nummer,gsm,telefoonnummer,"
    "mobiel nummer,nummer,n° de gsm,numéro de gsm,numéro,numéro de téléphone,n° d'appel,numéro mobile",
    "bundle": "bundle,plan,tariff,tariff plan,subscription,product,bundel,abonnement,tariefplan,formule,offre,produit,"
    "plan tarifaire",
    "options": "options,add-ons,addons,opties,extra's",
    "option": "option,option name,add-on,optie",
    "sim": "sim type,type of sim,type sim,simtype,soort sim,type de sim,type de carte sim",
    "iccid": "iccid,sim number,sim card number,sim card,simkaartnummer,simnummer,simkaart,n° de carte sim,"
    "numéro de carte sim,numéro sim",
    "eid": "eid,esim id",
    "state": "status,state,service status,toestand,staat,statut,état",
    "started": "start date,activation date,active since,start,begindatum,startdatum,activatiedatum,date de début,"
    "date d'activation,début",
    "ended": "end date,termination date,end,einddatum,stopdatum,date de fin,date de résiliation,fin",
    "bundle_changed": "bundle changed on,last bundle change,bundel gewijzigd op,laatste bundelwijziging,"
    "abonnement modifié le,dernier changement",
    "monthly": "monthly fee,monthly price,price,fee,monthly,maandbedrag,maandprijs,prijs,prix mensuel,prix,"
    "abonnement mensuel,montant mensuel",
}
_FIELD_OF = MappingProxyType({bare(word): name for name, words in _HEADINGS.items() for word in words.split(",")})
#: What the fields of each list are called in its part of fleet.yaml; others are none of its.
FIELDS = MappingProxyType(
    {
        "users": {
            **{name: name for name in ("user", "name", "given_name", "family_name", "cost_centre")},
            "user_id": "id",
        },
        "services": {
            **{
                name: name
                for name in ("user", "user_id", "label", "number", "bundle", "options", "sim", "iccid", "eid")
            },
            **{name: name for name in ("state", "cost_centre", "started", "ended", "bundle_changed", "monthly")},
            "service_id": "id",
        },
        "options": {name: name for name in ("service_id", "number", "option", "ended", "monthly")},
    }
)
_DAYS = ("started", "ended", "bundle_changed")
_SAMPLE = 20_000


class Guess(NamedTuple):
    """What was recognised of an export: `columns` and `unknown` words are by the names of fleet.yaml."""

    kind: str
    form: Form
    heads: tuple[str, ...]
    columns: Mapping[str, str]
    unknown: Mapping[str, Mapping[str, int]]
    rows: int

    @property
    def unused(self) -> tuple[str, ...]:
        """The headings that are nothing so far."""
        used = set(self.columns.values())
        return tuple(head for head in self.heads if head and head not in used)


def guess(path: Path, catalogue: Catalogue | None) -> Guess:
    """Return what an export seems to be; raises UnusableExport for one that cannot be read, or has no headings."""
    with open_table(path, Form()) as rows:
        first = list(islice(rows.rows, LOOKED_AT))
        best = max(first, key=lambda row: len(_recognised(row.cells)), default=Row(1, ()))
        found = _recognised(best.cells)
        if not found:
            listed = ", ".join(quoted(cell) for cell in (first[0].cells if first else ())[:12]) or "nothing"
            message = f"no heading of {path.name} is known; its first row has {listed}"
            raise UnusableExport(message, hint="Map its columns by hand in fleet.yaml; see docs/file.md.")
        kind = _kind(found)
        heads = tuple(cell.strip() for cell in best.cells)
        columns = {FIELDS[kind][name]: heads[at] for name, at in found.items() if name in FIELDS[kind]}
        if kind == "services" and {"user", "user_id"} <= columns.keys():
            del columns["user_id"]
        if kind == "options" and {"service_id", "number"} <= columns.keys():
            del columns["number"]
        below = chain((row for row in first if row.number > best.number), rows.rows)
        texts, count = _texts(below, {name: heads.index(head) for name, head in columns.items()})
    form = replace(rows.form, **_pins(texts))
    return Guess(kind, form, heads, columns, _unknown(texts, catalogue), count)


def with_column(found: Guess, name: str, heading: str) -> Guess:
    """Return a guess with one more column, as somebody said."""
    return found._replace(columns={**found.columns, name: heading})


def _recognised(heads: Sequence[str]) -> dict[str, int]:
    """Return the column of each field that a heading names; of two for one field the first."""
    found: dict[str, int] = {}
    for at, head in enumerate(heads):
        name = _FIELD_OF.get(bare(head))
        if name is not None:
            found.setdefault(name, at)
    return found


def _kind(found: Mapping[str, int]) -> str:
    if "bundle" in found or "iccid" in found:
        return "services"
    return "options" if "option" in found or "options" in found else "users"


def _texts(rows: chain[Row], at: Mapping[str, int]) -> tuple[dict[str, Counter[str]], int]:
    """Return the texts of each field with how often they are there, over so many rows as a guess needs, and these."""
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    count = 0
    for row in islice(rows, _SAMPLE):
        count += any(cell.strip() for cell in row.cells)
        for name, column in at.items():
            if column < len(row.cells) and row.cells[column].strip():
                texts[name][row.cells[column].strip()] += 1
    return texts, count


def _pins(texts: Mapping[str, Counter[str]]) -> dict[str, str | None]:
    days = [text for name in _DAYS for text in texts.get(name, ())]
    return {"dates": cells.date_order(days), "decimal": cells.decimal_sign(list(texts.get("monthly", ())))}


def _unknown(texts: Mapping[str, Counter[str]], catalogue: Catalogue | None) -> dict[str, dict[str, int]]:
    """Return the words of columns that have few, with how often each is there, as far as nobody knows them."""
    found = {}
    for name in ("state", "sim", "bundle", "option"):
        if name in ("bundle", "option") and catalogue is None:
            continue
        words = words_of(name, {}, catalogue or Catalogue())
        unknown = {word: count for word, count in texts.get(name, Counter()).items() if words.meaning(word) is None}
        if unknown:
            found[name] = unknown
    return found
