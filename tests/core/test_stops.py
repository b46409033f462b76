"""A stop of ours is no failure of anybody's."""

from msgspec.structs import replace
from plans import (
    channel,
    component,
    fold,
    line,
    moment,
    plan,
    probe,
    result,
    shot,
    tick,
)

from secours.core.events import Event, Measured, Replanned, Resumed, Said
from secours.core.memory import Memory, after_reboot
from secours.core.step import step
from secours.model.observed import Evidence, Instant
from secours.model.plan import Config
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark, Trial

TOWN = plan(channel("teams"), channel("sms"), channel("radio", probes=()))
FINE: list[Event] = [result(name, "o", 1) for name in ("teams", "sms")]
FAILED: list[Event] = [result("teams", "x", second) for second in (10, 15)]


def resumed(second: float) -> Resumed:
    return Resumed(at=moment(second))


def used(memory: Memory, config: Config = TOWN) -> str | None:
    use = shot(config, memory).recommendations[0].use
    return use.channel if use else None


def test_after_a_stop_no_line_leaves_its_channel() -> None:
    memory = step(TOWN, fold(TOWN, *FINE), resumed(500))

    assert memory.channels["teams"].state is State.UNKNOWN
    assert used(memory) == "teams"
    memory = step(TOWN, memory, result("sms", "o", 501))
    assert used(memory) == "teams"
    memory = step(TOWN, memory, result("teams", "o", 502))
    assert (used(memory), memory.fresh[-1].subject) == ("teams", "channel")
    assert not memory.recovered


def test_the_first_result_decides() -> None:
    memory = step(TOWN, fold(TOWN, *FINE), resumed(500))
    for event in (result("sms", "o", 501), result("teams", "x", 502)):
        memory = step(TOWN, memory, event)

    assert memory.channels["teams"].state is State.DOWN
    assert used(memory) == "sms"


def test_a_first_result_over_one_of_two_ways_decides_too() -> None:
    """Nobody waits for the other one with a channel that is known to be worse."""
    ways = [probe("teams", name, way_of="tcp") for name in ("lan", "mobile")]
    config = plan(channel("teams", probes=tuple(ways)), channel("sms"))
    fine = [result(name, "o", 1) for name in ("teams/lan", "teams/mobile", "sms")]
    memory = step(config, fold(config, *fine), resumed(500))

    for event in (result("teams/lan", "d", 501), result("sms", "o", 502)):
        memory = step(config, memory, event)

    assert memory.channels["teams"].state is State.DEGRADED
    assert used(memory, config) == "sms"


def test_a_line_on_a_fallback_does_not_return_on_one_ok() -> None:
    memory = step(TOWN, fold(TOWN, *FINE, *FAILED), resumed(500))
    for event in (result("teams", "o", 501), result("sms", "o", 502)):
        memory = step(TOWN, memory, event)

    assert used(memory) == "sms"
    assert memory.channels["teams"].state is State.AVAILABLE
    for second in range(515, 1120, 15):
        for name in ("teams", "sms"):
            memory = step(TOWN, memory, result(name, "o", second))
    assert used(memory) == "teams"


BACK: list[Event] = [result("teams", "o", second) for second in (20, 25)]


def returned_at(memory: Memory, *, after: int, boot_s: float = 0.0) -> int:
    """Return the second at which the line is back on its primary, all being well."""
    for second in range(after, after + 1000, 15):
        for name in ("teams", "sms"):
            told = result(name, "o", second).result
            at = Instant(told.at.utc, told.at.steady_s - boot_s)
            event = Measured(result=replace(told, at=at), at=at)
            memory = step(TOWN, memory, event)
        if used(memory) == "teams":
            return second
    raise AssertionError("it never returned")


def test_a_running_failback_survives_a_stop() -> None:
    """Of its 600 s it has held for 40; what nobody saw is no time held."""
    memory = fold(TOWN, *FINE, *FAILED, *BACK, result("sms", "o", 26), tick(65))
    assert memory.recovered["teams"] == moment(25)

    memory = step(TOWN, memory, resumed(2000))

    assert memory.recovered["teams"] == moment(1960)
    assert returned_at(memory, after=2001) == 2571


