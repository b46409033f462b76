"""A countdown that goes by what a probe measures of a battery."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import channel, component, fold, moment, plan, probe, result, shot, tick

from secours.core.events import Event, Measured, Replanned, Resumed, Said, Ticked
from secours.core.memory import Memory, after_reboot
from secours.core.replay.whatif import whatif
from secours.core.step import step
from secours.model.observed import (
    RUNTIME,
    Evidence,
    Instant,
    Outcome,
    Reason,
    failed,
    ok,
    unknown,
)
from secours.model.plan import Config
from secours.model.sections.channel import Component
from secours.model.snapshot import Standing, State
from secours.model.statements import Declared, Mark, Withdrawn

GRID, FEED, SITE = "power:grid", "power:feed", "power:site"
DECLARED_S, STALE_S = 4 * 3600.0, 90.0
UPS = probe(FEED, "nut", stale_after_s=STALE_S, confirm=1, recover=1)


def town(autonomy_s: float = DECLARED_S, measured_by: str | None = UPS.id) -> Config:
    """Return a plan in which the power of the house lives on a UPS."""
    return plan(
        component(GRID),
        component(FEED, GRID, probes=(UPS,)),
        component(SITE, FEED, autonomy_s=autonomy_s, measured_by=measured_by),
        channel("mail", SITE, probes=()),
    )


TOWN = town()


def on_battery(left_s: float | None) -> Outcome:
    facts = {} if left_s is None else {RUNTIME: left_s}
    return failed(Reason.ON_BATTERY, Evidence.SERVED, **facts)


def says(left_s: float | None, second: float) -> Event:
    """Return that the UPS says that it has so much left, on its battery."""
    return result(f"{FEED}/nut", on_battery(left_s), second)


def on_mains(left_s: float, second: float) -> Event:
    return result(f"{FEED}/nut", ok(Evidence.SERVED, **{RUNTIME: left_s}), second)


def silent(second: float) -> Event:
    return result(f"{FEED}/nut", unknown(Reason.REPORTED), second)


def cut(second: float) -> Said:
    """Return that somebody says that there are no mains, whatever the UPS says."""
    at = moment(second)
    mark = Mark(subject=FEED, says=Declared.DOWN, by="Ann", at=at)
    return Said(word=mark, at=at)


def back(second: float) -> Said:
    word = Withdrawn(kind="mark", subject=FEED, by="Ann")
    return Said(word=word, at=moment(second))


def site(memory: Memory) -> Standing:
    return memory.components[SITE]


def end(memory: Memory) -> float | None:
    """Return the second at which the house goes dark, as people are told."""
    until = site(memory).until
    return None if until is None else round(until.since(moment(0)), 3)


# ------------------------------------------------------------- what people read


def test_ups_that_falls_silent_is_not_told_with_its_old_minutes() -> None:
    spoke = fold(TOWN, on_mains(7200, 1), says(1380, 10), says(1380, 40))
    silenced = step(TOWN, spoke, silent(70))

    (view,) = shot(TOWN, silenced).components[1].probes
    assert spoke.components[FEED].facts == {RUNTIME: 1380}
    assert silenced.components[FEED].state is State.DOWN
    assert silenced.components[FEED].reason is Reason.ON_BATTERY
    assert silenced.components[FEED].facts == {"problem": "ups-silent"} == view.facts


def test_ups_that_speaks_again_says_its_minutes() -> None:
    memory = fold(TOWN, on_mains(7200, 1), says(1380, 10), silent(40), says(600, 70))

    assert memory.components[FEED].facts == {RUNTIME: 600}


# ------------------------------------------------------------------ what holds


def test_countdown_goes_by_the_newest_reading_up_and_down() -> None:
    memory = fold(TOWN, says(1800, 10))
    assert (end(memory), site(memory).measured) == (1810, True)

    memory = step(TOWN, memory, says(900, 40))
    assert end(memory) == 940
    memory = step(TOWN, memory, says(3600, 70))
    assert end(memory) == 3670
    memory = step(TOWN, memory, says(3600, 100))  # the same again is a newer one
    assert end(memory) == 3700


def test_nothing_is_believed_beyond_twice_what_is_declared() -> None:
    for second in (10, 40, 70):
        memory = fold(TOWN, says(10**6, 10), says(10**6, second))
        assert end(memory) == 10 + 2 * DECLARED_S


def test_reading_before_the_failure_counts_while_it_is_fresh() -> None:
    assert end(fold(TOWN, on_mains(600, 10), cut(60))) == 610
    stale = fold(TOWN, on_mains(600, 10), cut(10 + STALE_S + 1))
    assert (end(stale), site(stale).measured) == (101 + DECLARED_S, False)


def test_ups_on_battery_without_runtime_counts_what_is_declared_and_says_so() -> None:
    memory = fold(TOWN, says(None, 10))

    assert (end(memory), site(memory).measured) == (10 + DECLARED_S, False)


def test_reading_that_grows_stale_is_left_for_what_is_declared() -> None:
    memory = fold(TOWN, cut(5), says(5 * 3600, 10))
    assert end(memory) == 10 + 5 * 3600

    memory = step(TOWN, memory, tick(10 + STALE_S + 1))

    assert (end(memory), site(memory).measured) == (5 + DECLARED_S, False)


def test_silence_adds_no_time_to_what_the_ups_said_last() -> None:
    memory = fold(TOWN, cut(5), says(600, 10), silent(40), tick(10 + STALE_S + 1))
    assert (end(memory), site(memory).measured) == (610, False)

    memory = step(TOWN, memory, tick(611))

    assert site(memory).state is State.DOWN
    assert memory.channels["mail"].state is State.DOWN


def test_silence_of_a_ups_on_battery_brings_back_no_mains() -> None:
    """Whoever reads the UPS may be switched off before the battery is empty."""
    usual = replace(UPS, stale_after_s=None)
    feed = replace(TOWN.components[FEED], probes=(usual,))
    config = replace(TOWN, components={**TOWN.components, FEED: feed})
    memory = fold(config, says(600, 10), silent(40))

    for second in (500, 611, 12 * 3600):
        memory = step(config, memory, tick(second))
        assert memory.components[FEED].state is State.DOWN
        assert (site(memory).state is State.DOWN) is (second > 610)
    lit = step(config, memory, on_mains(60, 12 * 3600 + 30))
    assert lit.components[FEED].state is State.AVAILABLE
    assert site(lit).state is not State.DOWN
    day = step(config, memory, tick(10 + 86400 + 1))
    assert day.components[FEED].state is State.UNKNOWN


def test_it_falls_and_ranks_last_when_the_reading_says() -> None:
    tested = replace(TOWN, channels={"mail": channel("mail", SITE)})
    memory = fold(tested, cut(0), says(1000, 10), result("mail", "o", 20))

    assert step(tested, memory, tick(109)).channels["mail"].state is State.AVAILABLE
    ending = step(tested, memory, tick(111)).channels["mail"]
    assert (ending.state, ending.reason) == (State.DEGRADED, Reason.ENDING)
    memory = step(TOWN, fold(TOWN, cut(0), says(60, 10)), tick(71))
    assert site(memory).state is State.DOWN


def test_reading_of_nothing_takes_it_down_and_a_longer_one_brings_it_back() -> None:
    memory = fold(TOWN, cut(0), says(0, 10), tick(11))
    assert site(memory).state is State.DOWN

    memory = step(TOWN, memory, says(1800, 40))

    assert site(memory).state is not State.DOWN
    assert end(memory) == 1840


def test_what_is_left_when_the_mains_return_charges_as_before() -> None:
    """Recharging takes as long as the autonomy: so each second regains one."""
    on_mains_s = 2000.0
    memory = fold(TOWN, cut(0), says(3600, 10), back(40), on_mains(3570, 40))
    assert end(memory) is None

    memory = step(TOWN, memory, cut(40 + on_mains_s))

    left_s = 3570 + on_mains_s
    assert (end(memory), site(memory).measured) == (40 + on_mains_s + left_s, False)


def test_probe_that_is_not_named_says_nothing() -> None:
    config = town(measured_by=None)
    memory = fold(config, says(60, 10))

    assert (end(memory), site(memory).measured) == (10 + DECLARED_S, None)


def test_late_result_is_no_newer_reading() -> None:
    first, second = says(600, 40), says(5000, 10)
    assert isinstance(second, Measured)
    late = replace(second, at=moment(41))

    assert end(fold(TOWN, cut(5), first, late)) == 640


def test_edit_of_what_is_declared_bounds_what_is_measured() -> None:
    memory = fold(TOWN, says(3600, 10))

    memory = step(town(autonomy_s=600), memory, Replanned(at=moment(20)))

    assert end(memory) == 10 + 1200


def test_ups_alone_takes_no_grid_down() -> None:
    memory = fold(TOWN, says(600, 10), says(570, 40))

    assert memory.components[FEED].state is State.DOWN
    assert memory.components[GRID].state is not State.DOWN
    assert memory.known_down == (FEED,)
    assert shot(TOWN, memory).recommendations[0].on_battery


# ------------------------------------------------------------------ what would fall


def falls_after(memory: Memory, second: float, lasted_s: float = 0.0) -> float:
    """Return how long mail would last if the feed failed, or had failed, by then."""
    ends = shot(TOWN, memory).batteries_end
    start, lasted = moment(second), {FEED: lasted_s}
    seen = whatif(TOWN, (FEED,), start=start, lasted=lasted, ends=ends)
    (after_s,) = [
        step.after_s
        for step in seen.steps
        if "channel:mail" in {fall.name for fall in step.falls}
    ]
    assert seen.steps[-1].snapshot.channel("mail").standing.state is State.DOWN
    return round(after_s, 3)


def test_what_if_goes_by_the_reading_and_never_by_more() -> None:
    assert falls_after(fold(TOWN, on_mains(1380, 10)), 10) == 1380
    assert falls_after(fold(TOWN, on_mains(1380, 10), tick(40)), 40) == 1350
    assert falls_after(fold(TOWN, on_mains(10**6, 10)), 10) == 2 * DECLARED_S


def test_what_if_of_a_ups_on_battery_counts_down_as_the_standing_does() -> None:
    memory = fold(TOWN, cut(0), says(1380, 10), tick(40))

    assert end(memory) == 40 + falls_after(memory, 40, lasted_s=40) == 1390
    silent_now = step(TOWN, memory, tick(11 + STALE_S))
    assert falls_after(silent_now, 11 + STALE_S, 11 + STALE_S) == 1390 - 11 - STALE_S


def test_what_if_of_an_unread_ups_counts_what_is_declared() -> None:
    assert falls_after(fold(TOWN, tick(10)), 10) == DECLARED_S
    stale = fold(TOWN, on_mains(1380, 10), tick(11 + STALE_S))
    assert falls_after(stale, 11 + STALE_S) == DECLARED_S


# ------------------------------------------------------------------ restarts, clocks


def kept(memory: Memory) -> Memory:
    return msgspec.json.decode(msgspec.json.encode(memory), type=Memory)


def test_reading_survives_a_restart_and_a_reboot() -> None:
    memory = fold(TOWN, cut(5), says(600, 10))

    again = step(TOWN, kept(memory), Resumed(at=moment(20)))
    assert (end(again), site(again).measured) == (610, True)

    now = Instant(moment(30).utc, 3.0)  # on a steady clock that began anew
    rebooted = after_reboot(kept(memory), now)
    rebooted = step(TOWN, rebooted, Replanned(at=now))
    until = rebooted.components[SITE].until
    assert until is not None
    assert until.since(now) == pytest.approx(580)


def test_memory_of_an_earlier_version_is_read() -> None:
    raw = msgspec.json.decode(msgspec.json.encode(fold(TOWN, says(600, 10))))
    for battery in raw["batteries"].values():
        del battery["reading"]
    for health in raw["probes"].values():
        health.pop("reading")

    memory = msgspec.convert(raw, type=Memory, strict=False)
    memory = step(TOWN, memory, tick(20))

    assert end(memory) == 10 + DECLARED_S


@pytest.mark.parametrize("hours", [-30, 30])
def test_clock_that_jumps_changes_no_countdown(hours: int) -> None:
    memory = fold(TOWN, cut(5), says(600, 10))
    jumped = moment(20)
    jumped = replace(jumped, utc=jumped.utc + timedelta(hours=hours))

    memory = step(TOWN, memory, Ticked(at=jumped))

    until = site(memory).until
    assert until is not None
    assert until.since(jumped) == pytest.approx(590)


# ------------------------------------------------------------------ any discharge

LEFT_S = st.one_of(st.none(), st.sampled_from([0.0, 5.0, 600.0, 1e4, 5e4, 1e9]))
WAITS_S = st.sampled_from([1.0, 30.0, 89.0, 91.0, 400.0])
READINGS = st.lists(st.tuples(WAITS_S, LEFT_S), min_size=1, max_size=8)


def bound(told: list[tuple[float, float | None]], now: float) -> float:
    """Return the latest end that the rule allows, by everything told since second 0."""
    read = [(second, left) for second, left in told if left is not None]
    if not read:
        return DECLARED_S
    second, left = read[-1]
    said = min(max(second + left, second + 1e-3, 1e-3), 2 * DECLARED_S)
    return said if now <= second + STALE_S else min(said, DECLARED_S)


@given(READINGS, WAITS_S)
def test_countdown_is_by_the_rule_whatever_the_ups_says(
    readings: list[tuple[float, float | None]], wait_s: float
) -> None:
    memory, now = fold(TOWN, cut(0)), 0.0
    told: list[tuple[float, float | None]] = []
    for after_s, left_s in readings:
        now += after_s
        told.append((now, left_s))
        memory = step(TOWN, memory, says(left_s, now))
        _holds(memory, bound(told, now), now)
    _holds(step(TOWN, memory, tick(now + wait_s)), bound(told, now + wait_s), now)


def _holds(memory: Memory, ends: float, now: float) -> None:
    if site(memory).state is State.DOWN:
        assert ends <= (memory.at or moment(now)).since(moment(0)) + 1e-3
    else:
        assert end(memory) == pytest.approx(ends, abs=2e-3)


@given(READINGS, st.integers(0, 7), st.sampled_from([0.0, 5.0, 600.0]))
def test_shorter_reading_never_lengthens(
    readings: list[tuple[float, float | None]], place: int, shorter_s: float
) -> None:
    def ends(given: list[tuple[float, float | None]]) -> float:
        memory, now = fold(TOWN, cut(0)), 0.0
        for after_s, left_s in given:
            now += after_s
            memory = step(TOWN, memory, says(left_s, now))
        return -1.0 if site(memory).state is State.DOWN else end(memory) or 0.0

    place %= len(readings)
    after_s, left_s = readings[place]
    if left_s is not None and left_s >= shorter_s:
        less = [*readings]
        less[place] = (after_s, shorter_s)
        assert ends(less) <= ends(readings)


def test_owner_of_no_battery_takes_no_reading() -> None:
    part: Component = TOWN.components[FEED]
    config = replace(
        TOWN, components={**TOWN.components, FEED: replace(part, measured_by=UPS.id)}
    )

    memory = fold(config, says(600, 10))

    assert FEED not in memory.batteries
