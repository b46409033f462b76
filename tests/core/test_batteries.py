"""How long does each thing live on without its power, after what it lived through?"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import channel, component, fold, line, moment, plan, probe, result, tick
from soak import share_of

from secours.core.events import Replanned, Said, Ticked
from secours.core.memory import Memory, after_reboot
from secours.core.probing import intervals
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark, Trial, Withdrawn

HOUR_S = 3600.0
GRID, CARRIER, UPS = "power:grid", "carrier:a", "power:ups"
HALF = Fraction(1, 2)


def town(autonomy_s: float, recharge_s: float | None = None) -> Config:
    """Return a plan in which a carrier lives on batteries, and a channel on it."""
    return plan(
        component(GRID),
        component(CARRIER, GRID, autonomy_s=autonomy_s, recharge_s=recharge_s),
        channel("sms", CARRIER, probes=()),
    )


FOUR_HOURS = town(4 * HOUR_S)


def cut(second: float, by: str = "Ana", since: float | None = None) -> Said:
    """Return that somebody says that the mains are down."""
    mark = Mark(
        subject=GRID,
        says=Declared.DOWN,
        by=by,
        at=moment(second),
        since=None if since is None else moment(since),
    )
    return Said(word=mark, at=moment(second))


def back(second: float) -> Said:
    """Return that somebody says that they are back."""
    word = Withdrawn(kind="mark", subject=GRID, by="Ana")
    return Said(word=word, at=moment(second))


def ends(memory: Memory) -> float | None:
    """Return the second at which the carrier will fall, as people are told."""
    until = memory.components[CARRIER].until
    return None if until is None else until.since(moment(0))


def is_down(config: Config, memory: Memory, second: float) -> bool:
    """Tell whether the carrier is down at a second yet to come, and the channel."""
    then = step(config, memory, tick(second))
    down = then.components[CARRIER].state is State.DOWN
    assert (then.channels["sms"].state is State.DOWN) is down
    return down


def falls_at(config: Config, memory: Memory, second: float) -> bool:
    """Tell whether that is when it falls: not a second earlier."""
    before, after = second - 1, second + 1
    return not is_down(config, memory, before) and is_down(config, memory, after)


@pytest.mark.parametrize("hours", [1, 8])
def test_autonomy_that_the_plan_corrects_counts_from_when_power_failed(
    hours: int,
) -> None:
    memory = fold(FOUR_HOURS, cut(0))
    corrected = town(hours * HOUR_S)

    memory = step(corrected, memory, Replanned(at=moment(60)))

    assert falls_at(corrected, memory, hours * HOUR_S)


def test_what_came_back_into_a_battery_is_counted_by_the_plan_in_force() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(HOUR_S), cut(2 * HOUR_S))
    corrected = town(
        2 * HOUR_S, recharge_s=8 * HOUR_S
    )  # a quarter of an hour came back

    memory = step(corrected, memory, Replanned(at=moment(2 * HOUR_S + 60)))

    assert falls_at(corrected, memory, (2 + 1.25) * HOUR_S)


def test_what_is_presumed_down_does_not_say_how_long_it_lives_on() -> None:
    config = plan(
        component(GRID),
        component(CARRIER, GRID, autonomy_s=HOUR_S),
        component("internet:a"),
        channel("sms", CARRIER, "internet:a", probes=()),
        *(channel("mail", "internet:a"), channel("chat", "internet:a")),
    )
    failed = [result(n, "x", s) for s in (1, 2, 3) for n in ("mail", "chat")]

    memory = fold(config, cut(0), *failed, tick(30))

    sms = memory.channels["sms"]
    assert sms.presumed == "internet:a"
    assert sms.until is None


def test_what_people_say_works_is_degraded_as_its_battery_ends() -> None:
    tested = probe(CARRIER, "modem", confirm=1)
    config = plan(
        component(GRID),
        component(CARRIER, GRID, autonomy_s=400.0, probes=(tested,)),
        channel("sms", CARRIER),
    )
    up = Mark(subject=CARRIER, says=Declared.UP, by="Bea", at=moment(20))
    failed = result(f"{CARRIER}/modem", "x", 5)

    memory = fold(config, failed, cut(10), Said(word=up, at=moment(20)))

    carrier = memory.components[CARRIER]
    assert (carrier.state, carrier.reason) == (State.DEGRADED, Reason.ENDING)
    assert carrier.declared_by == "Bea"


@pytest.mark.parametrize("marked", [True, False])
def test_a_word_on_what_an_empty_battery_took_lets_no_single_success_count(
    *, marked: bool
) -> None:
    config = plan(
        component(GRID),
        component(CARRIER, GRID, autonomy_s=60.0, probes=(probe(CARRIER, "modem"),)),
        channel("sms", CARRIER),
    )
    mark = Mark(subject=CARRIER, says=Declared.DOWN, by="Bea", at=moment(400))
    said = (Said(word=mark, at=moment(400)),) if marked else ()
    tested = result(f"{CARRIER}/modem", "o", 410), result("sms", "o", 411)

    memory = fold(config, cut(0), *said, *tested)
    again = step(config, memory, result("sms", "o", 420))

    assert memory.channels["sms"].state is State.DOWN
    assert again.channels["sms"].state is State.AVAILABLE


MINUTE_S = 60.0
ONE_MINUTE = plan(
    component(GRID),
    component(CARRIER, GRID, autonomy_s=MINUTE_S),
    channel("sms", CARRIER),
)


def of_sms(config: Config, *tests: tuple[float, str]) -> list[State]:
    """Return each state that the channel takes on after its battery's last minutes."""
    memory = fold(config, result("sms", "o", 1), cut(2), result("sms", "o", 55))
    found: list[State] = []
    for second, letter in tests:
        memory = step(config, memory, result("sms", letter, second))
        found += [State(c.after) for c in memory.fresh if c.name == "sms"]
    return found


