"""Write the files of a fleet from what is live, so that planning them right after has nothing to do.

A first import writes whole files. A later one edits what differs and leaves the rest of them, comments and order
included. Either makes a draft first; writing it, or only looking whether there is anything to write, comes after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reconciler.desired.declared import DeclaredUser
from reconciler.desired.live import Declarer, LeftOut
from reconciler.desired.load import SETTINGS, Documents, has_settings, load, load_settings, read_config, user_files
from reconciler.desired.settings_text import Settings, settings_text
from reconciler.desired.split import Split
from reconciler.errors import FilesInTheWay, UsageError
from reconciler.files import read_inside
from reconciler.model.config import FleetConfig
from reconciler.model.snapshot import DoubtKind, LiveService, Snapshot
from reconciler.planning.planner import require_complete
from reconciler.planning.scope import is_ignored_by
from reconciler.ports import World
from reconciler.usecases.adopting import adopt
from reconciler.usecases.founding import MARK, Home, founded, new_files
from reconciler.usecases.planning import operators_today
from reconciler.usecases.settled import require_nobody_lost, settled
from reconciler.usecases.updating import Arrivals, update
from reconciler.usecases.writing import Rewritten, Workspace, write

_HEAD_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What whoever imports may choose.

    `out` is the folder to write to instead of the fleet's own, `profiles` how many services must share a bundle and
    options for a profile (0: none), `connection` the way to the operator where no `fleet.yaml` says it, `adopt` whether
    files that no import has written are edited too.
    """

    out: Path | None = None
    split: Split = Split.COST_CENTRE
    profiles: int = 5
    connection: Settings | None = None
    adopt: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What an import would write into `folder`, and what it would not.

    `changes` has a line for each service that a later import changes in the files; `advice` profiles that are worth
    having, as text for a `fleet.yaml` that cannot be added to safely.
    """

    folder: Path
    files: tuple[Rewritten, ...]
    users: tuple[DeclaredUser, ...]
    left_out: tuple[LeftOut, ...] = ()
    changes: tuple[str, ...] | None = None
    without_services: int = 0
    ordered: int = 0
    advice: str = ""

    @property
    def services(self) -> int:
        """How many services the users have."""
        return sum(len(user.services) for user in self.users)


async def draft_import(world: World, request: ImportRequest) -> Draft:
    """Read live and return what an import would write.

    Raises FilesInTheWay where there are users' files that no import has written, UsageError where nothing says how the
    operator is reached, InvalidInput or EditRefused where the files cannot be edited, and what reading raises.
    """
    folder = request.out or world.root
    names = user_files(folder)
    if names and not request.adopt:
        _require_ours(folder, names)
    home = _home(world.root, folder, request.connection)
    documents = load(folder, progress=world.reading.files) if names else home.documents
    async with world.provider(documents.config).reading() as reader:
        snapshot = await reader.snapshot()
    require_complete(snapshot, documents.config.quota)
    day = operators_today(snapshot, documents.config.timezone)
    if names:
        return _updated(folder, documents, request, snapshot, day)
    return _first(folder, home, request, snapshot, day)


def write_import(draft: Draft) -> None:
    """Write a draft's files, each as a whole or not at all."""
    write(draft.folder, draft.files)


def _require_ours(folder: Path, names: Sequence[str]) -> None:
    """Raise unless one of the users' files says that an import has written it."""
    if any(MARK.encode() in read_inside(folder, name)[:_HEAD_LENGTH] for name in names):
        return
    listed = "".join(f"\n  {name}" for name in names[:10]) + (f"\n  and {len(names) - 10} more" * (len(names) > 10))
    message = f"there are files in {folder} that no import has written:{listed}"
    hint = "To import beside them: --out DIR. To have them edited where live differs: --adopt."
    raise FilesInTheWay(message, hint=hint)


def _home(root: Path, folder: Path, connection: Settings | None) -> Home:
    """Return the settings of the folder written to, else of the fleet's own folder, else of what was asked for."""
    for place in (folder, root):
        if has_settings(place):
            if connection is not None:
                raise UsageError(
                    f"{place / SETTINGS} says how the operator is reached",
                    hint="Leave --provider, --url, --organisation and --contract out, or import with --out DIR.",
                )
            documents = load_settings(place)
            return Home(documents, read_inside(place, SETTINGS).decode(), is_here=place == folder)
    if connection is None:
        raise UsageError(
            f"there is no {SETTINGS} in '{folder}' to say how the operator is reached",
            hint="Say it: fleet import --provider tmf --url URL --organisation NAME.",
        )
    config = read_config(settings_text(connection, {}, schema=""))
    return Home(Documents(folder.name, config, {}, (), ""), None, connection)


def _first(folder: Path, home: Home, request: ImportRequest, snapshot: Snapshot, day: date) -> Draft:
    """Return the draft of whole files."""
    config = home.documents.config
    declared = Declarer.of(snapshot, day).declare(_managed(config, snapshot))
    users, unclear = settled(home.documents, declared.users, snapshot, day)
    left_out = (*declared.left_out, *unclear)
    require_nobody_lost(config.ownership, _lost(left_out, (), snapshot))
    made = founded(
        folder, home, declared._replace(users=users), snapshot, split=request.split, profiles=request.profiles
    )
    bare = len(snapshot.users.keys() - {item.service.user for item in snapshot.services})
    return Draft(folder, made.files, made.users, left_out, None, bare, len(snapshot.open_orders), advice=made.advice)


def _updated(folder: Path, documents: Documents, request: ImportRequest, snapshot: Snapshot, day: date) -> Draft:
    """Return the draft of edits."""
    adoption = adopt(documents, snapshot, Declarer.of(snapshot, day))
    users, unclear = settled(documents, adoption.users, snapshot, day)
    named = {each.user for each in adoption.left_out}
    left_out = (*adoption.left_out, *(each for each in unclear if each.user not in named))
    declared, as_they_were = {user.key for user in documents.users}, {each.user for each in unclear}
    require_nobody_lost(documents.config.ownership, _lost(left_out, declared, snapshot))
    moves = {key: origin for key, origin in adoption.moves.items() if key[0] not in as_they_were}
    fresh = [key for key in adoption.fresh if key[0] not in as_they_were]
    workspace = Workspace(folder)
    changes = update(workspace, documents, users, Arrivals(moves, fresh), new_files(folder, request.split, snapshot))
    files = workspace.rewritten()
    if files:
        load(folder, {file.name: file.after for file in files})
    return Draft(folder, files, users, left_out, changes, ordered=len(snapshot.open_orders))


def _lost(left_out: Iterable[LeftOut], declared: Collection[str], snapshot: Snapshot) -> list[LeftOut]:
    """Return whom the files will not have, of those whose services a plan could remove: it knows whose they are."""
    addressless = {doubt.user for doubt in snapshot.doubts if doubt.kind is DoubtKind.USER}
    known = snapshot.users.keys() - addressless
    return [each for each in left_out if each.user not in declared and each.user in known]


def _managed(config: FleetConfig, snapshot: Snapshot) -> list[LiveService]:
    """Return the live services whose users are not ignored."""
    ignored = {user for user in {item.service.user for item in snapshot.services} if is_ignored_by(config, user)}
    return [item for item in snapshot.services if item.service.user not in ignored]
