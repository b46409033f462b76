"""What is heard of other sites at a real hub, and what of it counts."""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import Raw
from msgspec.structs import replace
from nats.aio.client import Client
from render.snapshots import STATES, snapshot
from servers import namespace
from servers.namespace import Network, network
from servers.nats_server import (
    NEEDED,
    PatientClient,
    RunningHub,
    client_of,
    nats_server,
)
from sites.other_sites import (
    BOOT,
    LIMIT_S,
    GivenClock,
    OtherSite,
    RealClock,
    details_of,
    listening,
    say,
    states,
    until,
)

from secours.core.sites.detail_digest import digest, row
from secours.engine.state_file import encoded
from secours.model.observed import Instant
from secours.model.sites.membership import Sites
from secours.model.sites.views import Alive, SiteState, SiteView
from secours.model.snapshot import Snapshot
from secours.sites import envelope, subjects
from secours.sites.envelope import EnvelopeWriter
from secours.sites.link import HubLink
from secours.sites.neighbours import hub_store
from secours.sites.neighbours.following import Following

pytestmark = NEEDED
PRIMARY, FALLBACK = SiteState.PRIMARY, SiteState.FALLBACK
NOT_HEARD, DOUBLE = SiteState.NOT_HEARD, SiteState.DOUBLE
APART_S = 1.5  # that two clocks are read, on a busy machine
SITES = Sites(name="dison", hub=("nats://127.0.0.1:4222",), follow=("liege", "ans"))
ALL_SITES = Sites(name="dison", hub=SITES.hub, follow=("all",))


def following(clock: GivenClock, *, province: bool = False) -> Following:
    return Following(clock.now, BOOT, province=province)


def test_site_that_is_named_beside_all_is_there_before_it_is_heard() -> None:
    clock = GivenClock()
    ours = following(clock, province=True)
    ours.follow(Sites(name="dison", hub=SITES.hub, follow=("all", "spa", "dison")))

    assert [view.name for view in ours.views(clock.now())] == ["spa"]


def test_site_that_the_hub_lets_in_is_there_before_it_is_heard() -> None:
    clock = GivenClock()
    ours = following(clock, province=True)
    ours.follow(ALL_SITES)
    ours.expect(frozenset({"spa", "dison"}))

    assert [(v.name, v.state) for v in ours.views(clock.now())] == [("spa", NOT_HEARD)]


@pytest.mark.usefixtures("processes")
async def test_site_that_the_hub_lets_in_no_more_is_gone_with_its_events(
    tmp_path: Path,
) -> None:
    clock = GivenClock()
    ours = following(clock, province=True)
    ours.expect(frozenset({"liege", "ans"}))
    sites = {name: OtherSite(clock, name) for name in ("liege", "ans")}
    async with nats_server(tmp_path) as hub:
        async with listening(ours, hub, ALL_SITES) as client:
            for name, site in sites.items():
                await say(client, [(site.subject, site.alive())])
                await client.jetstream().publish(
                    subjects.event(name),
                    b"{}",
                    headers={subjects.NUMBERS: "A/1-1"},
                )
            await until(ours, lambda: states(ours, clock.now()) == [PRIMARY] * 2)
            ours.expect(frozenset({"ans"}))
            assert [view.name for view in ours.views(clock.now())] == ["ans"]
        async with listening(ours, hub, ALL_SITES) as client:
            await client.jetstream().publish(
                subjects.event("ans"),
                b"{}",
                headers={subjects.OLD_NUMBERS: "ans/A/4"},
            )
            await until(ours, lambda: ours.views(clock.now())[-1].missed == 2)
            assert [view.name for view in ours.views(clock.now())] == ["ans"]


@pytest.mark.usefixtures("processes")
async def test_who_lives_at_the_hub_is_shown_though_no_list_has_it(
    tmp_path: Path,
) -> None:
    clock = GivenClock()
    site, ours = OtherSite(clock), following(clock, province=True)
    ours.expect(frozenset())
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, ALL_SITES) as client,
    ):
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))
        clock.steady_s += 31

        assert ours.views(clock.now()) == ()


