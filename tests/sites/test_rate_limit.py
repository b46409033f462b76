"""How much of what a site says is read: all of a healthy one, nothing of a flood."""

import asyncio
import logging
from pathlib import Path

import pytest
from msgspec import Struct
from nats.aio.client import Client
from render.snapshots import channel, standing
from servers.nats_server import NEEDED, client_of, nats_server
from sites.other_sites import (
    BOOT,
    LIMIT_S,
    GivenClock,
    OtherSite,
    listening,
    say,
    states,
    until,
)

from secours.model.observed import Instant
from secours.model.sites.membership import Sites
from secours.model.sites.views import SiteState
from secours.sites import subjects
from secours.sites.neighbours import subscriptions
from secours.sites.neighbours.following import Following
from secours.sites.neighbours.subscriptions import (
    DEAF_S,
    DETAILS,
    EACH_BYTES,
    LIVES,
    LONGEST_DEAF_S,
    MOST_UNREAD,
    FloodingSites,
    RateLimit,
    SiteRates,
)

FALLBACK, NOT_HEARD = SiteState.FALLBACK, SiteState.NOT_HEARD
SITES = Sites(name="dison", hub=("nats://127.0.0.1:4222",), follow=("liege", "ans"))
LARGE, SMALL = 40_000, 1000  # bytes of a life: of two hundred channels, and of ten
FLOOD = 2000
ALL, OF_EACH = 7, 3  # subjects: what two sites say, and that we live
CUT_S = 20  # after which a way is taken anew, or what waited on it comes at once