def test_a_battery_that_ends_a_little_later_than_planned_is_one_change() -> None:
    tests = [(62.4, "o"), (65, "x"), (70, "x"), (75, "x")]

    assert of_sms(ONE_MINUTE, *tests) == [State.DOWN]


def test_a_channel_outlives_its_battery_by_as_many_successes_as_a_recovery() -> None:
    twice = [(62.4, "o"), (77.0, "o")]

    assert of_sms(ONE_MINUTE, *twice) == [State.DOWN, State.AVAILABLE]
    assert of_sms(ONE_MINUTE, *twice, (92, "x")) == [State.DOWN, State.AVAILABLE]
    assert of_sms(ONE_MINUTE, (62.4, "o"), (65, "x"), (70, "o")) == [State.DOWN]


def test_what_its_battery_took_is_no_suspect_after_one_success() -> None:
    more = probe("sms", "more", required=False)
    tested = channel("sms", CARRIER, probes=(probe("sms"), more))
    config = replace(ONE_MINUTE, channels={"sms": tested})
    fails = [result("sms/more", "x", second) for second in (63, 68)]
    fine = [result(name, "o", 1) for name in ("sms", "sms/more")]

    memory = fold(config, *fine, cut(2), tick(62.1), result("sms", "o", 64), *fails)

    assert memory.channels["sms"].state is State.DOWN
    assert memory.suspects == ()


def next_after_the_end(config: Config, *tests: tuple[float, str]) -> float:
    """Return when the channel is tested next, after these tests since the end."""
    answered = fold(config, result("sms", "o", 1), cut(2), result("sms", "o", 55))
    memory = step(config, answered, tick(62.1))
    for second, letter in tests:
        memory = step(config, memory, result("sms", letter, second))
    last, _ = tests[-1] if tests else (55, "o")
    return last + intervals.delay_s(config, memory, config.channels["sms"].probes[0])


def of_probe(**options: Any) -> Config:
    """Return the same with another probe."""
    tested = channel("sms", CARRIER, probes=(probe("sms", **options),))
    return replace(ONE_MINUTE, channels={"sms": tested})


def test_what_answered_when_its_battery_ended_is_tested_again_soon() -> None:
    rare = of_probe(interval_s=1200.0)

    assert next_after_the_end(rare) == 60  # at once, as it ended at 62
    assert next_after_the_end(rare, (63, "o")) == 68
    assert next_after_the_end(rare, (63, "o"), (68, "o")) > 68 + 5


def test_battery_that_ends_hurries_also_what_nobody_is_told_to_use() -> None:
    rare = probe("sms", interval_s=1200.0)
    others = {name: channel(name) for name in ("a", "b")}
    spare = channel("sms", CARRIER, probes=(rare,))
    config = replace(
        ONE_MINUTE,
        channels={**others, "sms": spare},
        plan=(line("a", "b", "sms"),),
    )
    first = [result(name, "o", 1) for name in config.channels]
    before = fold(config, *first, cut(2), *(result(n, "o", 50) for n in others))

    memory = step(config, before, tick(62.1))

    assert before.watched == memory.watched == {"a", "b"}
    assert intervals.hurries(before, memory)
    assert intervals.delay_s(config, memory, rare) == rare.retry_every_s


