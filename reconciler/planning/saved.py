"""Read a saved plan back, and believe nothing of it that follows from the rest.

Kinds, changes, counts, the verdict and the monthly delta are worked out again from what the digest covers, by the
functions a plan is made with; a document that says otherwise is refused, whoever made its digest and checksum fit.

A minor version only adds keys, which are ignored here. The formats 1.x are read to be shown; an unknown major version
is refused.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from reconciler.errors import Place, UnreadablePlan, bounded, bounded_words
from reconciler.model import plan as model
from reconciler.model.contract import Period
from reconciler.model.fleet import PortIn, Service, Sim
from reconciler.model.money import Money
from reconciler.model.saved import SavedPlan
from reconciler.model.snapshot import PlacedOrder
from reconciler.planning import derived, diff
from reconciler.planning import document as writer
from reconciler.planning.contradictions import contradiction
from reconciler.planning.format import (
    ActionDocument,
    BillDocument,
    ChoicesDocument,
    FindingDocument,
    OrderDocument,
    PlaceDocument,
    PlanDocument,
    QuotaDocument,
    ServiceDocument,
    UpcomingDocument,
)
from reconciler.planning.old_format import completed
from reconciler.planning.quota import with_removals

_AGAIN = "Make the plan again: fleet plan -o FILE."
_MAJORS = ("1", "2")


def loads(text: str, *, name: str) -> SavedPlan:
    """Return the plan saved in `text`.

    Raises UnreadablePlan where it is no plan, was edited since it was made, contradicts itself, or comes from an
    unknown major version.
    """
    raw = _raw(text, name)
    version = raw["format_version"]
    is_old = _major(version, name) == "1"
    try:
        whole = completed(raw) if is_old else raw
        document = PlanDocument.model_validate(whole | {"format_version": writer.FORMAT_VERSION})
        plan = _plan(document, is_old=is_old)
        checksum, digest = writer.checksum(raw), writer.digest_1(plan) if is_old else writer.digest(plan)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(bounded(part) for part in first["loc"])
        raise UnreadablePlan(f"{name} is broken at {where}: {bounded_words(first['msg'])}", hint=_AGAIN) from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadablePlan(f"{name} is no saved plan: {bounded_words(error)}", hint=_AGAIN) from error
    if document.checksum != checksum:
        raise _changed(name, "; its checksum does not fit its words")
    if document.digest != digest:
        raise _changed(name, "; its digest does not fit what it would do")
    found = contradiction(plan, whole, created_at=document.created_at)
    if found is not None:
        raise _changed(name, f": {found}")
    return SavedPlan(plan, version, checksum, text)


def _raw(text: str, name: str) -> dict[str, Any]:
    """Return the document as it stands; a name that stands in it twice would be read in two ways."""
    try:
        raw = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise UnreadablePlan(f"{name} is no saved plan: {bounded_words(error)}", hint=_AGAIN) from error
    if not isinstance(raw, dict) or not isinstance(raw.get("format_version"), str):
        raise UnreadablePlan(f"{name} is no saved plan: it has no format_version", hint=_AGAIN)
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, _ in pairs if sum(1 for other, _ in pairs if other == key) > 1)
        raise ValueError(f"'{twice:.40}' stands twice in one place")
    return found


def _major(version: str, name: str) -> str:
    """Return the major version of a format; UnreadablePlan for one that nobody here knows."""
    major = version.partition(".")[0]
    if major not in _MAJORS:
        message = f"{name} has plan format {version:.20}; this version of fleet reads formats 1.x and 2.x"
        raise UnreadablePlan(message, hint="Use the version of fleet that made it, or make the plan again.")
    return major


def _changed(name: str, why: str) -> UnreadablePlan:
    return UnreadablePlan(f"{name} was changed after it was made{why}", hint=_AGAIN)


def _plan(document: PlanDocument, *, is_old: bool) -> model.Plan:
    currency, summary = document.bill.currency, document.summary
    actions = tuple(_action(action, currency) for action in document.actions)
    live = document.live.model_dump() | ({"origin": None} if is_old else {})
    return model.Plan(
        tool_version=document.tool_version,
        organisation=document.organisation,
        contract=document.contract,
        contact=document.contact,
        currency=currency,
        day=document.day,
        choices=_choices(document.choices),
        desired=model.DesiredSource(**document.desired.model_dump()),
        live=model.LiveSource(**live),
        actions=actions,
        findings=tuple(_finding(finding) for finding in document.findings),
        quota=_quota(document.quota),
        bill=_bill(document.bill, actions),
        summary=derived.summary_of(actions, unchanged=summary.unchanged, unmanaged=summary.unmanaged),
        approvals=tuple(model.Requirement(**each.model_dump()) for each in document.approvals),
        upcoming=tuple(_upcoming(each, currency) for each in document.upcoming),
        inquiry=model.Inquiry(**document.inquiry.model_dump()) if document.inquiry else None,
    )


def _quota(quota: QuotaDocument) -> model.Quota:
    """Return the quota, with what is allowed and the verdict worked out from the numbers."""
    ratio = Decimal(quota.ratio)
    before = model.Quota(
        ratio=ratio,
        base=quota.base,
        allowed=int(ratio * quota.base),
        exceptions=quota.exceptions,
        used=quota.used,
        planned=0,
        verdict=model.Verdict.WITHIN,
        period=Period(quota.period.start, quota.period.end),
    )
    return with_removals(before, quota.planned)


def _bill(bill: BillDocument, actions: tuple[model.Action, ...]) -> model.Bill:
    """Return the bill, with the deltas worked out from the actions."""
    return model.Bill(
        month=bill.month,
        monthly_before=_money(bill.monthly_before, bill.currency),
        monthly_delta=derived.monthly_delta(actions, currency=bill.currency),
        next_bill_delta=derived.next_bill_delta(actions, currency=bill.currency),
        by_cost_centre={centre: _money(amount, bill.currency) for centre, amount in bill.by_cost_centre.items()},
    )


def _choices(choices: ChoicesDocument) -> model.Choices:
    since = choices.changed_since
    users = tuple(since.users) if since is not None and since.users is not None else None
    return model.Choices(
        fit_quota=choices.fit_quota,
        targets=tuple(choices.targets),
        changed_since=model.ChangedSince(since.ref, since.commit, users, since.whole) if since else None,
    )


def _action(action: ActionDocument, currency: str) -> model.Action:
    """Return an action with the kind and the changes that follow from its before and after.

    A user who is created has neither: what the digest covers then are the changes themselves.
    """
    cost, before, after = action.cost, _service(action.before), _service(action.after)
    kind = derived.kind_of(before, after)
    told = tuple(model.Change(**change.model_dump()) for change in action.changes)
    return model.Action(
        id=action.id,
        kind=kind,
        status=action.status,
        user=action.user,
        label=action.label,
        live_id=action.live_id,
        before=before,
        after=after,
        changes=told if kind is model.Kind.CREATE else diff.changes(before, after),
        cost=model.Cost(
            _money(cost.monthly_delta, currency),
            _money(cost.next_bill_delta, currency),
            tuple(model.CostLine(line.what, line.kind, _money(line.amount, currency)) for line in cost.lines),
        ),
        counts_against_quota=derived.takes_quota(kind),
        not_before=action.not_before,
        reason=action.reason,
        place=_place(action.source),
        drift=_order(action.drift) if action.drift else None,
    )


def _order(order: OrderDocument) -> PlacedOrder:
    return PlacedOrder(order.order, order.state, order.reference, order.placed, order.requester)


def _service(service: ServiceDocument | None) -> Service | None:
    if service is None:
        return None
    return Service(
        user=service.user,
        label=service.label,
        bundle=service.bundle,
        options=frozenset(service.options),
        number=service.number,
        sim=Sim(**service.sim.model_dump()),
        state=service.state,
        cost_centre=service.cost_centre,
        activation=service.activation,
        port_in=PortIn(**service.port_in.model_dump()) if service.port_in else None,
    )


def _finding(finding: FindingDocument) -> model.Finding:
    return model.Finding(**finding.model_dump(exclude={"source"}), place=_place(finding.source))


def _upcoming(each: UpcomingDocument, currency: str) -> model.Upcoming:
    delta = _money(each.monthly_delta, currency) if each.monthly_delta is not None else None
    return model.Upcoming(each.day, each.kind, each.what, each.user, each.label, delta, _place(each.source))


def _place(place: PlaceDocument | None) -> Place | None:
    return Place(place.file, place.line, place.column) if place else None


def _money(text: str, currency: str) -> Money:
    return Money(Decimal(text), currency)