@pytest.mark.usefixtures("processes")
async def test_site_is_heard_then_not_and_again_at_once(tmp_path: Path) -> None:
    clock = GivenClock()
    site, ours = OtherSite(clock), following(clock)
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))
        first = clock.now()
        clock.steady_s += 30
        assert states(ours, clock.now()) == [NOT_HEARD, NOT_HEARD]  # ans never was
        _, view = ours.views(clock.now())
        assert (view.known, view.heard) == (PRIMARY, first)
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))


@pytest.mark.usefixtures("processes")
async def test_who_is_not_followed_is_not_heard(tmp_path: Path) -> None:
    clock = GivenClock()
    ours = following(clock)
    others = [OtherSite(clock, name) for name in ("verviers", "dison", "liege")]
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        await say(client, [(site.subject, site.alive()) for site in others])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))

    assert [view.name for view in ours.views(clock.now())] == ["ans", "liege"]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("follow", [(), ("all",)], ids=["nobody", "all"])
async def test_a_site_hears_that_another_has_its_name(
    tmp_path: Path, follow: tuple[str, ...]
) -> None:
    """Who speaks in turn with us under our name is another; a rebirth is not."""
    clock = GivenClock()
    ours = following(clock)
    own, old, other = (OtherSite(clock, "dison", epoch=each) for each in "ABC")
    sites = Sites(name="dison", hub=SITES.hub, follow=follow)
    async with nats_server(tmp_path) as hub, listening(ours, hub, sites) as client:

        async def speaking(*who: OtherSite) -> None:
            for site in who:
                clock.steady_s += 5
                ours.news.clear()
                await say(client, [(site.subject, site.alive())])
                await ours.news.wait()

        await speaking(old, old, own, own)
        assert ours.doubled(clock.now()) is None
        await speaking(other)
        assert ours.doubled(clock.now()) is None
        await speaking(own)
        assert ours.doubled(clock.now()) == clock.now()
        assert ours.views(clock.now()) == ()
        clock.steady_s += 60
        await speaking(own)
        assert ours.doubled(clock.now()) is None


@pytest.mark.parametrize(
    "epochs",
    [
        pytest.param([f"{n}" for n in range(400)], id="another-each-time"),
        pytest.param([f"{n % 40}" for n in range(400)], id="forty"),
    ],
)
def test_who_is_born_again_and_again_hides_no_other(epochs: list[str]) -> None:
    """Who has the key of a site says with each word that it is another memory."""
    clock = GivenClock()
    there, own = following(clock), Following(clock.now, BOOT)
    there.follow(SITES)
    own.follow(Sites(name="liege", hub=SITES.hub))
    real, seen = OtherSite(clock), []
    for n, epoch in enumerate(epochs):
        clock.steady_s += 0.25
        thief = OtherSite(clock, epoch=epoch, ahead_s=5.0)
        told = real.alive(SiteState.NOTHING_LEFT) if n % 40 == 0 else thief.alive()
        for each in (there, own):
            each._take(real.subject, told, 0.0)
        seen += [*states(there, clock.now())] if n > 40 else []

    assert PRIMARY not in seen
    assert own.doubled(clock.now()) is not None


@pytest.mark.parametrize("ahead_s", [0.0, 4.0, 500.0])
def test_who_speaks_as_the_same_life_does_not_pass_for_it(ahead_s: float) -> None:
    """Who has the key of a site hears it, and says the next word in its place."""
    clock = GivenClock()
    writer = EnvelopeWriter(clock.now, "b", lambda: "A")
    there, own = following(clock), Following(clock.now, BOOT, writer=writer)
    there.follow(SITES)
    own.follow(Sites(name="liege", hub=SITES.hub))
    seen = []

    def say(message: bytes) -> None:
        for each in (there, own):
            each._take(subjects.alive("liege"), message, 0.0)

    known = SiteView(name="liege", known=SiteState.NOTHING_LEFT)
    for n in range(12):
        clock.steady_s += 5
        say(writer.message("liege", encoded(Alive(site=known)), 0.0))
        heard = envelope.read(writer.message("liege", b"{}", 0.0))
        clock.steady_s += 5
        fine = encoded(Alive(site=replace(known, known=PRIMARY)))
        number, steady_s = heard.number + 1, heard.steady_s + ahead_s
        stolen = replace(heard, body=Raw(fine), number=number, steady_s=steady_s)
        say(envelope.written(stolen))
        views = there.views(clock.now()) if n > 3 else ()
        seen += [view.state for view in views if view.name == "liege"]

    assert set(seen) == {DOUBLE}
    assert own.doubled(clock.now()) is not None