def test_what_fails_after_its_battery_ended_is_not_hurried_for_long() -> None:
    rare = of_probe(interval_s=1200.0)

    assert next_after_the_end(rare, (63, "x"), (68, "x")) == 1268


@pytest.mark.parametrize("options", [{"cost": True}, {"interval_written": True}])
def test_no_battery_that_ends_hurries_a_test_past_its_interval(
    options: dict[str, bool],
) -> None:
    rare = of_probe(interval_s=1200.0, **options)

    assert next_after_the_end(rare, (63, "o")) == 1263


def test_one_success_is_enough_where_one_is_a_recovery() -> None:
    once = channel("sms", CARRIER, probes=(probe("sms", recover=1),))
    config = replace(ONE_MINUTE, channels={"sms": once})

    assert of_sms(config, (62.4, "o")) == [State.DOWN, State.AVAILABLE]


def test_people_who_reach_somebody_after_it_outlive_a_battery_at_once() -> None:
    memory = fold(ONE_MINUTE, result("sms", "o", 1), cut(2), result("sms", "o", 55))
    worked = Trial(channel="sms", worked=True, by="Ana", at=moment(63))

    memory = step(ONE_MINUTE, memory, Said(word=worked, at=moment(63)))

    assert memory.channels["sms"].state is State.AVAILABLE


def test_a_minute_of_mains_does_not_restart_the_four_hours() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(3 * HOUR_S), cut(3 * HOUR_S + 60))

    assert ends(memory) == 3 * HOUR_S + 60 + HOUR_S + 60
    assert falls_at(FOUR_HOURS, memory, 4 * HOUR_S + 120)


def test_what_was_empty_lives_on_only_for_what_it_has_regained() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(9 * HOUR_S), cut(9 * HOUR_S + 600))

    assert falls_at(FOUR_HOURS, memory, 9 * HOUR_S + 1200)


@pytest.mark.parametrize(
    ("recharge_s", "regained_s"),
    [(None, 60), (4 * HOUR_S, 60), (HOUR_S, 240), (8 * HOUR_S, 30), (0.0, 3 * HOUR_S)],
)
def test_it_regains_all_of_its_autonomy_in_recharge(
    recharge_s: float | None, regained_s: float
) -> None:
    """As long as the autonomy, where nothing is written; at once where 0 is."""
    config = town(4 * HOUR_S, recharge_s)
    memory = fold(config, cut(0), back(3 * HOUR_S), cut(3 * HOUR_S + 60))

    assert falls_at(config, memory, 4 * HOUR_S + 60 + regained_s)


def test_what_feeds_it_that_works_again_on_a_battery_is_its_power_at_once() -> None:
    """The room fails, which the UPS turns out not to need; it lives on its own hour."""
    ups = component(
        UPS,
        "site:room",
        GRID,
        autonomy_s=HOUR_S,
        probes=(probe(UPS, stale_after_s=1e5),),
    )
    carrier = component(CARRIER, UPS, autonomy_s=600.0)
    config = plan(component("site:room"), component(GRID), ups, carrier, channel("sms"))
    room = Mark(subject="site:room", says=Declared.DOWN, by="Ana", at=moment(0))
    memory = fold(config, cut(0), Said(word=room, at=moment(0)))
    assert ends(memory) == 600.0

    memory = step(config, memory, result(UPS, "o", 60))

    assert ends(memory) == HOUR_S + 600
    assert memory.components[CARRIER].state is not State.DEGRADED


def test_on_the_mains_for_long_it_is_full() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(HOUR_S), tick(2 * HOUR_S + 1))
    again = step(FOUR_HOURS, memory, cut(3 * HOUR_S))

    assert ends(again) == 7 * HOUR_S


def test_what_nobody_can_date_back_to_is_forgotten() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(HOUR_S), tick(7 * 24 * HOUR_S))
    assert memory.batteries

    memory = step(FOUR_HOURS, memory, tick(7 * 24 * HOUR_S + 2 * HOUR_S))

    assert memory.batteries == {}


