"""Charts as inline SVG: the removal quota as one bar, and what each cost centre gets on the next bill.

Each is a picture with a title and a description; whoever draws one puts the same figures beside it as a table. Colours
and letters are the stylesheet's. 360 units are a telephone's width, so that letters stay readable there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from reconciler.model.money import Money
from reconciler.model.plan import Quota
from reconciler.reports.characters import cut
from reconciler.reports.html.markup import Html, joined, tag
from reconciler.reports.rows import signed

_WIDTH = 360
_ROW = 26
_LEFT, _RIGHT = 104, 294
_MONTH = 64
_MOST = 12


class _Bar(NamedTuple):
    """One bar: its name, how much it is, and how that is written."""

    name: str
    amount: Decimal
    words: str


def quota_chart(quota: Quota, description: str) -> Html:
    """Return the quota as a bar of what is used, what this plan takes, and what is left; too much goes past a mark."""
    granted = quota.allowed + quota.exceptions
    whole = max(granted, quota.used + quota.planned, 1)
    used, planned = _scaled(quota.used, whole), _scaled(quota.used + quota.planned, whole)
    limit = _scaled(granted, whole)
    parts = (
        _rect(0, limit, "left"),
        _rect(0, used, "used"),
        _rect(used, planned, "planned"),
        _rect(limit, _WIDTH, "over") if limit < _WIDTH else None,
        tag("line", x1=str(limit), x2=str(limit), y1="0", y2="28", class_="limit") if limit < _WIDTH else None,
    )
    return _picture("quota", "Removals of the contract period", description, 28, joined(*parts))


def cost_chart(by_centre: Mapping[str, Money], description: str) -> Html:
    """Return a bar for each cost centre, to the left where it saves; the largest, and the others together."""
    return bar_chart("cost", "Next bill by cost centre", by_centre, description)


def bar_chart(
    name: str, title: str, amounts: Mapping[str, Money], description: str, *, written: Callable[[Money], str] = signed
) -> Html:
    """Return a bar for each amount, to the left where it is negative; the largest, and the others together."""
    bars = _bars(amounts, written)
    ends = [Decimal(0), *(bar.amount for bar in bars)]
    least, most = min(ends), max(ends)
    span = most - least or Decimal(1)
    zero = _LEFT + _scaled(-least, span, _RIGHT - _LEFT)
    drawn = (part for at, bar in enumerate(bars) for part in _drawn(bar, at * _ROW, zero, span))
    axis = tag("line", x1=str(zero), x2=str(zero), y1="0", y2=str(len(bars) * _ROW), class_="axis")
    return _picture(name, title, description, len(bars) * _ROW, joined(*drawn, axis))


def months_chart(rows: Sequence[tuple[str, int, int]], granted: int, description: str) -> Html:
    """Return a bar for each month, of what is used until its end and what is expected, and a mark for the quota."""
    whole = max(granted, *(used + expected for _, used, expected in rows), 1)
    room, height = _RIGHT - _MONTH, len(rows) * _ROW
    limit = str(_MONTH + _scaled(granted, whole, room))
    drawn = (part for at, row in enumerate(rows) for part in _month(row, at * _ROW, whole, room))
    mark = tag("line", x1=limit, x2=limit, y1="0", y2=str(height), class_="limit")
    return _picture("months", "Removals of the contract period by month", description, height, joined(*drawn, mark))


def _month(row: tuple[str, int, int], top: int, whole: int, room: int) -> Iterator[Html]:
    name, used, expected = row
    middle, end = str(top + _ROW // 2), _MONTH + _scaled(used, whole, room)
    yield tag("text", name, x="0", y=middle, class_="name")
    yield _rect(_MONTH, end, "used", top + 5, _ROW - 10)
    yield _rect(end, _MONTH + _scaled(used + expected, whole, room), "planned", top + 5, _ROW - 10)
    yield tag("text", f"{used} + {expected}" if expected else str(used), x=str(_WIDTH), y=middle, class_="amount")


def _bars(amounts: Mapping[str, Money], written: Callable[[Money], str]) -> list[_Bar]:
    ordered = sorted(amounts.items(), key=lambda item: (-abs(item[1].amount), item[0]))
    shown, rest = (ordered, []) if len(ordered) <= _MOST else (ordered[: _MOST - 1], ordered[_MOST - 1 :])
    bars = [_Bar(name, amount.amount, written(amount)) for name, amount in shown]
    if rest:
        others = sum((amount for _, amount in rest[1:]), rest[0][1])
        bars.append(_Bar(f"{len(rest)} others", others.amount, written(others)))
    return bars


def _drawn(bar: _Bar, top: int, zero: int, span: Decimal) -> Iterator[Html]:
    length = _scaled(abs(bar.amount), span, _RIGHT - _LEFT)
    left = zero - length if bar.amount < 0 else zero
    middle = str(top + _ROW // 2)
    yield tag("text", cut(bar.name, 14), x="0", y=middle, class_="name")
    yield _rect(left, left + length, "less" if bar.amount < 0 else "more", top + 5, _ROW - 10)
    yield tag("text", bar.words, x=str(_WIDTH), y=middle, class_="amount")


def _picture(name: str, title: str, description: str, height: int, drawing: Html) -> Html:
    """Return a picture that a screen reader tells by its title and description."""
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", description, id=f"{name}-desc"),
        drawing,
        class_=f"chart {name}",
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _rect(start: int, end: int, kind: str, top: int = 4, height: int = 20) -> Html:
    return tag("rect", x=str(start), y=str(top), width=str(max(0, end - start)), height=str(height), class_=kind)


def _scaled(part: Decimal | int, whole: Decimal | int, width: int = _WIDTH) -> int:
    """Return `part / whole` of `width`; what is there at all is seen."""
    return max(round(Decimal(part) * width / Decimal(whole)), 1 if part else 0)
