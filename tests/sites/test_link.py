import asyncio
import errno
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import cast

import nats.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.protocol import parser
from servers.nats_server import NEEDED, client_of, nats_server
from servers.scripted import closed_port, tcp_server

from secours.engine import clock
from secours.model.observed import Reason
from secours.model.secret import SecretMissing
from secours.model.sites.membership import Sites
from secours.sites import link
from secours.sites.link import (
    ANSWER_WITHIN_S,
    ASK_EVERY_S,
    MOST_UNREAD,
    HubConnection,
    HubLink,
    SharedWakeup,
    _answers,
    end,
    together,
    why,
)
from secours.sites.sound_client import make_sound

pytestmark = NEEDED
LIMIT_S = 60.0


class Listening:
    """A part that says when it may talk, and goes on until the connection ends."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[HubConnection] = asyncio.Queue()

    async def talk(self, connection: HubConnection) -> None:
        self.begun.put_nowait(connection)
        await asyncio.Event().wait()


@pytest.mark.usefixtures("processes")
async def test_connection_that_is_lost_is_taken_again(tmp_path: Path) -> None:
    port, part = closed_port(), Listening()
    site = HubLink(clock.now, [part])
    async with asyncio.timeout(LIMIT_S):
        site.follow(Sites(name="dison", hub=(f"nats://127.0.0.1:{port}",)))
        for _ in range(2):
            async with nats_server(tmp_path, port=port):
                await part.begun.get()
                assert site.hub
                assert site.hub.connected
        await site.stop()


@pytest.mark.usefixtures("processes")
async def test_connection_counts_once_it_has_lived_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "COUNTS_AFTER_S", 3600.0)
    port, part, counted = closed_port(), Listening(), []
    site = HubLink(clock.now, [part])
    async with asyncio.timeout(LIMIT_S):
        site.follow(Sites(name="dison", hub=(f"nats://127.0.0.1:{port}",)))
        for _ in range(3):
            async with nats_server(tmp_path, port=port):
                ours = (await part.begun.get()).client
                await ours.flush()
                counted.append(site.hub and site.hub.connected)
            while site.hub and not site.hub.reason:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.05)
        monkeypatch.setattr(link, "COUNTS_AFTER_S", 0.2)
        async with nats_server(tmp_path, port=port):
            await part.begun.get()
            began = clock.now()
            while not (site.hub and site.hub.connected):  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.05)
            assert site.hub.since.steady_s <= began.steady_s
        await site.stop()

    assert counted == [False] * 3


async def test_secret_that_the_hub_repeats_is_not_shown() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = '{"max_payload": 1048576, "headers": true, "version": "2.11.0"}'
        writer.write(f"INFO {info}\r\n-ERR 'Authorization: hush-hush-1'\r\n".encode())
        await reader.read()

    missed = asyncio.Event()

    class Missed(HubLink):
        def _miss(self, error: Exception) -> None:
            super()._miss(error)
            missed.set()

    link = Missed(clock.now, [])
    async with asyncio.timeout(LIMIT_S), tcp_server(greet) as port:
        sites = Sites(name="dison", hub=(f"nats://127.0.0.1:{port}",))
        link.follow(sites, frozenset({"hush-hush-1"}))
        await missed.wait()
        await link.stop()

    assert link.hub
    assert "***" in str(link.hub.facts["said"])
    assert "hush" not in str(link.hub.facts)


@pytest.mark.usefixtures("processes")
async def test_hub_says_nothing_to_us_of_what_we_said(tmp_path: Path) -> None:
    """It would cost as much again; who else has our name is heard all the same."""
    part, heard = Listening(), asyncio.Queue[bytes]()
    site = HubLink(clock.now, [part])

    async def hear(message: Msg) -> None:
        heard.put_nowait(message.data)

    async with asyncio.timeout(LIMIT_S), nats_server(tmp_path) as hub:
        site.follow(Sites(name="dison", hub=(hub.url,)))
        ours = (await part.begun.get()).client
        await ours.subscribe("secours.dison.alive", cb=hear)
        await ours.flush()
        await ours.publish("secours.dison.alive", b"ours")
        await ours.flush()
        async with client_of(hub) as another:
            await another.publish("secours.dison.alive", b"another's")
        first = await heard.get()
        await site.stop()

    assert first == b"another's"


class CountingHub:
    """A client whose hub answers when it is let, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[float] = asyncio.Queue()
        self.answer = asyncio.Event()

    async def flush(self, timeout: float) -> None:  # noqa: ASYNC109 -- the client's
        self.asked.put_nowait(timeout)
        await self.answer.wait()


async def test_hub_is_asked_where_it_has_not_answered_of_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub, wakeup, now_s = CountingHub(), SharedWakeup(), 0.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now_s)
    asking = asyncio.create_task(_answers(cast(Client, hub), wakeup))
    await _all_else()
    for _ in range(2):
        now_s += 0.9 * ASK_EVERY_S
        await _all_else()
        assert hub.asked.empty()
        wakeup.wake()
    await _all_else()
    now_s = 2.7 * ASK_EVERY_S
    await _all_else()
    assert hub.asked.empty()
    now_s = 2.9 * ASK_EVERY_S
    await _all_else()
    assert hub.asked.get_nowait() == ANSWER_WITHIN_S
    now_s = 9 * ASK_EVERY_S  # not yet answered
    await _all_else()
    assert hub.asked.empty()
    monkeypatch.undo()
    await end([asking])


