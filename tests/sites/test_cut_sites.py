"""Sites that are cut off, slow, killed, or many at once, and what the hub has then."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from engine.town import Town
from servers import namespace
from servers.namespace import Network, network
from servers.nats_server import NEEDED, RunningHub, nats_server
from servers.scripted import closed_port
from sites import other_sites
from sites.engine_of_a_site import plan_text
from sites.other_sites import BOOT, OtherSite, RealClock, listening, say
from sites.sending_site import SendingSite, at_hub, doubles, sending, until

from secours.engine import clock
from secours.engine.store.database import site_events
from secours.engine.store.database.site_events import STRETCH_S
from secours.model.observed import Evidence, Result, ok
from secours.model.sites.events import SiteEvent
from secours.model.sites.membership import Sites
from secours.sites import link
from secours.sites.envelope import body_of
from secours.sites.link import HubConnection, HubLink
from secours.sites.neighbours.following import Following
from secours.sites.sending import outbox

pytestmark = NEEDED
PORT = 4222
LIMIT_S = 60.0
DAY_S = 86400
CONNECT = link.connect
STRETCHES, CHANGES, BEFORE_CUT = 864, 40, 10  # of three days; and before them
SITES = 100
SLOW_BYTES_PER_S = 24_000
SLOWLY = "from secours.sites.sending import outbox\noutbox.AT_ONCE = 1\n"


@asynccontextmanager
async def behind_a_router(folder: Path) -> AsyncIterator[tuple[Network, RunningHub]]:
    """Run a hub that is reached over a way that can be cut, while the block lasts."""
    with network(("lan",), ("hub",)) as net, net.inside("here"):
        async with nats_server(
            folder, host=net.address("hub"), port=PORT, within=net.within("hub")
        ) as hub:
            yield net, hub


@pytest.mark.usefixtures("processes")
@namespace.NEEDED
async def test_a_site_cut_off_for_ten_minutes_loses_nothing(tmp_path: Path) -> None:
    async with (
        behind_a_router(tmp_path) as (net, hub),
        sending(tmp_path / "site", PORT, net.address("hub")) as site,
    ):
        site.add(50)
        await site.acknowledged(50)
        net.cut("lan", "dropped")
        site.add(100)
        await until(lambda: site.sender.waiting == 100)
        site.later_s = 600.0
        site.add(100)
        await until(lambda: site.link.hub and not site.link.hub.connected)
        await until(lambda: site.sender.waiting == 200)
        net.mend("lan", "dropped")
        await site.acknowledged(250)
        found = await at_hub(hub)

    assert [each.number for each in found] == [*range(1, 251)]
    assert max(each.age_s for each in found[50:150]) >= 600
    assert max(each.age_s for each in found[:50]) < 60


@pytest.mark.usefixtures("processes")
@namespace.NEEDED
async def test_after_three_days_the_oldest_sums_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_events, "MOST", 300)
    async with (
        behind_a_router(tmp_path) as (net, hub),
        sending(tmp_path / "site", PORT, net.address("hub")) as site,
    ):
        site.later_s = site.left_of_stretch_s - STRETCH_S / 2
        site.add(BEFORE_CUT)
        await site.acknowledged(BEFORE_CUT)
        net.cut("lan", "dropped")
        await asyncio.to_thread(_live_three_days, site)
        await until(lambda: site.link.hub and not site.link.hub.connected)
        newest = site.numbers.newest
        assert site.sender.waiting == newest - BEFORE_CUT
        net.mend("lan", "dropped")
        await site.acknowledged(newest)
        found = (await at_hub(hub))[BEFORE_CUT:]
        await _are_missed(hub, site.numbers.epoch, newest - BEFORE_CUT - 300)

    changes = [each for each in found if body_of(each, SiteEvent).change]
    sums = [each.number for each in found if body_of(each, SiteEvent).rollup]
    assert newest == BEFORE_CUT + STRETCHES + CHANGES
    assert (len(changes), len(sums)) == (CHANGES, 300 - CHANGES)
    assert found[-1].number == newest
    assert min(sums) > newest - 300 - CHANGES  # the oldest went
    assert max(each.age_s for each in changes) > 2.9 * DAY_S


def _live_three_days(site: SendingSite) -> None:
    """Let a site go on for so long, five minutes at a time, and write what it would."""
    newest = BEFORE_CUT
    for stretch in range(STRETCHES):
        if stretch % 22 == 0:
            site.add(1)
            newest += 1
        outcome = ok(Evidence.SERVED)
        probe = "channels/mail/smtp"
        site.store.result(Result(probe=probe, at=site.now(), outcome=outcome))
        site.later_s += site.left_of_stretch_s + STRETCH_S / 2  # however slow we are
        site.store.note(site.now().utc, "test", "stretch", "")
        assert site.store.wait_written(LIMIT_S)
        newest += 1
        _until_numbered(site, newest)


def _until_numbered(site: SendingSite, newest: int) -> None:
    """Wait until a stretch is summed up: the store does it once it has written."""
    end_s = time.monotonic() + LIMIT_S
    while site.numbers.newest < newest:
        assert time.monotonic() < end_s, "it is not summed up"
        time.sleep(0.001)


async def _are_missed(hub: RunningHub, epoch: str, many: int) -> None:
    """Wait until a province knows that so many events of the site never came."""
    here = RealClock()
    site = OtherSite(here, "dison", epoch=epoch)
    office = Sites(name="office", hub=(hub.url,), follow=("all",))
    ours = Following(here.now, BOOT, province=True)
    async with listening(ours, hub, office) as client:
        await say(client, [(site.subject, site.alive())])
        await other_sites.until(
            ours, lambda: [each.missed for each in ours.views(here.now())] == [many]
        )


@pytest.mark.usefixtures("processes")
@namespace.NEEDED
async def test_a_slow_site_sends_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ACK_WITHIN_S", 3.0)
    async with (
        behind_a_router(tmp_path) as (net, hub),
        sending(tmp_path / "site", PORT, net.address("hub")) as site,
    ):
        await until(lambda: site.link.hub and site.link.hub.connected)
        net.slow("hub", 0.2, bytes_per_s=SLOW_BYTES_PER_S)
        began_s = time.monotonic()
        site.add(outbox.AT_ONCE + 50)
        await site.acknowledged(outbox.AT_ONCE + 50)
        took_s = time.monotonic() - began_s
        net.hurry("hub")
        found = await at_hub(hub)

    assert [each.number for each in found] == [*range(1, outbox.AT_ONCE + 51)]
    assert took_s > outbox.ACK_WITHIN_S  # so at once they would never be acknowledged


@pytest.mark.parametrize(
    "each_s",
    [
        pytest.param(0.0001, id="quick"),
        pytest.param(0.05, id="slow"),
        pytest.param(1.0, id="very-slow"),
    ],
)
def test_never_more_are_sent_than_are_acknowledged_in_time(each_s: float) -> None:
    latency_s, most, sizes = 0.8, 1, []
    for _ in range(50):
        sizes.append(most)
        most = outbox.as_many(most, latency_s + most * each_s)

    slowest_s = latency_s + max(sizes) * each_s
    assert slowest_s < outbox.ACK_WITHIN_S
    assert max(sizes) == outbox.AT_ONCE or slowest_s > outbox.ACK_WITHIN_S / 4


@pytest.mark.usefixtures("processes")
async def test_an_engine_killed_while_it_sends_doubles_nothing(tmp_path: Path) -> None:
    port = closed_port()
    town = Town(tmp_path)
    town.plan.write_text(plan_text(port))
    async with sending(town.store_in, port) as site:
        site.add(5000)
        await until(lambda: site.events.numbers and site.numbers.newest == 5000)
    (tmp_path / "run").mkdir(mode=0o700)
    try:
        async with nats_server(tmp_path, port=port) as hub:
            killed = town.start(SLOWLY)
            await _has(hub, 1)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            at_kill = len(await at_hub(hub))
            town.start()
            await _has(hub, 5000)
            await town.until(
                lambda shot, _age: (
                    shot.hub and shot.hub.connected and shot.hub.waiting == 0
                )
            )
            found = await at_hub(hub)
    finally:
        town.end()

    assert 0 < at_kill < 5000
    assert doubles(found) == []
    assert [each.number for each in found[:5000]] == [*range(1, 5001)]


async def _has(hub: RunningHub, many: int) -> None:
    """Wait until the hub has so many events, of which a message may hold several."""
    async with asyncio.timeout(LIMIT_S):
        while len(await at_hub(hub)) < many:
            pass


class Arrivals:
    """When each site tried to come to the hub, and how many are there."""

    def __init__(self) -> None:
        self.at_s: list[float] = []
        self.there = 0

    async def connect(self, *how: Any, **more: Any) -> None:
        """Connect as a link does, and note when that was tried."""
        self.at_s.append(time.monotonic())
        await CONNECT(*how, **more)

    async def talk(self, _connection: HubConnection) -> None:
        self.there += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.there -= 1


@pytest.mark.usefixtures("processes")
async def test_a_hundred_sites_do_not_come_back_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, arrivals = closed_port(), Arrivals()
    monkeypatch.setattr(link, "FIRST_PAUSE_S", 10.0)  # long beside how slow we may be
    monkeypatch.setattr(link, "connect", arrivals.connect)
    links = [HubLink(clock.now, [arrivals]) for _ in range(SITES)]
    async with nats_server(tmp_path, port=port):
        for number, each in enumerate(links):
            each.follow(Sites(name=f"site {number}", hub=(f"nats://127.0.0.1:{port}",)))
        await until(lambda: arrivals.there == SITES)
    await until(lambda: arrivals.there == 0)
    arrivals.at_s.clear()
    async with nats_server(tmp_path, port=port):
        await until(lambda: arrivals.there == SITES)
        await asyncio.gather(*(each.stop() for each in links))

    busiest = max(
        sum(at_s <= other_s < at_s + 1.0 for other_s in arrivals.at_s)
        for at_s in arrivals.at_s
    )
    assert busiest < SITES / 2
