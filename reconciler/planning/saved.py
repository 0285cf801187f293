"""Read a saved plan back.

A minor version only adds keys, which are ignored here; an unknown major version is refused.
"""

from __future__ import annotations

import json
from decimal import Decimal

from pydantic import ValidationError

from reconciler.errors import Place, UnreadablePlan, bounded, bounded_words
from reconciler.model import plan as model
from reconciler.model.contract import Period
from reconciler.model.fleet import PortIn, Service, Sim
from reconciler.model.money import Money
from reconciler.model.snapshot import PlacedOrder
from reconciler.planning import document as writer
from reconciler.planning.format import (
    ActionDocument,
    ChoicesDocument,
    FindingDocument,
    OrderDocument,
    PlaceDocument,
    PlanDocument,
    ServiceDocument,
    UpcomingDocument,
)


def loads(text: str, *, name: str) -> model.Plan:
    """Return the plan saved in `text`.

    Raises UnreadablePlan where it is no plan, was edited since it was made, or comes from a later major version.
    """
    again = "Make the plan again: fleet plan -o FILE."
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadablePlan(f"{name} is no saved plan: {bounded_words(error)}", hint=again) from error
    if not isinstance(raw, dict) or not isinstance(raw.get("format_version"), str):
        raise UnreadablePlan(f"{name} is no saved plan: it has no format_version", hint=again)
    _refuse_later(raw["format_version"], name)
    try:
        document = PlanDocument.model_validate(raw | {"format_version": writer.FORMAT_VERSION})
        plan = _plan(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(bounded(part) for part in first["loc"])
        raise UnreadablePlan(f"{name} is broken at {where}: {bounded_words(first['msg'])}", hint=again) from error
    except ArithmeticError as error:
        raise UnreadablePlan(f"{name} is broken: it has an amount that is none", hint=again) from error
    if document.checksum != writer.checksum(raw) or document.digest != writer.digest(plan):
        raise UnreadablePlan(f"{name} was changed after it was made; its digest does not fit its contents", hint=again)
    return plan


def _refuse_later(version: str, name: str) -> None:
    major, known = version.split(".")[0], writer.FORMAT_VERSION.split(".")[0]
    if major != known:
        message = f"{name} has plan format {bounded(version)}; this version of fleet reads format {known}.x"
        raise UnreadablePlan(message, hint="Use the version of fleet that made it, or make the plan again.")


def _plan(document: PlanDocument) -> model.Plan:
    currency, quota, bill = document.bill.currency, document.quota, document.bill
    return model.Plan(
        tool_version=document.tool_version,
        organisation=document.organisation,
        contract=document.contract,
        contact=document.contact,
        currency=currency,
        day=document.day,
        choices=_choices(document.choices),
        desired=model.DesiredSource(**document.desired.model_dump()),
        live=model.LiveSource(**document.live.model_dump()),
        actions=tuple(_action(action, currency) for action in document.actions),
        findings=tuple(_finding(finding) for finding in document.findings),
        quota=model.Quota(
            ratio=Decimal(quota.ratio),
            period=Period(quota.period.start, quota.period.end),
            **quota.model_dump(exclude={"ratio", "period", "remaining"}),
        ),
        bill=model.Bill(
            month=bill.month,
            monthly_before=_money(bill.monthly_before, currency),
            monthly_delta=_money(bill.monthly_delta, currency),
            next_bill_delta=_money(bill.next_bill_delta, currency),
            by_cost_centre={centre: _money(amount, currency) for centre, amount in bill.by_cost_centre.items()},
        ),
        summary=model.Summary(**document.summary.model_dump()),
        approvals=tuple(model.Requirement(**each.model_dump()) for each in document.approvals),
        upcoming=tuple(_upcoming(each, currency) for each in document.upcoming),
        inquiry=model.Inquiry(**document.inquiry.model_dump()) if document.inquiry else None,
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
    cost = action.cost
    return model.Action(
        id=action.id,
        kind=action.kind,
        status=action.status,
        user=action.user,
        label=action.label,
        live_id=action.live_id,
        before=_service(action.before),
        after=_service(action.after),
        changes=tuple(model.Change(**change.model_dump()) for change in action.changes),
        cost=model.Cost(
            _money(cost.monthly_delta, currency),
            _money(cost.next_bill_delta, currency),
            tuple(model.CostLine(line.what, line.kind, _money(line.amount, currency)) for line in cost.lines),
        ),
        counts_against_quota=action.counts_against_quota,
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