async def test_hub_that_never_says_anything_by_itself_is_asked_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("secours.sites.link.ASK_EVERY_S", 0.0)
    hub = CountingHub()
    hub.answer.set()
    asking = asyncio.create_task(_answers(cast(Client, hub), SharedWakeup()))
    async with asyncio.timeout(LIMIT_S):
        for _ in range(3):
            await hub.asked.get()
    await end([asking])


async def _all_else() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class MissesOneCancel(Listening):
    """A part that does not see that it is cancelled, the first time."""

    ended = 0

    async def talk(self, connection: HubConnection) -> None:
        with suppress(asyncio.CancelledError):
            await super().talk(connection)
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1


@pytest.mark.usefixtures("processes")
async def test_part_that_missed_its_end_holds_up_no_other_hub(tmp_path: Path) -> None:
    part = MissesOneCancel()
    link = HubLink(clock.now, [part])
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    async with (
        asyncio.timeout(LIMIT_S),
        nats_server(tmp_path / "a") as first,
        nats_server(tmp_path / "b") as second,
    ):
        for hub in (first, second):
            link.follow(Sites(name="dison", hub=(hub.url,)))
            await part.begun.get()
        await link.stop()

    assert part.ended == 2


async def test_hub_that_is_not_there_is_told_with_its_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    link = HubLink(clock.now, [])
    async with asyncio.timeout(LIMIT_S):
        link.follow(Sites(name="dison", hub=(f"nats://127.0.0.1:{closed_port()}",)))
        while not (link.hub and link.hub.reason):  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.05)
        await link.stop()

    assert not link.hub.connected
    assert link.hub.reason is Reason.REFUSED
    assert "the hub is not reached: connection refused" in caplog.text


@pytest.mark.usefixtures("processes")
async def test_only_our_client_reads_subjects_of_any_bytes(tmp_path: Path) -> None:
    any_bytes = b"secours.a\x0bb.alive"
    before = parser.MSG_RE, parser.HMSG_RE, parser.Parser.parse
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: Msg) -> None:
        heard.put_nowait(message.subject)

    async with (
        asyncio.timeout(LIMIT_S),
        nats_server(tmp_path) as hub,
        client_of(hub) as client,
    ):
        make_sound(client)
        await client.subscribe("secours.*.alive", cb=hear)
        await client.flush()
        assert client._transport
        client._transport.write(b"PUB %s 2\r\n{}\r\n" % any_bytes)
        assert await heard.get() == any_bytes.decode()

    assert (parser.MSG_RE, parser.HMSG_RE, parser.Parser.parse) == before


def _untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = "x"
    error.verify_code = 20  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    return error


def _in_clear(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "x")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (_in_clear("WRONG_VERSION_NUMBER"), Reason.TLS_MISSING),
        (_in_clear("RECORD_LAYER_FAILURE"), Reason.TLS_MISSING),
        (_in_clear("TLSV1_ALERT_INTERNAL_ERROR"), Reason.TLS_FAILED),
        (TimeoutError(), Reason.TIMEOUT),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Reason.REFUSED),
        (OSError(errno.ENETUNREACH, "x"), Reason.UNREACHABLE),
        (socket.gaierror(socket.EAI_NONAME, "x"), Reason.DNS),
        (_untrusted(), Reason.TLS_UNTRUSTED),
        (ConnectionResetError("Connection lost"), Reason.PROTOCOL),
        (nats.errors.Error("nats: 'Authorization Violation'"), Reason.AUTH),
        (SecretMissing("x", problem="empty", what="NATS"), Reason.SECRET_MISSING),
        (ValueError("x"), Reason.BROKEN),
    ],
    ids=lambda each: each.value if isinstance(each, Reason) else "",
)
def test_why_the_hub_is_not_reached(error: Exception, reason: Reason) -> None:
    assert why(error)[0] is reason


async def test_message_without_end_fills_no_memory() -> None:
    info = b'INFO {"server_id": "x", "version": "2.10.0", "max_payload": 1048576}\r\n'

    talks = []

    async def endless(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        talks.append(asyncio.current_task())
        with suppress(OSError):
            writer.write(
                info + b"PONG\r\n" + b"MSG secours.ans.alive 1 999999999999\r\n"
            )
            writer.write(bytes(2 * MOST_UNREAD))
            await reader.read()  # until the other end has gone
        writer.transport.abort()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ours = HubLink(clock.now, [])
    ours.follow(Sites(name="dison", hub=(f"nats://127.0.0.1:{port}",)))
    try:
        async with asyncio.timeout(60):
            while ours.hub and ours.hub.reason is not Reason.BROKEN:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert ours.hub
        assert not ours.hub.connected
    finally:
        await ours.stop()
        server.close()
        await asyncio.gather(*filter(None, talks))


async def test_part_that_misses_the_first_call_to_end_is_called_again() -> None:
    async def busy() -> None:
        with suppress(asyncio.CancelledError):  # as one whose answer just came
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async with asyncio.timeout(LIMIT_S):
        await together(busy(), asyncio.sleep(0))
