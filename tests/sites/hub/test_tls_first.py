"""Hubs and sites of an earlier version, which spoke before TLS, beside those of now."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nats.aio.client import Client
from servers.hub_server import (
    given_to,
    make_earlier,
    one_hub,
    serving,
    slow_way,
    visiting,
)
from servers.nats_server import NEEDED
from servers.scripted import LOOPBACK

from secours.model.observed import Reason
from secours.model.sites.membership import Sites
from secours.sites import credentials, nkeys
from secours.sites.hub.configuration import OR_CLEAR, TLS_FIRST, TLS_ONLY
from secours.sites.link import connect, why

pytestmark = [NEEDED, pytest.mark.usefixtures("processes")]
LIMIT_S = 60.0
SLOW_S = 2.2  # more than what an upgraded hub waits for a site of before
OLD_LIMIT_S = 5  # within which a site of before wants to hear the first word


async def test_a_site_of_before_comes_in_to_a_hub_that_was_upgraded(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    make_earlier(hub)
    for _ in range(2):  # a second renewal keeps that
        hub.renew((), datetime.now(UTC))
    ours = given_to(hub, "dison")
    client = Client()
    async with asyncio.timeout(LIMIT_S), serving(hub):
        await client.connect(
            list(hub.roster().urls),
            allow_reconnect=False,
            connect_timeout=OLD_LIMIT_S,
            inbox_prefix="_INBOX.dison",
            signature_cb=nkeys.shown_by(client, ours.seed),
            tls=credentials.tls(ours),
        )
        await client.publish("secours.dison.alive", b"{}")
        await client.flush()
        await client.close()


async def test_a_site_of_now_comes_in_to_a_hub_of_before_once_it_is_renewed(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    conf = make_earlier(hub)
    async with asyncio.timeout(LIMIT_S), serving(hub):
        with pytest.raises(ssl.SSLError) as refused:
            async with visiting(hub, "dison"):
                pass
    before = hub.earlier()
    hub.renew((), datetime.now(UTC))
    async with asyncio.timeout(LIMIT_S), serving(hub), visiting(hub, "dison") as site:
        denied = await site.said()

    assert why(refused.value) == (Reason.TLS_MISSING, {})
    assert (before, hub.earlier(), denied) == ([conf], [], [])


async def test_a_new_hub_lets_sites_in_over_a_slow_way(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    port = hub.roster().members[0].port
    ours, closed = given_to(hub, "dison"), asyncio.Event()
    client = Client()
    async with asyncio.timeout(LIMIT_S), serving(hub), slow_way(port, SLOW_S) as near:
        sites = Sites(name="dison", hub=(f"tls://{LOOPBACK}:{near}",))
        await connect(client, sites, ours, closed=closed)
        is_in = client.is_connected
        await client.close()

    assert is_in


async def test_a_new_hub_says_nothing_in_clear(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub")
    async with asyncio.timeout(LIMIT_S), serving(hub):
        port = hub.roster().members[0].port
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * SLOW_S):
                await reader.read(1)
        writer.close()


def test_a_hub_that_shuts_out_sites_of_before_does_so_after_a_renewal(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub")
    conf = make_earlier(hub)
    hub.renew((), datetime.now(UTC))
    waits = conf.read_text()
    conf.write_text(waits.replace(f"{TLS_FIRST} {OR_CLEAR}", f"{TLS_FIRST} true"))
    hub.renew((), datetime.now(UTC))

    assert (OR_CLEAR in waits, hub.tls_first()) == (True, TLS_ONLY)
