from typing import Any

import pytest
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
    tick,
)

from secours.core.events import Measured, Ticked
from secours.core.probing.intervals import delay_s, hurries
from secours.core.step import step
from secours.model.observed import Evidence, Outcome, Reason, Verdict, degraded, failed
from secours.model.sections.channel import Path
from secours.model.snapshot import State

NAMES = ("a", "b", "c")


def next_in(owner: str, *events: Measured | Ticked, **options: Any) -> float:
    """Return the delay of one channel's probe; a and b are in use and backup."""
    config = plan(*(channel(n, probes=(probe(n, **options),)) for n in NAMES))
    first = [result(name, "o", 0) for name in NAMES]
    memory = fold(config, *first, *events)
    return delay_s(config, memory, config.channels[owner].probes[0])


def test_channels_in_use_and_their_backups_are_probed_hardest() -> None:
    assert [next_in(name) for name in NAMES] == [15.0, 15.0, 60.0]


def test_first_failure_is_tried_again_at_once() -> None:
    assert next_in("a", result("a", "x", 15)) == 5.0


def test_confirmed_failure_is_not_hurried() -> None:
    events = [result("c", "x", second) for second in (15, 20)]

    assert next_in("c", *events) == 60.0


@pytest.mark.parametrize("owner", ["a", "c"])
def test_nothing_goes_below_an_interval_written_on_the_probe(owner: str) -> None:
    written = {"interval_s": 300.0, "interval_written": True}

    assert next_in(owner, **written) == 300.0
    assert next_in(owner, result(owner, "x", 1), **written) == 300.0


def test_probe_that_costs_is_never_hurried() -> None:
    assert next_in("a", result("a", "x", 1), interval_s=300.0, cost=True) == 300.0


@pytest.mark.parametrize(
    "reason", [Reason.AUTH, Reason.SIM_LOCKED, Reason.RATE_LIMITED]
)
def test_refusal_is_not_retried_quickly_and_three_wait_a_quarter_of_an_hour(
    reason: Reason,
) -> None:
    refusals = [result("c", failed(reason), second) for second in (10, 70, 130)]

    assert next_in("c", *refusals[:1]) == 60.0
    assert next_in("c", *refusals) == 900.0


def test_waiting_out_a_refusal_leaves_the_failure_in_force() -> None:
    config = plan(channel("c"))
    refusals = [result("c", failed(Reason.AUTH), second) for second in (0, 60, 120)]

    memory = fold(config, *refusals, tick(120 + 890))

    assert memory.channels["c"].state is State.DOWN


def asked(seconds: float, verdict: Verdict = Verdict.DEGRADED) -> Outcome:
    busy = degraded(Reason.DEFERRED, Evidence.SERVED)
    return replace(busy, verdict=verdict, retry_after_s=seconds)


def test_wait_that_the_peer_asks_for_is_obeyed() -> None:
    assert next_in("c", result("c", asked(100.0), 1)) == 100.0
    assert next_in("c", result("c", asked(8.0), 1)) == 8.0
    assert next_in("c", result("c", asked(3.0), 1)) == 5.0  # retry_every


@pytest.mark.parametrize("verdict", [Verdict.DEGRADED, Verdict.FAILED])
def test_wait_of_a_day_ends_when_the_last_word_is_stale(verdict: Verdict) -> None:
    day = result("c", asked(86_400.0, verdict), 1)

    assert next_in("c", day) == 180.0  # 3 intervals
    assert next_in("c", day, stale_after_s=100.0) == 100.0
    assert next_in("a", result("a", asked(86_400.0, verdict), 1)) == 45.0  # watched


@pytest.mark.parametrize("options", [{}, {"stale_after_s": 90.0}])
@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Verdict.DEGRADED, State.DEGRADED), (Verdict.FAILED, State.DOWN)],
)
def test_two_refusals_that_ask_for_a_day_decide_with_no_doubt_between(
    options: dict[str, Any], verdict: Verdict, state: State
) -> None:
    config = plan(channel("c", probes=(probe("c", **options),)))
    tested = config.channels["c"].probes[0]
    memory = fold(config, result("c", "o", 0))
    second, states = 20.0, []
    for _ in range(3):
        day = result("c", asked(86_400.0, verdict), second)
        memory = step(config, memory, day)
        states.append(memory.channels["c"].state)
        second += delay_s(config, memory, tested)
        memory = step(config, memory, tick(second + 0.2))  # it is being tested
        states.append(memory.channels["c"].state)

    assert states == [State.AVAILABLE] * 2 + [state] * 4


@pytest.mark.parametrize("owner", ["a", "c", "path lan"])
@pytest.mark.parametrize("interval_s", [1.0, 60.0])
def test_no_haste_makes_a_result_stale_before_three_silent_tests(
    owner: str, interval_s: float
) -> None:
    """Where every test of a silent peer takes 10 s, and is repeated after 1 s."""
    quick: dict[str, Any] = {"interval_s": interval_s, "watch_every_s": interval_s}
    quick |= {"retry_every_s": 1.0, "timeout_s": 10.0}
    reference = probe("lan", id="paths/lan/tcp", via="lan", **quick)
    over = {"a": "lan"}
    config = plan(
        *(channel(n, probes=(probe(n, via=over.get(n), **quick),)) for n in NAMES),
        Path(name="lan", references=(reference,)),
    )
    memory = fold(config, *(result(name, "o", 0) for name in (*NAMES, owner)))
    for number in range(6):
        began, ended = 1 + 10 * number, 11 + 10 * number
        silent = result(owner, failed(Reason.TIMEOUT), began)
        memory = step(config, memory, replace(silent, at=moment(ended)))
        health = memory.probes[silent.result.probe]
        least_s = 3 * max(interval_s, 10.0)

        assert health.fresh_until_s >= moment(began).steady_s + least_s


