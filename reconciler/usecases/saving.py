"""Turn a plan into its document and back, with the time it was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import ApprovalMissing, StalePlan, UnreadablePlan
from reconciler.files import LARGEST_DOCUMENT, LARGEST_SETTINGS, read_given
from reconciler.model.plan import Plan
from reconciler.model.saved import SavedPlan
from reconciler.planning.document import dumps, to_document
from reconciler.ports import World

if TYPE_CHECKING:
    from reconciler.applying.signatures import Signed


def save(plan: Plan, world: World) -> SavedPlan:
    """Return the plan as it is saved now; nothing is written."""
    document = to_document(plan, created_at=world.clock.now())
    return SavedPlan(plan, document["format_version"], document["checksum"], dumps(document))


def plan_text(plan: Plan, world: World) -> str:
    """Return the plan document as JSON text."""
    return save(plan, world).text


def require_current(saved: SavedPlan, *, name: str) -> None:
    """Raise StalePlan for a plan of an old format: it is shown, and neither approved nor carried out any more."""
    if saved.is_old:
        message = f"{name} has the old plan format {saved.version}, which does not say where its orders go"
        raise StalePlan(message, hint="Plan again and have that plan approved: fleet plan -o FILE.")


def read_plan(path: Path) -> SavedPlan:
    """Return the plan saved at `path`; raises UnreadablePlan where there is none or it is broken."""
    try:
        text = plan_document(path)
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {_why(error)}"
        raise UnreadablePlan(message, hint="Make it with: fleet plan -o FILE.") from error
    return parse_plan(text, name=str(path))


def plan_document(path: Path) -> str:
    """Return the text of a saved plan as it is; raises OSError or UnicodeDecodeError where there is none."""
    return read_given(path, limit=LARGEST_DOCUMENT).decode("utf-8")


def read_approval(path: Path) -> Signed:
    """Return the approval saved at `path`; raises ApprovalMissing where there is none or it is broken."""
    from reconciler.applying.signatures import read

    try:
        return read(read_given(path, limit=LARGEST_SETTINGS).decode("utf-8"), name=str(path))
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {_why(error)}"
        raise ApprovalMissing(message, hint="Make it with: fleet approve FILE.") from error


def _why(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)


def parse_plan(text: str, *, name: str) -> SavedPlan:
    """Return the plan of a document; raises UnreadablePlan where it is none."""
    from reconciler.planning.saved import loads  # the typed form of a plan costs a plan that is only made

    return loads(text, name=name)
