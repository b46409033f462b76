"""A host on the way to the hub that answers in its place, in clear or as somebody else.

Not a byte of NATS goes to it: no name, no key, no signature and no event.
"""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from faults.table import Row
from msgspec import Struct, field
from servers.certificates import server_tls
from servers.hub_server import OFFICE, administered, given_to, one_hub, serving
from servers.nats_server import NEEDED, nats_server
from servers.scripted import LOOPBACK
from sites.sending_site import SendingSite, at_hub_of, sending, until

from secours.engine import clock
from secours.model.observed import Reason
from secours.model.secret import Secret
from secours.model.sites.membership import Sites
from secours.sites import credentials
from secours.sites.credentials import Credentials
from secours.sites.hub.folder import HubFolder
from secours.sites.link import HubLink

pytestmark = [NEEDED, pytest.mark.usefixtures("processes")]
LIMIT_S = 60.0
INFO = (
    b'INFO {"server_id":"N","version":"2.10.27","max_payload":1048576,'
    b'"auth_required":true,"nonce":"abcdefghijkl","tls_required":%s}\r\n'
)
HANDSHAKE = b"\x16\x03"  # how TLS begins
EVENTS = 12


class Impostor(Struct):
    """What somebody in the hub's place was told, deciphered where TLS held."""

    raw: bytearray = field(default_factory=bytearray)
    deciphered: bytearray = field(default_factory=bytearray)
    visits: int = 0


@asynccontextmanager
async def impostor(
    port: int, say: bytes, *, at_once: bool, tls: ssl.SSLContext | None
) -> AsyncIterator[Impostor]:
    """Listen in the hub's place while the block lasts."""
    found = Impostor()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.visits += 1
        with suppress(OSError):
            if at_once:
                writer.write(say)
            while data := await reader.read(1 << 16):
                (found.deciphered if tls else found.raw).extend(data)
                writer.write(b"PONG\r\n" if b"PING" in data else say)
        writer.transport.abort()

    server = await asyncio.start_server(talk, LOOPBACK, port, ssl=tls)
    try:
        yield found
    finally:
        server.close()


def as_server(ours: Credentials, folder: Path) -> ssl.SSLContext:
    """Return the context of a rogue site that shows what the authority gave it."""
    file = folder / "rogue.pem"
    file.write_text(ours.key + ours.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def member_of(hub: HubFolder, name: str) -> Sites:
    secret = Secret(credentials.written(given_to(hub, name)))
    return Sites(name=name, hub=hub.roster().urls, credentials=secret)


@pytest.mark.parametrize("name", ["dison", OFFICE])
@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        ("clear at once", {Reason.TLS_MISSING}),
        ("clear when asked", {Reason.TLS_MISSING}),
        ("clear, asks for TLS", {Reason.TLS_MISSING}),
        ("a certificate of nobody", {Reason.TLS_UNTRUSTED}),
        ("the certificate of a site", {Reason.TLS_UNTRUSTED, Reason.TLS_NAME}),
    ],
)
async def test_who_answers_in_place_of_the_hub_is_told_nothing(
    tmp_path: Path, name: str, kind: str, reasons: set[Reason]
) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), rogue=())
    tls = {
        "a certificate of nobody": lambda: server_tls(LOOPBACK),
        "the certificate of a site": lambda: as_server(
            given_to(hub, "rogue"), tmp_path
        ),
    }.get(kind, lambda: None)()
    say = INFO % (b"true" if kind == "clear, asks for TLS" else b"false")
    at_once = kind != "clear when asked"
    link = HubLink(clock.now, [])
    port = hub.roster().members[0].port
    async with (
        asyncio.timeout(LIMIT_S),
        impostor(port, say, at_once=at_once, tls=tls) as found,
    ):
        link.follow(member_of(hub, name))
        await until(lambda: link.hub and (link.hub.connected or link.hub.reason))
        assert link.hub
        stood, reason = link.hub.connected, link.hub.reason
        await link.stop()

    assert (stood, bytes(found.deciphered)) == (False, b"")
    assert reason in reasons
    if not tls:
        assert found.visits
        assert bytes(found.raw).startswith(HANDSHAKE)
        assert not re.search(rb"CONNECT|PING|nkey|%s" % name.encode(), found.raw)


async def test_events_wait_while_a_server_without_tls_stands_in_the_hub_s_place(
    tmp_path: Path, cost: Callable[[Row], None]
) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    port = hub.roster().members[0].port
    (tmp_path / "plain").mkdir()
    async with (
        asyncio.timeout(2 * LIMIT_S),
        sending(tmp_path, port, sites=member_of(hub, "dison")) as site,
    ):
        async with serving(hub), administered(hub, "dison"):
            await said(site)
            await site.acknowledged(site.numbers.newest)
        await until(lambda: site.link.hub and not site.link.hub.connected)
        before = site.numbers.acknowledged
        async with nats_server(tmp_path / "plain", port=port):  # and takes all
            await said(site)
            await until(lambda: refused(site))
            stood, kept = site.link.hub, site.numbers.acknowledged
        began_s = time.monotonic()
        async with serving(hub), administered(hub, "dison") as stream:
            await site.acknowledged(site.numbers.newest)
            took_s = time.monotonic() - began_s
            numbers = [each.number for each in await at_hub_of(stream)]

    lost = site.numbers.newest - len(numbers)
    cost(
        Row(
            fault="hub stripped of TLS",
            done=f"a server without TLS in its place, {EVENTS} events meanwhile",
            lost=f"{lost} of {site.numbers.newest} events",
            recovered_s=[took_s],
        )
    )
    assert stood
    assert (stood.connected, kept, lost) == (False, before, 0)
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))


def refused(site: SendingSite) -> bool:
    """Tell whether the server was looked at; taken for the hub ends the wait too."""
    hub = site.link.hub
    return bool(hub and (hub.connected or hub.reason is Reason.TLS_MISSING))


async def said(site: SendingSite) -> None:
    """Say something that others are to hear, and wait until it has its numbers."""
    await until(lambda: site.events.numbers is not None)
    newest = site.numbers.newest
    site.add(EVENTS)
    await until(lambda: site.numbers.newest >= newest + EVENTS)
