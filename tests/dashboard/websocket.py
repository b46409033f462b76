"""Asks the dashboard for a page as a browser does, over a websocket, and hears all."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dashboard.served import Dashboard
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

WITHIN_S = 60.0
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


def drawn(
    server: Dashboard, path: str, query: str, headers: Sequence[tuple[str, str]]
) -> str:
    """Return all that is sent until the page has been drawn once."""
    stream, asked, address = _stream(server, dict(headers))
    return drawn_over(stream, path, query, asked, address=address)


def drawn_over(
    stream: str, path: str, query: str, headers: Mapping[str, str], **how: Any
) -> str:
    """Do the same over the websocket at this address; `how` it is connected."""
    ask = BackMsg()
    ask.rerun_script.page_name = path
    ask.rerun_script.query_string = query
    received: list[bytes] = []
    with _connected(stream, headers, **how) as socket:
        socket.send(ask.SerializeToString())
        while True:
            message = socket.recv(WITHIN_S, decode=False)
            received.append(message)
            if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
                return words_of(received)


@contextmanager
def opened(
    server: Dashboard, headers: Mapping[str, str]
) -> Iterator[tuple[ClientConnection, str]]:
    """Have a page open; give its websocket, and the name of its session."""
    stream, asked, address = _stream(server, dict(headers))
    ask = BackMsg()
    ask.rerun_script.page_name = "now"
    with _connected(stream, asked, address=address) as socket:
        socket.send(ask.SerializeToString())
        first = ForwardMsg.FromString(socket.recv(WITHIN_S, decode=False))
        yield socket, first.new_session.initialize.session_id


def kinds_until(socket: ClientConnection, kind: str) -> list[str | None]:
    """Return of what kinds the messages are that come, to the first of this one."""
    kinds: list[str | None] = []
    while kind not in kinds:
        message = ForwardMsg.FromString(socket.recv(WITHIN_S, decode=False))
        kinds.append(message.WhichOneof("type"))
    return kinds


def _stream(
    server: Dashboard, asked: dict[str, str]
) -> tuple[str, dict[str, str], tuple[str, int]]:
    """Return the address of its websocket, further headers, and where it is."""
    host, _, port = server.url.rpartition("/")[2].partition(":")
    name = asked.pop("Host", f"{host}:{port}")
    return f"ws://{name}/_stcore/stream", asked, (host, int(port))


def _connected(stream: str, headers: Mapping[str, str], **how: Any) -> ClientConnection:
    socket: ClientConnection = connect(
        stream,
        proxy=None,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers=headers,
        max_size=None,
        open_timeout=WITHIN_S,
        **how,
    )
    return socket


def words_of(sent: Iterable[bytes]) -> str:
    """Return what was sent as text, in which JSON has escaped what is not ASCII."""
    text = b"".join(sent).decode("utf-8", "replace")
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
