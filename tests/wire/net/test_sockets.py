import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path as File

import pytest
from servers.certificates import server_tls, trusted_file
from servers.scripted import closed_port, silent, tcp_server, udp_server
from servers.sip_peer import answer
from servers.slow_tls import PATIENCE_S, slow_tls

from secours.model.observed import Reason
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.net import datagrams, sockets
from secours.wire.net.tls import client_context
from secours.wire.sip import connection

LO = Path(name="lo", interface="lo")


def use_addresses(patch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def resolve(*_: object) -> list[str]:
        return list(addresses)

    patch.setattr(sockets, "resolve", resolve)


@contextmanager
def deaf(address: str, port: int) -> Iterator[None]:
    """Let a port answer no connection: its queue is full."""
    with socket.socket() as listening:
        listening.bind((address, port))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex((address, port))
        yield
        for sock in waiting:
            sock.close()


async def test_address_that_refuses_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "::1", "127.0.0.2", "127.0.0.1")
    async with tcp_server(silent) as port:
        with await sockets.connected_socket("two", port, None) as sock:
            peer = sock.getpeername()

    assert peer == ("127.0.0.1", port)


async def test_address_that_hesitates_does_not_hold_up_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "127.0.0.2", "127.0.0.1")
    async with tcp_server(silent) as port, asyncio.timeout(60.0):
        with (
            deaf("127.0.0.2", port),
            await sockets.connected_socket("two", port, None) as sock,
        ):
            peer = sock.getpeername()

    assert peer == ("127.0.0.1", port)


async def test_what_failed_on_the_way_counts_more_than_no_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "::1", "127.0.0.1")
    four = Path(name="four", source="127.0.0.1")

    with pytest.raises(ConnectionRefusedError):
        await sockets.connected_socket("two", closed_port(), four)


async def test_no_way_to_any_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    use_addresses(monkeypatch, "::1", "2001:db8::1")
    four = Path(name="four", source="127.0.0.1")

    with pytest.raises(Stop) as stop:
        await sockets.connected_socket("two", closed_port(), four)

    assert stop.value.outcome.reason is Reason.NO_ROUTE


async def test_connection_leaves_by_the_source_address() -> None:
    path = Path(name="lo", source="127.0.0.3")
    async with (
        tcp_server(silent) as port,
        sockets.connection("127.0.0.1", port, path) as (_, writer),
    ):
        name = writer.get_extra_info("sockname")
        sock = writer.get_extra_info("socket")
        device = sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)

    assert name[0] == "127.0.0.3"
    assert device.rstrip(b"\0") == b"lo"


async def test_hanging_up_does_not_wait_for_a_peer_that_reads_nothing() -> None:
    async with (
        tcp_server(silent) as port,
        asyncio.timeout(60.0),
        sockets.connection("127.0.0.1", port, LO) as (_, writer),
    ):
        writer.write(bytes(1 << 24))

    assert writer.transport.is_closing()


async def test_cancelled_handshake_leaves_nothing_open() -> None:
    tls = client_context()
    async with tcp_server(silent) as port:
        task = asyncio.create_task(sockets.open_tcp("127.0.0.1", port, None, tls=tls))
        await asyncio.sleep(0.05)
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task


async def test_handshake_that_ends_at_the_deadline_keeps_no_descriptor(
    tmp_path: File,
) -> None:
    tls = client_context(ca=trusted_file(tmp_path))
    now, answered = threading.Event(), threading.Event()
    wait = partial(now.wait, PATIENCE_S)
    with slow_tls(server_tls(), wait, answered.set) as slow_port:
        async with tcp_server(silent) as port:
            sock = await sockets.connected_socket("127.0.0.1", slow_port, None)
            shaking = sockets.streams(sock, None, tls=tls, server_name="127.0.0.1")
            task = asyncio.create_task(shaking)
            for _ in range(9):  # turns of the loop, until our half is sent
                await asyncio.sleep(0)
            now.set()
            assert answered.wait(PATIENCE_S)
            # The loop reads that answer in the turn in which it cancels.
            asyncio.get_running_loop().call_soon(task.cancel)
            with pytest.raises(asyncio.CancelledError):
                await task

            for _ in range(3):  # the first takes the lowest descriptor that is free
                async with sockets.connection("127.0.0.1", port, None):
                    pass


