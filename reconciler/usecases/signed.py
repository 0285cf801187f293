"""Hold a plan's approvals against the rules that count: in CI those of the base branch, never of the change itself."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.applying import verify
from reconciler.applying.signatures import Signed
from reconciler.desired.load import SETTINGS, read_config
from reconciler.errors import ApprovalMissing
from reconciler.model.config import ApprovalConfig
from reconciler.model.plan import Plan
from reconciler.planning.approvals import requirements
from reconciler.ports import World


def require_signed(world: World, approved: Plan, fresh: Plan, approvals: Sequence[Signed]) -> None:
    """Raise ApprovalMissing unless `approvals`, given for `approved`, are what it and `fresh` need.

    A change that drops a rule, or adds a signer, is itself judged by the rules and the signers before it.
    """
    rules = _rules(world)
    if approvals:
        _verifier(world, rules).verify(approved, approvals)
    for plan in (approved, fresh):
        verify.require(requirements(rules, plan.actions, currency=plan.currency), approvals)
    verify.require(fresh.approvals, approvals)


def holding(world: World, approved: Plan, approvals: Sequence[Signed]) -> tuple[list[Signed], list[str]]:
    """Return which of `approvals` hold for `approved`, and why the others do not."""
    kept, refused = [], []
    for each in approvals:
        try:
            _verifier(world, _rules(world)).verify(approved, [each])
            kept.append(each)
        except ApprovalMissing as error:
            refused.append(str(error))
    return kept, refused


def _rules(world: World) -> ApprovalConfig:
    text = world.trusted(SETTINGS)
    if text is None:
        raise ApprovalMissing(f"the base branch has no {SETTINGS}, and so no approval rules", hint=_FIRST)
    return read_config(text).approvals


def _verifier(world: World, rules: ApprovalConfig) -> verify.Verifier:
    signers = world.trusted(rules.allowed_signers) if rules.allowed_signers else None
    if signers is None:
        raise ApprovalMissing("there is no file of signers, so no approval can be verified", hint=_NO_SIGNERS)
    return verify.Verifier(rules, signers, world.clock.now(), {world.requester(), *world.authors()})


_FIRST = "Merge the fleet's settings first, in a change of their own."
_NO_SIGNERS = "Name it under approvals.allowed_signers of fleet.yaml; in CI the one of the base branch counts."
