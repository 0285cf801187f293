"""HTTP to a TM Forum server, and the only module of the provider that imports httpx.

Reads are retried, writes never: an order that may have been accepted is looked up by its reference instead. A client
that is not writable refuses every unsafe method before it reaches the wire.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Self

import httpx
import stamina

from reconciler import __version__
from reconciler.errors import (
    AmbiguousAnswer,
    OperatorBusy,
    OperatorError,
    OperatorRefused,
    OperatorUnreachable,
    UnreadableAnswer,
)
from reconciler.ports import RateLimit, Reading, Unwatched
from reconciler.providers.tmf.answers import Answer, Reply, said
from reconciler.providers.tmf.settings import Auth, TmfSettings

stamina.instrumentation.set_on_retry_hooks([])  # its own would write to the user's terminal
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_RETRIED = frozenset({429, 500, 502, 503, 504})
_MOST_CONNECTIONS = 100
_UNWATCHED = Unwatched()
_NO_STREAM = httpx.ByteStream(b"")
_TOO_MANY = 429
_BUSY = frozenset({_TOO_MANY, 503})
_HINTS = {
    401: "The token was refused. Check the credentials that provider.auth names.",
    403: "These credentials may not do this. Ask the operator for the rights of a fleet administrator.",
    404: "Check provider.url and base_paths in fleet.yaml.",
    429: "The operator limits requests. Wait, or set provider.rate_limit in fleet.yaml.",
}


class _Busy(Exception):
    """The server asked to come back later, or failed in a way that may pass."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


