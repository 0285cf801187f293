"""Hold a plan's approvals against the rules that count: in CI those of the base branch, never of the change itself."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.applying import verify
from reconciler.applying.signatures import Signed
from reconciler.desired.load import SETTINGS, read_config
from reconciler.errors import ApprovalMissing
from reconciler.model.plan import Plan
from reconciler.planning.approvals import requirements
from reconciler.ports import World


def require_signed(world: World, approved: Plan, fresh: Plan, approvals: Sequence[Signed]) -> None:
    """Raise ApprovalMissing unless `approvals`, given for `approved`, are what it and `fresh` need.

    A change that drops a rule, or adds a signer, is itself judged by the rules and the signers before it.
    """
    text = world.trusted(SETTINGS)
    if text is None:
        raise ApprovalMissing(f"the base branch has no {SETTINGS}, and so no approval rules", hint=_FIRST)
    rules = read_config(text).approvals
    if approvals:
        signers = world.trusted(rules.allowed_signers) if rules.allowed_signers else None
        if signers is None:
            raise ApprovalMissing("there is no file of signers, so no approval can be verified", hint=_NO_SIGNERS)
        requesters = {world.requester(), *world.authors()}
        verify.Verifier(rules, signers, world.clock.now(), requesters).verify(approved, approvals)
    for plan in (approved, fresh):
        verify.require(requirements(rules, plan.actions, currency=plan.currency), approvals)
    verify.require(fresh.approvals, approvals)


_FIRST = "Merge the fleet's settings first, in a change of their own."
_NO_SIGNERS = "Name it under approvals.allowed_signers of fleet.yaml; in CI the one of the base branch counts."
