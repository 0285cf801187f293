"""What a server answers: status, headers and body, and what its words mean; no network.

It is not the client's own response, whose cycles would keep every page's body for long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from reconciler.bodies import BadBody, count_in, parsed, seconds_asked
from reconciler.errors import OperatorRefused, UnreadableAnswer
from reconciler.model.secret import masked

TOO_MANY = 429
#: The server takes nothing just now.
BUSY = frozenset({TOO_MANY, 503})
HINTS = {
    401: "The token was refused. Check the credentials that provider.auth names.",
    403: "These credentials may not do this. Ask the operator for the rights of a fleet administrator.",
    404: "Check provider.url and base_paths in fleet.yaml.",
    429: "The operator limits requests. Wait, or set provider.rate_limit in fleet.yaml.",
}


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
        return count_in(self.headers.get("X-Total-Count", ""))

    @property
    def at(self) -> datetime | None:
        """The server's time; None where it does not say."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError, OverflowError):
            return None

    @property
    def retry_after(self) -> float:
        """The seconds the server asks to wait, however many; 0 where it does not say, or makes no sense."""
        return seconds_asked(self.headers.get("Retry-After", ""), self.at)

    def body(self, path: str) -> Any:
        """Return the body parsed as JSON with its money as Decimal; UnreadableAnswer where it is none."""
        try:
            return parsed(self.content)
        except BadBody as error:
            start = masked(self.content[:60].decode("utf-8", "replace").replace("\n", " "))
            message = f"{path} answered {error}: {start!r}"
            raise UnreadableAnswer(message, hint=UNREADABLE) from error


UNREADABLE = "Check provider.url and base_paths in fleet.yaml; if they are right, report it to the operator."


def said(content: bytes) -> str:
    """Return what an error body says, whatever its dialect: code and reason, or all of it nested under `detail`."""
    try:
        body = parsed(content)
    except BadBody:
        return ""
    if isinstance(body, dict) and isinstance(body.get("detail"), dict):
        body = body["detail"]
    if not isinstance(body, dict):
        return ""
    keys = ("code", "reason", "message", "error", "error_description", "detail")
    words = [str(body[key]) for key in keys if body.get(key) not in (None, "")]
    return ": " + masked("; ".join(words))[:500] if words else ""


def refusal(reply: Reply, path: str, longest: float) -> OperatorRefused:
    """Return what to raise for an answer that says no; `longest` is how many seconds are waited at most."""
    hint = HINTS.get(reply.status, "Run again; if it persists, ask the operator.")
    if reply.status < 400:  # what is sent holds credentials, and where to is for fleet.yaml to say, not for a server
        hint = "It points to another address, which is not followed. Check provider.url in fleet.yaml."
    message = f"{path} answered {reply.status}{said(reply.content)}{asked_to_wait(reply, longest)}"
    return OperatorRefused(message, status=reply.status, hint=hint)


def asked_to_wait(reply: Reply, longest: float) -> str:
    """Say how long a server asks to wait that is not waited for any longer."""
    asked = reply.retry_after
    if reply.status not in BUSY or not asked:
        return ""
    bound = f", longer than provider.max_retry_after ({longest:g} s)" if asked > longest else ""
    return f"; the operator asks to come back in {asked:.0f} s{bound}"