def test_a_mark_typed_again_adds_nothing() -> None:
    memory = fold(FOUR_HOURS, cut(0), cut(2 * HOUR_S, by="Bob"), cut(3.5 * HOUR_S))

    assert memory.words.marks[GRID].began == moment(0)
    assert ends(memory) == 4 * HOUR_S
    assert falls_at(FOUR_HOURS, memory, 4 * HOUR_S)


@pytest.mark.parametrize("said_before", [True, False])
def test_it_runs_down_from_when_people_say_that_the_mains_failed(
    said_before: bool,
) -> None:
    first = [cut(2 * HOUR_S)] if said_before else []
    memory = fold(FOUR_HOURS, tick(1), *first, cut(2.5 * HOUR_S, since=HOUR_S))

    assert ends(memory) == 5 * HOUR_S
    assert falls_at(FOUR_HOURS, memory, 5 * HOUR_S)


def test_what_ended_before_people_say_so_is_down_at_once() -> None:
    memory = fold(FOUR_HOURS, tick(1), cut(6 * HOUR_S, since=HOUR_S))

    assert is_down(FOUR_HOURS, memory, 6 * HOUR_S)


def rebooted(memory: Memory, second: float, steady_s: float = 5.0) -> Memory:
    """Return what another boot takes up at this second of the test."""
    return after_reboot(memory, Instant(moment(second).utc, steady_s))


def of_new_boot(second: float, started: float, steady_s: float = 5.0) -> Instant:
    """Return a second of the test by the clocks of a boot that started then."""
    return Instant(moment(second).utc, steady_s + second - started)


def test_what_people_date_back_is_down_since_then() -> None:
    memory = fold(FOUR_HOURS, tick(1), cut(6 * HOUR_S, since=HOUR_S))

    since = memory.components["power:grid"].since
    assert since is not None
    assert since.since(moment(HOUR_S)) == 0


def test_what_fell_with_what_people_date_back_is_down_since_its_end() -> None:
    memory = fold(FOUR_HOURS, tick(1), cut(6 * HOUR_S, since=HOUR_S))

    since = memory.components["carrier:a"].since
    assert since is not None
    assert since.since(moment(0)) == 5 * HOUR_S


def test_after_a_reboot_a_battery_goes_on_running_down() -> None:
    memory = fold(FOUR_HOURS, cut(0), tick(2 * HOUR_S))
    started = 3 * HOUR_S
    memory = rebooted(memory, started)

    for second, state in ((-60, State.UNKNOWN), (60, State.DOWN)):
        at = of_new_boot(4 * HOUR_S + second, started)
        memory = step(FOUR_HOURS, memory, Ticked(at=at))
        assert memory.components[CARRIER].state is state


def test_after_a_reboot_a_battery_goes_on_charging() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(3 * HOUR_S))
    started = 3 * HOUR_S + 30
    memory = rebooted(memory, started)
    at = of_new_boot(3 * HOUR_S + 60, started)
    mark = Mark(subject=GRID, says=Declared.DOWN, by="Ana", at=at)

    memory = step(FOUR_HOURS, memory, Said(word=mark, at=at))

    until = memory.components[CARRIER].until
    assert until is not None
    assert until.since(at) == pytest.approx(HOUR_S + 60)


# ------------------------------------------------------------ said after the event


def test_a_failure_dated_to_before_the_mains_came_back_is_one_long_failure() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(3 * HOUR_S), cut(3.5 * HOUR_S, since=0))

    assert ends(memory) == 4 * HOUR_S
    assert falls_at(FOUR_HOURS, memory, 4 * HOUR_S)


def test_a_failure_dated_to_while_it_charged_begins_at_what_was_in_it_then() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(3 * HOUR_S), cut(4 * HOUR_S))
    memory = step(FOUR_HOURS, memory, cut(4.1 * HOUR_S, since=3.5 * HOUR_S))

    assert ends(memory) == 5 * HOUR_S
    assert falls_at(FOUR_HOURS, memory, 5 * HOUR_S)


def test_a_failure_dated_to_before_it_was_full_again_does_not_begin_at_full() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(3 * HOUR_S), tick(6.5 * HOUR_S))
    memory = step(FOUR_HOURS, memory, cut(7 * HOUR_S, since=5 * HOUR_S))

    assert falls_at(FOUR_HOURS, memory, 8 * HOUR_S)


