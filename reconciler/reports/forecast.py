"""What becomes of the removal quota: sentences and months, built once, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from reconciler.model.forecast import Forecast
from reconciler.model.plan import Plan, Upcoming
from reconciler.reports.rows import counted, upcoming_line
from reconciler.reports.text import Paint, quota_text, wrapped

_WIDEST, _BESIDE = 40, 34
#: More months than these are shown only where something changes.
_MOST_MONTHS = 18
_MOST_LISTED = 10


class Month(NamedTuple):
    """A month of the period: the removals until its end that took effect or are on order, and those to be expected."""

    month: str
    used: int
    expected: int


def months(seen: Forecast) -> tuple[Month, ...]:
    """Return the months up to the one of the last date; from now on where nobody tells when the removals were."""
    first = seen.day if seen.undated else min(seen.quota.period.start, seen.day)
    last = max((each.day for each in seen.dated), default=seen.day)
    found = [_month(each, seen) for each in _first_days(first, last)]
    if len(found) <= _MOST_MONTHS:
        return tuple(found)
    kept = (now for before, now in zip([None, *found], found, strict=False) if _says_more(before, now, seen))
    return tuple(kept)


def forecast_text(plan: Plan, seen: Forecast, *, width: int, paint: Paint) -> str:
    """Return the quota, its months as a chart, and what becomes of it."""
    legend = f"Month by month: █ used, ▒ planned or dated, ░ left of {seen.granted}"
    parts = [
        [quota_text(plan, width=width, paint=paint).rstrip()],
        [
            *wrapped(legend, width),
            *_chart(seen, width, paint),
            *(w for each in gaps(seen) for w in wrapped(each, width)),
        ],
        [line for each in sentences(seen) for line in wrapped(each, width, "  ")],
        _listed("By the dates in the files, in this period:", seen.dated, width),
        _listed("In the next period:", seen.later, width),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def gaps(seen: Forecast) -> Iterator[str]:
    """Yield what is not known of the removals so far."""
    if seen.undated:
        told = seen.quota.used - seen.undated
        yield (
            f"The operator counts {counted(seen.quota.used, 'removal')} and tells the day of {told}: "
            "when the others were is not known, so the months before are not drawn."
        )


def sentences(seen: Forecast) -> Iterator[str]:
    """Yield what becomes of the quota, when notice is due, and what moves into the next period."""
    period = seen.quota.period
    if seen.day > period.end:
        yield f"The period ended on {period.end}; what is shown is its quota, not that of the next one."
        return
    if seen.dated:
        yield f"Dates in the files end {counted(len(seen.dated), 'more service')} by {period.end}."
    yield _end(seen)
    yield _pace(seen)
    days = (period.notice - seen.day).days
    when = f"in {counted(days, 'day')}" if days > 0 else "today" if days == 0 else "which is over"
    yield f"Notice to end the contract: by {period.notice}, {when} (R3)."
    yield f"The next period starts on {period.resets} with a fresh quota (R2). {_next(seen)}"


def forecast_json(plan: Plan, seen: Forecast, quota: dict[str, Any]) -> str:
    """Return the forecast as an object; `quota` is the quota as `fleet quota --format json` has it."""
    period = seen.quota.period
    document = {
        "day": seen.day.isoformat(),
        "contract": plan.contract,
        "quota": quota,
        "notice": period.notice.isoformat(),
        "told": [{"day": each.day.isoformat(), "removals": each.removals} for each in seen.told],
        "on_order": seen.on_order,
        "undated": seen.undated,
        "months": [each._asdict() for each in months(seen)],
        "dated": [_document(each) for each in seen.dated],
        "left_at_end": seen.left_at_end,
        "pace": str(seen.pace),
        "runs_out": _iso(seen.runs_out),
        "runs_out_by_pace": _iso(seen.by_pace),
        "runs_out_by_dates": _iso(seen.by_dates),
        "next_period": {
            "start": period.resets.isoformat(),
            "deferred": list(seen.deferred),
            "dated": [_document(each) for each in seen.later],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _first_days(first: date, last: date) -> Iterator[date]:
    day = first.replace(day=1)
    while day <= last:
        yield day
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _month(first: date, seen: Forecast) -> Month:
    month, now = f"{first:%Y-%m}", f"{seen.day:%Y-%m}"
    if month < now:
        return Month(month, sum(each.removals for each in seen.told if f"{each.day:%Y-%m}" <= month), 0)
    dated = sum(1 for each in seen.dated if f"{each.day:%Y-%m}" <= month)
    return Month(month, seen.quota.used, seen.quota.planned + dated)


def _says_more(before: Month | None, now: Month, seen: Forecast) -> bool:
    return before is None or before[1:] != now[1:] or now.month == f"{seen.day:%Y-%m}"


def _chart(seen: Forecast, width: int, paint: Paint) -> Iterator[str]:
    rows, room = months(seen), max(8, min(_WIDEST, width - _BESIDE))
    whole = max(seen.granted, *(each.used + each.expected for each in rows), 1)
    for each in rows:
        used = _share(each.used, whole, room)
        expected = min(room - used, _share(each.expected, whole, room))
        left = max(0, _share(seen.granted, whole, room) - used - expected)
        more = f" + {each.expected}" if each.expected else ""
        over = each.used + each.expected - seen.granted
        words = paint(f", {over} too many", "red") if over > 0 else ""
        bar = paint("█" * used, "yellow") + paint("▒" * expected, "red") + "░" * left
        yield f"  {each.month}  {bar}  {each.used}{more}{words}"


def _share(part: int, whole: int, room: int) -> int:
    """Return `part / whole` of the room; what is there at all is seen."""
    return max(round(part * room / whole), 1 if part else 0)


def _end(seen: Forecast) -> str:
    left, end = seen.left_at_end, seen.quota.period.end
    if left < 0:
        return f"By {end} that is {-left} more than the quota of {seen.granted}."
    done = "With what is planned and dated " if seen.quota.planned or seen.dated else "As it stands "
    return f"{done}{left or 'none'} of {seen.granted} {'is' if left < 2 else 'are'} left on {end}."


def _pace(seen: Forecast) -> str:
    quota, out = seen.quota, seen.runs_out
    if quota.remaining <= 0:
        return "What is planned now uses up what is left." if quota.available else "Nothing is left now."
    pace = f"At the pace so far ({quota.used} since {quota.period.start}, {seen.pace} in 30 days)"
    if out is None:
        return f"{pace} the quota lasts until {quota.period.end}."
    if out == seen.by_pace:
        return f"{pace} nothing is left on {out}."
    return f"By the dates in the files nothing is left on {out}."


def _next(seen: Forecast) -> str:
    dated = f" Dates in the files end {counted(len(seen.later), 'service')} in it." if seen.later else ""
    if not seen.deferred:
        return dated.strip() or "Nothing moves into it yet."
    listed = ", ".join(seen.deferred[:_MOST_LISTED]) + (", …" if len(seen.deferred) > _MOST_LISTED else "")
    return f"Into it go {counted(len(seen.deferred), 'removal')} put off by --fit-quota: {listed}.{dated}"


def _listed(head: str, items: Sequence[Upcoming], width: int) -> list[str]:
    if not items:
        return []
    lines = [line for each in items[:_MOST_LISTED] for line in wrapped(f"  {upcoming_line(each)}", width, "    ")]
    more = len(items) - _MOST_LISTED
    return [head, *lines, *([f"  and {more} more: fleet upcoming"] if more > 0 else [])]


def _document(each: Upcoming) -> dict[str, str | None]:
    return {"day": each.day.isoformat(), "user": each.user, "label": each.label, "what": each.what}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
