"""The one HTTP client: every request of Secours goes out through `ask`.

Connections are opened by `wire.sockets` (see `wire.http_network`), so `via` binds them
and the lookup of the name, and what fails below HTTP passes as the `OSError` or `Stop`
that it is.
An answer is read up to a limit counted after decompression: a small answer that
unpacks to gigabytes is cut too. No URL is ever logged: a token may stand in it.

Source: RFC 9110 sections 15 (status codes), 10.2.3 (Retry-After), 15.4 (redirects);
RFC 1952 (gzip).
"""

import asyncio
import importlib
import json
import logging
import ssl
import sys
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from secours.model import (
    Evidence,
    Outcome,
    Path,
    Reason,
    Stop,
    degraded,
    failed,
    unknown,
)
from secours.wire.http_network import Network
from secours.wire.tls import client_context
from secours.wire.words import plain

# Where click and rich are installed, httpx would import its own command line (40 ms).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # as Python allows

import httpcore  # noqa: E402 -- after the line above
import httpx  # noqa: E402 -- after the line above

for _name in ("anyio._backends._asyncio", "encodings.idna"):  # else in the first run
    importlib.import_module(_name)
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
TOO_MANY = 429  # RFC 6585 section 4
BUSY = 503  # RFC 9110 section 15.6.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
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
            said = "more JSON than any answer has"
            raise Stop(failed(Reason.PROTOCOL, Evidence.SERVED, said=said))
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            said = "longer than max_bytes" if self.cut else "no JSON"
            raise Stop(failed(Reason.PROTOCOL, Evidence.SERVED, said=said)) from None


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
    follow: bool = False,
    ca: str | None = None,
    verify: bool = True,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Send one request, as `body`, a JSON `document` or a `form`, and read the answer.

    The caller sets the time limit. After a redirect to another host `headers` are
    left out: they may hold a token.

    Raises:
        Stop: no HTTP came back, too many redirects, TLS failed, no such name.
        OSError: refused, unreachable, reset.

    """
    tls = client_context(ca=ca, verify=verify, alpn=("http/1.1",))
    given = {"Accept-Encoding": "gzip", "User-Agent": "secours"}
    given |= dict(headers or {})
    try:
        async with httpx.AsyncClient(
            transport=_Transport(path, tls), trust_env=False, timeout=None
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
                follow,
                max_bytes,
                frozenset(name.lower() for name in headers or {}),
            )
    except (httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol, httpx.InvalidURL):
        raise Stop(unknown(Reason.BROKEN, what="url")) from None
    except httpcore.LocalProtocolError:  # a header with a line break in it
        raise Stop(unknown(Reason.BROKEN, what="headers")) from None
    except (httpx.RemoteProtocolError, httpcore.ProtocolError) as error:
        raise Stop(_no_http(error)) from None
    except zlib.error:
        said = "compressed wrongly"
        raise Stop(failed(Reason.PROTOCOL, Evidence.SERVED, said=said)) from None


def _no_http(error: Exception) -> Outcome:
    return failed(Reason.PROTOCOL, Evidence.REACHED, said=plain(error))


async def _follow(
    client: httpx.AsyncClient,
    request: httpx.Request,
    login: httpx.Auth | None,
    follow: bool,
    max_bytes: int,
    private: frozenset[str],
) -> Answer:
    for _ in range(MAX_REDIRECTS + 1):
        response = await client.send(request, auth=login, stream=True)
        try:
            if not follow or response.next_request is None:
                return await _read(response, max_bytes)
        finally:
            await response.aclose()
        there = response.next_request
        if there.url.scheme not in ("http", "https") or not there.url.host:
            said = "a redirect to no web address"
            raise Stop(failed(Reason.STATUS, Evidence.SERVED, said=said))
        if _origin(there.url) != _origin(request.url):
            login = None
            for name in private & set(there.headers):
                del there.headers[name]
        request = there
    said = f"more than {MAX_REDIRECTS} redirects"
    raise Stop(failed(Reason.STATUS, Evidence.SERVED, said=said))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


async def _read(response: httpx.Response, max_bytes: int) -> Answer:
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
    return Answer(
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


def refusal(answer: Answer) -> Outcome:
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
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    left_s = (at - datetime.now(UTC)).total_seconds()
    return min(max(left_s, 0.0), LONGEST_WAIT_S)


class _Transport(httpx.AsyncBaseTransport):
    """Speak HTTP/1.1 over connections that `wire.sockets` opens."""

    def __init__(self, path: Path | None, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, network_backend=Network(path)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
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
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = 0
        async for chunk in self._stream:
            parts += 1
            if parts > MOST_PARTS:
                raise httpcore.RemoteProtocolError("pieces without end")
            if parts % LET_GO_EVERY == 0:
                await asyncio.sleep(0)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
