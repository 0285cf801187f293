"""Approve a saved plan: sign what it does, for whom, in which role and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from reconciler.applying import signatures
from reconciler.applying.signatures import Signed, Statement
from reconciler.desired.load import load_settings
from reconciler.errors import ApprovalMissing, StalePlan, UsageError
from reconciler.files import LARGEST_SETTINGS, read_text_inside
from reconciler.model.config import ApprovalConfig
from reconciler.model.order_origin import connection_origin
from reconciler.model.people import People
from reconciler.model.plan import Plan
from reconciler.model.saved import SavedPlan
from reconciler.planning.document import digest
from reconciler.ports import World
from reconciler.usecases.covering import require_connection
from reconciler.usecases.saving import require_current
from reconciler.usecases.signed import signers_in

_USUAL_HOURS = 72


@dataclass(frozen=True, slots=True)
class ApproveRequest:
    """What whoever approves chooses; without a role the one the plan needs and the approver has.

    `hours` is how long the approval holds, by default 72 or as long as fleet.yaml lets any.
    """

    saved: SavedPlan
    key: Path
    role: str | None
    hours: int | None = None


def approve(world: World, request: ApproveRequest, *, confirm: Callable[[Plan], bool]) -> Signed:
    """Return a signed approval; raises ApprovalMissing where the key may not approve or nobody said yes.

    Raises StalePlan for a plan of another fleet or connection, or of an old format.
    """
    config, plan = load_settings(world.root).config, request.saved.plan
    require_current(request.saved, name="the plan")
    if config.organisation != plan.organisation:
        message = f"the plan is for {plan.organisation}, this fleet is {config.organisation}"
        raise StalePlan(message, hint="Name the fleet's folder with -C DIR.")
    require_connection(plan, connection_origin(config))
    valid = _valid(request, config.approvals)
    if request.role is not None and request.role not in config.approvals.roles:
        known = ", ".join(config.approvals.roles) or "none"
        raise UsageError(f"there is no role '{request.role}'; approvals.roles of fleet.yaml has {known}")
    if not plan.ready:
        raise StalePlan("the plan does nothing, so there is nothing to approve")
    if not confirm(plan):
        raise ApprovalMissing("nothing was signed: the answer was not 'yes'")
    now = world.clock.now().replace(microsecond=0)
    draft = Statement(digest(plan), request.saved.checksum, config.organisation, "", None, now, now + valid)
    probe = signatures.sign(draft, request.key)
    who = _who(world, config.approvals, probe)
    if request.role is not None and who not in config.approvals.roles[request.role]:
        raise ApprovalMissing(f"{who} may not approve as {request.role}", hint="See approvals.roles in fleet.yaml.")
    role = request.role or _role(plan, config.approvals, who)
    return signatures.sign(replace(draft, approver=who, role=role), request.key)


def is_told_apart(world: World, approver: str) -> bool:
    """Tell whether the files say all addresses and logins of an approver, so that everybody else can be told from them.

    Where they do not, an approval counts only if whoever asks for the plan is declared, or a signer too.
    """
    people = load_settings(world.root).config.approvals.people
    return {"addresses", "logins"} <= People.of(people, ()).who(approver).declared


def _valid(request: ApproveRequest, config: ApprovalConfig) -> timedelta:
    """Return how long an approval holds; UsageError for longer than fleet.yaml lets one."""
    most = config.lifetime_hours
    if request.hours is not None and request.hours > most:
        message = f"an approval of this fleet holds for {most} hours at most, not {request.hours}"
        raise UsageError(message, hint="Give fewer --hours; approvals.lifetime_hours of fleet.yaml sets the limit.")
    return timedelta(hours=request.hours if request.hours is not None else min(_USUAL_HOURS, most))


def _who(world: World, config: ApprovalConfig, probe: Signed) -> str:
    """Return the name under which a key may sign, found by a signature nobody sees."""
    if config.allowed_signers is None:
        raise ApprovalMissing(
            "fleet.yaml names no signers", hint="Name a file of them under approvals.allowed_signers."
        )
    try:
        text = read_text_inside(world.root, config.allowed_signers, limit=LARGEST_SETTINGS)
    except (OSError, UnicodeDecodeError) as error:
        hint = "It has to be a text file, with one line a signer: NAME ssh-ed25519 AAAA…"
        raise ApprovalMissing(f"{config.allowed_signers} cannot be read: {error}", hint=hint) from error
    names = signatures.signers_of(probe.signature, probe.text, signers_in(text, config.allowed_signers))
    if not names:
        raise ApprovalMissing(
            f"the key is not one of {config.allowed_signers}", hint="Add its public half there, in a reviewed commit."
        )
    return names[0]


def _role(plan: Plan, config: ApprovalConfig, who: str) -> str | None:
    """Return the role in which to sign: the one that is needed and held; UsageError where there are several."""
    held = {need.role for need in plan.approvals if need.role and who in config.roles.get(need.role, ())}
    if len(held) > 1:
        raise UsageError(f"{who} may approve as {' and as '.join(sorted(held))}", hint="Say which with --role.")
    return next(iter(held), None)
