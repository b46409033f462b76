"""Two engines and a hub: what one site says is what the province shows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from engine.town import ENGINE, PLAN, Town, available
from nats.aio.client import Client
from servers.nats_server import NEEDED, RunningHub, client_of, nats_server
from sites.other_sites import OtherSite, RealClock, say

from secours.engine.published import sites_file
from secours.model.observed import Reason
from secours.model.sites.views import SiteState
from secours.model.snapshot import Link

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
LIMIT_S = 120.0
SITES = """
sites: {{name: {name}, hub: "{hub}", follow: all}}
"""
HEARD_S = 5.0  # a site is heard for so long here, and says so often that it lives
OFTEN = "from secours.sites.sending import uplink\nuplink.ALIVE_EVERY_S = 1.0\n"
SOON = f"from secours.core.sites import life\nlife.HEARD_S = {HEARD_S}\n"
PROVINCE = ENGINE.replace("(Path(sys.argv[1]))", "(Path(sys.argv[1]), province=True)")

T = TypeVar("T")


async def settled(look: Callable[[], T], holds: Callable[[T], bool]) -> T:
    """Return what is published once it is there, and so."""
    while True:
        try:
            found = look()
        except (FileNotFoundError, StopIteration):
            pass
        else:
            if holds(found):
                return found
        await asyncio.sleep(0.1)


def town_of(site: str, folder: Path, hub: str, port: int) -> Town:
    """Return a town that is one of many sites."""
    (folder / "run").mkdir(mode=0o700, parents=True)
    made = Town(folder)
    sites = SITES.format(name=site, hub=hub)
    made.plan.write_text(PLAN.format(port=port) + sites)
    return made


@asynccontextmanager
async def hub_and_peer(folder: Path) -> AsyncIterator[tuple[RunningHub, int]]:
    """Run a hub, and what a town probes, on this port."""
    async with (
        asyncio.timeout(LIMIT_S),
        await asyncio.start_server(_answer, "127.0.0.1", 0) as server,
        nats_server(folder) as hub,
    ):
        yield hub, server.sockets[0].getsockname()[1]


async def test_province_shows_what_a_site_says_and_that_it_fell_silent(
    tmp_path: Path,
) -> None:
    async with hub_and_peer(tmp_path) as (hub, port):
        site = town_of("liege", tmp_path / "site", hub.url, port)
        office = town_of("office", tmp_path / "office", hub.url, port)
        try:
            site.start(first=OFTEN)
            office.start(first=f"{SOON}{PROVINCE}\nraise SystemExit\n")
            await _shows(site, office)
        finally:
            site.end()
            office.end()


async def test_a_site_knows_that_another_has_its_name_and_when_it_is_cut_off(
    tmp_path: Path,
) -> None:
    async with hub_and_peer(tmp_path) as (hub, port):
        office = town_of("office", tmp_path / "office", hub.url, port)
        other = OtherSite(RealClock(), "office")
        try:
            office.start(first=f"{OFTEN}{PROVINCE}\nraise SystemExit\n")
            await office.until(lambda own, _: own.hub and own.hub.connected)
            await settled(
                lambda: sites_file.read(office.publish_in)[0],
                lambda found: found.hub_lost is None,
            )
            async with client_of(hub) as client:
                speaking = asyncio.create_task(_speak(client, other))
                await office.until(lambda own, _: own.hub and own.hub.doubled)
                speaking.cancel()
            hub.process.kill()
            view = await settled(
                lambda: sites_file.read(office.publish_in)[0],
                # how it ended may be said first
                lambda found: (
                    found.hub_lost is not None
                    and found.hub_lost.reason is Reason.REFUSED
                ),
            )
        finally:
            office.end()

    assert view.hub_lost is not None
    assert view.hub_lost.own_link is not Link.DOWN
    assert view.at.since(view.hub_lost.since) < LIMIT_S


async def _speak(client: Client, site: OtherSite) -> None:
    while True:
        await say(client, [(site.subject, site.alive())])
        await asyncio.sleep(0.5)


async def _shows(site: Town, office: Town) -> None:
    view, age_s = await settled(
        lambda: sites_file.read(office.publish_in),
        lambda found: (
            [s.name for s in found[0].sites if s.is_heard] == ["liege", "office"]
        ),
    )
    assert view.province
    assert 0 <= age_s < 30
    shot, _ = await settled(
        lambda: sites_file.read_site("liege", office.publish_in),
        lambda found: available(*found),
    )
    assert shot.by_name["mail"].how.plain == ""  # it is not shared
    await office.until(lambda own, _: own.hub and own.hub.connected)

    site.kill()
    heard_until = (
        await settled(
            lambda: sites_file.read(office.publish_in)[0],
            lambda found: not found.sites[0].is_heard,
        )
    ).sites[0]
    assert heard_until.state is SiteState.NOT_HEARD
    assert heard_until.known is SiteState.PRIMARY
    await settled(  # its page ages on
        lambda: sites_file.read_site("liege", office.publish_in)[1],
        lambda age_s: age_s >= HEARD_S,
    )


async def _answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"ok\n")
    writer.close()