def test_a_site_that_hears_itself_alone_stays_the_same() -> None:
    clock = GivenClock()
    writer = EnvelopeWriter(clock.now, "b", lambda: "A")
    own = Following(clock.now, BOOT, writer=writer)
    own.follow(Sites(name="liege", hub=SITES.hub))
    alive = encoded(Alive(site=SiteView(name="liege", known=PRIMARY)))
    before = EnvelopeWriter(clock.now, "b", lambda: "A")  # the process before us
    own._take(subjects.alive("liege"), before.message("liege", alive, 0.0), 0.0)
    for _ in range(5):
        clock.steady_s += 10
        said = writer.message("liege", alive, 0.0)
        writer.message("liege", alive, 0.0)  # before that comes
        own._take(subjects.alive("liege"), said, 0.0)

    assert envelope.read(writer.message("liege", alive, 0.0)).boot == "b"
    assert own.doubled(clock.now()) is None


def test_what_a_site_said_itself_shows_that_another_has_its_name() -> None:
    """The hub does not say it what it said."""
    clock = GivenClock()
    writer = EnvelopeWriter(clock.now, "b", lambda: "A")
    own = Following(clock.now, BOOT, writer=writer)
    own.follow(Sites(name="liege", hub=SITES.hub))
    other = OtherSite(clock, epoch="B")

    def speak() -> None:
        clock.steady_s += 10
        writer.message("liege", b"{}", 0.0)
        own.spoke()

    for _ in range(12):
        speak()
    assert own.doubled(clock.now()) is None
    own._take(other.subject, other.alive(), 0.0)
    assert own.doubled(clock.now()) is None
    speak()
    assert own.doubled(clock.now()) == clock.now()
    for _ in range(6):
        speak()
    assert own.doubled(clock.now()) is None


@pytest.mark.usefixtures("processes")
async def test_who_is_followed_no_more_is_forgotten(tmp_path: Path) -> None:
    clock = GivenClock()
    site, ours = OtherSite(clock), following(clock)
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))
    ours.follow(Sites(name="dison", hub=SITES.hub, follow=("ans",)))

    assert [view.name for view in ours.views(clock.now())] == ["ans"]


@pytest.mark.usefixtures("processes")
async def test_message_that_comes_again_is_history(tmp_path: Path) -> None:
    clock = GivenClock()
    site, ours = OtherSite(clock), following(clock)
    ans = OtherSite(clock, "ans")
    words = []
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        for _ in range(3):
            clock.steady_s += 10
            words.append((site.subject, site.alive()))
            await say(client, words[-1:])
            await until(ours, lambda: ours.views(clock.now())[1].heard == clock.now())
        clock.steady_s += 31
        await say(client, [*words, (ans.subject, ans.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))

        assert states(ours, clock.now()) == [PRIMARY, NOT_HEARD]


@pytest.mark.usefixtures("processes")
async def test_three_days_of_an_outbox_at_once_change_no_count(tmp_path: Path) -> None:
    clock = GivenClock()
    site, ans = OtherSite(clock), OtherSite(clock, "ans")
    ours = following(clock, province=True)
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))
        lives, events = [], []
        for _ in range(3 * 24 * 12):
            clock.steady_s += 300
            lives.append((site.subject, site.alive(FALLBACK)))
            events.append(site.message({"kind": "roll-up"}))
        clock.steady_s += 45
        before = states(ours, clock.now())
        stream = client.jetstream()
        for number, event in enumerate(events):
            place = number + number // 800
            identity = {subjects.NUMBERS: f"A/{place}-{place}"}
            await stream.publish(subjects.event("liege"), event, headers=identity)
        await until(ours, lambda: ours.views(clock.now())[1].missed == 1)
        await say(client, [*lives, (ans.subject, ans.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))

        assert [v.missed for v in ours.views(clock.now())] == [0, 1]
        assert before == [NOT_HEARD, NOT_HEARD]
        assert states(ours, clock.now()) == [PRIMARY, NOT_HEARD]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    "epochs",
    [pytest.param("ABA", id="in-turn"), pytest.param("ABB", id="one-after-the-other")],
)
async def test_two_sites_with_one_name(tmp_path: Path, epochs: str) -> None:
    clock = GivenClock()
    ours = following(clock)
    both = {
        "A": OtherSite(clock, epoch="A"),
        "B": OtherSite(clock, epoch="B", ahead_s=5.0),
    }
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        for each in epochs:
            clock.steady_s += 5
            await say(client, [(both[each].subject, both[each].alive())])
            await until(
                ours,
                lambda: clock.now() in [v.heard for v in ours.views(clock.now())],
            )
        _, *shown = ours.views(clock.now())

    found = [(view.epoch, view.state) for view in shown]
    double = [("A", DOUBLE), ("B", DOUBLE)]
    assert found == (double if epochs == "ABA" else [("B", PRIMARY)])