def test_a_memory_kept_by_an_older_version_runs_down_from_where_it_was() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(3 * HOUR_S))
    kept = msgspec.json.decode(msgspec.json.encode(memory))
    for battery in kept["batteries"].values():
        del battery["before"]

    memory = msgspec.convert(kept, Memory)

    memory = step(FOUR_HOURS, memory, cut(3 * HOUR_S + 60))
    assert falls_at(FOUR_HOURS, memory, 4 * HOUR_S + 120)


def test_mains_that_come_and_go_all_day_do_not_fill_the_memory() -> None:
    memory = fold(FOUR_HOURS)
    for second in range(0, 10_000, 20):
        memory = step(FOUR_HOURS, memory, cut(second))
        memory = step(FOUR_HOURS, memory, back(second + 10))

    assert len(memory.batteries[CARRIER].before) < 200
    memory = step(FOUR_HOURS, memory, cut(10_000))
    assert falls_at(FOUR_HOURS, memory, 10_000 + 4 * HOUR_S)


# ------------------------------------------------------------------ second by second


@dataclass(frozen=True)
class Told:
    """What people say of the mains at a second, and since when, where they know it."""

    second: int
    is_cut: bool
    since: int | None = None

    def event(self) -> Said:
        return cut(self.second, since=self.since) if self.is_cut else back(self.second)


@dataclass
class Mains:
    """In which half seconds the mains were down, as far as people have said."""

    cut: list[bool]

    def hear(self, told: Told) -> None:
        """Take it that what was said goes on, and held since then."""
        now = 2 * told.second
        since = now if told.since is None else min(now, 2 * told.since)
        if not told.is_cut:
            since = now
        self.cut[since:] = [told.is_cut] * len(self.cut[since:])

    def levels(self, autonomy: int, recharge: int) -> list[Fraction]:
        """Return what is in a battery at the start of each half second.

        It was full at first. Slow, and plain to see that it is right.
        """
        level, found = Fraction(autonomy), []
        for is_cut in self.cut:
            found.append(level)
            if is_cut:
                level = max(Fraction(0), level - HALF)
            elif recharge:
                level = min(Fraction(autonomy), level + HALF * autonomy / recharge)
            else:
                level = Fraction(autonomy)
        return found


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    """Draw what people say in turn; often only later, and not always right away."""
    seconds = draw(st.lists(st.integers(1, 40), min_size=1, max_size=8, unique=True))
    told = []
    for second in sorted(seconds):
        is_cut = draw(st.booleans())
        dated = is_cut and draw(st.booleans())
        since = draw(st.integers(0, second)) if dated else None
        told.append(Told(second, is_cut, since))
    return told


DATED_BACK = [Told(1, True), Told(4, False), Told(5, True, since=2)]
DATED_TO_CHARGING = [Told(1, True), Told(4, False), Told(6, True), Told(7, True, 5)]


@settings(max_examples=share_of(1000), deadline=None)
@given(
    autonomy=st.integers(1, 12),
    recharge=st.integers(0, 12),
    story=stories(),
    ticks=st.booleans(),
)
@example(autonomy=4, recharge=4, story=DATED_BACK, ticks=False)
@example(autonomy=5, recharge=9, story=DATED_TO_CHARGING, ticks=True)
def test_it_is_down_when_a_count_second_by_second_says_so(
    autonomy: int, recharge: int, story: list[Told], ticks: bool
) -> None:
    """However often the core is asked between."""
    until = story[-1].second + 2 * autonomy
    config = town(float(autonomy), float(recharge))
    memory, mains = fold(config), Mains([False] * 2 * until)
    expected = mains.levels(autonomy, recharge)
    by_second = {2 * told.second: told for told in story}
    for half in range(1, 2 * until - 1):
        if told := by_second.get(half):
            memory = step(config, memory, told.event())
            mains.hear(told)
            expected = mains.levels(autonomy, recharge)
        elif half % 2:
            down = mains.cut[half] and not expected[half]
            just_now = expected[half - 1] == HALF
            if not just_now:
                assert is_down(config, memory, half / 2) is down
            if ticks:
                memory = step(config, memory, tick(half / 2))


def test_what_has_no_battery_falls_with_its_power_to_the_second() -> None:
    config = plan(
        component(GRID),
        component(UPS, GRID, autonomy_s=HOUR_S),
        channel("wifi", UPS, probes=(probe("wifi"),)),
    )

    after = fold(config, result("wifi", "o", 1), cut(2))

    assert after.channels["wifi"].until == moment(2 + HOUR_S)
