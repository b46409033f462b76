"""How long does each thing live on without its power, after what it lived through?"""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from plans import channel, component, fold, moment, plan, tick

from secours.core.memory import Memory, Said, Ticked, after_reboot, step
from secours.model import Config, Declared, Instant, Mark, State, Withdrawn

HOUR_S = 3600.0
GRID, CARRIER = "power:grid", "carrier:a"
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


def test_on_the_mains_for_long_it_is_full_and_forgotten() -> None:
    memory = fold(FOUR_HOURS, cut(0), back(HOUR_S), tick(2 * HOUR_S + 1))
    again = step(FOUR_HOURS, memory, cut(3 * HOUR_S))

    assert memory.batteries == {}
    assert ends(again) == 7 * HOUR_S


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


# ------------------------------------------------------------------ second by second


def levels(
    autonomy: int, recharge: int, changes: Sequence[int], until: int
) -> list[Fraction]:
    """Return what is in a battery at each half second; the mains change at `changes`.

    They work until the first of them. Slow, and plain to see that it is right.
    """
    level, found = Fraction(autonomy), []
    for half in range(2 * until):
        found.append(level)
        if is_cut(half, changes):
            level = max(Fraction(0), level - HALF)
        elif recharge:
            level = min(Fraction(autonomy), level + HALF * autonomy / recharge)
        else:
            level = Fraction(autonomy)
    return found


def is_cut(half: int, changes: Sequence[int]) -> bool:
    """Tell whether the mains are down in the half second that begins then."""
    return sum(2 * change <= half for change in changes) % 2 == 1


@settings(max_examples=200, deadline=None)
@given(
    autonomy=st.integers(1, 12),
    recharge=st.integers(0, 12),
    changes=st.lists(st.integers(1, 50), min_size=1, max_size=8, unique=True),
    ticks=st.booleans(),
)
@example(autonomy=4, recharge=4, changes=[1, 4, 5], ticks=False)
@example(autonomy=4, recharge=9, changes=[1, 20, 23, 24, 26], ticks=True)
def test_it_is_down_when_a_count_second_by_second_says_so(
    autonomy: int, recharge: int, changes: list[int], ticks: bool
) -> None:
    """However often the core is asked between."""
    changes = sorted(changes)
    until = changes[-1] + 2 * autonomy
    expected = levels(autonomy, recharge, changes, until)
    config = town(float(autonomy), float(recharge))
    memory = fold(config)
    for half in range(1, 2 * until - 1):
        second = half / 2
        if second in changes:
            word = cut(second) if is_cut(half, changes) else back(second)
            memory = step(config, memory, word)
        elif half % 2:
            down = is_cut(half, changes) and not expected[half]
            just_now = expected[half - 1] == HALF
            if not just_now:
                assert is_down(config, memory, second) is down
            if ticks:
                memory = step(config, memory, tick(second))
