"""What a site may say that is meant to harm who hears it, and what comes of that."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from render.snapshots import channel, snapshot, standing
from servers.nats_server import NEEDED, client_of, nats_server
from site_views import good, line
from site_views import site as own
from sites.other_sites import BOOT, GivenClock, OtherSite, details_of, listening, until

from secours.core.sites.common_cause import causes
from secours.core.sites.reach import reach_from
from secours.languages import Text
from secours.model.sites.membership import Sites
from secours.model.sites.views import SiteChannel, SiteLine, SiteState
from secours.model.snapshot import State
from secours.sites import subjects
from secours.sites.neighbours.following import Following
from secours.sites.neighbours.other_snapshot import MOST_BYTES

OFFICE = Sites(name="office", hub=("nats://localhost:4222",), follow=("all",))


def province(clock: GivenClock) -> Following:
    """Return one that follows all."""
    ours = Following(clock.now, BOOT, province=True)
    ours.follow(OFFICE)
    return ours


def test_needs_of_a_hundred_alternatives_are_not_looked_through() -> None:
    clock = GivenClock()
    ours, site = province(clock), OtherSite(clock)
    many = tuple(f"provider:{n}" for n in range(100))
    pair = ("provider:0", "provider:1")
    mine = SiteChannel(name="sms", state=State.DOWN, failed_s=9.0, needs=(many, pair))

    ours._take(site.subject, site.alive(channels=(mine,)), 0.0)

    [view] = ours.views(clock.now())
    assert view.channels[0].needs == (pair,)
    assert causes([view]) == ()


@pytest.mark.parametrize("use", [None, "", "  ", "\u200b"], ids=repr)
def test_a_line_that_names_no_channel_has_none_whatever_else_it_says(
    use: str | None,
) -> None:
    clock = GivenClock()
    ours, site = province(clock), OtherSite(clock)
    said = replace(line("sms"), use=use, label=Text("SMS"))

    ours._take(site.subject, site.alive(lines=(line("calls"), said)), 0.0)

    [view] = ours.views(clock.now())
    assert view.state is SiteState.NOTHING_LEFT
    assert view.lines[1] == SiteLine(purpose=said.purpose, audience="staff", use=None)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"state": State.DOWN}, id="down"),
        pytest.param({"state": State.UNKNOWN}, id="unknown"),
        pytest.param({"name": " "}, id="no-name"),
    ],
)
def test_a_channel_that_does_not_work_is_not_usable_though_its_site_says_so(
    said: dict[str, Any],
) -> None:
    clock = GivenClock()
    ours, site = province(clock), OtherSite(clock)
    lie = replace(good("sms"), **said)

    ours._take(site.subject, site.alive(channels=(lie,)), 0.0)

    [view] = ours.views(clock.now())
    assert view.state is SiteState.FALLBACK
    assert not view.channels[0].usable
    [way] = reach_from(own("ans", good("sms")), [view])
    assert way.channel is None


def test_a_site_that_says_very_much_is_not_all_remembered() -> None:
    clock = GivenClock()
    ours, site = province(clock), OtherSite(clock)
    facts = {str(n): "x" * 900 for n in range(30)}

    for n in range(100):
        said = channel(f"c{n}", standing=standing("o", facts=facts))
        ours._take(subjects.state("liege", "channel", said.name), site.message(said), 0)
    small = replace(said, name="c0", standing=standing("x"))
    clock.steady_s += 1
    ours._take(subjects.state("liege", "channel", "c0"), site.message(small), 0)

    details = ours._details["liege"]
    sizes = [each.size for each in details.parts.values()]
    assert sum(sizes) <= MOST_BYTES
    assert 5 < len(sizes) < 100
    assert next(details.of("channel")).standing.state is State.DOWN  # what is newer is
    # taken in the place of what it was


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    "times",
    [
        pytest.param({"age_s": 1e13}, id="old-as-no-calendar"),
        pytest.param({"steady_s": 1e13}, id="up-as-long"),
        pytest.param({"steady_s": -1.0}, id="before-its-boot"),
        pytest.param({"number": 2**63}, id="number"),
        pytest.param({"utc": "9999-12-31T23:59:59+00:00"}, id="last-date"),
        pytest.param({"utc": "2026-11-24T03:00:00"}, id="no-zone"),
    ],
)
@NEEDED
async def test_what_the_hub_holds_of_one_site_silences_no_other(
    times: dict[str, Any], tmp_path: Path
) -> None:
    clock = GivenClock()
    ours, bad, good = province(clock), OtherSite(clock), OtherSite(clock, "ans")
    said = channel("sms")
    whole = msgspec.json.decode(bad.message(said))
    async with (
        nats_server(tmp_path, sites=("liege", "ans")) as hub,
        client_of(hub) as sender,
    ):
        stream = sender.jetstream()
        poison = msgspec.json.encode({**whole, **times})
        await stream.publish(subjects.state("liege", "channel", "sms"), poison)
        for subject, thing in details_of(good, snapshot()):
            await stream.publish(subject, good.message(thing))
        async with listening(ours, hub, OFFICE):
            await until(ours, lambda: ours.snapshot("ans", clock.now()) is not None)

    assert ours.dropped == 1
