"""What goes into a notice, and when: each rule, then what holds on any days."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import channel, component, moment, plan
from soak import share_of

from secours.core.notices.due import (
    AGAIN_S,
    CALM_S,
    GATHER_S,
    STRANDED_S,
    NoticeMemory,
    due,
)
from secours.core.notices.matters import MAINS, NOTHING_LEFT, PLAYED, Matter
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.channel import Path
from secours.model.sections.notify import NoticeKind, Notify

TOWN = plan(
    Path(name="lan"),
    component("power:grid"),
    channel("teams"),
    channel("sms"),
    channel("radio"),
)
LINE = "line/coordinate/management"
ORDER = tuple(TOWN.channels)
LOOK_S = 2.0


def use(name: str, **options: Any) -> Matter:
    """Return what there is to tell of the line when this channel is to be used."""
    settings = {
        "kind": NoticeKind.RECOMMENDATION,
        "key": LINE,
        "state": name,
        "severity": 2 * ORDER.index(name),
        "usable": ORDER,
    }
    return Matter(**{**settings, **options})


def other(key: str, kind: NoticeKind = NoticeKind.ITSELF, **options: Any) -> Matter:
    return Matter(**{"kind": kind, "key": key, "severity": 1, **options})


NOTHING = Matter(kind=NoticeKind.NOTHING_LEFT, key=LINE, severity=NOTHING_LEFT)
OWN_LINK = other("own-link", NoticeKind.OWN_LINK)
LINK_OK = other("own-link", NoticeKind.OWN_LINK, severity=0)
DISK = other("itself/disk")


class Desk:
    """Whoever is told: looks every two seconds, as the engine does."""

    def __init__(self, config: Config = TOWN) -> None:
        self.config = config
        self.memory = NoticeMemory()
        self.second = 0.0

    def look(self, *now: Matter, at: Instant | None = None) -> tuple[Matter, ...]:
        at = at or moment(self.second)
        self.memory, found = due(self.config, self.memory, now, at)
        return found

    def told(self, *now: Matter, for_s: float = GATHER_S) -> list[tuple[Any, ...]]:
        """Let things stand so; return when something was told, and what."""
        return [(at, *said) for at, said in self._told(now, for_s)]

    def _told(
        self, now: Sequence[Matter], for_s: float
    ) -> Iterable[tuple[float, list[Any]]]:
        found = []
        until = self.second + for_s
        while self.second <= until:
            matters = self.look(*now)
            if matters:
                said = [f"{m.state or m.key} {m.severity}" for m in matters]
                found.append((self.second, said))
            self.second += LOOK_S
        return found


def test_where_all_is_as_it_should_be_nothing_is_told_at_the_first_start() -> None:
    assert Desk().told(use("teams"), for_s=3600) == []


def test_what_is_worse_is_told_after_two_seconds_and_once() -> None:
    desk = Desk()
    desk.told(use("teams"))

    assert desk.told(use("sms"), for_s=3600) == [(6.0, "sms 2")]


def test_what_one_cause_takes_is_one_notice() -> None:
    desk = Desk()
    desk.told(use("sms"), for_s=0)

    assert desk.told(use("sms"), OWN_LINK) == [(2.0, "sms 2", "own-link 1")]


def test_what_is_gone_within_two_seconds_is_not_told() -> None:
    desk = Desk()
    desk.told(OWN_LINK, for_s=0)

    assert desk.told(for_s=3600) == []


def test_better_is_told_five_minutes_later() -> None:
    desk = Desk()
    desk.told(use("sms"))

    assert desk.told(use("teams"), for_s=900) == [(GATHER_S + AGAIN_S, "teams 0")]


def test_what_gets_better_at_last_is_told_when_it_has_been_so_for_a_minute() -> None:
    desk = Desk()
    desk.told(use("sms"), for_s=AGAIN_S)
    began = desk.second

    assert desk.told(use("teams"), for_s=900) == [(began + CALM_S, "teams 0")]


def test_what_flaps_goes_with_nothing_that_is_worse() -> None:
    desk, count = Desk(), 0
    for _ in range(10):
        count += len(desk.told(use("teams"), OWN_LINK, for_s=4))
        count += len(desk.told(use("sms"), LINK_OK, for_s=4))

    assert count == 2


def test_better_after_a_long_time_waits_only_for_what_else_is() -> None:
    desk = Desk()
    desk.told(use("sms"), for_s=3600)
    began = desk.second

    assert desk.told(use("teams"), for_s=900) == [(began + CALM_S, "teams 0")]


def test_what_goes_back_to_what_was_told_is_not_told_again() -> None:
    desk = Desk()
    desk.told(use("sms"))
    desk.told(use("teams"), for_s=200)

    assert desk.told(use("sms"), for_s=3600) == []


def test_what_is_worse_takes_with_it_what_waits() -> None:
    desk = Desk()
    desk.told(use("sms"))
    desk.told(use("teams"), for_s=100)
    began = desk.second

    assert desk.told(use("teams"), OWN_LINK) == [
        (began + GATHER_S, "own-link 1", "teams 0")
    ]


def test_another_channel_that_is_no_worse_does_not_wait() -> None:
    desk = Desk()
    desk.told(use("sms"))
    other_one = use("radio", severity=2)

    assert [said for _, *said in desk.told(other_one)] == [["radio 2"]]


def test_who_uses_what_no_longer_serves_hears_it_after_a_minute() -> None:
    desk = Desk()
    desk.told(use("radio"))
    back = use("sms", usable=("teams", "sms"))

    assert desk.told(back, for_s=900) == [(GATHER_S + STRANDED_S + GATHER_S, "sms 2")]


def test_a_channel_after_none_is_told_after_a_minute() -> None:
    desk = Desk()
    desk.told(NOTHING)

    assert desk.told(use("sms"), for_s=900) == [
        (GATHER_S + STRANDED_S + GATHER_S, "sms 2")
    ]


def test_no_channel_at_all_does_not_wait() -> None:
    desk = Desk()
    desk.told(use("sms"))

    assert [said for _, *said in desk.told(NOTHING)] == [[f"{LINE} {NOTHING_LEFT}"]]


def test_what_gets_weaker_by_a_cause_just_told_waits_a_minute() -> None:
    desk = Desk()
    desk.told(use("sms"), for_s=600)
    taken = use("radio", key="line/alert/staff", causes=("provider:meta",))
    weak = use("sms", severity=3, causes=("provider:meta",))
    desk.told(use("sms"), taken)
    began = desk.second - LOOK_S

    assert desk.told(weak, taken, for_s=40) == []
    assert desk.told(weak, taken, for_s=40) == [(began + 62, "sms 3")]


def test_another_channel_by_the_same_cause_does_not_wait() -> None:
    desk = Desk()
    taken = use("radio", key="line/alert/staff", causes=("provider:meta",))
    desk.told(use("sms"), taken)
    moved = use("radio", causes=("provider:meta",))

    assert [said for _, *said in desk.told(moved, taken)] == [["radio 4"]]


@pytest.mark.parametrize("over", [(LINK_OK,), ()])
def test_what_is_over_is_told(over: Sequence[Matter]) -> None:
    desk = Desk()
    bad = OWN_LINK if over else DISK
    desk.told(bad)

    assert [said for _, *said in desk.told(*over, for_s=900)] == [[f"{bad.key} 0"]]
    assert desk.memory.told == {}


@pytest.mark.parametrize("matter", [OWN_LINK, other(MAINS, NoticeKind.ENDING)])
def test_what_nobody_knows_now_is_not_taken_back(matter: Matter) -> None:
    desk = Desk()
    desk.told(matter)

    assert desk.told(for_s=3600) == []
    assert desk.told(matter, for_s=3600) == []
    desk.config = plan(*TOWN.channels.values())  # which has neither of the two
    assert desk.told(for_s=3600) == []
    assert desk.memory.told == {}


@pytest.mark.parametrize(
    ("matter", "told"),
    [
        (other("distrust/channel:sms", NoticeKind.DISTRUST), True),
        (other("itself/disk"), True),
        (other("ending/channel:sms", NoticeKind.ENDING), False),
        (other("ending/mark/channel:sms", NoticeKind.ENDING), False),
        (other("test/sms", NoticeKind.TEST_OVERDUE, since=moment(0)), True),
        (other("test/sms", NoticeKind.TEST_OVERDUE), False),
        (
            other("test/gone", NoticeKind.TEST_OVERDUE, since=moment(0)),
            False,
        ),
        (use("sms", key="line/alert/of-an-older-plan"), False),
    ],
)
def test_that_it_is_over_is_told_of_what_no_other_news_tell(
    matter: Matter, *, told: bool
) -> None:
    desk = Desk()
    desk.told(matter)

    assert bool(desk.told(for_s=900)) is told
    assert desk.memory.told == {}


def test_a_line_that_is_measured_again_is_neither_told_nor_taken_back() -> None:
    desk = Desk()
    desk.told(use("sms"))

    assert desk.told(for_s=3600) == []
    assert desk.told(use("sms"), for_s=3600) == []


def test_what_nobody_wants_told_any_more_is_forgotten() -> None:
    desk = Desk()
    desk.told(OWN_LINK)
    notify = Notify(on=frozenset({NoticeKind.RECOMMENDATION}))
    desk.config = replace(TOWN, notify=notify)

    assert desk.told(for_s=900) == []
    assert desk.memory.told == {}


def test_an_exercise_and_what_is_real_are_never_in_one_notice() -> None:
    desk = Desk()
    played = (
        other(PLAYED, NoticeKind.RECOMMENDATION, exercise=True, state="power:grid"),
        use("radio", key=f"exercise/{LINE}", exercise=True),
    )

    found = desk.told(*played, use("sms"), for_s=4)

    assert [said for _, *said in found] == [["sms 2"], ["power:grid 1", "radio 4"]]
    assert [said for _, *said in desk.told(use("sms"), for_s=900)] == [["power:grid 0"]]
    again = desk.told(*played, use("sms"))
    assert [said for _, *said in again] == [["power:grid 1", "radio 4"]]


# ------------------------------------------------------------------ clocks


def booted(second: float, away_s: float) -> Instant:
    """Return a moment so long after second 0, on a machine started 5 s before."""
    return Instant(moment(second).utc + timedelta(seconds=away_s), 5.0)


@pytest.mark.parametrize("away_s", [-30 * 86400.0, 0.0, 60.0, 86400.0])
def test_after_a_reboot_nothing_is_told_again_and_nothing_waits_for_ever(
    away_s: float,
) -> None:
    desk = Desk()
    desk.told(use("sms"))
    began = booted(desk.second, away_s)

    assert desk.look(use("sms"), at=began) == ()
    times = []
    for passed_s in range(2, 1000, 2):
        at = Instant(began.utc + timedelta(seconds=passed_s), 5.0 + passed_s)
        if desk.look(use("teams"), at=at):
            times.append(passed_s)

    assert len(times) == 1
    assert times[0] <= AGAIN_S + CALM_S + 2


def test_a_wall_clock_that_is_set_changes_nothing() -> None:
    desk = Desk()
    desk.told(use("sms"))
    second = desk.second
    ahead = moment(second).utc + timedelta(days=30)

    assert desk.look(use("teams"), at=Instant(ahead, moment(second).steady_s)) == ()
    desk.second += LOOK_S
    assert desk.told(use("teams"), for_s=200) == []


# ------------------------------------------------------------------ on any days

STEPS = st.lists(
    st.tuples(
        st.sampled_from([*map(use, ORDER), use("sms", severity=3), NOTHING]),
        st.booleans(),
        st.sampled_from([2.0, 4.0, 20.0, 100.0, 400.0]),
    ),
    max_size=12,
)


def days(steps: Sequence[tuple[Matter, bool, float]]) -> Iterable[list[Matter]]:
    """Return what there is at each look."""
    for line, own_link, for_s in steps:
        for _ in range(int(for_s / LOOK_S)):
            yield [line, OWN_LINK if own_link else LINK_OK]


@given(STEPS)
@settings(max_examples=share_of(300), deadline=None)
def test_what_was_told_last_is_what_is_so_when_it_has_stayed_so(
    steps: Sequence[tuple[Matter, bool, float]],
) -> None:
    desk = Desk()
    for now in days(steps):
        desk.look(*now)
        desk.second += LOOK_S
    last = list(days(steps))[-1:] or [[]]
    desk.told(*last[0], for_s=AGAIN_S + CALM_S + 2 * LOOK_S)

    bad = {m.key: (m.state, m.severity) for m in last[0] if m.severity}
    known = desk.memory.told.values()

    assert {t.matter.key: (t.matter.state, t.matter.severity) for t in known} == bad


@given(STEPS)
@settings(max_examples=share_of(300), deadline=None)
def test_within_five_minutes_a_line_is_told_only_as_worse(
    steps: Sequence[tuple[Matter, bool, float]],
) -> None:
    desk, told = Desk(), dict[str, tuple[float, int]]()
    for now in days(steps):
        found = desk.look(*now)
        alone = len(found) == 1
        for matter in found:
            before_s, before = told.get(matter.key, (-AGAIN_S, 0))
            soon = desk.second - before_s < AGAIN_S
            if alone and soon and before < NOTHING_LEFT:
                assert matter.severity > before
            told[matter.key] = (desk.second, matter.severity)
        desk.second += LOOK_S


@given(STEPS)
@settings(max_examples=share_of(300), deadline=None)
def test_forty_changes_in_a_minute_make_few_notices(
    steps: Sequence[tuple[Matter, bool, float]],
) -> None:
    desk, count = Desk(), 0
    for place in range(40):
        line, own_link, _ = steps[place % len(steps)] if steps else (NOTHING, True, 0)
        found = desk.look(line, OWN_LINK if own_link else LINK_OK)
        count += bool(found)
        desk.second += 1.5

    assert count <= len(ORDER) + 4


@given(STEPS)
@settings(max_examples=share_of(100), deadline=None)
def test_a_restart_at_any_look_changes_nothing(
    steps: Sequence[tuple[Matter, bool, float]],
) -> None:
    desk, again = Desk(), Desk()
    for now in days(steps):
        written = msgspec.json.encode(again.memory)
        again.memory = msgspec.json.decode(written, type=NoticeMemory)

        assert again.look(*now) == desk.look(*now)
        desk.second = again.second = desk.second + LOOK_S


def test_what_ripens_is_told_once_it_is_ripe_whatever_else_is_edited() -> None:
    untried = other("test/radio", NoticeKind.TEST_OVERDUE, ripens_s=1000.0)
    memory = NoticeMemory()
    heard = []
    for second in range(0, 2000, 10):
        memory, found = due(TOWN, memory, [untried], moment(second))
        heard += [second] * len(found)

    assert heard == [pytest.approx(1000, abs=20)]
    assert [m.severity for m in due(TOWN, memory, [], moment(9000))[1]] in ([], [0])


def test_what_is_no_longer_so_ripens_anew() -> None:
    untried = other("test/radio", NoticeKind.TEST_OVERDUE, ripens_s=1000.0)
    memory, _ = due(TOWN, NoticeMemory(), [untried], moment(0))
    memory, _ = due(TOWN, memory, [], moment(500))

    assert due(TOWN, memory, [untried], moment(1200))[1] == ()
