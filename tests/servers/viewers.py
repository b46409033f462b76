"""Viewers of the dashboard's wall who speak Streamlit's protocol, without a browser.

Each opens the page and, as the browser's timer does, asks for its part that is drawn
again and again; `Seen` holds how long each answer took, and what it was.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

STATUS = ForwardMsg.ScriptFinishedStatus
RAN = (STATUS.FINISHED_SUCCESSFULLY, STATUS.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Broken(Exception):
    """The script of the page failed, so that nothing was drawn or only a part."""


@dataclass
class Seen:
    """What the viewers of one server saw."""

    latencies_s: list[float] = field(default_factory=list)
    drawn: list[bytes] = field(default_factory=list)  # the newest answer of each viewer


async def view(url: str, path: str, place: int, viewers: int, seen: Seen) -> None:
    """Look at a page, each of so many at a moment of its own, until it is cancelled.

    Raises:
        Broken: the page could not be drawn.
    """
    at = url.replace("http://", "ws://") + "/_stcore/stream"
    protocols = [Subprotocol("streamlit")]
    async with connect(at, subprotocols=protocols, max_size=None, proxy=None) as socket:
        ask = BackMsg()
        ask.rerun_script.page_name = path
        answer = await _answer(socket, ask)
        timers = [m.auto_rerun for m in answer if m.WhichOneof("type") == "auto_rerun"]
        [session] = [m.new_session for m in answer if m.HasField("new_session")][-1:]
        timer = timers[-1]
        await asyncio.sleep(timer.interval * place / viewers)
        while True:
            began_s = time.monotonic()
            ask = BackMsg()
            ask.rerun_script.page_script_hash = session.page_script_hash
            ask.rerun_script.fragment_id = timer.fragment_id
            ask.rerun_script.is_auto_rerun = True
            drawn = await _answer(socket, ask)
            took_s = time.monotonic() - began_s
            seen.latencies_s.append(took_s)
            seen.drawn[place] = b"".join(each.SerializeToString() for each in drawn)
            await asyncio.sleep(max(0.0, timer.interval - took_s))


async def _answer(socket: ClientConnection, ask: BackMsg) -> Sequence[ForwardMsg]:
    """Ask, and return all that is sent until the script has run."""
    await socket.send(ask.SerializeToString())
    heard: list[ForwardMsg] = []
    while not heard or heard[-1].WhichOneof("type") != "script_finished":
        message = await socket.recv(decode=False)
        heard.append(ForwardMsg.FromString(message))
    check(heard)
    return heard


def check(heard: Sequence[ForwardMsg]) -> None:
    """Look whether a script ran as it should: Streamlit shows what it raises.

    Raises:
        Broken: it did not.
    """
    for each in heard:
        if each.delta.new_element.HasField("exception"):
            raise Broken(each.delta.new_element.exception.message)
    if heard[-1].script_finished not in RAN:
        raise Broken(STATUS.Name(heard[-1].script_finished))
