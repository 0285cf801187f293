"""What a saved plan says of itself and does not follow from what it would do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.model.plan import Kind, Plan, Status
from reconciler.planning.derived import ready_removals
from reconciler.planning.document import to_document

#: These were held against the document already, and differ between formats.
_APART = frozenset({"format_version", "digest", "checksum"})
_MOST_SHOWN = 40


def contradiction(plan: Plan, document: Mapping[str, Any], *, created_at: datetime) -> str | None:
    """Return the first thing that `document` says otherwise than `plan`, which was read from it and worked out again.

    None where there is none. Keys that only the document has are of a later version, and no contradiction.
    """
    ours = {key: value for key, value in to_document(plan, created_at=created_at).items() if key not in _APART}
    if plan.live.origin is None:
        del ours["live"]["origin"]  # a format that did not tell it
    found = (
        _difference(ours[key], document.get(key), f".{key}") for key in ours if not _agree(ours[key], document.get(key))
    )
    return next((each for each in found if each is not None), None) or _miscounted(plan)


def _agree(ours: Any, theirs: Any) -> bool:
    """Tell whether two parts are one text: the quick look at parts that may have thousands of values."""
    return json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)


def _difference(ours: Any, theirs: Any, path: str) -> str | None:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = ours.keys() | theirs.keys() if _is_free(path) else ours.keys()
        steps = ((key, ours.get(key), theirs.get(key)) for key in sorted(keys))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        steps = ((str(index), one, other) for index, (one, other) in enumerate(zip(ours, theirs, strict=True)))
    else:
        if _is_same(ours, theirs):
            return None
        return f"{path.lstrip('.')} says {_shown(theirs)}, and what it would do makes that {_shown(ours)}"
    found = (_difference(one, other, f"{path}.{key}") for key, one, other in steps)
    return next((each for each in found if each is not None), None)


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two values are one in JSON: there 1 is no truth, and a word of an enumeration is a text."""
    return one == other and (type(one) is type(other) or (isinstance(one, str) and isinstance(other, str)))


def _is_free(path: str) -> bool:
    """Tell whether the keys at a path are no names of the format but words of the fleet."""
    return path == ".bill.by_cost_centre"


def _miscounted(plan: Plan) -> str | None:
    """Return how the quota counts removals that there are not, or leaves some out.

    What was asked for is counted, so one that the quota or a limit has blocked may be among them.
    """
    ready, planned = ready_removals(plan.actions), plan.quota.planned
    blocked = sum(1 for each in plan.actions if each.kind is Kind.REMOVE and each.status is Status.BLOCKED)
    if ready <= planned <= ready + blocked:
        return None
    return f"quota.planned says {planned}, and {ready} would be removed"


def _shown(value: Any) -> str:
    text = str(value)
    return f"'{text[:_MOST_SHOWN]}…'" if len(text) > _MOST_SHOWN else f"'{text}'"
