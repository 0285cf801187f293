"""Plans of the formats 1.x, which are still shown: completed with what they could not say yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLAN: Mapping[str, Any] = {"approvals": [], "upcoming": [], "inquiry": None}


def completed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of a format 1.x with the keys that the present one asks for; where orders go is not told."""
    whole = {**_PLAN, **raw}
    for part, absent in (("live", {"origin": ""}), ("choices", {"changed_since": None}), ("summary", {"create": 0})):
        if isinstance(raw.get(part), dict):
            whole[part] = {**absent, **raw[part]}
    if isinstance(raw.get("actions"), list):
        whole["actions"] = [{"drift": None, **each} if isinstance(each, dict) else each for each in raw["actions"]]
    return whole
