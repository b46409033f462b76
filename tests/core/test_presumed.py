"""What nobody can test is presumed down only when all that may clear it was tried."""

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
    used,
)

from secours.core.events import Event, Said
from secours.core.memory import Memory
from secours.core.probing import intervals
from secours.core.step import step
from secours.model.observed import Evidence, Reason, degraded
from secours.model.plan import Config
from secours.model.sections.channel import Channel
from secours.model.sections.line import Line
from secours.model.snapshot import State
from secours.model.statements import Trial

GRID, CARRIER = "power:grid", "carrier:a"
SLOW = degraded(Reason.SLOW, Evidence.SERVED)


def fold_on(config: Config, memory: Memory, *events: Event) -> Memory:
    for event in events:
        memory = step(config, memory, event)
    return memory


def tried(name: str) -> Trial:
    return Trial(channel=name, worked=True, by="Ana", at=moment(3))


# ----------------------------------------------------------- answers that are not good


def house() -> Config:
    """Return three servers on the mains, and a radio that nobody can test."""
    servers = (channel(name, GRID) for name in ("mail", "chat", "wiki"))
    return plan(
        component(GRID),
        *servers,
        channel("radio", GRID, probes=()),
        channel("sms"),
        line("radio", "sms"),
    )


FINE = [result(name, "o", 1) for name in ("mail", "chat", "sms")]
FINE += [result("wiki", SLOW, 2)]  # as always
TWO_REFUSE = [
    result(name, "x", second) for second in (60, 65) for name in ("mail", "chat")
]


def test_a_slow_answer_since_presumes_no_blackout() -> None:
    config = house()

    memory = fold(config, *FINE, *TWO_REFUSE, result("wiki", SLOW, 66))

    assert (GRID,) in memory.suspects  # it may still be the cause
    assert memory.channels["radio"].state is State.UNKNOWN
    assert memory.channels["radio"].at_risk == GRID
    assert memory.components[GRID].state is not State.DOWN


def test_a_slow_answer_that_is_older_speaks_for_nothing() -> None:
    config = house()

    memory = fold(config, *FINE, result("wiki", SLOW, 50), *TWO_REFUSE, tick(80))

    assert memory.channels["radio"].state is State.DOWN
    assert memory.channels["radio"].presumed == GRID


def test_what_answered_and_fails_at_last_presumes_it_after_all() -> None:
    config = house()
    slow = [result("wiki", SLOW, 66)]
    fails = [result("wiki", "x", second) for second in (70, 75)]

    memory = fold(config, *FINE, *TWO_REFUSE, *slow, *fails)

    assert memory.channels["radio"].presumed == GRID
    assert memory.explanations[0].presumes


def test_a_first_success_of_what_failed_presumes_it_no_longer() -> None:
    config = house()
    memory = fold(config, *FINE, *TWO_REFUSE, result("wiki", "x", 66))
    memory = fold_on(config, memory, result("wiki", "x", 71))
    assert memory.channels["radio"].presumed == GRID

    memory = step(config, memory, result("mail", "o", 80))

    assert memory.channels["mail"].state is State.DOWN  # until it holds
    assert memory.channels["radio"].state is State.UNKNOWN

    memory = step(config, memory, result("mail", "x", 85))
    assert memory.channels["radio"].presumed == GRID


def test_what_works_again_is_tried_again_soon() -> None:
    config = house()
    mail = config.channels["mail"].probes[0]

    memory = fold(config, *FINE, *TWO_REFUSE, result("mail", "o", 80))

    assert intervals.delay_s(config, memory, mail) == mail.retry_every_s


def test_no_line_wanders_for_a_suspect_that_a_slow_answer_speaks_against() -> None:
    tested = [Said(word=tried("radio"), at=moment(3))]
    config = house()
    memory = fold(config, *FINE, *tested)
    assert used(config, memory) == "radio"
    memory = fold_on(config, memory, *TWO_REFUSE)

    for second in range(70, 600, 10):
        answer = SLOW if second % 80 < 40 else "o"
        events = result("wiki", answer, second), result("mail", "x", second + 1)
        memory = fold_on(config, memory, *events, result("sms", "o", second + 2))
        assert used(config, memory) == "radio"


