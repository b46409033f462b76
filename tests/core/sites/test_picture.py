"""What is known of other sites, against a model that keeps all that ever came."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from site_views import good, line, lost

from secours.core.sites.life import DRIFT, Sent
from secours.core.sites.picture import (
    MOST_GAPS,
    MOST_SITES,
    EventGaps,
    SitesPicture,
    only,
    remember,
    said_s,
    take_event,
    take_in,
    views,
)
from secours.model.observed import Instant
from secours.model.sections.line import Tier
from secours.model.sites.views import Alive, SiteState, SiteView
from secours.model.snapshot import Link, State

BEGIN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
THERE_S = 70_000.0  # the steady second of the other machine at our second 0


def at(second: float) -> Instant:
    return Instant(BEGIN + timedelta(seconds=second), second)


def sent(
    number: int,
    second: float,
    *,
    site: str = "liege",
    epoch: str = "A",
    boot: str = "b",
    age_s: float = 0.0,
) -> Sent:
    """Return what was sent at a second of ours, by its own clock."""
    return Sent(
        site=site,
        epoch=epoch,
        boot=boot,
        number=number,
        steady_s=THERE_S + second,
        age_s=age_s,
    )


def alive(
    known: SiteState | None = SiteState.PRIMARY, name: str = "liege", **said: Any
) -> Alive:
    facts = {"lines": (line("sms"),), **said}
    return Alive(site=SiteView(name=name, known=known, **facts))


def taken(*came: tuple[Sent, float], ours: str = "dison") -> SitesPicture:
    picture = SitesPicture(ours=ours)
    for message, second in came:
        picture = take_in(picture, message, alive(), at(second))
    return picture


def heard_s(view: SiteView) -> float:
    """Return of when it is, as far as the drift of clocks leaves that certain."""
    assert view.heard
    return round(view.heard.steady_s, 1)


def states(picture: SitesPicture, second: float) -> list[SiteState]:
    return [view.state for view in views(picture, at(second))]


def test_site_is_heard_for_less_than_thirty_seconds_after_its_word() -> None:
    picture = taken((sent(1, 0), 0))

    assert states(picture, 29.9) == [SiteState.PRIMARY]
    assert states(picture, 30) == [SiteState.NOT_HEARD]
    [view] = views(picture, at(100))
    assert (view.known, view.heard, view.since) == (SiteState.PRIMARY, at(0), at(30))


def test_site_that_was_silent_is_heard_again_at_once() -> None:
    picture = taken((sent(1, 0), 0), (sent(2, 500), 500))

    [view] = views(picture, at(500))

    assert (view.state, view.since) == (SiteState.PRIMARY, at(500))


def test_message_that_waited_is_as_old_as_it_is() -> None:
    picture = taken((sent(1, 0), 0), (sent(2, 10), 70))

    [view] = views(picture, at(70))

    assert (view.state, heard_s(view)) == (SiteState.NOT_HEARD, 10)


def test_contents_that_were_old_when_they_were_sent_are() -> None:
    picture = taken((sent(1, 0), 0), (sent(2, 50, age_s=45), 50))

    [view] = views(picture, at(50))

    assert (view.state, heard_s(view)) == (SiteState.NOT_HEARD, 5)


def test_first_message_that_waited_is_found_out_by_the_next() -> None:
    picture = taken((sent(1, 0), 60), (sent(2, 61), 61))

    assert said_s(picture, sent(1, 0)) == 0


def test_message_that_comes_again_is_history() -> None:
    picture = taken((sent(1, 0), 0), (sent(2, 10), 10))

    assert take_in(picture, sent(2, 10), alive(), at(300)) is picture
    assert take_in(picture, sent(1, 0), alive(), at(300)) is picture


def test_process_that_begins_to_count_anew_is_heard_at_once() -> None:
    picture = taken((sent(900, 0), 0), (sent(1, 40), 40))

    assert states(picture, 40) == [SiteState.PRIMARY]


def test_three_days_of_messages_that_come_at_once_are_history() -> None:
    days_s = 3 * 86_400
    old = [(sent(n, 10 * n), days_s) for n in range(2, days_s // 10 - 5)]
    picture = taken((sent(1, 0), 0), *old)

    assert states(picture, days_s) == [SiteState.NOT_HEARD]


def test_clocks_that_go_apart_are_no_lateness() -> None:
    slow = [(sent(n, 10 * n * (1 - DRIFT * 0.9)), 10.0 * n) for n in range(1, 3 * 8640)]
    picture = taken(*slow)

    [view] = views(picture, at(slow[-1][1]))

    assert view.state is SiteState.PRIMARY
    assert slow[-1][1] - heard_s(view) < 1


def test_machine_that_stood_still_is_heard_again_within_minutes() -> None:
    before = [(sent(n, 10 * n), 10.0 * n) for n in range(1, 10)]
    after = [(sent(n, 10 * n), 10.0 * n + 400) for n in range(10, 50)]
    picture = taken(*before, *after)

    assert states(taken(*before, *after[:20]), 690) == [SiteState.NOT_HEARD]
    assert states(picture, after[-1][1]) == [SiteState.PRIMARY]


@pytest.mark.parametrize(
    ("times", "lasted_s", "is_heard"),
    [(9, 400.0, False), (10, 400.0, True), (10, 299.5, False), (10, 300.0, True)],
)
def test_ten_that_are_late_alike_for_five_minutes_prove_a_standstill(
    times: int, lasted_s: float, is_heard: bool
) -> None:
    seconds = [*(10.0 * n for n in range(1, times)), 10.0 + lasted_s]
    late = [(sent(n, second), second + 400) for n, second in enumerate(seconds, 2)]

    heard = states(taken((sent(1, 0), 0), *late), late[-1][1])

    assert heard == [SiteState.PRIMARY if is_heard else SiteState.NOT_HEARD]


def test_two_that_are_late_alike_prove_no_standstill() -> None:
    picture = taken((sent(1, 0), 0), (sent(2, 10), 110), (sent(3, 410), 510))

    [view] = views(picture, at(510))

    assert heard_s(view) < 420


def test_wall_clocks_count_for_nothing() -> None:
    came = Instant(BEGIN - timedelta(hours=7), 10.0)  # ours was set meanwhile
    picture = take_in(taken((sent(1, 0), 0)), sent(2, 10), alive(), came)

    [view] = views(picture, Instant(BEGIN + timedelta(hours=9), 12.0))

    assert (view.state, view.heard) == (SiteState.PRIMARY, came)


def test_new_epoch_after_silence_is_a_rebirth() -> None:
    picture = taken((sent(9, 0), 0), (sent(1, 300, epoch="B"), 300))

    [view] = views(picture, at(300))

    assert (view.epoch, view.state) == ("B", SiteState.PRIMARY)


def test_new_epoch_whose_forerunner_is_silent_from_then_on_is_a_rebirth() -> None:
    picture = taken(
        (sent(9, 0), 0), (sent(1, 5, epoch="B"), 5), (sent(2, 15, epoch="B"), 15)
    )

    [view] = views(picture, at(15))

    assert (view.epoch, view.state) == ("B", SiteState.PRIMARY)


def test_two_epochs_in_turn_are_double_and_neither_counts() -> None:
    picture = taken((sent(9, 0), 0), (sent(1, 5, epoch="B"), 5), (sent(10, 10), 10))

    shown = views(picture, at(10))

    assert [(view.epoch, view.state) for view in shown] == [
        ("A", SiteState.DOUBLE),
        ("B", SiteState.DOUBLE),
    ]
    assert {view.since for view in shown} == {at(10)}
    assert not any(view.is_heard for view in shown)


def test_double_ends_when_one_of_them_was_silent_for_a_minute() -> None:
    turns = [(sent(9, 0), 0.0), (sent(1, 5, epoch="B"), 5.0)]
    alone = [(sent(n, 10.0 * (n - 8)), 10.0 * (n - 8)) for n in range(9, 17)]
    picture = taken(*turns, *alone[1:])

    assert states(picture, 59.9) == [SiteState.DOUBLE, SiteState.DOUBLE]
    [view] = views(picture, at(80))
    assert (view.epoch, view.state) == ("A", SiteState.PRIMARY)


def test_two_machines_with_one_memory_are_double() -> None:
    picture = taken((sent(9, 0), 0), (sent(1, 5, boot="c"), 5), (sent(10, 10), 10))

    assert states(picture, 10) == [SiteState.DOUBLE, SiteState.DOUBLE]


def test_late_message_of_a_former_life_makes_no_double() -> None:
    picture = taken((sent(9, 0), 0), (sent(1, 90, epoch="B"), 90), (sent(10, 10), 95))

    [view] = views(picture, at(95))

    assert (view.epoch, view.state) == ("B", SiteState.PRIMARY)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        pytest.param(SiteState.OWN_LINK, SiteState.OWN_LINK, id="own-link"),
        pytest.param(None, SiteState.FALLBACK, id="nothing"),
        pytest.param(SiteState.DOUBLE, SiteState.FALLBACK, id="no-state-of-its-own"),
    ],
)
def test_how_a_site_stands_is_its_own_word(
    said: SiteState | None, seen: SiteState
) -> None:
    picture = take_in(SitesPicture(), sent(1, 0), alive(said), at(0))

    [view] = views(picture, at(0))

    assert (view.state, view.known) == (seen, seen)


def borne_out(known: SiteState, **said: Any) -> SiteState:
    picture = take_in(SitesPicture(), sent(1, 0), alive(known, **said), at(0))
    [view] = views(picture, at(0))
    assert view.known is view.state
    return view.state


DEGRADED_SMS = lost("sms", state=State.DEGRADED, usable=True)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        pytest.param({"lines": ()}, "fallback", id="nothing"),
        pytest.param(
            {"lines": (), "channels": (lost("sms"),)}, "fallback", id="no-channel-works"
        ),
        pytest.param(
            {"channels": (good("calls"),)}, "fallback", id="channel-that-it-has-not"
        ),
        pytest.param({"channels": (lost("sms"),)}, "fallback", id="channel-down"),
        pytest.param({"channels": (DEGRADED_SMS,)}, "fallback", id="channel-degraded"),
        pytest.param(
            {"channels": (good("sms", usable=False),)}, "fallback", id="set-aside"
        ),
        pytest.param(
            {"lines": (line("sms"), line(None))}, "nothing-left", id="line-without"
        ),
        pytest.param(
            {"lines": (line(None, state=State.AVAILABLE, verified=True, rank=1),)},
            "nothing-left",
            id="available-without-channel",
        ),
        pytest.param({"lines": (line("sms", rank=2),)}, "fallback", id="second"),
        pytest.param(
            {"lines": (line("sms", tier=Tier.ALTERNATE),)}, "fallback", id="alternate"
        ),
        pytest.param(
            {"lines": (line("sms", state=State.DOWN),)}, "fallback", id="line-down"
        ),
        pytest.param(
            {"lines": (line("sms", verified=False),)}, "fallback", id="unverified"
        ),
        pytest.param({"own_link": Link.DOWN}, "own-link", id="own-link"),
    ],
)
def test_a_site_that_says_it_is_well_and_names_no_channel_that_works_is_not_well(
    said: dict[str, Any], seen: str
) -> None:
    assert borne_out(SiteState.PRIMARY, **said) == seen


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        pytest.param({"lines": (line(None),)}, "nothing-left", id="line-without"),
        pytest.param({"own_link": Link.DOWN}, "own-link", id="own-link"),
        pytest.param({}, "fallback", id="all-well"),
    ],
)
def test_a_fallback_is_none_where_a_line_has_no_channel(
    said: dict[str, Any], seen: str
) -> None:
    assert borne_out(SiteState.FALLBACK, **said) == seen


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({}, id="lines-alone"),
        pytest.param({"channels": (good("sms"), lost("calls"))}, id="both"),
        pytest.param({"lines": (), "channels": (good("sms"),)}, id="channels-alone"),
    ],
)
def test_a_site_that_names_the_channels_it_uses_is_as_well_as_it_says(
    said: dict[str, Any],
) -> None:
    assert borne_out(SiteState.PRIMARY, **said) is SiteState.PRIMARY


def test_a_site_is_as_badly_off_as_it_says() -> None:
    for known in (SiteState.NOTHING_LEFT, SiteState.OWN_LINK):
        assert borne_out(known, own_link=Link.OK) is known


def test_state_is_since_its_first_message() -> None:
    picture = taken((sent(1, 0), 0), (sent(2, 10), 10))
    picture = take_in(picture, sent(3, 20), alive(SiteState.FALLBACK), at(20))
    picture = take_in(picture, sent(4, 30), alive(SiteState.FALLBACK), at(30))

    [view] = views(picture, at(31))

    assert (view.state, view.since) == (SiteState.FALLBACK, at(20))


def test_our_own_message_is_no_other_site() -> None:
    assert taken((sent(1, 0), 0), ours="liege").sites == {}


def test_there_is_a_most_of_sites() -> None:
    came = [(sent(1, 0, site=f"s{n}"), 0.0) for n in range(MOST_SITES + 5)]

    assert len(taken(*came).sites) == MOST_SITES


def test_site_that_never_came_is_not_heard() -> None:
    [view] = views(SitesPicture(ours="dison"), at(0), ["liege", "dison"])

    assert view == SiteView(name="liege")


def test_last_word_of_before_counts_for_nothing() -> None:
    word = SiteView(
        name="liege", state=SiteState.PRIMARY, known=SiteState.PRIMARY, heard=at(-5)
    )
    older = SiteView(name="liege", known=SiteState.FALLBACK, heard=at(-9))
    picture = remember(remember(SitesPicture(), word), older)

    [view] = views(picture, at(0))

    assert view.state is SiteState.NOT_HEARD
    assert (view.known, view.heard) == (SiteState.PRIMARY, at(-5))


def test_what_comes_replaces_the_last_word_of_before() -> None:
    word = SiteView(name="liege", known=SiteState.FALLBACK, heard=at(-5))
    picture = take_in(remember(SitesPicture(), word), sent(1, 0), alive(), at(0))

    assert states(picture, 0) == [SiteState.PRIMARY]


def test_site_that_is_followed_no_more_is_forgotten() -> None:
    picture = taken((sent(1, 0), 0), (sent(1, 0, site="verviers"), 0))

    assert set(only(picture, ["verviers"]).sites) == {"verviers"}


def test_events_that_never_came_are_counted_within_their_epoch() -> None:
    picture = taken((sent(1, 0), 0))
    for number in (5, 6, 9):
        picture = take_event(picture, sent(number, 0))
    picture = take_event(picture, sent(400, 0, epoch="B"))

    [view] = views(picture, at(0))

    assert view.missed == 2


@given(st.lists(st.integers(0, 30), max_size=40))
def test_missed_is_what_is_between_the_first_and_the_newest(
    numbers: list[int],
) -> None:
    seen = EventGaps()
    for number in numbers:
        seen = seen.seen(number)

    first = numbers[0] if numbers else 0
    expected = {*range(first, max(numbers, default=0))} - {*numbers}
    assert seen.missed == len(expected)


def test_gaps_without_end_are_only_counted() -> None:
    seen = EventGaps()
    for number in range(0, 10 * MOST_GAPS, 2):
        seen = seen.seen(number)

    assert len(seen.gaps) == MOST_GAPS
    assert seen.missed == 5 * MOST_GAPS - 1


# ------------------------------------------------------------ the model


class Came(Struct, frozen=True):
    """One message, and how long it was on the way."""

    life: str
    sent_s: float
    came_s: float


class Model:
    """Keeps all that came and looks through it anew each time."""

    def __init__(self) -> None:
        self.all: list[Came] = []
        self.taken: list[tuple[Came, float, bool]] = []  # with its base, and in time
        self.base: dict[str, tuple[float, float]] = {}

    def take(self, message: Came) -> None:
        old = [each for each, _, _ in self.taken if each.life == message.life]
        if old and message.sent_s <= max(each.sent_s for each in old):
            return
        apart_s = message.came_s - message.sent_s
        if message.life in self.base:
            base_s, base_at_s = self.base[message.life]
            grown_s = base_s + min(10.0, DRIFT * (message.came_s - base_at_s))
            apart_s = min(grown_s, apart_s)
        self.base[message.life] = (apart_s, message.came_s)
        waited_s = message.came_s - message.sent_s - apart_s
        self.taken.append((message, apart_s, waited_s < 30))

    def shown(self, now_s: float) -> list[tuple[str, bool, float]]:
        """Return each life that is shown: whether double, and of when it is."""
        in_time = [each for each, _, timely in self.taken if timely]
        recent = [each.life for each in in_time if each.came_s > now_s - 60]
        order = [recent[0]] if recent else []
        order += [after for before, after in pairwise(recent) if after != before]
        if len(order) > len(set(order)):
            return [(life, True, self.heard_s(life)) for life in sorted(set(order))]
        if not in_time:
            return []
        life = in_time[-1].life
        return [(life, False, self.heard_s(life))]

    def heard_s(self, life: str) -> float:
        message, base_s, _ = [t for t in self.taken if t[0].life == life][-1]
        return message.sent_s + base_s


@st.composite
def histories(draw: st.DrawFn) -> list[Came]:
    """Draw what three lives of a site send, some of it late, some of it twice."""
    came: list[Came] = []
    now_s = 0.0
    newest_s = dict.fromkeys("ABC", -100.0)
    for _ in range(draw(st.integers(1, 25))):
        now_s += draw(st.sampled_from([1.0, 10.0, 25.0, 40.0, 70.0]))
        if came and draw(st.integers(0, 4)) == 0:
            before = draw(st.sampled_from(came))
            came.append(Came(before.life, before.sent_s, now_s))
            continue
        life = draw(st.sampled_from("AAABBC"))
        waited_s = draw(st.sampled_from([0.0, 0.0, 0.25, 5.0, 29.0, 31.0, 90.0]))
        newest_s[life] = max(newest_s[life] + 0.1, now_s - waited_s)
        came.append(Came(life, newest_s[life], now_s))
    return came


@given(histories(), st.sampled_from([0.0, 5.0, 29.5, 30.5, 61.0]))
def test_picture_is_what_looking_through_all_that_came_gives(
    came: Sequence[Came], later_s: float
) -> None:
    picture, model = SitesPicture(), Model()
    for message in came:
        about = sent(1, message.sent_s, epoch=message.life)
        picture = take_in(picture, about, alive(), at(message.came_s))
        model.take(message)
        now_s = message.came_s + later_s
        shown = views(picture, at(now_s))

        expected = model.shown(now_s)
        assert [view.epoch for view in shown] == [life for life, _, _ in expected]
        for view, (_, double, said_at_s) in zip(shown, expected, strict=True):
            assert view.heard
            assert view.heard.steady_s == pytest.approx(said_at_s)
            assert (view.state is SiteState.DOUBLE) is double
            if not double:
                assert view.is_heard is (now_s - view.heard.steady_s < 30)