class _ClientCredentials(httpx.Auth):
    """OAuth2 client credentials: the token is kept, and renewed once when it is refused."""

    requires_response_body = True

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._token: str | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Ask for a token where there is none, and once more where it is refused."""
        fresh = self._token is None
        if fresh:
            self._take(await self._body((yield self._token_request())))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401 and not fresh:
            self._take(await self._body((yield self._token_request())))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _token_request(self) -> httpx.Request:
        form = {"grant_type": "client_credentials"}
        if self._auth.scope:
            form["scope"] = self._auth.scope
        basic = httpx.BasicAuth(self._auth.client_id, self._auth.client_secret)
        request = httpx.Request("POST", self._auth.token_url, data=form)
        return next(basic.auth_flow(request))

    async def _body(self, response: httpx.Response) -> httpx.Response:
        await response.aread()
        return response

    def _take(self, response: httpx.Response) -> None:
        hint = "Check the client id and secret in the environment variables that provider.auth names."
        if response.status_code >= 300:
            message = f"the operator's token endpoint answered {response.status_code}{said(response.content)}"
            raise OperatorRefused(message, status=response.status_code, hint=hint)
        try:
            self._token = str(response.json()["access_token"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableAnswer(f"{self._auth.token_url} gave no access token", hint=hint) from error


class Client:
    """A connection to one server; use as an async context manager."""

    def __init__(
        self,
        settings: TmfSettings,
        *,
        app: Any = None,
        writable: bool,
        rate: RateLimit | None = None,
        told: Reading = _UNWATCHED,
    ) -> None:
        #: Who is told of the pages that are read over this connection.
        self.told = told
        self._settings = settings
        self._rate = rate
        self._writable = writable
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False) if app is not None else None
        self._http = httpx.AsyncClient(
            base_url=settings.url,
            transport=transport,
            auth=_ClientCredentials(settings.auth) if settings.auth else None,
            timeout=settings.timeout,
            headers={"User-Agent": f"fleet/{__version__}", "Accept": "application/json", **settings.headers},
            limits=httpx.Limits(max_connections=_MOST_CONNECTIONS),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """Read a resource as `read` does, and parse it.

        Raises OperatorUnreachable, OperatorRefused (with its HTTP status) or UnreadableAnswer.
        """
        return _answer(await self.read(path, params), path)

    async def read(self, path: str, params: Mapping[str, str | int] | None = None) -> Reply:
        """Read a resource, again where the failure may pass; raises OperatorUnreachable or OperatorRefused."""
        try:
            async for attempt in stamina.retry_context(on=_backoff, attempts=self._settings.attempts, wait_max=10.0):
                with attempt:
                    if self._rate is not None:
                        await self._rate.turn()
                    reply = await self._send("GET", path, params=params)
        except _Busy as busy:
            raise _refusal(busy.reply, path) from busy
        except httpx.HTTPError as error:
            raise self._unreachable(error, path) from error
        if reply.status >= 300:
            raise _refusal(reply, path)
        return reply

    async def post(self, path: str, body: Mapping[str, Any], *, idempotency_key: str) -> Answer:
        """Send an order once; whose turn it is to call is for the caller to ask before.

        Raises AmbiguousAnswer where it may have been accepted all the same, OperatorUnreachable where it was never
        sent, OperatorBusy where the server takes none just now, OperatorRefused where it said no.
        """
        try:
            reply = await self._send(
                "POST", path, json_body=body, headers={"Idempotency-Key": idempotency_key}, busy=False
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._unreachable(error, path) from error
        except httpx.HTTPError as error:
            raise AmbiguousAnswer(f"POST {self._trouble(error, path)}") from error
        if reply.status >= 500 or 300 <= reply.status < 400:
            raise AmbiguousAnswer(f"POST {path} answered {reply.status}{said(reply.content)}")
        if reply.status == _TOO_MANY:
            message = f"{path} answered 429{said(reply.content)}"
            raise OperatorBusy(message, seconds=reply.retry_after or 1.0, hint=_HINTS[_TOO_MANY])
        if reply.status >= 400:
            raise _refusal(reply, path)
        return _answer(reply, path)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json_body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        busy: bool = True,
    ) -> Reply:
        if method not in SAFE and not self._writable:
            raise AssertionError(f"a reading connection was asked to {method} {path}")
        call = self._http.stream(method, path, params=params, json=json_body, headers=headers)
        async with call as response:
            content = b"".join([part async for part in response.aiter_bytes()])
            _require_whole(response)
            reply = Reply(response.status_code, response.headers, content)
        # Its own stream knows the response: a cycle that would keep its body until somebody looks for cycles.
        response.stream = _NO_STREAM
        if self._rate is not None and reply.status in _BUSY:
            self._rate.pause(reply.retry_after or (1.0 if reply.status == _TOO_MANY else 0.0))
        if busy and reply.status in _RETRIED:
            raise _Busy(reply)
        return reply

    def _unreachable(self, error: httpx.HTTPError, path: str) -> OperatorError:
        hint = "Check provider.url in fleet.yaml and the network, then run again."
        return OperatorUnreachable(self._trouble(error, path), hint=hint)

    def _trouble(self, error: httpx.HTTPError, path: str) -> str:
        where = f"{self._settings.url}{path}"
        if isinstance(error, httpx.TimeoutException):
            return f"{where} did not answer within {self._settings.timeout:g} s"
        if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
            return f"{where} broke off its answer: {_name(error)}"
        return f"{where} cannot be reached: {_name(error)}"


def _require_whole(response: httpx.Response) -> None:
    """Raise where an answer is shorter than it says: an operator in this process has no connection that would tell."""
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and response.num_bytes_downloaded < int(declared):
        raise httpx.RemoteProtocolError(f"{response.num_bytes_downloaded} of {declared} bytes came")


def _backoff(error: Exception) -> bool | float:
    """Tell whether to read again, and after how many seconds where the server said."""
    if isinstance(error, _Busy):
        return error.reply.retry_after or True
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def _answer(reply: Reply, path: str) -> Answer:
    return Answer(reply.body(path), reply.total, reply.at)


def _refusal(reply: Reply, path: str) -> OperatorRefused:
    status = reply.status
    hint = _HINTS.get(status, "Run again; if it persists, ask the operator.")
    if status < 400:  # what is sent holds credentials, and where to is for fleet.yaml to say, not for a server
        hint = "It points to another address, which is not followed. Check provider.url in fleet.yaml."
    return OperatorRefused(f"{path} answered {status}{said(reply.content)}", status=status, hint=hint)


def _name(error: Exception) -> str:
    return str(error) or type(error).__name__