def test_what_is_passed_over_for_a_likely_failure_says_so() -> None:
    config = house()
    lines = plan(
        *config.components.values(),
        *config.channels.values(),
        line("chat", "wiki", "sms"),
    )

    well = [result(name, "o", 58) for name in ("mail", "chat", "wiki", "sms")]
    memory = fold(lines, *well, *TWO_REFUSE)

    passed = shot(lines, memory).recommendations[0].passed_over
    assert [each.channel for each in passed] == ["chat", "wiki"]
    assert passed[1].reason is Reason.AT_RISK
    assert passed[1].facts == {"component": GRID}


# ------------------------------------------------------------- tests that are under way

PATIENT = probe("sms", timeout_s=10.0)


def town(*more: Channel | Line) -> Config:
    return plan(
        component(CARRIER),
        channel("voice", CARRIER),
        channel("data", CARRIER),
        channel("sms", CARRIER, probes=(PATIENT,)),
        channel("pager", CARRIER, probes=()),
        channel("radio", probes=(probe("radio", stale_after_s=45.0),)),
        *(more or [line("pager", "radio")]),
    )


TESTED = [result(name, "o", 1) for name in ("voice", "data", "sms", "radio")]
FAIL = [
    result("voice", "x", 60),
    result("data", "x", 60.1),
    result("voice", "x", 65),
    result("data", "x", 65.1),
]


def test_the_line_waits_for_a_test_that_may_clear_what_nobody_can_test() -> None:
    config = town()

    memory = fold(config, *TESTED, *FAIL)

    assert memory.channels["pager"].state is State.UNKNOWN
    assert memory.channels["pager"].at_risk == CARRIER
    assert used(config, memory) == "pager"


def test_a_success_clears_it_and_nobody_was_moved() -> None:
    config = town()

    memory = fold(config, *TESTED, *FAIL, result("sms", "o", 66))

    assert memory.channels["pager"].at_risk is None
    chosen = [each.after for each in memory.changes if each.subject == "line"]
    assert chosen == ["pager"]  # at the start


def test_a_failure_or_no_test_in_time_presumes_it_down() -> None:
    config = town()

    failed = fold(config, *TESTED, *FAIL, result("sms", "x", 66))
    silent = fold(config, *TESTED, *FAIL, tick(77))

    for memory in (failed, silent):
        assert memory.channels["pager"].state is State.DOWN
        assert memory.channels["pager"].presumed == CARRIER
        assert used(config, memory) == "radio"


def test_what_is_presumed_down_stays_so_while_more_is_tested() -> None:
    either = [GRID, "power:ups"]
    config = plan(
        component(GRID),
        component("power:ups"),
        component(CARRIER, either),
        *(channel(name, CARRIER) for name in ("voice", "data")),
        *(channel(name, either) for name in ("lamp", "wiki")),
        channel("pager", CARRIER, probes=()),
        channel("desk", either, probes=()),
    )
    fine = [result(name, "o", 1) for name in ("voice", "data", "lamp", "wiki")]
    memory = fold(config, *fine, *FAIL)
    assert memory.channels["pager"].presumed == CARRIER

    for second in (70, 75):  # now both powers may be what failed
        memory = step(config, memory, result("lamp", "x", second))

    assert memory.channels["wiki"].at_risk  # and is being tested
    assert memory.channels["pager"].state is State.DOWN


def test_nobody_is_newly_sent_to_it_meanwhile() -> None:
    config = town(line("voice", "pager", "radio"))

    memory = fold(config, *TESTED, *FAIL)

    assert used(config, memory) == "radio"


# ------------------------------------------------------- a failure of its own beside it


def test_a_failure_of_its_own_makes_nothing_better_that_is_presumed_down() -> None:
    """Its optional test fails too: that is no word for it."""
    extra = probe("radio", "web", required=False)
    config = house()
    radio = channel("radio", GRID, probes=(extra,))
    config = plan(
        *config.components.values(),
        *{**config.channels, "radio": radio}.values(),
        line("radio", "mail"),
    )
    fine = [result(name, "o", 1) for name in ("mail", "chat", "wiki")]
    refused = [*TWO_REFUSE, *(result("wiki", "x", second) for second in (61, 66))]
    memory = fold(config, *fine, *refused, tick(80))
    assert memory.channels["radio"].presumed == GRID
    assert used(config, memory) is None

    memory = fold_on(config, memory, result("radio/web", "x", 81))

    assert memory.channels["radio"].state is State.DOWN
    assert used(config, memory) is None
