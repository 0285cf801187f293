"""The plan as a versioned JSON document: what is saved, shown, approved by its digest, and read back.

`digest` covers what is carried out: the organisation, contract, provider, account and where the orders go, every
action with its live id, before, after and monthly delta, and the quota they use. Not the time, not the places, not the
pro rata part of the cost: a plan made again tomorrow has the same digest as long as it would do the same. `checksum`
covers every other word too. Both can be worked out again by whoever edits a document; so what follows from the actions
is worked out again on reading (`saved`), and an approval signs both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.errors import Place
from reconciler.model.contract import Period
from reconciler.model.fleet import Service
from reconciler.model.plan import Action, Choices, Finding, Kind, Plan, Upcoming
from reconciler.model.snapshot import PlacedOrder

FORMAT_VERSION = "2.0"
Document = dict[str, Any]


def to_document(plan: Plan, *, created_at: datetime) -> Document:
    """Return the document of `plan`: plain values, sorted where order means nothing, money as decimal strings."""
    document: Document = {
        "format_version": FORMAT_VERSION,
        "tool_version": plan.tool_version,
        "organisation": plan.organisation,
        "contract": plan.contract,
        "contact": plan.contact,
        "day": plan.day.isoformat(),
        "created_at": _instant(created_at),
        "choices": _choices(plan.choices),
        "desired": {"root": plan.desired.root, "commit": plan.desired.commit, "digest": plan.desired.digest},
        "live": {
            "provider": plan.live.provider,
            "source": plan.live.source,
            "origin": plan.live.origin,
            "account": plan.live.account,
            "read_at": _instant(plan.live.read_at),
            "users": plan.live.users,
            "services": plan.live.services,
        },
        "actions": [_action(action) for action in plan.actions],
        "findings": [_finding(finding) for finding in plan.findings],
        "quota": quota_document(plan),
        "bill": bill_document(plan),
        "summary": {name: getattr(plan.summary, name) for name in plan.summary.__slots__},
        "approvals": [{"role": each.role, "count": each.count, "reason": each.reason} for each in plan.approvals],
        "upcoming": [_upcoming(each) for each in plan.upcoming],
        "inquiry": {name: getattr(plan.inquiry, name) for name in plan.inquiry.__slots__} if plan.inquiry else None,
        "digest": digest(plan),
    }
    return document | {"checksum": checksum(document)}


def digest(plan: Plan) -> str:
    """Return `sha256:…` over what an approval of `plan` approves."""
    return _hash(
        {
            "format": FORMAT_VERSION.split(".")[0],
            "organisation": plan.organisation,
            "contract": plan.contract,
            "provider": plan.live.provider,
            "origin": plan.live.origin,
            "account": plan.live.account,
            "actions": [approved(action) for action in plan.actions],
            "quota": plan.quota.planned,
        }
    )


def digest_1(plan: Plan) -> str:
    """Return the digest that the formats 1.x gave a plan: it did not say where orders go, nor whose an action is."""
    return _hash(
        {
            "format": "1",
            "organisation": plan.organisation,
            "contract": plan.contract,
            "provider": plan.live.provider,
            "account": plan.live.account,
            "actions": [_approved_1(action) for action in plan.actions],
            "quota": plan.quota.planned,
        }
    )


def approved(action: Action) -> Document:
    """Return the part of an action that an approval covers."""
    return _approved_1(action) | {"user": action.user, "label": action.label}


def _approved_1(action: Action) -> Document:
    created = {"changes": [change._asdict() for change in action.changes]} if action.kind is Kind.CREATE else {}
    return created | {
        "id": action.id,
        "kind": action.kind,
        "status": action.status,
        "live_id": action.live_id,
        "before": service_document(action.before),
        "after": service_document(action.after),
        "monthly_delta": str(action.cost.monthly_delta),
        "counts_against_quota": action.counts_against_quota,
    }


def checksum(document: Mapping[str, Any]) -> str:
    """Return `sha256:…` over the whole document, its own checksum aside."""
    return _hash({key: value for key, value in document.items() if key != "checksum"})


def service_document(service: Service | None) -> Document | None:
    """Return a service as plain values; None for no service."""
    if service is None:
        return None
    port_in = service.port_in
    return {
        "user": service.user,
        "label": service.label,
        "bundle": service.bundle,
        "options": sorted(service.options),
        "number": service.number,
        "sim": {"type": service.sim.type, "iccid": service.sim.iccid, "eid": service.sim.eid},
        "state": service.state,
        "cost_centre": service.cost_centre,
        "activation": service.activation,
        "port_in": None
        if port_in is None
        else {
            "operator": port_in.operator,
            "account": port_in.account,
            "date": port_in.date.isoformat() if port_in.date else None,
        },
    }


def dumps(document: Document) -> str:
    """Return the document as text for people and files: indented, one line ending at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _choices(choices: Choices) -> Document:
    since = choices.changed_since
    return {
        "fit_quota": choices.fit_quota,
        "targets": list(choices.targets),
        "changed_since": since._asdict() | {"users": None if since.users is None else list(since.users)}
        if since
        else None,
    }


def _action(action: Action) -> Document:
    return {
        "id": action.id,
        "kind": action.kind,
        "user": action.user,
        "label": action.label,
        "live_id": action.live_id,
        "status": action.status,
        "not_before": action.not_before.isoformat() if action.not_before else None,
        "reason": action.reason,
        "counts_against_quota": action.counts_against_quota,
        "before": service_document(action.before),
        "after": service_document(action.after),
        "changes": [change._asdict() for change in action.changes],
        "cost": {
            "monthly_delta": str(action.cost.monthly_delta),
            "next_bill_delta": str(action.cost.next_bill_delta),
            "lines": [{"what": line.what, "kind": line.kind, "amount": str(line.amount)} for line in action.cost.lines],
        },
        "source": _place(action.place),
        "drift": _order(action.drift) if action.drift else None,
    }


def _order(order: PlacedOrder) -> Document:
    return {
        "order": order.id,
        "state": order.state,
        "placed": order.placed.isoformat() if order.placed else None,
        "requester": order.requester,
        "reference": order.reference,
    }


def _finding(finding: Finding) -> Document:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "user": finding.user,
        "label": finding.label,
        "source": _place(finding.place),
    }


def _upcoming(each: Upcoming) -> Document:
    return {
        "day": each.day.isoformat(),
        "kind": each.kind,
        "what": each.what,
        "user": each.user,
        "label": each.label,
        "monthly_delta": str(each.monthly_delta) if each.monthly_delta is not None else None,
        "source": _place(each.place),
    }


def quota_document(plan: Plan) -> Document:
    """Return the quota as plain values."""
    quota = plan.quota
    return {
        "ratio": f"{quota.ratio:f}",
        "base": quota.base,
        "allowed": quota.allowed,
        "exceptions": quota.exceptions,
        "used": quota.used,
        "planned": quota.planned,
        "remaining": quota.remaining,
        "verdict": quota.verdict,
        "period": _period(quota.period),
    }


def bill_document(plan: Plan) -> Document:
    """Return the bill as plain values, money as decimal strings."""
    bill = plan.bill
    return {
        "currency": plan.currency,
        "month": bill.month,
        "monthly_before": str(bill.monthly_before),
        "monthly_delta": str(bill.monthly_delta),
        "next_bill_delta": str(bill.next_bill_delta),
        "by_cost_centre": {centre: str(amount) for centre, amount in bill.by_cost_centre.items()},
    }


def _period(period: Period) -> Document:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _place(place: Place | None) -> Document | None:
    return place._asdict() if place else None


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _hash(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
