"""HTTP/2 over a connection: one request, and the answer as it comes.

Source: RFC 9113 section 8.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore
from h2.exceptions import ProtocolError

from secours.model.runs import Stop
from secours.wire.http.network import Connection, HttpAnswer, HttpRequest, no_http


async def exchange(connection: Connection, request: HttpRequest) -> HttpAnswer:
    """Send a request and read the head of its answer; raise Stop if it is no HTTP/2."""
    url = httpcore.URL(
        scheme=request.scheme,
        host=request.host,
        port=request.port,
        target=request.target,
    )
    talk = httpcore.AsyncHTTP2Connection(url.origin, _Stream(connection))
    with _as_outcome():
        answer = await talk.handle_async_request(
            httpcore.Request(
                request.method, url, headers=request.headers, content=request.body
            )
        )
    return HttpAnswer(
        status=answer.status, headers=answer.headers, extensions={}, body=_body(answer)
    )


async def _body(answer: httpcore.Response) -> AsyncIterator[bytes]:
    with _as_outcome():
        async for part in answer.aiter_stream():
            yield part


class _Stream(httpcore.AsyncNetworkStream):
    """A connection in the library's interface, without its time limits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
    ) -> bytes:
        return await self._connection.read()

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface is httpcore's
    ) -> None:
        await self._connection.write(buffer)

    async def aclose(self) -> None:
        self._connection.close()


@contextmanager
def _as_outcome() -> Iterator[None]:
    """Turn errors of the library into outcomes: the peer caused them."""
    try:
        yield
    except (httpcore.ProtocolError, ProtocolError, ValueError):
        raise Stop(no_http(problem="bad-http")) from None
