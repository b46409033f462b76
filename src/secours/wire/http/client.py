"""The one HTTP client: every request of Secours goes out through `ask`.

Connections are opened by `wire.sockets` (see `wire.http_network`), so `via` binds them
and the lookup of the name, and what fails below HTTP passes as the `OSError` or `Stop`
that it is. HTTP/2 is spoken where a server has nothing else, or a caller asks for it.
An answer is read up to a limit counted after decompression: a small answer that
unpacks to gigabytes is cut too. No URL is ever logged: a token may stand in it.

Source: RFC 9110 sections 15 (status codes), 10.2.3 (Retry-After), 15.4 (redirects);
RFC 1952 (gzip); RFC 9113 section 3 (HTTP/2 by ALPN, and with prior knowledge).
"""

import asyncio
import json
import logging
import sys
import zlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Evidence, Outcome, Reason, degraded, failed, unknown
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.http.network import (
    NO_ANSWER,
    Bounds,
    Network,
    NotHttp2,
    OnlyHttp2,
    Version,
    no_http,
)
from secours.wire.net.tls import client_context

# Where click and rich are installed, httpx would import its own command line (40 ms).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # as Python allows

import encodings.idna  # noqa: E402, F401 -- else in the first run

import anyio._backends._asyncio  # noqa: E402, F401 -- else in the first run
import httpcore  # noqa: E402 -- after the line above
import httpx  # noqa: E402 -- after the line above

# Of the head of an answer; the library itself would parse 100 kB at once.
httpcore.AsyncHTTP11Connection.MAX_INCOMPLETE_EVENT_SIZE = 1 << 14
for _name in ("httpx", "httpcore"):  # they log whole URLs
    logging.getLogger(_name).setLevel(logging.WARNING)

MAX_BYTES = 1 << 20
MAX_REDIRECTS = 10
MOST_PARTS = 1 << 13  # pieces of a body: each costs us as much, however short
LET_GO_EVERY = 64  # pieces: what has come already is read without a pause
MOST_VALUES = 1 << 16  # in a JSON document, counted generously
LONGEST_WAIT_S = 86400.0  # a Retry-After beyond a day is a mistake
ANY_ZLIB = 47  # zlib or gzip, whichever the header says: zlib manual, inflateInit2
REFUSED_LOGIN = (401, 403)  # RFC 9110 sections 15.5.2 and 15.5.4
ENDS_LINE = set("\r\n\0")  # no header may hold these, RFC 9110 section 5.5
LONGEST_COOKIE_BYTES = 4096  # RFC 6265 section 6.1
TOO_MANY = 429  # RFC 6585 section 4
BUSY = 503  # RFC 9110 section 15.6.4

Follow = bool | Literal["anywhere"]  # only that one from afar to what is near


class HttpResponse(Struct, frozen=True, kw_only=True):
    """What came back after redirects."""

    status: int
    phrase: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # decompressed, and cut at `max_bytes`
    cut: bool
    der: bytes | None  # the certificate, over TLS

    @property
    def text(self) -> str:
        """Return the body as text, whatever bytes it has."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body's document.

        Raises:
            Stop: it is no JSON: failed, `protocol`.

        """
        if sum(map(self.body.count, (b",", b"[", b"{"))) > MOST_VALUES:
            raise Stop(_senseless(problem="too-much-json"))
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            problem = "too-long" if self.cut else "no-json"
            raise Stop(_senseless(problem=problem)) from None

    def json_or_none(self) -> Any:
        """Return the body's document, or nothing where it is no JSON."""
        try:
            return self.json()
        except Stop:
            return None


