"""Verify signed approvals of a plan: each on its own, then together against what the plan needs.

Nothing here is lenient: one approval that does not hold refuses the whole set, with a message of its own, so that
nobody wonders later which of them counted. What counts is people, never names or keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from reconciler.applying import signatures
from reconciler.applying.signatures import Signed
from reconciler.errors import ApprovalMissing
from reconciler.model.config import ApprovalConfig
from reconciler.model.people import Known, People, aliases
from reconciler.model.plan import Requirement
from reconciler.model.saved import SavedPlan
from reconciler.model.signers import Signer
from reconciler.planning.document import digest

#: How far two clocks may be apart.
_SKEW = timedelta(minutes=5)


class Given(NamedTuple):
    """An approval that holds: whose it is, under which name, in which role."""

    person: Known
    name: str
    role: str | None


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who may approve by which rules, as of which moment; `requesters` are those who asked for the plan."""

    config: ApprovalConfig
    signers: Sequence[Signer]
    now: datetime
    requesters: Collection[str]

    def verify(self, saved: SavedPlan, approvals: Sequence[Signed]) -> tuple[Given, ...]:
        """Return whose approvals these are; raises ApprovalMissing unless each holds for the plan as it was saved."""
        people = People.of(self.config.people, self.signers)
        return tuple(self._given(saved, approval, people) for approval in approvals)

    def _given(self, saved: SavedPlan, approval: Signed, people: People) -> Given:
        self._statement(saved, approval)
        self._time(approval)
        self._signature(approval)
        said = approval.statement
        person = people.who(said.approver)
        self._person(approval, person, people)
        return Given(person, said.approver, said.role)

    def _statement(self, saved: SavedPlan, approval: Signed) -> None:
        said, plan = approval.statement, saved.plan
        if said.organisation != plan.organisation:
            _refuse(approval, f"is for organisation {said.organisation}, and the plan is for {plan.organisation}")
        if said.digest != digest(plan):
            _refuse(approval, "is for another plan", _APPROVE_THIS)
        if said.checksum != saved.checksum:
            why = "is for a plan that does the same and shows something else: its findings, bill or reasons differ"
            _refuse(approval, why, _APPROVE_THIS)

    def _time(self, approval: Signed) -> None:
        said, hours = approval.statement, self.config.lifetime_hours
        if said.signed > self.now + _SKEW:
            why = f"was signed on {_moment(said.signed)}, which is in the future"
            _refuse(approval, why, "Set the clock of the machine that signs, and have the plan approved again.")
        if said.expires <= self.now:
            _refuse(approval, f"expired on {_moment(said.expires)}", _AGAIN)
        if said.expires - said.signed > timedelta(hours=hours):
            why = f"holds until {_moment(said.expires)}, more than {hours} hours after it was signed"
            _refuse(approval, why, f"Have the plan approved again, for --hours {hours} at most.")

    def _signature(self, approval: Signed) -> None:
        if not signatures.is_intact(approval.signature, approval.text):
            _refuse(approval, "was changed after it was signed")
        names = signatures.signers_of(approval.signature, approval.text, self.signers)
        if not names:
            _refuse(approval, f"is signed with a key that {self.config.allowed_signers} does not know")
        if approval.statement.approver not in names:
            _refuse(approval, f"is by {approval.statement.approver}, and signed with the key of {names[0]}")

    def _person(self, approval: Signed, person: Known, people: People) -> None:
        said = approval.statement
        asked = [each for each in sorted(self.requesters) if person.goes_by(each)]
        if asked:
            known_as = "" if asked[0].casefold() == said.approver.casefold() else f" as {asked[0]}"
            _refuse(approval, f"is by {said.approver}, who asked for the plan{known_as}", _SOMEBODY_ELSE)
        unclear = [each for each in sorted(self.requesters) if not people.are_apart(each, person)]
        if unclear:
            named = " and ".join(f"'{each:.60}'" for each in unclear)
            why = f"is by {said.approver}, and nothing says that {named}, who asked for the plan, is somebody else"
            _refuse(approval, why, _declare(said.approver, unclear))
        if said.role is not None and said.approver not in self.config.roles.get(said.role, ()):
            _refuse(approval, f"is by {said.approver}, who may not approve as {said.role}")


def require(needed: Sequence[Requirement], given: Sequence[Given]) -> None:
    """Raise ApprovalMissing, with everything that is missing and why, unless what was `given` meets what is needed."""
    missing = list(_missing(needed, given))
    if missing:
        listed = "".join(f"\n  - {line}" for line in missing)
        hint = "Save the plan with -o FILE, have it signed (fleet approve FILE --key KEY) and name the approvals: "
        raise ApprovalMissing(f"the plan is not approved:{listed}", hint=f"{hint}fleet apply FILE --approval APPROVAL.")


def _missing(needed: Sequence[Requirement], given: Sequence[Given]) -> Iterator[str]:
    people = {each.person for each in given}
    roles = {each.role for each in given}
    for each in needed:
        if each.role is None and len(people) < each.count:
            wanted = "a signed approval is" if each.count == 1 else f"{each.count} signed approvals are"
            yield f"{wanted} needed ({each.reason}), and there are {len(people)}{_same(given)}"
        elif each.role is not None and each.role not in roles:
            yield f"an approval in the role {each.role} is needed ({each.reason})"


def _same(given: Sequence[Given]) -> str:
    """Return which approvals are one person's under several names, who counts once."""
    names: dict[Known, dict[str, None]] = {}
    for each in given:
        names.setdefault(each.person, {})[each.name] = None
    several = [" and ".join(each) for each in names.values() if len(each) > 1]
    return "".join(f"; {each} are one person" for each in several)


def facts(approval: Signed) -> dict[str, Any]:
    """Return what the journal keeps of an approval: the facts to show, and the whole of it to hold it up again."""
    said = approval.statement
    return {
        "kind": "signature",
        "who": said.approver,
        "role": said.role,
        "digest": said.digest,
        "checksum": said.checksum,
        "expires": said.expires.isoformat(),
        "id": approval.id,
        "document": approval.document(),
    }


def _declare(approver: str, unclear: Sequence[str]) -> str:
    """Return what to declare so that an approver can be told from others, in the words of fleet.yaml."""
    (name, *_) = sorted(aliases(approver))
    entry = f"{name.partition('@')[0]}: {{addresses: [{approver}], logins: [LOGIN]}}"
    whose = f"whose {unclear[0]:.60} is" if unclear[0].strip() else "the author of each commit by an address"
    return (
        f"Declare all addresses and logins of the approver in fleet.yaml of the base branch, or {whose}: "
        f"approvals: {{people: {{{entry}}}}}."
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if not moment.utcoffset() else f"{moment:%Y-%m-%d %H:%M %z}"


def _refuse(approval: Signed, why: str, hint: str | None = None) -> None:
    raise ApprovalMissing(f"the approval {approval.name} {why}", hint=hint)


_APPROVE_THIS = "Have this plan approved: fleet approve FILE --key KEY."
_AGAIN = "Have the plan approved again."
_SOMEBODY_ELSE = "Somebody else has to approve it."
