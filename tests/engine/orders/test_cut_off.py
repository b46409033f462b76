"""What the province says while a site is cut off reaches it when the cut is over."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from engine.orders.small_province import (
    PROVINCE,
    SmallOffice,
    SmallSite,
    at_work,
    mark,
    until,
)
from servers.hub_server import OFFICE, administered, serving
from servers.namespace import NEEDED as NAMESPACES
from servers.namespace import Network, network
from servers.nats_server import NEEDED
from servers.scripted import closed_port

from secours.model.sites.handed_down import OrderProgress
from secours.model.statements import Declared
from secours.sites.hub.folder import HubFolder
from secours.sites.hub.roster import ALONE, HubMember

pytestmark = [NEEDED, NAMESPACES]
PROMISED_S = 20.0
WITHIN_S = 3 * PROMISED_S  # on a machine that others share
Playing = Callable[[], Coroutine[None, None, None]]


class Played(Event):
    """Something that happened in one of the namespaces."""

    async def happens(self) -> None:
        await until(self.is_set)


class Play:
    """The province at the hub, a site behind a way that is cut, and what happens."""

    def __init__(self, folder: Path, net: Network) -> None:
        self._folder, self._net = folder, net
        self._ready, self.online, self._lost = Played(), Played(), Played()
        self.sent, self.there = Played(), Played()
        self._hub = HubFolder(folder / "hub")
        host, port = net.address("hub"), closed_port()
        member = HubMember(name=ALONE, hosts=(host,), port=port)
        self._hub.init([member], OFFICE, datetime.now(UTC))
        self._hub.add("dison", (), datetime.now(UTC))

    def begin(self) -> Awaitable[object]:
        """Let each play in a thread of its own, in its namespace."""
        both = (("hub", self._province), ("here", self._site))
        threads = (asyncio.to_thread(self._inside, *each) for each in both)
        return asyncio.gather(*threads)

    def _inside(
        self, name: str, play: Callable[[], Coroutine[None, None, None]]
    ) -> None:
        self._net.enter(name)
        asyncio.run(play())

    async def _province(self) -> None:
        """Say something once the site is lost."""
        async with serving(self._hub):
            async with administered(self._hub, "dison"):
                pass
            self._ready.set()
            office = SmallOffice(self._folder, self._hub)
            async with at_work(office):
                await self._lost.happens()
                number = await office.say(mark(), "dison")
                await office.progress("dison", number, OrderProgress.AT_HUB)
                self.sent.set()
                await self.there.happens()

    async def _site(self) -> None:
        await self._ready.happens()
        site = SmallSite(self._folder, self._hub, "dison")
        async with at_work(site):
            await until(lambda: bool(site.link.hub and site.link.hub.connected))
            self.online.set()
            await until(lambda: not (site.link.hub and site.link.hub.connected))
            self._lost.set()
            await site.engine.heard.get()
            self.there.set()
        assert site.engine.marks() == [(PROVINCE, Declared.DOWN)]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("how", ["dropped", "unplugged"])
async def test_a_word_is_there_soon_after_the_end_of_a_cut(
    tmp_path: Path, how: str
) -> None:
    with network(["wan"], ["hub"]) as net:
        play = Play(tmp_path, net)
        over = play.begin()
        await play.online.happens()
        net.cut("wan", how)
        await play.sent.happens()
        net.mend("wan", how)
        mended_s = time.monotonic()
        await play.there.happens()
        took_s = time.monotonic() - mended_s
        await over

    assert took_s < WITHIN_S