@pytest.mark.usefixtures("processes")
async def test_wall_clocks_that_are_wrong_and_set_meanwhile_count_for_nothing(
    tmp_path: Path,
) -> None:
    clock = GivenClock()
    site, ans = OtherSite(clock, wall=timedelta(hours=9)), OtherSite(clock, "ans")
    ours = following(clock, province=True)
    first = site.alive(FALLBACK)
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        await say(client, [(site.subject, first)])
        await until(ours, lambda: FALLBACK in states(ours, clock.now()))
        clock.steady_s += 20
        clock.set_by, site.wall = timedelta(hours=5), timedelta(days=-3)
        assert FALLBACK in states(ours, clock.now())
        words = [(site.subject, site.alive()), (site.subject, first)]  # newer by date
        await say(client, [*words, (ans.subject, ans.alive())])
        await until(ours, lambda: _is_of(ours.views(clock.now())[0], clock.now()))
        assert states(ours, clock.now()) == [PRIMARY, PRIMARY]
        assert ours.views(clock.now())[1].heard == clock.now()
        clock.steady_s += 30

        assert states(ours, clock.now()) == [NOT_HEARD, NOT_HEARD]


@pytest.mark.usefixtures("processes")
async def test_who_speaks_for_another_is_dropped_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = GivenClock()
    site, ans = OtherSite(clock), OtherSite(clock, "ans")
    ours = following(clock)
    lies = [
        (ans.subject, site.alive()),
        (ans.subject, ans.message({"site": {"name": "liege", "state": "primary"}})),
        (ans.subject, b"\xff{"),
        (ans.subject, b"[" * 60_000),
        (ans.subject, b"{}"),
        (ans.subject, ans.message({"site": {"name": "ans\x00"}})),
        (f"{ans.subject}.more", ans.alive()),
        ("secours.ans.state.site.liege", ans.alive()),
    ]
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        with caplog.at_level(logging.WARNING):
            await say(client, [*lies, (site.subject, site.alive())])
            await until(ours, lambda: PRIMARY in states(ours, clock.now()))
            await until(ours, lambda: ours.dropped >= 7)

    assert states(ours, clock.now()) == [NOT_HEARD, PRIMARY]
    assert ours.dropped == 7  # one subject nobody listens to
    assert len(caplog.records) == 1  # in a minute


@pytest.mark.usefixtures("processes")
async def test_a_thousand_sites_at_once_leave_time_for_all_else(
    tmp_path: Path,
) -> None:
    clock = GivenClock()
    ours = following(clock, province=True)
    sites = [OtherSite(clock, f"s{n}") for n in range(1000)]
    known = [0]  # at each turn of somebody else

    async def beat() -> None:
        while True:
            known.append(len(ours._picture.sites))
            await asyncio.sleep(0)

    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, ALL_SITES),
        client_of(hub) as crowd,
    ):
        beating = asyncio.create_task(beat())
        await say(crowd, [(site.subject, site.alive()) for site in sites])
        while len(states(ours, clock.now())) < 1000:
            for _ in range(100):
                await asyncio.sleep(0)
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating

    assert states(ours, clock.now()) == [PRIMARY] * 1000
    assert max(after - before for before, after in pairwise(known)) <= 20


