"""Verify signed approvals of a plan: each on its own, then together against what the plan needs.

Nothing here is lenient: one approval that does not hold refuses the whole set, with a message of its own, so that
nobody wonders later which of them counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.applying import signatures
from reconciler.applying.signatures import Signed
from reconciler.errors import ApprovalMissing
from reconciler.model.config import ApprovalConfig
from reconciler.model.plan import Plan, Requirement
from reconciler.planning.document import digest


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who may approve by which rules, as of which moment; `requesters` are those who asked for the plan."""

    config: ApprovalConfig
    signers: str
    now: datetime
    requesters: Collection[str]

    def verify(self, plan: Plan, approvals: Sequence[Signed]) -> None:
        """Raise ApprovalMissing unless every approval holds for `plan`."""
        for approval in approvals:
            self._statement(plan, approval)
            self._signature(approval)
            self._person(approval)

    def _statement(self, plan: Plan, approval: Signed) -> None:
        said = approval.statement
        if said.organisation != plan.organisation:
            _refuse(approval, f"is for organisation {said.organisation}, and the plan is for {plan.organisation}")
        if said.digest != digest(plan):
            _refuse(approval, "is for another plan", "Have this plan approved: fleet approve FILE --key KEY.")
        if said.expires <= self.now:
            _refuse(approval, f"expired on {said.expires:%Y-%m-%d %H:%M} UTC", "Have the plan approved again.")

    def _signature(self, approval: Signed) -> None:
        if not signatures.is_intact(approval.signature, approval.text):
            _refuse(approval, "was changed after it was signed")
        names = signatures.signers_of(approval.signature, approval.text, self.signers)
        if not names:
            _refuse(approval, f"is signed with a key that {self.config.allowed_signers} does not know")
        if approval.statement.approver not in names:
            _refuse(approval, f"is by {approval.statement.approver}, and signed with the key of {names[0]}")

    def _person(self, approval: Signed) -> None:
        said = approval.statement
        if said.approver.casefold() in {name.casefold() for name in self.requesters}:
            _refuse(approval, f"is by {said.approver}, who asked for the plan", "Somebody else has to approve it.")
        if said.role is not None and said.approver not in self.config.roles.get(said.role, ()):
            _refuse(approval, f"is by {said.approver}, who may not approve as {said.role}")


def require(needed: Sequence[Requirement], approvals: Sequence[Signed]) -> None:
    """Raise ApprovalMissing, with everything that is missing and why, unless `approvals` meet what is needed."""
    missing = list(_missing(needed, approvals))
    if missing:
        listed = "".join(f"\n  - {line}" for line in missing)
        hint = "Save the plan with -o FILE, have it signed (fleet approve FILE --key KEY) and name the approvals: "
        raise ApprovalMissing(f"the plan is not approved:{listed}", hint=f"{hint}fleet apply FILE --approval APPROVAL.")


def _missing(needed: Sequence[Requirement], approvals: Sequence[Signed]) -> Iterator[str]:
    people = {approval.statement.approver for approval in approvals}
    roles = {approval.statement.role for approval in approvals}
    for each in needed:
        if each.role is None and len(people) < each.count:
            wanted = "a signed approval is" if each.count == 1 else f"{each.count} signed approvals are"
            yield f"{wanted} needed ({each.reason}), and there are {len(people)}"
        elif each.role is not None and each.role not in roles:
            yield f"an approval in the role {each.role} is needed ({each.reason})"


def facts(approval: Signed) -> dict[str, Any]:
    """Return what the journal keeps of an approval."""
    said = approval.statement
    return {
        "kind": "signature",
        "who": said.approver,
        "role": said.role,
        "digest": said.digest,
        "expires": said.expires.isoformat(),
        "id": approval.id,
    }


def _refuse(approval: Signed, why: str, hint: str | None = None) -> None:
    raise ApprovalMissing(f"the approval {approval.name} {why}", hint=hint)