def test_channel_watched_no_longer_stays_fresh_until_its_next_result() -> None:
    lasting: dict[str, Any] = {"stale_after_s": 1e6}
    config = plan(
        channel("a", probes=(probe("a", **lasting),)),
        channel("b", probes=(probe("b", **lasting),)),
        channel("c"),
        failback_after_s=0.0,
    )
    down_a = [result("a", "x", second) for second in (0, 1)]
    first = [result("b", "o", 1), result("c", "o", 1), result("c", "o", 10)]

    memory = fold(config, *down_a, *first, result("a", "o", 20), result("a", "o", 21))

    assert memory.watched == {"a", "b"}
    assert fold(config, *down_a, *first).watched == {"b", "c"}
    memory = fold(
        config,
        *down_a,
        *first,
        result("a", "o", 20),
        result("a", "o", 21),
        tick(100),
    )
    assert memory.channels["c"].state is State.AVAILABLE


def test_word_of_a_provider_decides_nothing_and_raises_the_rate() -> None:
    hint = probe("c", "statuspage", hint=True)
    config = plan(channel("a"), channel("b"), channel("c", probes=(probe("c"), hint)))
    red = degraded(Reason.REPORTED, Evidence.NONE)
    fine = [result(name, "o", 0) for name in ("a", "b", "c")]

    calm = fold(config, *fine, result("c/statuspage", "o", 1))
    alarmed = fold(config, *fine, result("c/statuspage", red, 1))

    ours = config.channels["c"].probes[0]
    assert (delay_s(config, calm, ours), delay_s(config, alarmed, ours)) == (60, 15)
    assert alarmed.channels["c"].state is State.AVAILABLE


def test_green_word_of_a_provider_proves_nothing() -> None:
    hint = probe("a", "statuspage", hint=True)
    config = plan(channel("a", probes=(hint,)))

    memory = fold(config, result("a/statuspage", "o", 1))

    assert memory.channels["a"].state is State.UNKNOWN
    assert memory.channels["a"].reason is Reason.NOT_PROBED


def test_long_wait_that_a_peer_asks_for_keeps_no_ok_alive() -> None:
    config = plan(channel("c"))

    memory = fold(config, result("c", "o", 0), result("c", asked(86_400.0), 20))

    assert memory.channels["c"].state is State.AVAILABLE
    memory = step(config, memory, tick(20 + 46))  # 3 x watch_every
    assert memory.channels["c"].state is State.UNKNOWN


def next_of_a_relative(*events: Measured, **options: Any) -> float:
    """Return the delay of the probe of "c", which needs the cloud that "a" needs."""
    config = plan(
        component("cloud:x"),
        channel("a", "cloud:x"),
        channel("b"),
        channel("d"),
        channel("c", "cloud:x", probes=(probe("c", **options),)),
    )
    first = [result(name, "o", 0) for name in ("a", "b", "c", "d")]
    memory = fold(config, *first, *events)
    return delay_s(config, memory, config.channels["c"].probes[0])


def test_what_may_have_failed_with_a_channel_in_doubt_is_tried_at_once() -> None:
    assert next_of_a_relative() == 60.0
    assert next_of_a_relative(result("a", "x", 15)) == 15.0
    assert next_of_a_relative(result("b", "x", 15)) == 60.0


def test_relative_is_tried_once_for_each_doubt_and_not_more_often_than_a_retry() -> (
    None
):
    tried = [result("a", "x", 15), result("c", "o", 15.1)]

    assert next_of_a_relative(*tried) == 60.0
    assert next_of_a_relative(result("c", "o", 14), result("a", "x", 15)) == 5.0


def test_relative_is_never_hurried_where_that_is_unwanted() -> None:
    doubt = result("a", "x", 15)

    assert next_of_a_relative(doubt, interval_s=300.0, interval_written=True) == 300.0
    assert next_of_a_relative(doubt, interval_s=300.0, cost=True) == 300.0
    refused = result("c", failed(Reason.AUTH), 10)
    assert next_of_a_relative(refused, doubt) == 60.0


def test_doubt_is_over_once_it_is_confirmed_or_was_none() -> None:
    config = plan(*map(channel, NAMES))
    first = [result(name, "o", 0) for name in NAMES]
    doubts = [
        fold(config, *first, *(result("a", x, 1 + n) for n, x in enumerate(letters)))
        for letters in ("", "x", "xx", "xo", "d", "x?")
    ]

    assert [list(memory.doubts) for memory in doubts] == [
        [],
        ["channel:a"],
        [],
        [],
        ["channel:a"],
        ["channel:a"],
    ]


def test_where_nothing_is_left_the_first_that_works_hurries_the_others() -> None:
    config = plan(*map(channel, NAMES), line("a", "b"))
    down = [result(n, "x", second) for second in (10, 15) for n in NAMES]
    memory = fold(config, *(result(n, "o", 1) for n in NAMES), *down)
    before = memory
    one, other, elsewhere = (config.channels[n].probes[0] for n in NAMES)
    assert delay_s(config, memory, one) == 60.0

    memory = step(config, memory, result("b", "o", 42))

    assert hurries(before, memory)
    assert delay_s(config, memory, one) == 27.0
    assert delay_s(config, memory, other) == 5.0
    assert delay_s(config, memory, elsewhere) == 60.0