def test_a_running_failback_survives_a_sleep() -> None:
    memory = fold(TOWN, *FINE, *FAILED, *BACK, result("sms", "o", 26), tick(65))

    memory = step(TOWN, memory, Resumed(at=moment(2000), since=moment(65)))

    assert returned_at(memory, after=2001) == 2571


def test_a_running_failback_survives_a_reboot() -> None:
    memory = fold(TOWN, *FINE, *FAILED, *BACK, result("sms", "o", 26), tick(65))
    now = Instant(moment(2000).utc, 7.0)  # a clock that began anew

    memory = after_reboot(memory, now)
    for event in (Replanned(at=now), Resumed(at=now)):
        memory = step(TOWN, memory, event)

    boot_s = moment(2000).steady_s - 7.0
    assert returned_at(memory, after=2001, boot_s=boot_s) == 2571


def test_after_a_reboot_lines_hold_what_they_had() -> None:
    memory = fold(TOWN, *FINE, *FAILED, result("sms", "o", 16))
    now = Instant(moment(300).utc, 7.0)  # a clock that began anew

    memory = step(TOWN, after_reboot(memory, now), Resumed(at=now))

    assert used(memory) == "sms"
    assert "teams" in memory.faulty


# ------------------------------------------------------------------ the first round

MAINS = plan(
    component("power:site"),
    channel("teams", "power:site"),
    channel("mail", "power:site"),
    channel("radio", "power:site", probes=()),
    channel("sms", probes=(probe("sms", cost=True),)),
    line("teams", "mail", "radio"),
)


def test_nobody_is_accused_before_each_probe_had_its_first_result() -> None:
    memory = step(MAINS, fold(MAINS), resumed(0))
    for second in (1.0, 6.0):
        memory = step(MAINS, memory, result("teams", "x", second))

    assert memory.suspects == ()
    assert memory.channels["radio"].state is State.UNKNOWN

    memory = step(MAINS, memory, result("mail", "?", 7))  # an unknown one counts
    assert ("power:site",) in memory.suspects


def test_the_wait_for_first_results_ends() -> None:
    memory = step(MAINS, fold(MAINS), resumed(0))
    memory = step(MAINS, memory, result("teams", "x", 20))

    assert memory.suspects == ()
    memory = step(MAINS, memory, tick(25.1))  # 2 x 10 s + 5 s
    assert ("power:site",) in memory.suspects


def test_a_short_stop_begins_no_new_round() -> None:
    memory = fold(MAINS, *(result(name, "o", 1) for name in ("teams", "mail")))

    memory = step(MAINS, memory, resumed(5))

    assert not memory.awaited


def test_what_is_set_aside_before_its_first_result_has_not_failed_its_test() -> None:
    thin = channel("teams", "site:a", probes=(probe("teams", best=Evidence.REACHED),))
    config = plan(component("site:a"), thin, channel("mail"))
    trial = Trial(channel="teams", worked=True, by="Ann", at=moment(20))
    until = moment(9000).utc
    distrust = Mark(
        subject="site:a", says=Declared.DISTRUSTED, by="Ann", at=moment(30), until=until
    )
    words = [Said(word=trial, at=moment(20)), Said(word=distrust, at=moment(30))]

    memory = fold(config, *words, result("mail", "x", 40))

    assert memory.channels["teams"].state is State.AVAILABLE


def test_silence_does_not_bring_back_a_test_that_a_failure_came_after() -> None:
    thin = channel("teams", probes=(probe("teams", best=Evidence.REACHED),))
    config = plan(thin, channel("mail"))
    trial = Trial(channel="teams", worked=True, by="Ann", at=moment(20))
    memory = fold(config, result("teams", "o", 1), Said(word=trial, at=moment(20)))
    assert memory.channels["teams"].state is State.AVAILABLE
    for second in (30, 35):
        memory = step(config, memory, result("teams", "x", second))
    assert memory.channels["teams"].state is State.DOWN

    stopped = step(config, memory, resumed(300))

    assert stopped.channels["teams"].state is State.UNKNOWN
    answers = step(config, stopped, result("teams", "o", 301))
    assert answers.channels["teams"].state is State.AVAILABLE

    now = Instant(moment(300).utc, 7.0)  # a clock that began anew
    memory = after_reboot(memory, now)
    for event in (Replanned(at=now), Resumed(at=now)):
        memory = step(config, memory, event)
        assert memory.channels["teams"].state is State.UNKNOWN
