"""HTTP to the REST interface of a platform, with a token that goes nowhere else and stands in no message.

Reads are tried again, writes never. No redirect is followed but one to a file to be downloaded, and that without the
token, since such a file lies with somebody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import httpx
import stamina

from reconciler import __version__
from reconciler.bodies import ENCODINGS, LARGEST_ANSWER, MEBIBYTE, BadBody, parsed, whole
from reconciler.errors import PublishingError
from reconciler.model.secret import Secret

stamina.instrumentation.set_on_retry_hooks([])  # its own would write to the user's terminal
_RETRIED = frozenset({429, 500, 502, 503, 504})
_ATTEMPTS = 3
_SECONDS = 20.0
#: A call may take so many seconds in all: a server that sends a byte now and then would never run into the others.
_WHOLE = 120.0
_PAGES = 100
_LARGEST_FILE = 100 * MEBIBYTE
Parameters = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Access:
    """Where a platform's interface is, and the header that lets one in: its name and what stands before the token.

    `variable` is the environment variable that holds the token.
    """

    url: str
    token: Secret
    variable: str
    header: str
    prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def authorisation(self) -> dict[str, str]:
        """Return the header with the token; PublishingError where there is none, or it could not be sent as one."""
        token = self.token.reveal().strip()
        if not token:
            raise PublishingError(f"{self.variable} is not set", hint="Give the step the job's token under that name.")
        if not token.isascii() or not token.isprintable():
            raise PublishingError(f"{self.variable} holds characters that no token has")
        return {self.header: f"{self.prefix}{token}"}


class _Reply(NamedTuple):
    status: int
    headers: httpx.Headers
    content: bytes


class _Busy(Exception):
    """The platform failed in a way that may pass."""

    def __init__(self, reply: _Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


class Client:
    """A connection to one platform; use as an async context manager."""

    def __init__(self, access: Access) -> None:
        self._access = access
        own = {"User-Agent": f"fleet/{__version__}", "Accept": "application/json", "Accept-Encoding": ENCODINGS}
        self._headers = own | dict(access.headers)
        self._http = httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False, trust_env=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, parameters: Parameters | None = None) -> Any:
        """Return what stands at `path`, its JSON parsed."""
        return _parsed(await self._read(self._access.url + path, parameters), path)

    async def pages(self, path: str, parameters: Parameters | None = None) -> list[Any]:
        """Return a whole list, by the links from page to page."""
        found: list[Any] = []
        reply = await self._read(self._access.url + path, {"per_page": 100, **(parameters or {})})
        for _ in range(_PAGES):
            found += _listed(_parsed(reply, path), path)
            following = self._next(reply)
            if following is None:
                return found
            reply = await self._read(following)
        raise PublishingError(f"{path} has more than {_PAGES} pages")

    async def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Write, once, and return the answer."""
        headers = self._headers | self._access.authorisation()
        try:
            reply = await self._whole(method, self._access.url + path, headers, json=dict(body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error, path) from None
        return _parsed(self._checked(reply, f"{method} {path}"), path)

    async def download(self, path: str) -> bytes:
        """Return a file; where it lies elsewhere it is fetched from there, without the token."""
        headers = self._headers | self._access.authorisation()
        first = await self._tried(self._access.url + path, None, headers, most=_LARGEST_FILE)
        if not 300 <= first.status < 400:
            return self._checked(first, path).content
        elsewhere = urlsplit(first.headers.get("Location", ""))
        if elsewhere.scheme not in ("https", urlsplit(self._access.url).scheme):
            raise PublishingError(f"{path} is said to lie at no address that can be read")
        plain = {"Accept-Encoding": ENCODINGS}
        return self._checked(await self._tried(elsewhere.geturl(), None, plain, most=_LARGEST_FILE), path).content

    async def _read(self, url: str, parameters: Parameters | None = None) -> _Reply:
        headers = self._headers | self._access.authorisation()
        return self._checked(await self._tried(url, parameters, headers), _path(url))

    async def _tried(
        self, url: str, parameters: Parameters | None, headers: Mapping[str, str], *, most: int = LARGEST_ANSWER
    ) -> _Reply:
        """Return the answer to a read, the last one where all of them failed."""
        try:
            async for attempt in stamina.retry_context(on=_may_pass, attempts=_ATTEMPTS, wait_initial=0.2):
                with attempt:
                    reply = await self._whole("GET", url, headers, params=parameters, most=most)
                    if reply.status in _RETRIED:
                        raise _Busy(reply)
        except _Busy as busy:
            return busy.reply
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error, _path(url)) from None
        return reply

    async def _whole(
        self, method: str, url: str, headers: Mapping[str, str], *, most: int = LARGEST_ANSWER, **request: Any
    ) -> _Reply:
        """Return an answer to its end; PublishingError where it is too large, or cannot be decompressed."""
        try:
            async with asyncio.timeout(_WHOLE), self._http.stream(method, url, headers=headers, **request) as answer:
                content = await whole(answer.aiter_raw(), answer.headers.get("Content-Encoding", ""), most=most)
        except TimeoutError:
            raise httpx.ReadTimeout("the answer does not come to an end") from None
        except BadBody as error:
            raise PublishingError(f"{_path(url)} answered {error}") from error
        return _Reply(answer.status_code, answer.headers, content)

    def _next(self, reply: _Reply) -> str | None:
        """Return the address of the next page; only the platform's own is followed, since the token goes along."""
        link = httpx.Response(200, headers=reply.headers).links.get("next", {}).get("url")
        if link is None:
            return None
        if _origin(link) != _origin(self._access.url):
            raise PublishingError(f"{_path(link)} is on another server than {self._access.url}")
        return link

    def _checked(self, reply: _Reply, what: str) -> _Reply:
        if 200 <= reply.status < 300:
            return reply
        said = _said(reply.content).replace(self._access.token.reveal() or "\0", "(sensitive)")
        hint = _HINTS.get(reply.status, "Is the address of the platform right?" if reply.status < 400 else None)
        raise PublishingError(f"{what} answered {reply.status}{said}", status=reply.status, hint=hint)

    def _unreachable(self, error: Exception, path: str) -> PublishingError:
        """Return what to raise; the cause is named and not chained, since it may know the request's headers."""
        host = urlsplit(self._access.url).netloc
        return PublishingError(f"{host} could not be reached for {path}: {type(error).__name__}")


_HINTS = {
    401: "The token was refused; has it expired?",
    403: "The token may not do this. docs/ci.md lists the permissions a job needs.",
    404: "Either it is not there, or the token may not see it. docs/ci.md lists the permissions a job needs.",
}


def _may_pass(error: Exception) -> bool:
    return isinstance(error, _Busy | httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def _parsed(reply: _Reply, path: str) -> Any:
    try:
        return parsed(reply.content, number=float)
    except BadBody as error:
        raise PublishingError(f"{path} answered {error}") from None


def _listed(body: Any, path: str) -> list[Any]:
    if not isinstance(body, list):
        raise PublishingError(f"{path} answered something that is no list")
    return body


def _said(content: bytes) -> str:
    """Return what an error body says: GitHub's `message` or GitLab's `message` or `error`."""
    try:
        body = parsed(content, number=float)
    except BadBody:
        return ""
    words = body.get("message") or body.get("error") if isinstance(body, dict) else None
    return f": {words}"[:300] if words else ""


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _path(url: str) -> str:
    return urlsplit(url).path