async def test_datagrams_go_to_the_next_address_when_one_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "::1", "127.0.0.2", "127.0.0.1")
    async with (
        udp_server(lambda received: b"re: " + received) as port,
        await sockets.open_udp("three", port, None) as datagrams,
    ):
        datagrams.send(b"one")
        datagrams.send(b"")
        answers = {await datagrams.receive(), await datagrams.receive()}

        assert datagrams.sockname[0] == "127.0.0.1"
    assert answers == {b"re: one", b"re: "}


async def test_address_that_takes_datagrams_in_silence_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "127.0.0.3", "127.0.0.2", "127.0.0.1")
    async with (
        udp_server(lambda received: b"re: " + received) as port,
        udp_server(lambda _: None, "127.0.0.3", port),
        udp_server(lambda _: None, "127.0.0.2", port),
        await sockets.open_udp("three", port, None) as datagrams,
    ):
        datagrams.send(b"one")
        async with asyncio.timeout(60.0):
            answer = await datagrams.receive()

    assert answer == b"re: one"


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_addresses_that_all_refuse_datagrams_are_an_error(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    use_addresses(monkeypatch, "127.0.0.3", "127.0.0.2", "127.0.0.1")
    port = closed_port(socket.SOCK_DGRAM)
    async with await sockets.open_udp("three", port, None) as datagrams:
        for _ in range(count):
            datagrams.send(b"one")
        with pytest.raises(ConnectionRefusedError):
            async with asyncio.timeout(10.0):
                await datagrams.receive()


async def test_late_answer_of_the_first_address_counts_though_the_next_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_addresses(monkeypatch, "127.0.0.1", "127.0.0.2", "127.0.0.3")
    asked_again: list[bytes] = []

    def late(received: bytes) -> bytes | None:
        return b"late" if asked_again else None

    async with (
        udp_server(late) as port,
        udp_server(asked_again.append, "127.0.0.2", port),
        await sockets.open_udp("three", port, None) as datagrams,
    ):
        async with asyncio.timeout(60.0):
            while not asked_again:
                datagrams.send(b"one")
                await asyncio.sleep(0.01)
            datagrams.send(b"one")
            answer = await datagrams.receive()

    assert answer == b"late"


@pytest.mark.parametrize("answers", [True, False])
async def test_call_by_datagrams_is_not_made_to_two_addresses_at_once(
    monkeypatch: pytest.MonkeyPatch, *, answers: bool
) -> None:
    use_addresses(monkeypatch, "127.0.0.1", "127.0.0.2")
    monkeypatch.setattr(connection, "ANSWER_S", 0.5)
    others: asyncio.Queue[bytes] = asyncio.Queue()
    async with (
        udp_server(lambda x: answer(x, "200 OK") if answers else None) as port,
        udp_server(others.put_nowait, "127.0.0.2", port),
        connection.open_peer("two", port, "udp", None) as peer,
    ):
        peer.write(b"ring")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as later:
            later.sendto(b"question", ("127.0.0.2", port))
        async with asyncio.timeout(60.0):
            while (heard := await others.get()).startswith(b"OPTIONS "):
                pass

    assert heard == b"question"


async def test_flood_of_datagrams_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagrams, "INBOX", 2)
    async with (
        udp_server(lambda _: None) as port,
        await sockets.open_udp("127.0.0.1", port, None) as flooded,
    ):
        for number in range(9):
            flooded._keep(b"%d" % number)

        assert [await flooded.receive(), await flooded.receive()] == [b"0", b"1"]
