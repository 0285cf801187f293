"""HTTP to a TM Forum server, and the only module of the provider that imports httpx.

Reads are retried, writes never: an order that may have been accepted is looked up by its reference instead. A client
that is not writable refuses every unsafe method before it reaches the wire.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Self

import httpx
import stamina

from reconciler import __version__
from reconciler.bodies import ENCODINGS, LARGEST_REFUSAL, BadBody, BrokenOff, count_in, parsed, whole
from reconciler.errors import (
    AmbiguousAnswer,
    OperatorBusy,
    OperatorError,
    OperatorRefused,
    OperatorUnreachable,
    UnreadableAnswer,
)
from reconciler.ports import RateLimit, Reading, Unwatched
from reconciler.providers.tmf.answers import BUSY, HINTS, TOO_MANY, Answer, Reply, asked_to_wait, refusal, said
from reconciler.providers.tmf.settings import Auth, TmfSettings

stamina.instrumentation.set_on_retry_hooks([])  # its own would write to the user's terminal
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_RETRIED = frozenset({429, 500, 502, 503, 504})
_MOST_CONNECTIONS = 100
_UNWATCHED = Unwatched()
_HEADERS = {"User-Agent": f"fleet/{__version__}", "Accept": "application/json"}
#: A request may take so many times `timeout` in all: a server that sends a byte now and then would never run into it.
_WHOLE = 2
_ENDLESS = "the answer does not come to an end"
#: Seconds after which a server that does not answer is asked no more.
_UNREACHABLE_FOR = 45.0
_LONGEST_PAUSE = 10.0
_STRANGER = 401
_NO_STREAM = httpx.ByteStream(b"")


class _Busy(Exception):
    """The server asked to come back later, or failed in a way that may pass."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


class _Tokens:
    """OAuth2 client credentials: the token is kept, and renewed once when it is refused."""

    def __init__(self, auth: Auth, http: httpx.AsyncClient) -> None:
        self._auth = auth
        self._http = http
        self._token: str | None = None
        self._one_at_a_time = asyncio.Lock()

    async def current(self, refused: str | None = None) -> str:
        """Return the token that is good now: another than the `refused` one."""
        async with self._one_at_a_time:
            if self._token is None or self._token == refused:
                self._token = await self._fetched()
            return self._token

    async def _fetched(self) -> str:
        form = {"grant_type": "client_credentials"}
        if self._auth.scope:
            form["scope"] = self._auth.scope
        basic = httpx.BasicAuth(self._auth.client_id, self._auth.client_secret)
        call = self._http.stream("POST", self._auth.token_url, data=form, auth=basic)
        async with call as response:
            content = await _content(response, f"{self._auth.token_url}", most=LARGEST_REFUSAL)
        if response.status_code >= 300:
            message = f"the operator's token endpoint answered {response.status_code}{said(content)}"
            raise OperatorRefused(message, status=response.status_code, hint=_CREDENTIALS)
        try:
            return str(parsed(content)["access_token"])
        except (BadBody, KeyError, TypeError) as error:
            raise UnreadableAnswer(f"{self._auth.token_url} gave no access token", hint=_CREDENTIALS) from error


_CREDENTIALS = "Check the client id and secret in the environment variables that provider.auth names."


