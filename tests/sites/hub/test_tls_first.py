"""Hubs and sites of an earlier version, which spoke before TLS, beside those of now."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nats.aio.client import Client
from servers.hub_server import given_to, make_earlier, one_hub, serving, visiting
from servers.nats_server import NEEDED

from secours.model.observed import Reason
from secours.sites import credentials, nkeys
from secours.sites.link import why

pytestmark = [NEEDED, pytest.mark.usefixtures("processes")]
LIMIT_S = 30.0
OLD_LIMIT_S = 5  # within which a site of before wants to hear the first word


async def test_a_site_of_before_comes_in_to_a_hub_of_now(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
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
