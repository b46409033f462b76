"""HTTP/1.1 over a connection: one request, and the answer as it comes.

Source: RFC 9112; RFC 9110 section 15.2 (what comes before the answer).
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import h11

from secours.model.observed import Reason, unknown
from secours.model.runs import Stop
from secours.wire.http.network import Connection, HttpAnswer, HttpRequest, no_http

LONGEST_HEAD_BYTES = 1 << 14  # of an answer
SWITCHING = 101  # RFC 9110 section 15.2.2: no other answer follows


async def exchange(connection: Connection, request: HttpRequest) -> HttpAnswer:
    """Send a request and read the head of its answer.

    Raises:
        Stop: what came back is no HTTP, or a header is none that may be sent.
        OSError: the server hung up.
    """
    talk = _Http1(connection)
    with _as_outcome():
        await talk.send(request)
        head = await talk.head()
    return HttpAnswer(
        status=head.status_code,
        headers=head.headers.raw_items(),
        extensions={"reason_phrase": head.reason},
        body=talk.body(),
    )


class _Http1:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._state = h11.Connection(h11.CLIENT, LONGEST_HEAD_BYTES)

    async def send(self, request: HttpRequest) -> None:
        await self._say(
            h11.Request(
                method=request.method, target=request.target, headers=request.headers
            )
        )
        async for part in request.body:
            await self._say(h11.Data(data=part))
        await self._say(h11.EndOfMessage())

    async def head(self) -> h11.Response | h11.InformationalResponse:
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse) and (
                event.status_code == SWITCHING
            ):
                return event

    async def body(self) -> AsyncIterator[bytes]:
        with _as_outcome():
            while isinstance(event := await self._next(), h11.Data):
                yield bytes(event.data)

    async def _say(self, event: h11.Event) -> None:
        if said := self._state.send(event):
            await self._connection.write(said)

    async def _next(self) -> object:
        received = None
        try:
            while (event := self._state.next_event()) is h11.NEED_DATA:
                received = await self._connection.read()
                self._state.receive_data(received)
        except h11.RemoteProtocolError:
            problem = "connection-closed" if received == b"" else "bad-http"
            raise Stop(no_http(problem=problem)) from None
        return event


@contextmanager
def _as_outcome() -> Iterator[None]:
    """Turn an error of ours into an outcome."""
    try:
        yield
    except h11.LocalProtocolError:
        raise Stop(unknown(Reason.BROKEN, what="headers")) from None
