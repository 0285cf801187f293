"""Hold a plan's approvals against the rules that count: in CI those of the base branch, never of the change itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reconciler.applying import verify
from reconciler.applying.signatures import Signed
from reconciler.desired.load import SETTINGS, read_config
from reconciler.errors import ApprovalMissing
from reconciler.model.config import ApprovalConfig
from reconciler.model.plan import Plan
from reconciler.model.saved import SavedPlan
from reconciler.model.signers import Signer, read_signers
from reconciler.planning.approvals import requirements
from reconciler.ports import World


def require_signed(
    world: World, approved: SavedPlan | None, fresh: Plan, approvals: Sequence[Signed], *, also: Collection[str] = ()
) -> None:
    """Raise ApprovalMissing unless `approvals`, given for the plan that is `approved`, are what it and `fresh` need.

    A change that drops a rule, or adds a signer, is itself judged by the rules and the signers before it. `also` are
    people who asked for the plan besides those that the world knows of.
    """
    rules = _rules(world)
    verified = approved is not None and approvals
    given = _verifier(world, rules, also).verify(approved, approvals) if approved and verified else ()
    for plan in (approved.plan, fresh) if approved else (fresh,):
        verify.require(requirements(rules, plan.actions, currency=plan.currency), given)
    verify.require(fresh.approvals, given)


def holding(world: World, approved: SavedPlan, approvals: Sequence[Signed]) -> tuple[list[Signed], list[str]]:
    """Return which of `approvals` hold for `approved`, and why the others do not."""
    kept, refused = [], []
    for each in approvals:
        try:
            _verifier(world, _rules(world)).verify(approved, [each])
            kept.append(each)
        except ApprovalMissing as error:
            refused.append(f"{error} ({error.hint})" if error.hint else str(error))
    return kept, refused


def signers_in(text: str, name: str) -> tuple[Signer, ...]:
    """Return the signers of the file `name`; ApprovalMissing with every line that lets in whom nobody named."""
    signers, faults = read_signers(text)
    if faults:
        listed = "".join(f"\n  - {name}:{fault.line}: {fault.message}" for fault in faults)
        raise ApprovalMissing(f"nobody can approve by this file of signers:{listed}", hint=faults[0].hint)
    return signers


def _rules(world: World) -> ApprovalConfig:
    text = world.trusted(SETTINGS)
    if text is None:
        raise ApprovalMissing(f"the base branch has no {SETTINGS}, and so no approval rules", hint=_FIRST)
    return read_config(text).approvals


def _verifier(world: World, rules: ApprovalConfig, also: Collection[str] = ()) -> verify.Verifier:
    text = world.trusted(rules.allowed_signers) if rules.allowed_signers else None
    if text is None:
        raise ApprovalMissing("there is no file of signers, so no approval can be verified", hint=_NO_SIGNERS)
    signers = signers_in(text, rules.allowed_signers or "")
    return verify.Verifier(rules, signers, world.clock.now(), {world.requester(), *world.authors(), *also})


_FIRST = "Merge the fleet's settings first, in a change of their own."
_NO_SIGNERS = "Name it under approvals.allowed_signers of fleet.yaml; in CI the one of the base branch counts."
