"""Read live from the operator's exports: users, services and options, joined on the keys that fleet.yaml names.

Whatever cannot be understood ends the reading, with every row that is to blame: an export that is read in part would
make services look gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler.errors import InvalidInput, Place, Problem, UnusableExport, quoted
from reconciler.model.catalogue import Catalogue
from reconciler.model.config import FleetConfig
from reconciler.model.contract import Contract, Period, period_on
from reconciler.model.fleet import Service
from reconciler.model.secret import Secret
from reconciler.model.snapshot import (
    Extent,
    LiveService,
    LiveUser,
    OpenOrder,
    PlacedOrder,
    Presence,
    Remark,
    Snapshot,
    Task,
)
from reconciler.ports import Capabilities
from reconciler.providers.file.dating import newest
from reconciler.providers.file.lines import Fees, LineReader, OptionLine
from reconciler.providers.file.people import people
from reconciler.providers.file.reading import Opened, Trouble, reading
from reconciler.providers.file.settings import Export, FileSettings
from reconciler.providers.file.table import Form
from reconciler.providers.file.words import words_of


@dataclass(slots=True)
class _Session:
    """One reading: the catalogue, the moment of each export, what was guessed of their forms, and what is wrong."""

    catalogue: Catalogue
    written: dict[str, datetime] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


class FileReader:
    """Reads exports that lie in the fleet's folder; `tasks` are what somebody was asked to do by hand."""

    def __init__(
        self,
        config: FleetConfig,
        settings: FileSettings,
        *,
        root: Path,
        catalogue: Callable[[], Catalogue],
        tasks: Callable[[], Sequence[Task]],
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._settings = settings
        self._root = root
        self._catalogue = catalogue
        self._tasks = tasks
        self._now = now
        self._zone = ZoneInfo(config.timezone)
        self._services: Mapping[str, LiveService] = {}

    def capabilities(self) -> Capabilities:
        """Say that everything is done by hand."""
        return Capabilities(lists_orders=False, cancels_orders=False, effective_dates=False, by_hand=True)

    async def snapshot(self, extent: Extent | None = None) -> Snapshot:
        """Read the exports, all of them whatever part is asked for.

        Raises InvalidInput with every row that cannot be understood, UnusableExport.
        """
        session = _Session(self._catalogue())
        users = self._users(session)
        services, lines, changed = self._read_services(session, users)
        self._add_options(session, services)
        if session.problems:
            raise InvalidInput(session.problems)
        found = {user.key: user for user in (users.values() if users is not None else lines.known.values())}
        self._services = services
        exported = min(session.written.values())
        return self._assemble(session, found, exported, changed, self._waiting(exported))

    async def service(self, live_id: str) -> LiveService | None:
        """Return a service as the snapshot had it: nothing newer can be read."""
        return self._services.get(live_id)

    async def services_like(self, user: LiveUser, wanted: Sequence[Service]) -> Sequence[LiveService] | None:
        """Return None: nothing newer than the export can be read."""
        del user, wanted
        return None

    async def activation_code(self, live_id: str) -> Secret | None:
        """Return nothing: exports have no activation codes."""
        del live_id
        return None

    async def last_orders(
        self, services: Sequence[LiveService], touching: Mapping[str, Collection[str]] | None = None
    ) -> Mapping[str, PlacedOrder]:
        """Return nothing: exports tell of no orders."""
        del services, touching
        return {}

    def _users(self, session: _Session) -> dict[str, LiveUser] | None:
        export = self._settings.users
        if export is None:
            return None
        users: dict[str, LiveUser] = {}
        with self._opened(session, export) as (opened, trouble):
            users |= people(opened.entries, trouble)
        return users

    def _read_services(
        self, session: _Session, users: Mapping[str, LiveUser] | None
    ) -> tuple[dict[str, LiveService], LineReader, dict[str, date]]:
        export = self._settings.services
        with self._opened(session, export) as (opened, trouble):
            lines = self._line_reader(session, export, opened.form, users, trouble)
            services = lines.services(opened.entries)
            if not services and not trouble.problems and not trouble.unknown:
                trouble.add(opened.heads.number, None, "there is no service below the headings", "Export it again.")
        self._compare_fees(session, lines, export)
        if lines.skipped:
            message = f"{lines.skipped} rows of {export.file} are no mobile services, as fleet.yaml maps their bundles"
            session.remarks.append(Remark("export-skipped", message))
        return services, lines, dict(lines.changed)

    def _add_options(self, session: _Session, services: dict[str, LiveService]) -> None:
        export = self._settings.options
        if export is None:
            return
        with self._opened(session, export) as (opened, trouble):
            lines = self._line_reader(session, export, opened.form, None, trouble)
            found = lines.option_lines(opened.entries)
            by = "number" if "number" in export.columns else "id"
            for key, options in _by_service(found, services, by, trouble).items():
                held = tuple(sorted(line.held for line in options))
                names = frozenset(each.option for each in held)
                line = services[key]
                services[key] = line._replace(service=line.service._replace(options=names), options=held)
        self._compare_fees(session, lines, export)

    @contextmanager
    def _opened(self, session: _Session, export: Export) -> Iterator[tuple[Opened, Trouble]]:
        """Yield an export of the session, and gather what was wrong with it."""
        path, moment = newest(self._root, export.file, self._zone)
        self._require_fresh(path, moment)
        session.written[export.kind] = moment
        name = path.relative_to(self._root).as_posix()
        trouble = Trouble(name)
        try:
            with reading(path, name, export, trouble) as opened:
                yield opened, trouble
        except InvalidInput as error:
            session.problems += error.problems
            raise InvalidInput(session.problems) from error
        session.problems += trouble.told(export.kind)
        _remark_guesses(session, export, opened.form, name)

    def _require_fresh(self, path: Path, moment: datetime) -> None:
        age = self._now() - moment
        if age > self._settings.max_age:
            days, most = age.days, self._settings.max_age
            message = f"{path.name} was exported on {moment.astimezone(self._zone):%Y-%m-%d %H:%M}, {days} days ago"
            hint = f"Export it again; provider.max_age of fleet.yaml allows {most.total_seconds() / 86400:g} days."
            raise UnusableExport(message, hint=hint)

    def _line_reader(
        self,
        session: _Session,
        export: Export,
        form: Form,
        users: Mapping[str, LiveUser] | None,
        trouble: Trouble,
    ) -> LineReader:
        words = {
            name: words_of(name, export.values, session.catalogue) for name in ("state", "sim", "bundle", "option")
        }
        return LineReader(form, self._settings.country, words, users, Fees(session.catalogue), trouble)

    def _compare_fees(self, session: _Session, lines: LineReader, export: Export) -> None:
        for (word, amount), count in sorted(lines.fees.others.items()):
            ours = session.catalogue.fee(word)
            message = f"{word} costs {amount} a month in {count} rows of {export.file}, and {ours} in the catalogue"
            session.remarks.append(Remark("fee-differs", message, "The bill is worked out with the catalogue's."))

    def _waiting(self, exported: datetime) -> tuple[list[OpenOrder], list[Task]]:
        """Return what waits for a human and cannot show in these exports, and what has to."""
        orders, due = [], []
        for task in self._tasks():
            if task.given < exported:
                due.append(task)
                continue
            orders.append(
                OpenOrder(
                    id=task.id,
                    state="on the checklist" if task.ticked is None else "done by hand, and not exported since",
                    reference=task.run,
                    placed=task.given,
                    live_ids=frozenset({task.live_id} if task.live_id else ()),
                    addresses=frozenset({task.address}),
                    removals=1 if task.kind == "remove" else 0,
                )
            )
        return orders, due

    def _assemble(
        self,
        session: _Session,
        users: dict[str, LiveUser],
        exported: datetime,
        changed: Mapping[str, date],
        waiting: tuple[list[OpenOrder], list[Task]],
    ) -> Snapshot:
        now = self._now()
        month = now.astimezone(self._zone).date().replace(day=1)
        config, orders = self._config, waiting[0]
        everything = self._services.values()
        return Snapshot(
            provider="file",
            source=self._settings.services.file,
            account=config.contract or config.organisation,
            read_at=now,
            contract=self._contract(now),
            catalogue=session.catalogue,
            users=users,
            services=tuple(line for line in everything if line.presence is not Presence.GONE),
            gone=tuple(line for line in everything if line.presence is Presence.GONE),
            open_orders=tuple(orders),
            bundle_changes={key: day for key, day in changed.items() if day >= month},
            exported=exported.astimezone(self._zone),
            remarks=tuple(session.remarks),
            tasks=tuple(waiting[1]),
        )

    def _contract(self, now: datetime) -> Contract:
        """Return the contract as fleet.yaml has it: in which period we are follows from the first SIM (R3)."""
        config, terms, day = self._config, self._config.terms, now.astimezone(self._zone).date()
        if terms.start and terms.end:
            period = Period(terms.start, terms.end)
        elif terms.first_sim:
            period = period_on(day, terms.first_sim)
        else:
            problem = Problem("contract: there is neither 'first_sim' nor 'start' and 'end'", Place("fleet.yaml", 1, 1))
            raise InvalidInput([problem])
        return Contract(config.contract or config.organisation, period, removals_used=config.quota.used)


def _by_service(
    found: Sequence[OptionLine], services: Mapping[str, LiveService], by: str, trouble: Trouble
) -> dict[str, list[OptionLine]]:
    """Return options by the id of their service; told are those of no service, and those that are there twice."""
    keys = {key: key for key in services}
    if by == "number":
        held = {key: line.service.number for key, line in services.items() if line.presence is not Presence.GONE}
        keys = {number: key for key, number in held.items() if number}
    lines: dict[str, list[OptionLine]] = defaultdict(list)
    for line in found:
        key = keys.get(line.service)
        if key is None:
            hint = "Export both lists at the same time."
            trouble.add(line.row, None, f"service {quoted(line.service)} is not in the export of services", hint)
        elif any(other.held.option == line.held.option for other in lines[key]):
            trouble.add(line.row, "option", f"{quoted(line.held.option)} is there twice for {quoted(line.service)}")
        else:
            lines[key].append(line)
    return lines


def _remark_guesses(session: _Session, export: Export, form: Form, name: str) -> None:
    """Say what of an export's form was recognised and not declared."""
    guessed = [
        f"{what} {value!r}"
        for what in ("encoding", "delimiter")
        if (value := getattr(form, what)) and not getattr(export.form, what)
    ]
    if guessed:
        hint = f"To have it stay so, declare it under provider.exports.{export.kind}: fleet file map shows how."
        session.remarks.append(Remark("export-guessed", f"{name} was taken to have {' and '.join(guessed)}", hint))