@pytest.mark.usefixtures("processes")
async def test_hub_that_comes_again_is_listened_to(tmp_path: Path) -> None:
    clock = GivenClock()
    site, ours = OtherSite(clock), following(clock)
    link = HubLink(clock.now, [ours])
    async with asyncio.timeout(LIMIT_S):
        async with nats_server(tmp_path) as hub:
            link.follow(Sites(name="dison", hub=(hub.url,), follow=("liege",)))
            await _speak_until_heard(site, ours, hub.url)
        clock.steady_s += 40
        assert states(ours, clock.now()) == [NOT_HEARD]
        async with nats_server(tmp_path, port=hub.port):
            await _speak_until_heard(site, ours, hub.url)
        await link.stop()


async def _speak_until_heard(site: OtherSite, ours: Following, url: str) -> None:
    """Say that it lives until that is heard: it says so every few seconds."""
    client = PatientClient()
    await client.connect(url, allow_reconnect=False)
    while PRIMARY not in states(ours, site.clock.now()):
        await say(client, [(site.subject, site.alive())])
        ours.news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await ours.news.wait()
    await client.close()


# ------------------------------------------------------------ what the hub holds


async def _hold(hub: RunningHub, site: OtherSite, shot: Snapshot) -> None:
    async with client_of(hub) as client:
        for subject, thing in details_of(site, shot):
            await client.jetstream().publish(subject, site.message(thing))


@pytest.mark.usefixtures("processes")
async def test_last_word_of_a_silent_site_is_there_after_the_province_began_again(
    tmp_path: Path,
) -> None:
    here = RealClock()
    site, ours = OtherSite(here), Following(here.now, BOOT, province=True)
    async with nats_server(tmp_path, sites=("liege",)) as hub:
        before = here.now()
        await _hold(hub, site, snapshot("xooo"))
        after = here.now()
        await asyncio.sleep(2 * APART_S)  # by the clock of the hub, no test's to move
        async with listening(ours, hub, ALL_SITES):
            await until(ours, lambda: _whole(ours, here) is not None)
            [view] = ours.views(here.now())
            shot = ours.snapshot("liege", here.now())

    assert (view.state, view.known) == (NOT_HEARD, FALLBACK)
    assert view.heard
    # the clocks of hub and site are read one after the other
    assert -APART_S < view.heard.since(before) < after.since(before) + APART_S
    assert shot
    assert shot.at.since(before) < after.since(before) + APART_S


def _whole(ours: Following, clock: GivenClock) -> Snapshot | None:
    shot = ours.snapshot("liege", clock.now())
    return shot if shot and len(shot.recommendations) == 2 else None


def _is_of(view: SiteView, at: Instant) -> bool:
    return view.is_heard and view.heard == at


@pytest.mark.usefixtures("processes")
async def test_word_of_its_life_confirms_what_a_site_says_in_detail(
    tmp_path: Path,
) -> None:
    clock = GivenClock()
    site, ours = OtherSite(clock), following(clock, province=True)
    shot = snapshot("oooo")
    async with (
        nats_server(tmp_path, sites=("liege",)) as hub,
        listening(ours, hub, ALL_SITES) as client,
    ):
        await _hold(hub, site, shot)
        await until(ours, lambda: _whole(ours, clock) is not None)
        for fallen, expected_s in (("o", 0), ("o", 10), ("x", 10)):
            seen = snapshot(f"{fallen}ooo")
            views = *seen.channels, *seen.components, *seen.paths
            rows = map(row, (*views, *seen.recommendations, seen))
            word = site.alive(detail=digest(rows))
            await say(client, [(site.subject, word)])
            await until(ours, lambda: _is_of(ours.views(clock.now())[0], clock.now()))
            [view] = ours.views(clock.now())
            assert view.confirmed
            assert view.confirmed.steady_s == 1000 + expected_s
            clock.steady_s += 10


