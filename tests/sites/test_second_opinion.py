"""A second opinion as it comes over a real hub: what was just said counts, no more."""

from pathlib import Path

import pytest
from core.sites.towns import after, town
from msgspec import structs
from nats.aio.client import Client
from plans import channel, component, moment
from servers.nats_server import NEEDED, nats_server
from sites.other_sites import BOOT, GivenClock, OtherSite, listening, say, until

from secours.core.sites.opinion import second_opinion
from secours.core.sites.own_view import own_view
from secours.model.plan import Config
from secours.model.sites.membership import Sites
from secours.model.sites.views import SiteState
from secours.model.snapshot import Opinion
from secours.sites.neighbours.following import Following

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
SITES = Sites(name="dison", hub=("nats://127.0.0.1:4222",), follow=("liege",))
META, FIBRE = "provider:meta", "internet:fibre"
PARTS = component(META), component(FIBRE)


def plan_of(name: str) -> Config:
    """Return the plan of a site, whose WhatsApp needs Meta and its own fibre."""
    return town(*PARTS, channel("whatsapp", META, FIBRE, kind="whatsapp"), name=name)


FAILING = after(plan_of("dison"), "whatsapp x", until=60.0)


def seen(ours: Following, clock: GivenClock) -> tuple[Opinion, ...]:
    """Return what is seen elsewhere, now, of what failed here at the first second."""
    views = ours.views(clock.now())
    return second_opinion(plan_of("dison"), FAILING, views).opinions


def said(site: OtherSite, letter: str, *, second: float) -> tuple[str, bytes]:
    """Return what another site says of itself, after its test at that second."""
    config = plan_of(site.name)
    view = own_view(config, after(config, f"whatsapp {letter}", second=second - 2))
    held = {"own_link": view.own_link, "parts": view.parts, "channels": view.channels}
    return site.subject, site.alive(view.known or SiteState.PRIMARY, **held)


async def seen_after(
    ours: Following, client: Client, clock: GivenClock, letter: str
) -> Opinion:
    """Return what is seen once another site said how its test went."""
    clock.steady_s = moment(50).steady_s
    await say(client, [said(OtherSite(clock), letter, second=50)])
    await until(ours, lambda: bool(seen(ours, clock)))
    (found,) = seen(ours, clock)
    return found


async def test_what_is_proved_elsewhere_counts_while_it_is_heard(
    tmp_path: Path,
) -> None:
    clock = GivenClock()
    ours = Following(clock.now, BOOT)
    async with nats_server(tmp_path) as hub, listening(ours, hub, SITES) as client:
        found = await seen_after(ours, client, clock, "o")

        assert (found.component, found.works_at, found.heard) == (META, ("liege",), 1)
        assert found.ours == ((FIBRE,), ("channel:whatsapp",))
        clock.steady_s += 30
        assert seen(ours, clock) == ()


async def test_a_word_that_waited_on_the_way_proves_nothing(tmp_path: Path) -> None:
    clock = GivenClock()
    liege, ours = OtherSite(clock), Following(clock.now, BOOT)
    async with nats_server(tmp_path) as hub, listening(ours, hub, SITES) as client:
        clock.steady_s = moment(-60).steady_s
        await say(client, [said(liege, "o", second=-60)])
        await until(ours, lambda: ours.views(clock.now())[0].heard is not None)
        clock.steady_s = moment(-5).steady_s
        waited = said(liege, "o", second=-5)  # before it failed here
        clock.steady_s = moment(15).steady_s
        await say(client, [waited])
        await until(ours, lambda: ours.views(clock.now())[0].state is SiteState.PRIMARY)

        (found,) = seen(ours, clock)
        assert (found.works_at, found.heard) == ((), 1)


async def test_what_others_suspect_with_a_cause_of_their_own_does_not_count(
    tmp_path: Path,
) -> None:
    clock = GivenClock()
    ours = Following(clock.now, BOOT)
    async with nats_server(tmp_path) as hub, listening(ours, hub, SITES) as client:
        found = await seen_after(ours, client, clock, "x")

        assert structs.asdict(found) == structs.asdict(Opinion(component=META, heard=1))
