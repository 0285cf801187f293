"""Why a service is as it is, for a person and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from reconciler.model.explanation import Answer, Explanation, Reason, Value
from reconciler.model.plan import Action, Kind
from reconciler.model.snapshot import PlacedOrder
from reconciler.reports import characters
from reconciler.reports.listing import cell, plain
from reconciler.reports.rows import NOTHING, finding_line, row, upcoming_line
from reconciler.reports.table import Column, table_text
from reconciler.reports.text import Paint, wrapped

_KINDS = {Kind.ADD: "an addition", Kind.CHANGE: "a change", Kind.REMOVE: "a removal"}
_ANSWERS = {
    Answer.PLANNED: "{} is planned",
    Answer.DEFERRED: "{} is deferred",
    Answer.BLOCKED: "{} is blocked",
    Answer.IN_FLIGHT: "{} is in flight",
    Answer.AS_DECLARED: "nothing is planned, live is as declared",
    Answer.UNCLEAR: "nothing is planned, it is unclear which declared service it is",
    Answer.UNMANAGED: "nothing is planned, its user is not managed here",
    Answer.IGNORED: "nothing is planned, its user is ignored",
    Answer.ENDED: "nothing is planned, it has ended",
    Answer.GONE: "nothing is planned, it is gone and no file declares it",
}
_COLUMNS = tuple(map(Column, ("VALUE", "DECLARED", "LIVE", "FROM", "PLACE")))
_INDENT = " " * 13
_WORDS = {
    "options": "option",
    "sim.type": "SIM type",
    "sim.iccid": "ICCID",
    "sim.eid": "EID",
    "cost_centre": "cost centre",
    "port_in": "port-in",
}
_UNDECLARED = "not declared: the operator's"


def explanation_text(each: Explanation, *, paint: Paint, width: int | None) -> str:
    """Return the explanation for a person."""
    limit = width or 1000
    lines = wrapped(f"{each.user}/{each.name} on {each.day}: {headline(each)}", limit, "  ")
    lines[0] = paint(lines[0], "bold")
    for text in _sentences(each):
        lines += wrapped(f"  {text}", limit, "    ")
    if each.values:
        lines += ["", *_laid_out(each, paint, limit)]
    return "\n".join(lines) + "\n"


def explanation_json(each: Explanation) -> str:
    """Return the explanation as one object; places as `file:line:column`."""
    document = {
        "user": each.user,
        "label": each.name,
        "day": each.day.isoformat(),
        "answer": each.answer.value,
        "headline": headline(each),
        "declared": plain(each.declared),
        "live_id": each.live_id,
        "reasons": [{"text": reason.text, "place": plain(reason.place)} for reason in each.reasons],
        "action": _action(each.action) if each.action else None,
        "findings": [{name: plain(value) for name, value in finding._asdict().items()} for finding in each.findings],
        "upcoming": [{name: plain(value) for name, value in item._asdict().items()} for item in each.upcoming],
        "last_order": _order(each.last_order) if each.last_order else None,
        "values": [_value(value) for value in each.values],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def headline(each: Explanation) -> str:
    """Return the answer in a few words."""
    kind = _KINDS.get(each.action.kind, "it") if each.action else "it"
    moved = "a transfer" if each.action and each.action.is_transfer else kind
    return _ANSWERS[each.answer].format(moved)


def _sentences(each: Explanation) -> Iterator[str]:
    if each.declared:
        yield f"Declared at {each.declared}."
    yield from (_with_place(reason) for reason in each.reasons)
    if each.action is not None:
        yield from _done(each.action)
    for finding in each.findings:
        yield finding_line(finding)
        if finding.hint:
            yield f"  {finding.hint}"
    for order in each.orders:
        yield f"Open order: {_order_words(order.id, order.state, order.requester)}."
    if each.last_order is not None:
        whose = f", run {each.last_order.run}" if each.last_order.run else ", not by a run of fleet"
        placed = f" on {each.last_order.placed:%Y-%m-%d %H:%M}" if each.last_order.placed else ""
        words = _order_words(each.last_order.id, each.last_order.state, each.last_order.requester)
        yield f"Last order: {words}{placed}{whose}."
    yield from (f"Upcoming: {upcoming_line(item)}." for item in each.upcoming)


def _done(action: Action) -> Iterator[str]:
    """Yield what an action does, line by line, and what it costs."""
    shown = row(action)
    yield from (f"{shown.symbol} {line}" for line in shown.lines)
    if shown.cost:
        yield f"  {shown.cost}"


def _order_words(identity: str, state: str, requester: str | None) -> str:
    return f"{identity}, {state}" + (f", by {requester}" if requester else "")


def _with_place(reason: Reason) -> str:
    return f"{reason.text.removesuffix('.')} ({reason.place})." if reason.place else reason.text


def _laid_out(each: Explanation, paint: Paint, limit: int) -> list[str]:
    """Return the values as a table, or below each other where that is too wide: what stands where is what is asked."""
    rows = [_cells(value) for value in each.values]
    table = table_text(_COLUMNS, rows, paint=_plain, width=None).splitlines()
    if max(map(characters.columns, table)) <= limit:
        return [paint(table[0], "bold"), *table[1:]]
    lines = []
    for word, declared, live, by, place in rows:
        sides = declared if declared == live else f"{declared or NOTHING}, live {live or NOTHING}"
        where = f" ({place})" if place else ""
        lines += wrapped(f"{word:<12} {sides}: {by}{where}", limit, _INDENT)
    return lines


def _plain(text: str, _style: str) -> str:
    return text


def _cells(value: Value) -> tuple[str, ...]:
    origin, word = value.origin, _WORDS.get(value.path, value.path)
    if origin is None:
        return word, "", value.live or "", _undeclared(value), ""
    dates = f", {origin.dates}" if origin.dates else ""
    declared = value.declared if origin.holds else f"({value.declared}, not on this day)"
    return word, declared or "", value.live or "", f"{origin.by}{dates}", cell(origin.place)


def _undeclared(value: Value) -> str:
    """Return whose business a value is that no file has; what bundle and options there are is for the files to say."""
    return "not declared" if value.path in ("bundle", "options") else _UNDECLARED


def _value(value: Value) -> dict[str, Any]:
    origin = value.origin
    return {
        "path": value.path,
        "declared": value.declared,
        "live": value.live,
        "from": origin.by if origin else None,
        "place": plain(origin.place) if origin else None,
        "dates": origin.dates if origin else None,
        "holds": origin.holds if origin else None,
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "id": action.id,
        "kind": action.kind.value,
        "status": action.status.value,
        "not_before": plain(action.not_before),
        "reason": action.reason,
        "changes": [change._asdict() for change in action.changes],
        "monthly_delta": str(action.cost.monthly_delta),
        "next_bill_delta": str(action.cost.next_bill_delta),
    }


def _order(order: PlacedOrder) -> dict[str, Any]:
    return {name: plain(value) for name, value in order._asdict().items()} | {"run": order.run}
