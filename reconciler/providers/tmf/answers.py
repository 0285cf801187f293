"""What a server answers: status, headers and body, and what its words mean; no network.

It is not the client's own response, whose cycles would keep every page's body for long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from reconciler.errors import UnreadableAnswer
from reconciler.model.secret import masked

_LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A body parsed as JSON with its money as Decimal, the server's count of a list, and the server's time."""

    body: Any
    total: int | None = None
    at: datetime | None = None


class Reply(NamedTuple):
    """What came back; `headers` by their names in any letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def total(self) -> int | None:
        """The server's count of a list; None where it does not say."""
        total = self.headers.get("X-Total-Count", "")
        return int(total) if total.isdecimal() else None

    @property
    def at(self) -> datetime | None:
        """The server's time; None where it does not say."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError):
            return None

    @property
    def retry_after(self) -> float:
        """The seconds the server asks to wait, given as such or as a time; 0 where it does not say."""
        text = self.headers.get("Retry-After", "")
        if text.isascii() and text.isdecimal():
            return min(float(text), _LONGEST_WAIT)
        try:
            wait = (parsedate_to_datetime(text) - (self.at or datetime.now(UTC))).total_seconds()
        except (ValueError, TypeError):
            return 0.0
        return min(max(wait, 0.0), _LONGEST_WAIT)

    def body(self, path: str) -> Any:
        """Return the body parsed as JSON with its money as Decimal; UnreadableAnswer where it is none."""
        try:
            return json.loads(self.content, parse_float=Decimal) if self.content else None
        except ValueError as error:
            start = masked(self.content[:60].decode("utf-8", "replace").replace("\n", " "))
            message = f"{path} answered something that is no JSON: {start!r}"
            raise UnreadableAnswer(message, hint="Check provider.url and base_paths in fleet.yaml.") from error


def said(content: bytes) -> str:
    """Return what an error body says, whatever its dialect: code and reason, or all of it nested under `detail`."""
    try:
        body = json.loads(content)
    except ValueError:
        return ""
    if isinstance(body, dict) and isinstance(body.get("detail"), dict):
        body = body["detail"]
    if not isinstance(body, dict):
        return ""
    keys = ("code", "reason", "message", "error", "error_description", "detail")
    words = [str(body[key]) for key in keys if body.get(key) not in (None, "")]
    return ": " + masked("; ".join(words))[:500] if words else ""
