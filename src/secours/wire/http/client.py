"""The one HTTP client: every request of Secours goes out through `ask`.

Each request has a connection of its own, opened by `wire.net.sockets` (see `network`),
so `via` binds it and the lookup of the name, and what fails below HTTP passes as the
`OSError` or `Stop` that it is. HTTP/2 is spoken where a server has nothing else, or a
caller asks for it.
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
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Evidence, Outcome, Reason, degraded, failed, unknown
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http import charset, http1
from secours.wire.http.network import (
    PORTS,
    Bounds,
    Connection,
    HttpRequest,
    Network,
    NotHttp2,
    OnlyHttp2,
    Version,
    no_http,
)
from secours.wire.net.tls import TlsOptions
from secours.wire.option_checks import HIGHEST_PORT

# Where click and rich are installed, httpx would import its own command line (40 ms).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # as Python allows

import encodings.idna  # noqa: E402, F401 -- else in the first run

import httpx  # noqa: E402 -- after the line above

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs

USUAL = (  # headers; with the second no cache answers, RFC 9111 section 5.2.1.4
    ("Accept-Encoding", "gzip"),
    ("Cache-Control", "no-cache"),
    ("User-Agent", "secours"),
)
MAX_BYTES = 1 << 20
MAX_REDIRECTS = 10
MOST_PARTS = 1 << 13  # pieces of a body: short ones cost as much as long ones
LET_GO_EVERY = 64  # pieces after which other tasks run
MOST_VALUES = 1 << 16  # in a JSON document, counted generously
LONGEST_WAIT_S = 86400.0  # a Retry-After beyond a day is a mistake
GZIP = b"\x1f\x8b"  # RFC 1952 section 2.2: one part may follow another
ANY_ZLIB = 47  # zlib or gzip, whichever the header says: zlib manual, inflateInit2
REFUSED_LOGIN = (401, 403)  # RFC 9110 sections 15.5.2 and 15.5.4
ENDS_LINE = set("\r\n\0")  # no header may hold these, RFC 9110 section 5.5
LONGEST_COOKIE_BYTES = 4096  # RFC 6265 section 6.1
OF_BODY = ("content-", "transfer-")  # headers, RFC 9110 section 8.6, RFC 9112 6.1
TOO_MANY = 429  # RFC 6585 section 4
BUSY = 503  # RFC 9110 section 15.6.4
NO_WEB_ADDRESS = "redirect-to-no-web-address"

Follow = bool | Literal["anywhere"]  # "anywhere": also from public to local addresses


class HttpResponse(Struct, frozen=True, kw_only=True):
    """Answer after redirects."""

    status: int
    phrase: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # decompressed, and cut at `max_bytes`
    cut: bool
    der: bytes | None  # the certificate, over TLS
    elsewhere: str = ""  # another host, led to without verified TLS: a portal?

    @property
    def text(self) -> str:
        """Return the body as text, whatever bytes it has."""
        return self._decoded[0]

    @property
    def readings(self) -> Iterator[str]:
        """Yield the texts that the body may be, one at a time: each may be long."""
        return chain.from_iterable(map(charset.forms, self._decoded))

    @property
    def packed(self) -> str:
        """Return the content coding that is still undone, or ""."""
        coding = self.headers.get("content-encoding", "")
        left = _codings(coding)
        return "" if not left or _is_unpacked(left) else plain(coding)

    @property
    def _decoded(self) -> tuple[str, ...]:
        return charset.readings(self.body, self.headers.get("content-type", ""))

    def json(self) -> Any:
        """Return the body's document, or raise Stop: failed, `protocol`."""
        if sum(map(self.body.count, (b",", b"[", b"{"))) > MOST_VALUES:
            raise Stop(_senseless(problem="too-much-json"))
        try:
            try:
                return json.loads(self.body)
            except UnicodeDecodeError:  # no charset of JSON's own, RFC 8259 section 8.1
                return json.loads(self.text)
        except (ValueError, RecursionError):
            problem = "too-long" if self.cut else "no-json"
            raise Stop(_senseless(problem=problem)) from None

    def json_or_none(self) -> Any:
        """Return the body's document, or None where it is no JSON."""
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

    The caller sets the time limit. After a redirect to another host `headers` and body
    are left out: they may hold a token. Redirects from public to local addresses are
    refused, unless `follow` is "anywhere". `http2` lets the server choose it at once.

    Raises:
        Stop: no HTTP came back, too many redirects, TLS failed, no such name.
        OSError: refused, unreachable, reset.
    """
    version = Version.EITHER if http2 else Version.HTTP1
    bounds = Bounds(anywhere=follow == "anywhere")
    network = Network(path, TlsOptions(ca=ca, verify=verify), bounds)
    written = {name.lower() for name in headers or {}}
    fields = {name: value for name, value in USUAL if name.lower() not in written}
    fields |= dict(headers or {})
    if any(ENDS_LINE & set(name + value) for name, value in fields.items()):
        raise Stop(unknown(Reason.BROKEN, what="headers"))
    try:
        async with httpx.AsyncClient(
            transport=_PathTransport(network, version),
            trust_env=False,
            timeout=None,
        ) as client:
            request = client.build_request(
                method,
                url,
                headers=fields,
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
                _Trail(verify=verify),
            )
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise Stop(unknown(Reason.BROKEN, what="url")) from None
    except httpx.RemoteProtocolError:  # a redirect to an invalid URL
        raise Stop(no_http(problem=NO_WEB_ADDRESS)) from None
    except zlib.error:
        raise Stop(_senseless(problem="bad-compression")) from None


def _senseless(**facts: str) -> Outcome:
    """Return that the HTTP answer makes no sense."""
    return failed(Reason.PROTOCOL, Evidence.SERVED, **facts)


async def _follow(
    client: httpx.AsyncClient,
    request: httpx.Request,
    login: httpx.Auth | None,
    follow: bool,
    max_bytes: int,
    private: frozenset[str],
    trail: "_Trail",
) -> HttpResponse:
    for _ in range(MAX_REDIRECTS + 1):
        response = await client.send(request, auth=login, stream=True)
        try:
            trail.goes(request, response.next_request)
            if not follow or response.next_request is None:
                answer = await _read(response, max_bytes)
                return replace(answer, elsewhere=trail.elsewhere)
        finally:
            await response.aclose()
        there = response.next_request
        url = there.url
        valid = url.scheme in PORTS and url.host and (url.port or 0) <= HIGHEST_PORT
        if not valid:
            problem = NO_WEB_ADDRESS
            raise Stop(failed(Reason.STATUS, Evidence.SERVED, problem=problem))
        if _origin(there.url) != _origin(request.url):
            login = None
            there = client.build_request(
                there.method,
                there.url,
                headers={
                    name: value
                    for name, value in there.headers.items()
                    if name not in private and not name.startswith(OF_BODY)
                },
            )
        request = there
    facts = {"problem": "too-many-redirects", "limit": MAX_REDIRECTS}
    raise Stop(failed(Reason.STATUS, Evidence.SERVED, **facts))


class _Trail:
    """Target of the redirects, and whether the way to it was verified.

    Over verified TLS it is the server's own word. With `www.` it is the same host.
    """

    def __init__(self, *, verify: bool) -> None:
        self.elsewhere = ""
        self._verify = verify
        self._wanted: str | None = None

    def goes(self, request: httpx.Request, there: httpx.Request | None) -> None:
        """Note an answer, and its redirect."""
        here = _host(request.url)
        self._wanted = self._wanted or here
        proven = request.url.scheme == "https" and self._verify
        if proven and here == self._wanted:
            self.elsewhere = ""
            self._wanted = _host(there.url) if there else here
        elif there and _host(there.url) != self._wanted:
            self.elsewhere = there.url.host


def _host(url: httpx.URL) -> str:
    return url.host.rstrip(".").removeprefix("www.")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


async def _read(response: httpx.Response, max_bytes: int) -> HttpResponse:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    body, cut = bytearray(), False
    chunks = aiter(response.stream)
    if _is_unpacked(_codings(response.headers.get("content-encoding", ""))):
        chunks = _unpacked(chunks, max_bytes + 1)
    async for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            body, cut = body[:max_bytes], True
            break
    return HttpResponse(
        status=response.status_code,
        phrase=plain(response.reason_phrase),
        headers={name.lower(): value for name, value in response.headers.items()},
        body=bytes(body),
        cut=cut,
        der=response.extensions.get("certificate"),
    )


def _codings(header: str) -> list[str]:
    """Return the codings of a body, RFC 9110 section 8.4."""
    every = (word.strip() for word in header.lower().split(","))
    return [word for word in every if word not in ("", "identity")]


def _is_unpacked(codings: list[str]) -> bool:
    """Tell whether `_unpacked` applies: one coding of zlib's."""
    return codings in (["gzip"], ["x-gzip"], ["deflate"])


