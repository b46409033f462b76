"""What was pressed on a page is done once, whatever the browser asks for just then.

A field that is left by a press asks for a run a moment later; a page may be left.
"""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from queue import Empty, Queue
from typing import Any

import pytest
from dashboard.served import Dashboard
from dashboard.websocket import WITHIN_S
from requested import travelling
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from secours import places
from secours.engine.control import requests
from secours.engine.control.requests import RequestTable
from secours.model.requests import EngineRequest, MarkRequest, NoteRequest, WatchRequest

TIMES = 10
HELD_S = 2.0  # an answer, in which a second press would be done
PRESSED = pytest.mark.parametrize(
    ("page", "field", "button", "wanted"),
    [
        ("journal", "Add a note", "Write it down", "text"),
        ("act?subject=channel:sms&do=down", "Why, in a few words", "Confirm", "why"),
        ("shift", "Remark", "I have read this page and take the watch", "remark"),
    ],
    ids=["note", "mark", "watch"],
)


@pytest.fixture
def may_answer(processes: None) -> threading.Event:
    """Hold the engine's answers up where it is cleared."""
    may = threading.Event()
    may.set()
    return may


@pytest.fixture
def asked(
    server: Dashboard, may_answer: threading.Event
) -> Iterator[Queue[Mapping[str, Any]]]:
    """Give what an engine is asked, which takes all of it in."""
    found, begun, loop = Queue[Any](), threading.Event(), asyncio.new_event_loop()
    ended = asyncio.Event()

    async def take(request: EngineRequest) -> dict[str, Any]:
        found.put(travelling(request))
        await asyncio.to_thread(may_answer.wait)
        return {"ok": True, "kept": "disk"}

    async def answer() -> None:
        table: RequestTable = dict.fromkeys(
            (NoteRequest, MarkRequest, WatchRequest), take
        )
        async with requests.serve(places.runtime_dir(), table):
            begun.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(answer(),))
    thread.start()
    assert begun.wait(WITHIN_S)
    yield found
    may_answer.set()
    server.stop()  # what is left goes on for a moment, and the next test empties all
    loop.call_soon_threadsafe(ended.set)
    thread.join(WITHIN_S)
    loop.close()


def at(server: Dashboard) -> ClientConnection:
    """Give a page that is left at once where that is at its end."""
    return connect(
        f"{server.url.replace('http', 'ws', 1)}/_stcore/stream",
        proxy=None,
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        open_timeout=WITHIN_S,
    )


def asking(page: str) -> BackMsg:
    """Return what a browser sends for an address."""
    name, _, query = page.partition("?")
    ask = BackMsg()
    ask.rerun_script.page_name = name
    ask.rerun_script.query_string = f"{query}&lang=en".removeprefix("&")
    return ask


def shown(socket: ClientConnection, page: str) -> dict[str, str]:
    """Open a page, and return the ids of its widgets by their labels."""
    ask = asking(page)
    socket.send(ask.SerializeToString())
    return drawn(socket)


def drawn(socket: ClientConnection) -> dict[str, str]:
    """Wait until a page is drawn, and return the ids of its widgets by their labels."""
    ids: dict[str, str] = {}
    while True:
        message = ForwardMsg.FromString(socket.recv(WITHIN_S, decode=False))
        kind = message.WhichOneof("type")
        if kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return ids
            ids = {}  # another run has broken it off
        if kind == "delta":
            element = message.delta.new_element
            for each in (element.text_area, element.text_input, element.button):
                if each.id:
                    ids[each.label] = each.id


def drawn_anew(socket: ClientConnection, other_than: str) -> dict[str, str]:
    """Wait until a page is drawn without the button of this id."""
    while True:
        ids = drawn(socket)
        if other_than not in ids.values():
            return ids


def filled(ids: Mapping[str, str], page: str, **typed: str) -> BackMsg:
    """Return what a browser sends for a field that is left, with all that was typed."""
    ask = asking(page)
    for label, text in typed.items():
        ask.rerun_script.widget_states.widgets.add(id=ids[label], string_value=text)
    return ask


def press(ids: Mapping[str, str], page: str, button: str, **typed: str) -> bytes:
    """Return what a browser sends for a press, with all that was typed."""
    ask = filled(ids, page, **typed)
    states = ask.rerun_script.widget_states.widgets
    states.add(id=ids[button], trigger_value=True)
    sent: bytes = ask.SerializeToString()
    return sent


@PRESSED
def test_what_was_pressed_is_done_though_the_page_is_left_at_once(
    server: Dashboard,
    asked: Queue[Mapping[str, Any]],
    page: str,
    field: str,
    button: str,
    wanted: str,
) -> None:
    for text in map(str, range(TIMES)):
        with at(server) as socket:
            ids = shown(socket, page)
            typed = {"Your name, for the journal": "Anne", field: text}
            socket.send(press(ids, page, button, **typed))

        taken = asked.get(timeout=WITHIN_S)
        assert (taken["by"], taken[wanted]) == ("Anne", text)


@PRESSED
def test_press_is_done_and_answered_though_the_field_before_it_is_left(
    server: Dashboard,
    asked: Queue[Mapping[str, Any]],
    page: str,
    field: str,
    button: str,
    wanted: str,
) -> None:
    with at(server) as socket:
        ids = shown(socket, page)
        for text in map(str, range(TIMES)):
            typed = {"Your name, for the journal": "Anne", field: text}
            socket.send(press(ids, page, button, **typed))
            socket.send(filled(ids, page, **typed).SerializeToString())

            taken = asked.get(timeout=WITHIN_S)
            assert (taken["by"], taken[wanted]) == ("Anne", text)
            ids = drawn_anew(socket, other_than=ids[button])


@PRESSED
def test_what_is_pressed_twice_is_done_once(
    server: Dashboard,
    asked: Queue[Mapping[str, Any]],
    may_answer: threading.Event,
    page: str,
    field: str,
    button: str,
    wanted: str,
) -> None:
    """A page shows the form that was sent until it is drawn anew."""
    with at(server) as socket:
        ids = shown(socket, page)
        typed = {"Your name, for the journal": "Anne", field: "once"}
        may_answer.clear()
        socket.send(press(ids, page, button, **typed))
        assert asked.get(timeout=WITHIN_S)[wanted] == "once"
        socket.send(press(ids, page, button, **typed))
        with pytest.raises(Empty):
            asked.get(timeout=HELD_S)
        may_answer.set()
        fresh = drawn_anew(socket, other_than=ids[button])
        socket.send(press(fresh, page, button, **{**typed, field: "then"}))
        assert asked.get(timeout=WITHIN_S)[wanted] == "then"


@pytest.mark.usefixtures("processes")
def test_a_page_that_was_left_lets_the_server_end(server: Dashboard) -> None:
    with at(server) as socket:
        shown(socket, "journal")
    began_s = time.monotonic()

    assert server.stop() == -signal.SIGTERM
    assert time.monotonic() - began_s < 24.0  # whoever ends it kills it soon after
