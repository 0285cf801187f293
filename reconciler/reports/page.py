"""One user with all services, in full: a short list, then each service with everything that is known of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.model.catalogue import Catalogue
from reconciler.model.fleet import SimType
from reconciler.model.overview import Overview, ServicePair, Sides, UserPair
from reconciler.model.snapshot import OpenOrder, PlacedOrder
from reconciler.reports.delimited import csv_text
from reconciler.reports.listing import cell, document, plain, short_table
from reconciler.reports.overview import ServiceRow, UserRow, service_rows, user_row, words
from reconciler.reports.rows import change_line
from reconciler.reports.text import Paint, wrapped

_SIMS = {None: "SIM", SimType.ESIM: "eSIM", SimType.PHYSICAL: "physical SIM"}
_INDENT = " " * 15


class Part(NamedTuple):
    """One service of the page: its row, its pair, and the last order that touched it."""

    row: ServiceRow
    pair: ServicePair
    last: PlacedOrder | None


class Page(NamedTuple):
    """One user, built once; `told` is whether the operator was asked for past orders."""

    user: UserRow
    parts: tuple[Part, ...]
    overview: Overview
    told: bool


def page(user: UserPair, overview: Overview, last_orders: Mapping[str, PlacedOrder] | None) -> Page:
    """Return the page of a user; `last_orders` by live id, None where nobody was asked."""
    past = last_orders or {}
    rows = service_rows(user.pairs, overview)
    parts = (Part(row, pair, past.get(row.live_id or "")) for row, pair in zip(rows, user.pairs, strict=True))
    return Page(user_row(user, overview), tuple(parts), overview, last_orders is not None)


def page_text(page: Page, *, diff: bool, paint: Paint, width: int | None) -> str:
    """Return the page for a person; `diff` marks what differs in the list too."""
    limit = width or 1000
    lines = [line for text in _head(page) for line in wrapped(text, limit, "  ")]
    lines[0] = paint(lines[0], "bold")
    if page.parts:
        rows = [part.row for part in page.parts]
        lines += ["", short_table(rows, page.overview, diff=diff, paint=paint, width=width).rstrip("\n")]
    for part in page.parts:
        lines += ["", paint(_title(part, page.user.user), "bold")]
        for name, value in _facts(part, page):
            lines += wrapped(f"  {name:<11}  {value}", limit, _INDENT)
    return "\n".join(lines) + "\n"


def page_json(page: Page) -> str:
    """Return the page as a list of one user, with the services under `details`."""
    services = [
        document(part.row)
        | {
            "last_order": _order_document(part.last) if part.last else None,
            "open_orders": [_order_document(order) for order in part.pair.orders],
        }
        for part in page.parts
    ]
    return json.dumps([document(page.user) | {"details": services}], indent=2, ensure_ascii=False) + "\n"


def page_csv(page: Page) -> str:
    """Return the services of the page as CSV, a row for each."""
    extra = ("last_order", "last_order_state", "last_order_placed", "last_order_by")
    rows = ([cell(value) for value in (*part.row, *_last(part.last))] for part in page.parts)
    return csv_text((*ServiceRow._fields, *extra), rows)


def _head(page: Page) -> Iterator[str]:
    user = page.user
    yield f"{user.name} <{user.user}>" if user.name and user.name != user.user else user.user
    cost = f"{user.currency} {user.monthly} a month" if user.monthly is not None else "cost unknown"
    facts = [f"cost centre {user.cost_centre}" if user.cost_centre else "no cost centre", user.state, cost]
    if page.overview.sides is Sides.BOTH and user.desired_monthly not in (None, user.monthly):
        facts.append(f"{user.currency} {user.desired_monthly} as declared")
    yield "  " + ", ".join(facts)
    if page.overview.sides is not Sides.LIVE:
        yield f"  declared at {user.declared}" if user.declared else f"  not declared: {words(user.standing)}"


def _title(part: Part, user: str) -> str:
    row = part.row
    name = row.label or row.number or row.live_id or "service"
    return name if row.user == user else f"{name} (of {row.user})"


def _facts(part: Part, page: Page) -> Iterator[tuple[str, str]]:
    """Yield what is known of a service, name by name; what nobody knows is left out."""
    row, catalogue = part.row, page.overview.catalogue
    yield "bundle", _priced(row.bundle, catalogue)
    for option in row.options:
        ends = [ending for ending in row.ends if ending.what == f"option {option}"]
        yield "option", _priced(option, catalogue) + "".join(f", until {ending.day}" for ending in ends)
    yield from ((name, value) for name, value in _plain_facts(row) if value)
    said = {f"option {option}" for option in row.options}
    for ending in row.ends:
        if ending.what not in said:
            yield "ends", f"{ending.what} until {ending.day} ({ending.place})"
    yield from _sides(part, page)
    yield from _orders(part, page)


def _plain_facts(row: ServiceRow) -> Iterator[tuple[str, str | None]]:
    chips = [f"{name} {value}" for name, value in (("ICCID", row.iccid), ("EID", row.eid)) if value]
    yield "SIM", ", ".join([_SIMS[row.sim], *chips]) if row.sim or chips else None
    yield "number", row.number
    yield "state", row.state
    yield "since", cell(row.since)
    yield "cost centre", row.cost_centre
    yield "cost", f"{row.currency} {row.monthly} a month" if row.monthly is not None else None
    yield "live id", row.live_id


def _sides(part: Part, page: Page) -> Iterator[tuple[str, str]]:
    row = part.row
    if row.declared:
        yield "declared", str(row.declared)
    if row.standing and page.overview.sides is Sides.BOTH:
        yield "standing", words(row.standing)
    for change in row.changes:
        yield "differs", change_line(change)


def _orders(part: Part, page: Page) -> Iterator[tuple[str, str]]:
    yield from (("open order", _order(order)) for order in part.pair.orders)
    if part.last is not None:
        yield "last order", _order(part.last) + "".join(f"; {note}" for note in part.last.notes)
    elif page.told and part.pair.live is not None:
        yield "last order", "none that the operator tells of"


def _order(order: OpenOrder | PlacedOrder) -> str:
    placed = f", placed {order.placed:%Y-%m-%d %H:%M %Z}" if order.placed else ""
    by = f" by {order.requester}" if order.requester else ""
    reference = f", reference {order.reference}" if order.reference else ""
    return f"{order.id}, {order.state}{placed}{by}{reference}"


def _priced(word: str, catalogue: Catalogue | None) -> str:
    if catalogue is None or not catalogue.knows(word):
        return word
    offer = catalogue.bundles.get(word) or catalogue.options[word]
    return f"{word} ({offer.name}), {offer.monthly} a month"


def _order_document(order: OpenOrder | PlacedOrder) -> dict[str, Any]:
    names = ("id", "state", "reference", "placed", "requester")
    known = {name: plain(getattr(order, name)) for name in names}
    return known | {"notes": list(order.notes)} if isinstance(order, PlacedOrder) else known


def _last(order: PlacedOrder | None) -> Sequence[object]:
    return (order.id, order.state, order.placed, order.requester) if order else (None,) * 4