async def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
    document: Any = None,
    form: Mapping[str, str] | None = None,
    login: tuple[str, str] | None = None,
    path: Path | None = None,
    follow: Follow = False,
    ca: str | None = None,
    verify: bool = True,
    max_bytes: int = MAX_BYTES,
    http2: bool = False,
) -> HttpResponse:
    """Send one request, as `body`, a JSON `document` or a `form`, and read the answer.

    The caller sets the time limit. After a redirect to another host `headers` are
    left out: they may hold a token. Nobody beyond redirects to this machine or its
    link, unless `follow` is "anywhere". `http2` lets the server choose it at once.

    Raises:
        Stop: no HTTP came back, too many redirects, TLS failed, no such name.
        OSError: refused, unreachable, reset.

    """
    version = Version.EITHER if http2 else Version.HTTP1
    bounds = Bounds(anywhere=follow == "anywhere")
    given = {"Accept-Encoding": "gzip", "User-Agent": "secours"}
    given |= dict(headers or {})
    if any(ENDS_LINE & set(name + value) for name, value in given.items()):
        raise Stop(unknown(Reason.BROKEN, what="headers"))
    try:
        async with httpx.AsyncClient(
            transport=_PathTransport(path, version, ca, verify, bounds),
            trust_env=False,
            timeout=None,
        ) as client:
            request = client.build_request(
                method,
                url,
                headers=given,
                content=body,
                json=document,
                data=form,
            )
            return await _follow(
                client,
                request,
                httpx.BasicAuth(*login) if login else None,
                bool(follow),
                max_bytes,
                frozenset(name.lower() for name in headers or {}),
            )
    except (httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol, httpx.InvalidURL):
        raise Stop(unknown(Reason.BROKEN, what="url")) from None
    except httpcore.LocalProtocolError:  # a header that none may be
        raise Stop(unknown(Reason.BROKEN, what="headers")) from None
    except (httpx.RemoteProtocolError, httpcore.ProtocolError) as error:
        raise Stop(_no_http(error)) from None
    except zlib.error:
        raise Stop(_senseless(problem="bad-compression")) from None


def _senseless(**facts: str) -> Outcome:
    """Say of an answer by HTTP that nothing can be made of it."""
    return failed(Reason.PROTOCOL, Evidence.SERVED, **facts)


def _no_http(error: Exception) -> Outcome:
    if str(error) == NO_ANSWER:
        return no_http(problem="connection-closed")
    return no_http(said=plain(error))


async def _follow(
    client: httpx.AsyncClient,
    request: httpx.Request,
    login: httpx.Auth | None,
    follow: bool,
    max_bytes: int,
    private: frozenset[str],
) -> HttpResponse:
    for _ in range(MAX_REDIRECTS + 1):
        response = await client.send(request, auth=login, stream=True)
        try:
            if not follow or response.next_request is None:
                return await _read(response, max_bytes)
        finally:
            await response.aclose()
        there = response.next_request
        if there.url.scheme not in ("http", "https") or not there.url.host:
            problem = "redirect-to-no-web-address"
            raise Stop(failed(Reason.STATUS, Evidence.SERVED, problem=problem))
        if _origin(there.url) != _origin(request.url):
            login = None
            for name in private & set(there.headers):
                del there.headers[name]
        request = there
    facts = {"problem": "too-many-redirects", "limit": MAX_REDIRECTS}
    raise Stop(failed(Reason.STATUS, Evidence.SERVED, **facts))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


async def _read(response: httpx.Response, max_bytes: int) -> HttpResponse:
    body, cut = b"", False
    packed = response.headers.get("content-encoding", "").lower()
    chunks = response.aiter_raw(1 << 16)
    if packed in ("gzip", "x-gzip", "deflate"):
        chunks = _unpacked(chunks, max_bytes + 1)
    async for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            body, cut = body[:max_bytes], True
            break
    stream = response.extensions.get("network_stream")
    spoken = stream.get_extra_info("ssl_object") if stream else None
    return HttpResponse(
        status=response.status_code,
        phrase=plain(response.reason_phrase),
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
        cut=cut,
        der=spoken.getpeercert(binary_form=True) if spoken else None,
    )


