"""Fleets whose live comes from exports, written for a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler.desired.catalogue import load_catalogue
from reconciler.desired.load import load_settings
from reconciler.errors import FleetError, InvalidInput
from reconciler.model.config import FleetConfig
from reconciler.model.snapshot import Snapshot, Task
from reconciler.ports import World
from reconciler.providers.file import FileProvider
from reconciler.settings import world
from tests.harness import run

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CONTRACT = "contract: {id: MC-2026-001, start: 2026-03-01, end: 2027-02-28}\n"
HEAD = f"version: 1\norganisation: brouwerij-demo\n{CONTRACT}"
CATALOGUE = """version: 1
bundles:
  mobile-10: {name: Mobile 10 GB, monthly: "10.00", options: [roaming-world, voicemail-plus]}
  data-5: {name: Data 5 GB, monthly: "6.50"}
options:
  roaming-world: {name: Roaming world, monthly: "15.00"}
  voicemail-plus: {name: Voicemail plus, monthly: "1.25"}
"""
HEADINGS = "E-mail,Number,Bundle,Status,Start,Fee"
COLUMNS = "user: E-mail, number: Number, bundle: Bundle, state: Status, started: Start, monthly: Fee"
#: Where each layout of the sandbox's portal has what, as `fleet file map` finds it too.
LAYOUTS = {
    "en": """
    users: {file: "en/users-*.csv", columns: {user: E-mail, name: Name, cost_centre: Cost centre}}
    services:
      file: "en/services-*.csv"
      columns:
        {id: Service ID, user: E-mail, label: Label, number: Mobile number, bundle: Bundle, sim: SIM type, iccid: ICCID,
         eid: EID, state: Status, cost_centre: Cost centre, started: Start date, ended: End date,
         bundle_changed: Bundle changed on, monthly: Monthly fee}
    options: {file: "en/options-*.csv",
              columns: {service_id: Service ID, option: Option, ended: End date, monthly: Monthly fee}}
""",
    "nl": """
    users:
      file: "nl/gebruikers-*.csv"
      columns: {id: Gebruikers-ID, user: E-mailadres, name: Naam, cost_centre: Kostenplaats}
    services:
      file: "nl/diensten-*.csv"
      encoding: cp1252
      delimiter: ";"
      decimal: ","
      dates: day-month-year
      columns:
        {id: Dienst-ID, user_id: Gebruikers-ID, label: Omschrijving, number: GSM-nummer, bundle: Bundel, sim: Type SIM,
         iccid: Simkaartnummer, eid: EID, state: Toestand, cost_centre: Kostenplaats, started: Begindatum,
         ended: Einddatum, bundle_changed: Bundel gewijzigd op, monthly: Maandbedrag}
    options:
      file: "nl/opties-*.csv"
      dates: day-month-year
      columns: {number: GSM-nummer, option: Optie, ended: Einddatum, monthly: Maandbedrag}
""",
    "fr": """
    users: {file: "fr/utilisateurs-*.xlsx", columns: {user: Adresse e-mail, name: Nom, cost_centre: Centre de coûts}}
    services:
      file: "fr/services-*.xlsx"
      columns:
        {id: N° de service, user: Adresse e-mail, label: Libellé, number: N° de GSM, bundle: Abonnement,
         sim: Type de SIM, iccid: N° de carte SIM, eid: EID, state: Statut, cost_centre: Centre de coûts,
         started: Date de début, ended: Date de fin, bundle_changed: Abonnement modifié le, monthly: Prix mensuel,
         options: Options}
""",
}


def provider_part(exports: str, **more: str) -> str:
    """Return the `provider:` part of a fleet.yaml."""
    extra = "".join(f"  {name}: {value}\n" for name, value in more.items())
    return f"provider:\n  type: file\n{extra}  exports:{exports}"


@dataclass(frozen=True, slots=True)
class Exports:
    """A folder with one export of services, and perhaps others, and its way to be read."""

    root: Path

    @classmethod
    def of(
        cls, root: Path, rows: str | bytes, *, columns: str = COLUMNS, more: str = "", file: str = "s.csv"
    ) -> Exports:
        """Write an export of services and the settings that describe it; `more` goes into its part of fleet.yaml."""
        (root / "users").mkdir(parents=True, exist_ok=True)
        exports = f"\n    services:\n      file: {file}\n      columns: {{{columns}}}\n{more}"
        (root / "fleet.yaml").write_text(HEAD + provider_part(exports), encoding="utf-8")
        (root / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
        if rows:
            (root / file).write_bytes(rows if isinstance(rows, bytes) else rows.encode())
        return cls(root)

    def read(self, *, tasks: Sequence[Task] = (), now: datetime = NOW) -> Snapshot:
        """Return live."""

        async def work() -> Snapshot:
            async with provider(load_settings(self.root).config, self.root, tasks=tasks, now=now).reading() as reader:
                return await reader.snapshot()

        return run(work())

    def problems(self) -> list[str]:
        """Return everything that is wrong with the exports."""
        try:
            self.read()
        except InvalidInput as error:
            return [f"{each.place}: {each.message}" for each in error.problems]
        except FleetError as error:
            return [str(error)]
        return []


def provider(config: FleetConfig, root: Path, **changes: Any) -> FileProvider:
    """Return the provider of a folder, on a day of ours and with nothing asked for, unless `changes` say otherwise."""
    name = str(config.provider.settings["catalogue"])
    tasks, now = changes.get("tasks", ()), changes.get("now", NOW)
    return FileProvider(
        config, root=root, catalogue=lambda: load_catalogue(root, name), tasks=lambda: tasks, now=lambda: now
    )


def fixed_world(root: Path) -> World:
    """Return the world of a folder of exports, on a day of ours."""
    return replace(world(root), provider=lambda config: provider(config, root))