@pytest.mark.usefixtures("processes")
async def test_who_is_not_the_province_hears_details_as_they_are_said(
    tmp_path: Path,
) -> None:
    clock = GivenClock()
    site, ours = OtherSite(clock), following(clock)
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
    ):
        said = [(s, site.message(t)) for s, t in details_of(site, snapshot("x?do"))]
        await say(client, said)
        await until(ours, lambda: _whole(ours, clock) is not None)
        shot = ours.snapshot("liege", clock.now())

    assert shot
    assert [c.standing.state for c in shot.channels[:2]] == [STATES["x"], STATES["?"]]
    assert ours.changed() == {"liege"}
    assert ours.changed() == set()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(("patience_s", "warned"), [(3600.0, False), (0.0, True)])
async def test_hub_that_holds_nothing_yet_keeps_no_life_from_being_heard(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    patience_s: float,
    warned: bool,
) -> None:
    monkeypatch.setattr(hub_store, "READY_WITHIN_S", patience_s)
    clock = GivenClock()
    site, ours = OtherSite(clock), following(clock, province=True)
    async with (
        nats_server(tmp_path, made=False) as hub,
        listening(ours, hub, ALL_SITES) as client,
    ):
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))

    told = "does not say what it holds: stream not found" in caplog.text
    assert told is warned


# ------------------------------------------------------------ over the network


TIMES, SLOW_TIMES = 20.0, 5.0  # as fast as time: three seconds are a minute, or 15 s
LATE_S = 1.8  # of time, that this machine may be


@pytest.mark.usefixtures("processes")
@namespace.NEEDED
@pytest.mark.parametrize("how", ["cut", "slow"])
async def test_messages_that_wait_on_the_way_are_as_old_as_they_are(
    tmp_path: Path, how: str
) -> None:
    here = asyncio.get_running_loop()
    with network(["lan"], ["hub"]) as net, ThreadPoolExecutor(1) as apart:
        play = _cut(net, tmp_path) if how == "cut" else _slow(net, tmp_path, here)
        await here.run_in_executor(apart, asyncio.run, play)


async def _cut(net: Network, folder: Path) -> None:
    clock = RealClock(TIMES)
    site, ours = OtherSite(clock), following(clock)
    seen: list[SiteState] = []
    async with _both_ends(net, folder, ours) as client:
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))
        net.cut("lan", "dropped")
        for _ in range(10):
            await client.publish(site.subject, site.alive())
            await asyncio.sleep(0.3)
        last = clock.now()
        await client.publish(site.subject, site.alive(FALLBACK))
        await asyncio.sleep(3.0)
        net.mend("lan", "dropped")

        def came() -> bool:
            [_, view] = ours.views(clock.now())
            seen.append(view.state)
            return view.known is FALLBACK

        await until(ours, came)
        [_, view] = ours.views(clock.now())
        assert set(seen) == {NOT_HEARD}
        assert view.heard
        assert abs(view.heard.since(last)) < TIMES * LATE_S
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))


async def _slow(net: Network, folder: Path, carrier: asyncio.AbstractEventLoop) -> None:
    clock = RealClock(SLOW_TIMES)
    site, ours = OtherSite(clock), following(clock)
    async with _both_ends(net, folder, ours) as client:
        await say(client, [(site.subject, site.alive())])
        await until(ours, lambda: PRIMARY in states(ours, clock.now()))
        slowed = asyncio.run_coroutine_threadsafe(_slowed(net), carrier)
        await asyncio.wrap_future(slowed)
        sent = clock.now()
        await say(client, [(site.subject, site.alive(FALLBACK))])
        await until(ours, lambda: FALLBACK in states(ours, clock.now()))
        [_, view] = ours.views(clock.now())

    assert view.heard
    assert abs(view.heard.since(sent)) < SLOW_TIMES * LATE_S
    assert clock.now().since(view.heard) > 9


async def _slowed(net: Network) -> None:
    net.slow("hub", 2.0)


@asynccontextmanager
async def _both_ends(
    net: Network, folder: Path, ours: Following
) -> AsyncIterator[Client]:
    """Have the hub and who listens at one end, and a site at the other."""
    net.enter("hub")
    async with (
        nats_server(folder, host=net.address("hub")) as hub,
        listening(ours, hub, SITES),
    ):
        net.enter("here")
        async with client_of(hub) as client:
            yield client