async def _unpacked(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """Decompress at most `most` bytes of a chunk at once; raise Stop if broken off."""
    inflate = zlib.decompressobj(wbits=ANY_ZLIB)
    nothing = True
    async for chunk in chunks:
        nothing = nothing and not chunk
        yield inflate.decompress(chunk, most)
        while inflate.eof and inflate.unused_data.startswith(GZIP):
            left, inflate = inflate.unused_data, zlib.decompressobj(wbits=ANY_ZLIB)
            yield inflate.decompress(left, most)
        if inflate.eof and not GZIP.startswith(inflate.unused_data):
            return  # what follows is no part of it, and zlib would collect it
    if not (inflate.eof or nothing):
        raise Stop(_senseless(problem="bad-compression"))


def refusal(answer: HttpResponse) -> Outcome:
    """Return the outcome of an unexpected status code."""
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
    """Transport of HTTP over our own connections, in the version that the server wants.

    A request is sent again only to a server that cannot have understood it.
    """

    def __init__(self, network: Network, version: Version) -> None:
        self._network = network
        self._version = version
        self._connections: list[Connection] = []

    async def aclose(self) -> None:
        for connection in self._connections:
            connection.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._send(request, self._version)
        except OnlyHttp2 as only:
            await self.aclose()
            try:
                return await self._send(request, Version.HTTP2)
            except (NotHttp2, OnlyHttp2, OSError):  # the first outcome stands
                raise Stop(only.outcome) from None

    async def _send(self, request: httpx.Request, version: Version) -> httpx.Response:
        """Send a request and return its answer, the body unread.

        Raises:
            OnlyHttp2: the server may speak HTTP/2 alone, which was not offered.
            NotHttp2: it was to speak HTTP/2, and does not.
        """
        plain_request = _plainly(request)
        if version is not Version.HTTP1:
            from secours.wire.http import http2  # slow to import, and rarely spoken
        connection = await self._network.connect(plain_request, version)
        self._connections.append(connection)
        if connection.speaks_http2:
            answer = await http2.exchange(connection, plain_request)
        else:
            answer = await http1.exchange(connection, plain_request)
        return httpx.Response(
            answer.status,
            headers=[
                (name, value)
                for name, value in answer.headers
                if name.lower() != b"set-cookie" or len(value) <= LONGEST_COOKIE_BYTES
            ],
            stream=_Body(answer.body, connection),
            extensions={**answer.extensions, "certificate": connection.certificate},
        )


def _plainly(request: httpx.Request) -> HttpRequest:
    """Return a request's parts; raise httpx.UnsupportedProtocol if not of the web."""
    if request.url.scheme not in PORTS:
        raise httpx.UnsupportedProtocol(request.url.scheme)
    assert isinstance(request.stream, httpx.AsyncByteStream)
    return HttpRequest(
        method=request.method.encode("ascii"),
        scheme=request.url.scheme,
        host=request.url.raw_host.decode("ascii"),
        port=request.url.port,
        target=request.url.raw_path,
        headers=request.headers.raw,
        body=request.stream,
    )


class _Body(httpx.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes], connection: Connection) -> None:
        self._parts = parts
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = 0
        async for chunk in self._parts:
            parts += 1
            if parts > MOST_PARTS:
                raise Stop(_senseless(problem="endless-answer"))
            if parts % LET_GO_EVERY == 0:
                await asyncio.sleep(0)
            yield chunk

    async def aclose(self) -> None:
        self._connection.close()
