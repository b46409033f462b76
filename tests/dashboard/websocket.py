"""Asks the dashboard for a page as a browser does, over a websocket, and hears all."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboard.served import Dashboard
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

WITHIN_S = 60.0
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


def drawn(
    server: Dashboard, path: str, query: str, headers: Sequence[tuple[str, str]]
) -> str:
    """Return all that is sent until the page has been drawn once."""
    host, _, port = server.url.rpartition("/")[2].partition(":")
    asked = dict(headers)
    name = asked.pop("Host", f"{host}:{port}")
    stream = f"ws://{name}/_stcore/stream"
    return drawn_over(stream, path, query, asked, address=(host, int(port)))


def drawn_over(
    stream: str, path: str, query: str, headers: Mapping[str, str], **how: Any
) -> str:
    """Do the same over the websocket at this address; `how` it is connected."""
    ask = BackMsg()
    ask.rerun_script.page_name = path
    ask.rerun_script.query_string = query
    received: list[bytes] = []
    with connect(
        stream,
        proxy=None,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers=headers,
        max_size=None,
        open_timeout=WITHIN_S,
        **how,
    ) as socket:
        socket.send(ask.SerializeToString())
        while True:
            message = socket.recv(WITHIN_S, decode=False)
            received.append(message)
            if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
                return words_of(received)


def words_of(sent: Iterable[bytes]) -> str:
    """Return what was sent as text, in which JSON has escaped what is not ASCII."""
    text = b"".join(sent).decode("utf-8", "replace")
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