class _Waits:
    """How one reading waits: as the operator asks, within its bound; after other failures as long as that may help."""

    def __init__(self, settings: TmfSettings, told: Reading) -> None:
        self._longest = settings.max_retry_after
        self._left = settings.max_retry_after
        self._told = told
        self._began = time.monotonic()

    def __call__(self, error: Exception) -> bool | float:
        """Tell whether to read again, and after how many seconds where the operator said."""
        if not isinstance(error, _Busy):
            passes = isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)
            return passes and time.monotonic() - self._began < _UNREACHABLE_FOR
        asked = error.reply.retry_after
        if asked > self._left:
            return False
        if asked:
            self._left -= asked
            self._told.asked_to_wait(asked)
        return asked or True


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
            timeout=settings.timeout,
            headers={**_HEADERS, **settings.headers, "Accept-Encoding": ENCODINGS},
            limits=httpx.Limits(max_connections=_MOST_CONNECTIONS),
        )
        self._tokens = _Tokens(settings.auth, self._http) if settings.auth else None

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
            waits = _Waits(self._settings, self.told)
            tries = max(1, self._settings.attempts)
            async for attempt in stamina.retry_context(on=waits, attempts=tries, timeout=None, wait_max=_LONGEST_PAUSE):
                with attempt:
                    if self._rate is not None:
                        await self._rate.turn()
                    reply = await self._send("GET", path, params=params)
        except _Busy as busy:
            raise refusal(busy.reply, path, self._settings.max_retry_after) from busy
        except httpx.HTTPError as error:
            raise self._unreachable(error, path) from error
        if reply.status >= 300:
            raise refusal(reply, path, self._settings.max_retry_after)
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
        except UnreadableAnswer as error:
            raise AmbiguousAnswer(f"POST {error}", hint=error.hint) from error
        if reply.status >= 500 or 300 <= reply.status < 400:
            raise AmbiguousAnswer(f"POST {path} answered {reply.status}{said(reply.content)}")
        if reply.status == TOO_MANY:
            message = f"{path} answered 429{said(reply.content)}{asked_to_wait(reply, self._settings.max_retry_after)}"
            raise OperatorBusy(message, seconds=reply.retry_after or 1.0, hint=HINTS[TOO_MANY])
        if reply.status >= 400:
            raise refusal(reply, path, self._settings.max_retry_after)
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
        try:
            async with asyncio.timeout(_WHOLE * self._settings.timeout):
                reply = await self._exchange(method, path, params, json_body, headers or {})
        except TimeoutError:
            raise httpx.ReadTimeout(_ENDLESS) from None
        if self._rate is not None and reply.status in BUSY:
            self._rate.pause(reply.retry_after or (1.0 if reply.status == TOO_MANY else 0.0))
        if busy and reply.status in _RETRIED:
            raise _Busy(reply)
        return reply

    async def _exchange(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None,
        json_body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> Reply:
        """Return the answer to a request; one whose token is refused is made once more, with a new one."""
        body = {"params": params, "json": json_body}
        if self._tokens is None:
            return await self._called(method, path, body, headers)
        token = await self._tokens.current()
        reply = await self._called(method, path, body, {**headers, "Authorization": f"Bearer {token}"})
        if reply.status != _STRANGER:
            return reply
        token = await self._tokens.current(refused=token)
        return await self._called(method, path, body, {**headers, "Authorization": f"Bearer {token}"})

    async def _called(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        async with self._http.stream(method, path, headers=headers, **body) as response:
            content = await _content(response, _named(path, body["params"]), most=self._settings.largest_answer)
            _require_whole(response)
            reply = Reply(response.status_code, response.headers, content)
        # Its own stream knows the response: a cycle that would keep its body until somebody looks for cycles.
        response.stream = _NO_STREAM
        return reply

    def _unreachable(self, error: httpx.HTTPError, path: str) -> OperatorError:
        hint = "Check provider.url in fleet.yaml and the network, then run again."
        return OperatorUnreachable(self._trouble(error, path), hint=hint)

    def _trouble(self, error: httpx.HTTPError, path: str) -> str:
        where = f"{self._settings.url}{path}"
        if isinstance(error, httpx.TimeoutException):
            if error.args == (_ENDLESS,):
                return f"{where} did not end its answer within {_WHOLE * self._settings.timeout:g} s"
            return f"{where} did not answer within {self._settings.timeout:g} s"
        if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
            return f"{where} broke off its answer: {_name(error)}"
        return f"{where} cannot be reached: {_name(error)}"


async def _content(response: httpx.Response, where: str, *, most: int) -> bytes:
    """Return the body of an answer; of one that says no, only as much as words take.

    Raises UnreadableAnswer where it is larger than `most`, or cannot be decompressed.
    """
    refused = response.status_code >= 400
    encoding = response.headers.get("Content-Encoding", "")
    try:
        return await whole(response.aiter_raw(), encoding, most=LARGEST_REFUSAL if refused else most)
    except BrokenOff as error:
        raise httpx.RemoteProtocolError(f"it answered {error}") from error
    except BadBody as error:
        if refused:
            return b""
        raise UnreadableAnswer(f"{where} answered {error}", hint=_TOO_MUCH) from error


_TOO_MUCH = "Ask for fewer at once with provider.page_size in fleet.yaml; if one is that large, ask the operator."


def _named(path: str, params: Mapping[str, str | int] | None) -> str:
    """Return where an answer is from: of a list, which page."""
    return f"{path} at offset {params['offset']}" if params and "offset" in params else path


def _require_whole(response: httpx.Response) -> None:
    """Raise where an answer is shorter than it says: an operator in this process has no connection that would tell."""
    declared = count_in(response.headers.get("Content-Length", ""))
    if declared is not None and response.num_bytes_downloaded < declared:
        raise httpx.RemoteProtocolError(f"{response.num_bytes_downloaded} of {declared} bytes came")


def _answer(reply: Reply, path: str) -> Answer:
    return Answer(reply.body(path), reply.total, reply.at)


def _name(error: Exception) -> str:
    return str(error) or type(error).__name__