async def _unpacked(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """Decompress, never more than `most` bytes of one chunk at a time."""
    inflate = zlib.decompressobj(wbits=ANY_ZLIB)
    async for chunk in chunks:
        yield inflate.decompress(chunk, most)


def refusal(answer: HttpResponse) -> Outcome:
    """Say what an unexpected status code means."""
    facts: dict[str, Any] = {"code": answer.status, "phrase": answer.phrase}
    wait_s = retry_after_s(answer.headers.get("retry-after", ""))
    if answer.status == TOO_MANY:
        outcome = degraded(Reason.DEFERRED, Evidence.SERVED, **facts)
        return replace(outcome, retry_after_s=wait_s)
    if answer.status in REFUSED_LOGIN:
        return failed(Reason.AUTH, Evidence.SERVED, **facts)
    outcome = failed(Reason.STATUS, Evidence.SERVED, **facts)
    return replace(outcome, retry_after_s=wait_s if answer.status == BUSY else None)


def retry_after_s(value: str) -> float | None:
    """Read a Retry-After header: seconds or a date, RFC 9110 section 10.2.3."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return min(float(value), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a date that there is not
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    left_s = (at - datetime.now(UTC)).total_seconds()
    return min(max(left_s, 0.0), LONGEST_WAIT_S)


class _PathTransport(httpx.AsyncBaseTransport):
    """Speak HTTP over connections that `wire.sockets` opens, as the server wants it.

    A request is sent again only to a server that cannot have understood it.
    """

    def __init__(
        self,
        path: Path | None,
        version: Version,
        ca: str | None,
        verify: bool,
        bounds: Bounds,
    ) -> None:
        self._pool_of = partial(_Pool, path=path, ca=ca, verify=verify, bounds=bounds)
        self._pools = [self._pool_of(version)]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._pools[0].send(request)
        except OnlyHttp2 as only:
            self._pools.append(self._pool_of(Version.HTTP2))
            try:
                return await self._pools[-1].send(request)
            except (NotHttp2, OnlyHttp2, OSError):  # what it showed first stands
                raise Stop(only.outcome) from None

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.aclose()


class _Pool:
    """The connections of one version of HTTP."""

    def __init__(
        self,
        version: Version,
        path: Path | None,
        ca: str | None,
        verify: bool,
        bounds: Bounds,
    ) -> None:
        new = version is not Version.HTTP1
        alpn = ("http/1.1", "h2") if new else ("http/1.1",)  # as httpcore writes them
        self._network = Network(path, version, bounds)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=client_context(ca=ca, verify=verify, alpn=alpn),
            network_backend=self._network,
            http1=version is not Version.HTTP2,
            http2=new,
        )

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer, the body unread.

        Raises:
            OnlyHttp2: the server may speak HTTP/2 alone, which was not offered.
            NotHttp2: it was to speak HTTP/2, and does not.

        """
        try:
            return await self._send(request)
        except (httpcore.LocalProtocolError, ValueError) as error:
            if self._network.speaks_http2:  # the state that the peer brought us into
                raise httpcore.RemoteProtocolError(error) from None
            raise

    async def aclose(self) -> None:
        """Close them all."""
        await self._pool.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=[
                (name, value)
                for name, value in response.headers
                if name.lower() != b"set-cookie" or len(value) <= LONGEST_COOKIE_BYTES
            ],
            stream=_Body(response.stream),
            extensions=response.extensions,
        )


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = 0
        try:
            async for chunk in self._stream:
                parts += 1
                if parts > MOST_PARTS:
                    raise Stop(_senseless(problem="endless-answer"))
                if parts % LET_GO_EVERY == 0:
                    await asyncio.sleep(0)
                yield chunk
        except _errors_of_http2() as error:
            raise httpcore.RemoteProtocolError(error) from None

    async def aclose(self) -> None:
        await self._stream.aclose()


def _errors_of_http2() -> tuple[type[Exception], ...]:
    """Return what its library raises, which is imported only once it is spoken."""
    found = sys.modules.get("h2.exceptions")
    return (found.ProtocolError,) if found else ()