def taken(limit: RateLimit, said: list[tuple[float, int]]) -> list[bool]:
    """Return which messages are read, of those that come at these seconds."""
    rates = SiteRates(limit)
    return [rates.takes("liege", size, at_s) for at_s, size in said]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([(float(s), LARGE) for s in range(3600)], id="each-second"),
        pytest.param(
            [(float(s - s % CUT_S), LARGE) for s in range(3600)], id="cut-after-cut"
        ),
        pytest.param([(s / 3, LARGE) for s in range(3600)], id="three-of-one-name"),
        pytest.param([(s / 5, SMALL) for s in range(3600)], id="begins-again-at-once"),
    ],
)
def test_every_life_of_a_healthy_site_is_read(said: list[tuple[float, int]]) -> None:
    assert all(taken(LIVES, said))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([(5.0 * (n // 50), 2000) for n in range(6000)], id="all-changes"),
        pytest.param([(3.0 * (n // 300), 2000) for n in range(9000)], id="all-anew"),
        pytest.param([(0.0, 2000) for _ in range(1000)], id="as-many-as-there-may-be"),
    ],
)
def test_all_that_a_healthy_site_says_in_detail_is_read(
    said: list[tuple[float, int]],
) -> None:
    assert all(taken(DETAILS, said))


@pytest.mark.parametrize(
    ("each_s", "size"),
    [
        pytest.param(0.02, 10, id="small-and-a-few-too-many"),
        pytest.param(0.0001, 10, id="small"),
        pytest.param(1.0, 256 * 1024, id="large"),
    ],
)
def test_of_a_flood_nothing_is_read_until_it_ends(each_s: float, size: int) -> None:
    rates, flood = SiteRates(LIVES), int(60 / each_s)
    read = [rates.takes("liege", size, n * each_s) for n in range(flood)]
    end_s = flood * each_s

    first_bytes = sum(read[: read.index(False)]) * max(size, LIVES.least)
    assert first_bytes < LIVES.at_once + 60 * LIVES.per_s
    assert not any(read[-flood // 4 :])
    assert rates.takes("ans", size, end_s)
    assert rates.takes("liege", LARGE, end_s + 1)


def test_who_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MOST_SITES", 10)
    rates = SiteRates(LIVES)
    at_once = [rates.takes(f"s{n}", SMALL, 0.0) for n in range(20)]
    later = [rates.takes(f"t{n}", SMALL, 60.0) for n in range(10)]

    assert at_once == [True] * 10 + [False] * 10
    assert all(later)


def province(clock: GivenClock) -> Following:
    return Following(clock.now, BOOT, province=True)


def _heard(ours: Following, name: str) -> Instant | None:
    at = ours._now()
    return next((v.heard for v in ours.views(at) if v.name == name), None)


async def _unread(ours: Following, many: int) -> None:
    """Wait until so many messages came and were not read: of these there is no news."""
    while ours.unread < many:  # noqa: ASYNC110 -- it is busy with them
        await asyncio.sleep(0)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_site_that_floods_silences_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = GivenClock()
    ours, site, ans = (
        Following(clock.now, BOOT),
        OtherSite(clock),
        OtherSite(clock, "ans"),
    )
    flood = [(site.subject, site.alive()) for _ in range(FLOOD)]
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        with caplog.at_level(logging.WARNING):
            await say(client, flood)
            await _subscribed_to(client, ALL - OF_EACH)
            unread = ours.unread
            await say(client, [*flood, (ans.subject, ans.alive())])
            await until(ours, lambda: _heard(ours, "ans") is not None)
        assert ours.unread == unread
        clock.steady_s += DEAF_S
        await _subscribed_to(client, ALL)
        clock.steady_s += 1
        await say(client, [(site.subject, site.alive(FALLBACK))])
        await until(ours, lambda: FALLBACK in states(ours, clock.now()))

    assert MOST_UNREAD <= unread <= FLOOD - LIVES.at_once // LIVES.least
    assert len([r for r in caplog.records if "say too much" in r.message]) == 1
    assert len([r for r in caplog.records if "not listened to" in r.message]) == 1


async def _subscribed_to(client: Client, many: int) -> None:
    """Wait until so many subjects are listened to."""
    async with asyncio.timeout(LIMIT_S):
        while len(client._subs) != many:  # noqa: ASYNC110 -- the client tells nobody
            await asyncio.sleep(0.01)


def test_who_is_listened_to_again_is_not_heard_while_it_floods() -> None:
    rates = SiteRates(LIVES)
    rates.takes("liege", SMALL, 0.0)
    rates.spend("liege", 60.0)

    assert not any(rates.takes("liege", SMALL, 60 + n / 100) for n in range(100))
    assert rates.takes("liege", SMALL, 62.0)


def test_a_flood_of_which_some_is_read_is_not_listened_to() -> None:
    floods = FloodingSites()
    for _ in range(MOST_UNREAD):
        floods.read("liege")
        missed = [floods.missed("liege", 0.0) for _ in range(3)]
        if any(missed):
            break

    assert list(floods.sites) == ["liege"]
    assert floods.end(DEAF_S - 1) == []
    assert floods.end(DEAF_S) == ["liege"]


def test_who_floods_again_and_again_is_listened_to_ever_less() -> None:
    floods, now_s, lengths = FloodingSites(), 0.0, []
    for _ in range(7):
        while not floods.missed("liege", now_s):
            pass
        began_s = now_s
        while not floods.end(now_s):
            now_s += 1
        lengths.append(now_s - began_s)
        now_s += 1
    now_s += LONGEST_DEAF_S
    floods.end(now_s)
    while not floods.missed("liege", now_s):
        pass

    assert lengths == [30, 60, 120, 240, 480, 600, 600]
    assert floods.end(now_s + DEAF_S) == ["liege"]


async def test_a_flood_is_read_in_no_more_turns_than_it_takes() -> None:
    clock = GivenClock()
    ours = Following(clock.now, BOOT)
    ours.follow(SITES)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count())
    await asyncio.sleep(0)
    for _ in range(FLOOD):
        await ours._hear(Came("secours.liege.alive", b"{}"))  # type: ignore[arg-type]
    other.cancel()

    assert 1 < turns < 20


class Came(Struct):
    """A message, as the client hands it over."""

    subject: str
    data: bytes


async def test_who_floods_is_not_heard_and_hides_no_other_of_its_name() -> None:
    clock = GivenClock()
    ours = Following(clock.now, BOOT)
    ours.follow(SITES)
    loud, low = OtherSite(clock), OtherSite(clock, epoch="B", ahead_s=5.0)
    seen = set()
    for n in range(4000):
        clock.steady_s += 0.02
        await ours._hear(Came(loud.subject, loud.alive()))  # type: ignore[arg-type]
        if n % 500 == 0:
            await ours._hear(Came(low.subject, low.alive()))  # type: ignore[arg-type]
        if n > 2500:
            seen |= {*states(ours, clock.now())}

    assert ours.unread > 2000
    assert SiteState.PRIMARY not in seen
    assert states(ours, clock.now()) == [NOT_HEARD, NOT_HEARD]


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_after_a_new_connection_all_may_speak(tmp_path: Path) -> None:
    clock = GivenClock()
    ours, site = Following(clock.now, BOOT), OtherSite(clock)
    flood = [(site.subject, site.alive()) for _ in range(FLOOD // 5)]
    async with nats_server(tmp_path) as hub:
        async with listening(ours, hub, SITES) as client:
            await say(client, flood)
            await _unread(ours, FLOOD // 20)
        async with listening(ours, hub, SITES) as client:
            clock.steady_s += 0.01
            await say(client, [(site.subject, site.alive(FALLBACK))])
            await until(ours, lambda: FALLBACK in states(ours, clock.now()))


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_of_a_flood_that_the_hub_holds_not_all_is_read(tmp_path: Path) -> None:
    clock = GivenClock()
    ours, site, ans = province(clock), OtherSite(clock), OtherSite(clock, "ans")
    facts = {str(n): "x" * 900 for n in range(30)}
    many, sizes = 3 * int(DETAILS.at_once) // 50_000, []
    async with (
        nats_server(tmp_path, sites=("liege", "ans")) as hub,
        client_of(hub) as sender,
    ):
        for n in range(many):
            said = channel(f"c{n}", standing=standing("o", facts=facts))
            sizes.append(len(message := site.message(said)))
            subject = subjects.state("liege", "channel", said.name)
            await sender.jetstream().publish(subject, message)
        other = subjects.state("ans", "channel", "sms")
        await sender.jetstream().publish(other, ans.message(channel("sms")))
        async with listening(ours, hub, SITES):
            await until(ours, lambda: "ans" in ours._details)

    read = DETAILS.at_once // max(sizes)
    flood = MOST_UNREAD // (max(sizes) // EACH_BYTES) + 1
    assert ours.unread <= flood < many - read
