"""Turn a plan into its document and back, with the time it was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import ApprovalMissing, UnreadablePlan
from reconciler.model.plan import Plan
from reconciler.planning.document import dumps, to_document
from reconciler.ports import World

if TYPE_CHECKING:
    from reconciler.applying.signatures import Signed


def plan_text(plan: Plan, world: World) -> str:
    """Return the plan document as JSON text."""
    return dumps(to_document(plan, created_at=world.clock.now()))


def read_plan(path: Path) -> Plan:
    """Return the plan saved at `path`; raises UnreadablePlan where there is none or it is broken."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadablePlan(f"{path} cannot be read: {error}", hint="Make it with: fleet plan -o FILE.") from error
    return parse_plan(text, name=str(path))


def read_approval(path: Path) -> Signed:
    """Return the approval saved at `path`; raises ApprovalMissing where there is none or it is broken."""
    from reconciler.applying.signatures import read

    try:
        return read(path.read_text(encoding="utf-8"), name=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ApprovalMissing(f"{path} cannot be read: {error}", hint="Make it with: fleet approve FILE.") from error


def parse_plan(text: str, *, name: str) -> Plan:
    """Return the plan of a document; raises UnreadablePlan where it is none."""
    from reconciler.planning.saved import loads  # the typed form of a plan costs a plan that is only made

    return loads(text, name=name)
