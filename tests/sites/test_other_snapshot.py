"""The snapshot of another site, put together from what it says in detail."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import plans
import pytest
from msgspec.structs import replace
from plans import component
from render.snapshots import STEADY_S, channel, snapshot, standing, with_line
from sites.other_sites import BOOT, GivenClock, OtherSite, details_of

from secours.core.sites.detail_digest import digest, row
from secours.core.sites.own_view import own_view, site_lines
from secours.engine.state_file import encoded
from secours.languages import Text
from secours.model.observed import Instant, Reason
from secours.model.sections.site import Screen, Site
from secours.model.sites.membership import Shares, Sites
from secours.model.sites.views import SiteChannel, SiteState, SiteView
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Link,
    PathView,
    Recommendation,
    Snapshot,
    State,
)
from secours.render.export.lite import lite_html
from secours.render.province.page import LOOKING
from secours.render.situation.now import now_html
from secours.render.wording.localizer import Localizer
from secours.sites import subjects
from secours.sites.neighbours import other_snapshot, site_message
from secours.sites.neighbours.other_snapshot import MOST_DETAILS, Details
from secours.sites.neighbours.site_message import Senseless
from secours.sites.sending.shared_states import shared


def taken(site: OtherSite, shot: Snapshot, details: Details | None = None) -> Details:
    """Return the details after all of a snapshot came at this moment."""
    found = details or Details()
    for subject, thing in details_of(site, shot):
        found = with_one(found, site, subject, thing)
    return found


def with_one(details: Details, site: OtherSite, subject: str, thing: Any) -> Details:
    message = site_message.read(subject, site.message(thing))
    assert message is not None
    if message.is_gone:
        return other_snapshot.with_detail(details, message.about, None)
    detail = other_snapshot.on_our_clocks(
        message, site_message.detail_in(message), site.clock.now()
    )
    return other_snapshot.with_detail(details, message.about, detail)


def digest_of(shot: Snapshot) -> str:
    views = *shot.channels, *shot.components, *shot.paths, *shot.recommendations
    return digest(map(row, (*views, shot)))


def in_short(shot: Snapshot, **given: Any) -> SiteView:
    """Return what the same site says of its life."""
    channels = tuple(
        SiteChannel(name=view.name, state=view.standing.state) for view in shot.channels
    )
    settings = {
        "name": "liege",
        "epoch": "A",
        "channels": channels,
        "own_link": shot.own_link,
        "detail": digest_of(shot),
    }
    return SiteView(**{**settings, **given})


@pytest.fixture
def site() -> OtherSite:
    """Return a site that is at the second of the snapshots of tests."""
    clock = GivenClock()
    return OtherSite(clock, ahead_s=STEADY_S - clock.steady_s)


def test_what_is_put_together_is_the_snapshot_on_our_clocks(site: OtherSite) -> None:
    shot = snapshot("xdo?")

    found = other_snapshot.put_together(taken(site, shot), in_short(shot), BOOT)

    assert found
    assert (found.at, found.boot_id) == (site.clock.now(), BOOT)
    held = found.by_name["sms"].standing
    assert held.since
    assert site.clock.now().since(held.since) == pytest.approx(180)
    assert [c.name for c in found.channels] == [c.name for c in shot.channels]
    assert [c.standing.state for c in found.channels] == [
        c.standing.state for c in shot.channels
    ]
    for kind in ("components", "paths", "recommendations"):
        assert len(getattr(found, kind)) == len(getattr(shot, kind))


def test_line_that_is_being_measured_is_put_behind_those_in_the_short_word(
    site: OtherSite,
) -> None:
    shot = snapshot("xdo?")
    first, last = shot.recommendations[0], shot.recommendations[-1]
    measuring = replace(shot, recommendations=(measured(first), last))
    short = in_short(shot, lines=site_lines([measured(first), last], {}, Text))

    found = other_snapshot.put_together(taken(site, measuring), short, BOOT)

    assert found
    assert [line.name for line in found.recommendations] == [last.name, first.name]


def measured(line: Recommendation) -> Recommendation:
    return replace(line, use=None, measuring=True)


def test_there_is_none_before_the_site_said_what_it_is_as_a_whole(
    site: OtherSite,
) -> None:
    [(subject, view), *_] = details_of(site, snapshot())

    details = with_one(Details(), site, subject, view)

    assert other_snapshot.put_together(details, None, BOOT) is None


def test_dates_of_a_wrong_clock_are_moved_on_ours(site: OtherSite) -> None:
    site.wall = timedelta(hours=-9)
    there = site.there()
    shot = replace(snapshot(), started=there)

    found = other_snapshot.put_together(taken(site, shot), None, BOOT)

    assert found
    assert found.started == site.clock.now()


def test_older_detail_that_comes_later_is_dropped(site: OtherSite) -> None:
    subject = subjects.state("liege", "channel", "sms")
    old = site_message.read(subject, site.message(channel("sms", "o")))
    assert old
    site.clock.steady_s += 5
    newer = with_one(Details(), site, subject, channel("sms", "x"))

    late = other_snapshot.on_our_clocks(
        old, site_message.detail_in(old), site.clock.now()
    )

    assert other_snapshot.with_detail(newer, old.about, late) is newer


def test_what_is_gone_is_not_there_any_more(site: OtherSite) -> None:
    details = taken(site, snapshot())

    left = with_one(details, site, subjects.state("liege", "channel", "pager"), None)

    found = other_snapshot.put_together(left, None, BOOT)
    assert found
    pager = found.by_name["pager"]  # a line names it: it is there, and unknown
    assert pager.standing.state is State.UNKNOWN


def test_what_an_earlier_memory_said_ends_with_the_whole_of_a_new_one(
    site: OtherSite,
) -> None:
    details = taken(site, snapshot())
    site.epoch = "B"
    shot = replace(snapshot(), channels=snapshot().channels[:2], recommendations=())

    found = other_snapshot.put_together(taken(site, shot, details), None, BOOT)

    assert found
    assert [view.name for view in found.channels] == ["sms", "calls"]


def test_details_are_of_when_the_oldest_was_said(site: OtherSite) -> None:
    details = taken(site, snapshot())
    began = site.clock.now()
    site.clock.steady_s += 50
    subject = subjects.state("liege", "channel", "sms")

    found = other_snapshot.put_together(
        with_one(details, site, subject, channel("sms", "x")), None, BOOT
    )

    assert found
    assert found.at == began


def with_component(shot: Snapshot, letter: str) -> Snapshot:
    view = ComponentView(
        name="power:grid", label=Text("Grid"), standing=standing(letter)
    )
    return replace(shot, components=(view,))


def with_path(link: Link) -> Snapshot:
    return replace(snapshot(), paths=(PathView(name="lan", state=link),))


def with_reason(reason: Reason) -> Snapshot:
    fallen = replace(standing("x"), reason=reason)
    return replace(snapshot(), channels=(channel("sms", standing=fallen),))


ASIDE = replace(standing("o"), aside=Reason.SET_ASIDE)
STATES = Shares.STATES
MANY = tuple(channel(f"c{n}", "o") for n in range(300))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(snapshot(), snapshot("xooo"), id="a-channel"),
        pytest.param(
            snapshot(),
            replace(snapshot(), channels=snapshot().channels[1:]),
            id="a-channel-that-is-gone",
        ),
        pytest.param(
            replace(snapshot(), channels=snapshot().channels[1:]),
            snapshot(),
            id="a-channel-that-never-came",
        ),
        pytest.param(
            replace(snapshot(), channels=(channel("sms", standing=standing("o")),)),
            replace(snapshot(), channels=(channel("sms", standing=ASIDE),)),
            id="a-distrust",
        ),
        pytest.param(
            with_component(snapshot(), "o"),
            with_component(snapshot(), "x"),
            id="a-component",
        ),
        pytest.param(
            snapshot(), replace(snapshot(), own_link=Link.DOWN), id="its-own-link"
        ),
        pytest.param(with_path(Link.OK), with_path(Link.DOWN), id="a-path"),
        pytest.param(
            with_reason(Reason.TIMEOUT), with_reason(Reason.REFUSED), id="a-reason"
        ),
        pytest.param(
            snapshot(), with_line(snapshot(), 0, use=None), id="a-channel-to-use"
        ),
        pytest.param(snapshot(), with_line(snapshot(), 0, backup=None), id="a-backup"),
        pytest.param(
            replace(snapshot(), channels=MANY),
            replace(snapshot(), channels=(*MANY[1:], channel("c0", "x"))),
            id="one-of-300-channels",
        ),
    ],
)
def test_sign_of_life_confirms_only_details_of_the_same_states(
    site: OtherSite, before: Snapshot, now: Snapshot
) -> None:
    details = taken(site, before)

    assert other_snapshot.agrees(details, in_short(before))
    assert not other_snapshot.agrees(details, in_short(now))
    assert not other_snapshot.agrees(details, in_short(before, epoch="B"))


@pytest.mark.parametrize("shares", [(STATES,), (STATES, Shares.RECOMMENDATION)])
def test_site_confirms_what_it_shares_in_detail(
    site: OtherSite, shares: tuple[Shares, ...]
) -> None:
    of = Sites(name="liege", hub=("nats://127.0.0.1:4222",), share=shares)
    grid, sms = component("power:grid"), plans.channel("sms", "power:grid")
    config = replace(plans.plan(grid, sms, plans.line("sms")), sites=of)
    events = [plans.result("sms", "x", second) for second in (1.0, 2.0)]
    shot = plans.shot(config, plans.fold(config, *events))
    details = Details()
    for subject, state in shared(shot, of, encoded).items():
        details = with_one(details, site, subject, state.thing)

    view = replace(own_view(config, shot), epoch="A")
    assert other_snapshot.agrees(details, view)


def test_sign_of_life_without_a_digest_confirms_no_details(site: OtherSite) -> None:
    """A very large site leaves its channels out of it."""
    shot = snapshot()

    cut = in_short(shot, channels=(), lines=())
    assert other_snapshot.agrees(taken(site, shot), cut)
    assert not other_snapshot.agrees(taken(site, shot), replace(cut, detail=""))


def test_last_word_is_how_its_lines_were(site: OtherSite) -> None:
    view = other_snapshot.last_word("liege", taken(site, snapshot("xxxx", "oooo")))

    assert view
    assert (view.state, view.known) == (SiteState.NOT_HEARD, SiteState.NOTHING_LEFT)
    assert [line.use for line in view.lines] == [None, "teams"]
    assert view.heard == site.clock.now()


@pytest.mark.parametrize(
    "channels",
    [
        pytest.param((), id="it-has-not"),
        pytest.param((channel("sms", "x"),), id="is-down"),
        pytest.param((channel("sms", "?"),), id="is-unknown"),
    ],
)
def test_no_line_is_green_by_a_channel_that(
    site: OtherSite, channels: tuple[ChannelView, ...]
) -> None:
    whole = snapshot()
    shot = replace(whole, channels=channels, recommendations=whole.recommendations[:1])
    found = other_snapshot.put_together(taken(site, shot), None, BOOT)
    assert found is not None

    assert found.recommendations[0].use == whole.recommendations[0].use
    assert "s-use-ok" not in now_html(Localizer(found, "en"), rights=LOOKING)
    assert "s-use-ok" in now_html(Localizer(whole, "en"), rights=LOOKING)


@pytest.mark.parametrize("max_age_s", [0.001, 1e12], ids=["no-time", "for-ever"])
def test_words_of_another_are_short_and_on_one_line(
    site: OtherSite, max_age_s: float
) -> None:
    shot = snapshot(site=Site(name=Text("a\x1b[2J\nb" + "c" * 5000), language="xx/.."))
    screen = Screen(max_age_s=max_age_s, layout="<b>", theme="nowhere")
    shot = replace(shot, screen=screen)

    found = other_snapshot.put_together(taken(site, shot), None, BOOT)

    assert found
    assert found.site.name.plain.startswith("a [2J b")
    assert len(found.site.name.plain) <= 1000
    assert found.site.language == "en"
    assert (found.screen.max_age_s, found.screen.theme) == (30.0, Screen().theme)


def test_what_is_put_together_of_little_can_be_drawn(site: OtherSite) -> None:
    shot = replace(snapshot(), channels=(), components=(), paths=())

    found = other_snapshot.put_together(taken(site, shot), None, BOOT)

    assert found
    assert "sms" in lite_html(found, "en", age_s=0.0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"steady_s":899820.0', '"steady_s":1e300', id="number"),
        pytest.param("2026-11-24", "0001-01-01", id="date"),
        pytest.param("2026-11-24", "9999-12-31", id="end-of-time"),
        pytest.param(":07Z", ":07", id="no-zone"),
    ],
)
def test_what_cannot_be_true_is_refused(site: OtherSite, old: str, new: str) -> None:
    written = encoded(channel("sms", standing=standing("o"))).decode()
    assert old in written
    subject = subjects.state("liege", "channel", "sms")
    message = site_message.read(
        subject, site.message(json.loads(written.replace(old, new)))
    )
    assert message

    with pytest.raises(Senseless):
        other_snapshot.on_our_clocks(
            message, site_message.detail_in(message), site.clock.now()
        )


def test_there_is_a_most_of_details(site: OtherSite) -> None:
    details = Details()
    for n in range(MOST_DETAILS + 3):
        subject = subjects.state("liege", "channel", f"c{n}")
        details = with_one(details, site, subject, channel(f"c{n}"))

    assert len(details.parts) == MOST_DETAILS


@pytest.mark.parametrize(
    ("subject", "thing"),
    [
        pytest.param("secours.liege.state.channel.sms", channel("x"), id="other-name"),
        pytest.param("secours.liege.state.secret.sms", channel("sms"), id="no-kind"),
        pytest.param("secours.liege.state.site.ans", snapshot(), id="other-site"),
        pytest.param("secours.liege.recommend.alert.all", {"use": 1}, id="no-line"),
    ],
)
def test_what_is_not_what_its_subject_says_is_refused(
    site: OtherSite, subject: str, thing: Any
) -> None:
    message = site_message.read(subject, site.message(thing))
    assert message

    with pytest.raises(msgspec.MsgspecError):
        site_message.detail_in(message)


def test_moment_of_another_boot_keeps_its_distance(site: OtherSite) -> None:
    there = site.there()
    before = Instant(there.utc - timedelta(days=9), there.steady_s - 9 * 86_400)
    shot = snapshot(started=before)

    found = other_snapshot.put_together(taken(site, shot), None, BOOT)

    assert found
    assert site.clock.now().since(found.started) == pytest.approx(9 * 86_400)
