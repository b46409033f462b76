"""A line moves once: at a start when it was measured, and back when all have held."""

import pytest
from plans import channel, component, line, moment, plan, probe, result, shot, tick

from secours.core.events import Event, Measured, Replanned, Resumed, Said
from secours.core.memory import Memory, after_reboot
from secours.core.probing import intervals
from secours.core.recommend import first_results
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.snapshot import Recommendation
from secours.model.statements import Declared, Mark, Withdrawn

BOUND_S = 25.0  # 2 x timeout + 5 s
SMS_S = 60.0  # timeout of a probe that costs something


def started(config: Config, *events: Event) -> Memory:
    """Start as an engine does, and take events in."""
    memory = Memory()
    for event in (Replanned(at=moment(0)), Resumed(at=moment(0)), *events):
        memory = step(config, memory, event)
    return memory


def said(config: Config, memory: Memory) -> Recommendation:
    return shot(config, memory).recommendations[0]


def use(config: Config, memory: Memory) -> tuple[str | None, bool]:
    """Return what the first line uses, and whether it is measuring."""
    found = said(config, memory)
    return found.use.channel if found.use else None, found.measuring


def then(config: Config, memory: Memory, *events: Event) -> tuple[str | None, bool]:
    for event in events:
        memory = step(config, memory, event)
    return use(config, memory)


def moves(config: Config, memory: Memory, *events: Event) -> list[str]:
    """Return where the lines are moved by these events, one after another."""
    found = []
    for event in events:
        memory = step(config, memory, event)
        found += [each.after for each in memory.fresh if each.subject == "line"]
    return found


# ------------------------------------------------------------------ a start

PAID = probe("sms", cost=True, timeout_s=SMS_S, interval_s=900.0)


def costly() -> Config:
    return plan(channel("sms", probes=(PAID,)), channel("mail"), channel("radio"))


def test_start_waits_for_the_first_result_of_a_better_channel() -> None:
    config = plan(channel("sms"), channel("mail"))
    memory = started(config, result("mail", "o", 0.3))

    assert use(config, memory) == (None, True)
    assert said(config, memory).passed_over == ()
    assert not memory.lines
    assert then(config, memory, result("sms", "o", 0.8)) == ("sms", False)
    assert then(config, memory, result("sms", "x", 0.8)) == ("mail", False)
    assert then(config, memory, result("sms", "?", 0.8)) == ("mail", False)


def test_start_waits_for_nothing_below_what_works() -> None:
    config = plan(channel("sms"), channel("mail"))

    assert use(config, started(config, result("sms", "o", 0.3))) == ("sms", False)
    assert use(config, started(config, result("sms", "d", 0.3))) == (None, True)


def test_start_waits_for_no_channel_that_is_not_probed() -> None:
    config = plan(channel("radio", probes=()), channel("mail"))
    beat = probe("radio", required=False)
    optional = plan(channel("radio", probes=(beat,)), channel("mail"))

    for each in (config, optional):
        assert use(each, started(each)) == (None, True)
        assert use(each, started(each, result("mail", "o", 1))) == ("mail", False)


def test_cost_probe_of_the_first_choice_is_waited_for() -> None:
    config = costly()
    memory = started(config, *(result(n, "o", 1) for n in ("mail", "radio")))

    assert use(config, memory) == (None, True)
    assert then(config, memory, result("sms", "o", 20)) == ("sms", False)
    assert then(config, memory, tick(BOUND_S - 1)) == (None, True)


def test_after_the_ordinary_bound_the_best_that_works_is_named_meanwhile() -> None:
    config = costly()
    memory = started(config, *(result(n, "o", 20) for n in ("mail", "radio")))

    memory = step(config, memory, tick(BOUND_S + 1))

    assert use(config, memory) == ("mail", True)
    assert [(p.channel, p.reason) for p in said(config, memory).passed_over] == [
        ("sms", Reason.NOT_MEASURED)
    ]
    assert not memory.lines
    assert moves(config, memory, result("sms", "o", 40)) == []
    assert then(config, memory, result("sms", "o", 40)) == ("sms", False)


@pytest.mark.parametrize(
    ("probes", "answered_s"),
    [
        ([(5.0, False)], intervals.FIRST_RUNS_S + 5.0),  # all have answered by then
        ([(40.0, False)], intervals.FIRST_RUNS_S + 40.0),
        ([(5.0, False), (300.0, True)], 2 * 5.0 + first_results.MORE_S),
        ([(300.0, True)], intervals.FIRST_RUNS_S + 300.0),
        ([], intervals.FIRST_RUNS_S),
    ],
)
def test_snapshot_says_when_the_first_answer_comes(
    probes: list[tuple[float, bool]], answered_s: float
) -> None:
    tests = [
        probe("sms", f"t{n}", timeout_s=timeout_s, cost=cost)
        for n, (timeout_s, cost) in enumerate(probes)
    ]
    config = plan(channel("sms", probes=tuple(tests)))

    assert shot(config, started(config)).first_answer_s == answered_s


def test_nothing_is_named_meanwhile_where_nothing_works() -> None:
    config = costly()
    memory = started(config, *(result(n, "x", 20) for n in ("mail", "radio")))

    assert then(config, memory, tick(BOUND_S + 1)) == (None, True)


def test_cost_probe_is_waited_for_no_longer_than_its_timeout() -> None:
    config = costly()
    fine = [
        result(n, "o", second) for second in (20, 50, 62) for n in ("mail", "radio")
    ]
    memory = started(config, *fine)

    assert then(config, memory, tick(SMS_S + 1)) == ("mail", True)
    assert then(config, memory, tick(SMS_S + 3)) == ("mail", False)


def test_cost_probe_that_is_not_run_any_more_today_is_not_waited_for() -> None:
    config = costly()
    memory = started(config, *(result(n, "o", 1) for n in ("mail", "radio")))

    assert then(config, memory, result("sms", "?", 2)) == ("mail", False)


def test_silent_ordinary_probe_is_waited_for_until_the_bound() -> None:
    config = plan(channel("sms"), channel("mail"))
    memory = started(config, result("mail", "o", 1))

    assert then(config, memory, tick(BOUND_S - 1)) == (None, True)
    assert then(config, memory, tick(BOUND_S + 1)) == ("mail", False)


def test_after_its_bound_a_line_takes_the_first_that_works() -> None:
    """Its own bound is over before that of the whole plan."""
    slow = channel("slow", probes=(probe("slow", timeout_s=120.0),))
    config = plan(channel("sms"), channel("mail"), slow, line("sms", "mail"))
    memory = started(config, tick(BOUND_S + 1))

    assert use(config, memory) == ("sms", False)
    assert then(config, memory, result("mail", "o", 30)) == ("mail", False)


def test_nobody_is_accused_later_for_a_cost_probe() -> None:
    config = costly()

    assert not started(config, *(result(n, "x", 1) for n in ("mail", "radio"))).awaited


def test_line_once_decided_does_not_measure_again() -> None:
    config = plan(channel("chat"), *costly().channels.values())
    fine = [result(n, "o", 1) for n in ("mail", "radio", "chat")]
    memory = started(config, *fine)

    failed = [result("chat", "x", second) for second in (5, 10)]

    assert use(config, memory) == ("chat", False)
    assert then(config, memory, *failed) == ("mail", False)


def named_meanwhile() -> tuple[Config, Memory]:
    """Measure the first of three until the second, which works, stands beside it."""
    config = plan(channel("sms", probes=(PAID,)), channel("mail"), channel("sat"))
    first = [result(n, "o", 1) for n in ("mail", "sat")]
    return config, started(config, *first, tick(BOUND_S + 1))


def test_what_is_named_meanwhile_is_left_only_when_its_failure_is_confirmed() -> None:
    config, memory = named_meanwhile()
    assert use(config, memory) == ("mail", True)

    once = result("mail", "x", 30)

    assert then(config, memory, once) == ("mail", True)
    assert then(config, memory, once, result("mail", "x", 35)) == ("sat", True)


def test_measuring_that_ends_on_a_doubt_keeps_what_was_named_meanwhile() -> None:
    config, memory = named_meanwhile()
    refused = [result("sms", "x", 31)]

    events = [result("mail", "x", 30), *refused]

    assert then(config, memory, *events) == ("mail", False)


def test_line_that_left_what_was_named_meanwhile_does_not_hurry_back() -> None:
    config, memory = named_meanwhile()
    failed = [result("mail", "x", second) for second in (30, 35)]

    again = [result("mail", "o", second) for second in (40, 45)]

    assert then(config, memory, *failed, *again) == ("sat", True)


def test_reboot_keeps_what_was_in_use_while_it_measures() -> None:
    config = plan(channel("sms"), channel("mail"), channel("radio"))
    memory = started(
        config,
        *(result(n, "o", 1) for n in config.channels),
        *(result("sms", "x", second) for second in (10, 15)),
    )
    assert use(config, memory) == ("mail", False)
    now = Instant(moment(100).utc, 7.0)  # a clock that began anew
    memory = after_reboot(memory, now)
    for event in (Replanned(at=now), Resumed(at=now)):
        memory = step(config, memory, event)

    assert use(config, memory) == ("mail", True)
    radio = result("radio", "o", 101).result
    at = Instant(radio.at.utc, 8.0)
    memory = step(config, memory, Measured(result=radio, at=at))
    assert use(config, memory) == ("mail", True)


def test_reboot_keeps_what_may_need_what_is_down() -> None:
    config = plan(
        component("power:grid"),
        channel("radio", needs_known=False, probes=()),
        channel("sms", needs_known=False),
        line("radio", "sms"),
    )
    outage = Mark(subject="power:grid", says=Declared.DOWN, by="Ann", at=moment(0))
    memory = started(config, Said(word=outage, at=moment(0)), result("sms", "o", 1))
    assert use(config, memory) == ("sms", False)
    now = Instant(moment(100).utc, 7.0)  # a clock that began anew
    memory = after_reboot(memory, now)

    assert moves(config, memory, Replanned(at=now), Resumed(at=now)) == []


def test_short_restart_measures_nothing_anew() -> None:
    config = plan(channel("sms"), channel("mail"))
    memory = started(config, *(result(n, "o", 1) for n in config.channels))

    assert then(config, memory, Resumed(at=moment(20))) == ("sms", False)


def test_new_line_measures_and_others_do_not() -> None:
    mail, radio = channel("mail"), channel("radio")
    before = plan(mail, radio, line("mail", "radio"))
    memory = started(before, *(result(n, "o", 1) for n in ("mail", "radio")))
    old, new = line("mail", "radio"), line("sms", "mail", audience="staff")
    config = plan(mail, radio, channel("sms"), old, new)

    memory = step(config, memory, Replanned(at=moment(10)))

    lines = shot(config, memory).recommendations
    assert [each.measuring for each in lines] == [False, True]
    memory = step(config, memory, result("sms", "o", 12))
    lines = shot(config, memory).recommendations
    assert [each.use and each.use.channel for each in lines] == ["mail", "sms"]
    assert not lines[1].measuring


def test_channel_that_an_edit_adds_is_not_waited_for() -> None:
    mail = channel("mail")
    memory = started(plan(mail), result("mail", "o", 1))
    config = plan(channel("sms"), mail)

    assert then(config, memory, Replanned(at=moment(10))) == ("mail", False)


# ------------------------------------------------------------------ going back

NAMES = ("web", "sms", "mail", "chat", "fax")


def five(failback_after_s: float = 600.0) -> Config:
    probes = {n: (probe(n, stale_after_s=1e6),) for n in NAMES}
    channels = (channel(n, probes=probes[n]) for n in NAMES)
    return plan(*channels, failback_after_s=failback_after_s)


def on_fax(config: Config) -> Memory:
    """All but the last have failed."""
    down = [result(n, "x", second) for second in (10, 15) for n in NAMES[:-1]]
    return started(config, *(result(n, "o", 1) for n in NAMES), *down)


def back(name: str, second: float) -> list[Event]:
    """Return the events by which a channel works again; the second decides."""
    return [result(name, "o", second - 5), result(name, "o", second)]


def ordered(*events: Event) -> list[Event]:
    return sorted(events, key=lambda event: event.at.steady_s)


def test_recoveries_over_a_minute_are_one_move_to_the_best() -> None:
    config = five()
    worst_first = zip(reversed(NAMES[:-1]), (100, 120, 140, 160), strict=True)
    events = ordered(*(e for name, at in worst_first for e in back(name, at)))
    ticks = [tick(second) for second in range(200, 1500, 5)]

    assert moves(config, on_fax(config), *events, *ticks) == ["web"]


def test_line_that_waits_for_a_better_one_says_so() -> None:
    config = five()
    memory = on_fax(config)
    for event in ordered(*back("chat", 100), *back("web", 160), tick(705)):
        memory = step(config, memory, event)

    found = said(config, memory)
    assert found.use
    assert found.use.channel == "fax"
    assert found.passed_over[0].reason is Reason.FAILBACK
    assert found.passed_over[-1].reason is Reason.ONE_MOVE


def test_only_the_channel_to_go_back_to_says_when() -> None:
    config = five()
    memory = on_fax(config)
    for event in ordered(*back("chat", 100), *back("web", 160), tick(300)):
        memory = step(config, memory, event)

    passed = said(config, memory).passed_over
    found = {each.channel: each.facts for each in passed if each.facts.get("left_s")}
    assert found == {"web": {"left_s": 460}}
    assert [each.reason for each in passed].count(Reason.FAILBACK) == 2


def test_line_waits_at_most_one_failback_and_not_again() -> None:
    """The better one relapses and recovers, so that it never has held."""
    config = five()
    relapses = [
        event
        for second in range(160, 3000, 300)
        for event in (
            *back("web", second),
            result("web", "x", second + 250),
            result("web", "x", second + 255),
        )
    ]
    events = ordered(*back("chat", 700), *relapses, *map(tick, range(800, 3000, 7)))

    memory = on_fax(config)
    found = []
    for event in events:
        memory = step(config, memory, event)
        found += [
            (each.after, round(each.at.since(moment(0))))
            for each in memory.fresh
            if each.subject == "line"
        ]

    assert [name for name, _ in found] == ["chat"]
    assert 1300 <= found[0][1] <= 1900


def test_line_does_not_wait_for_one_that_flaps() -> None:
    config = five()
    restless = [result("web", letter, 100 + n * 5) for n, letter in enumerate("ox" * 9)]
    memory = on_fax(config)
    for event in ordered(*back("chat", 100), *restless, *back("web", 690), tick(699)):
        memory = step(config, memory, event)
    assert memory.channels["web"].reason is Reason.FLAPPING

    assert moves(config, memory, tick(701)) == ["chat"]


def test_line_leaves_what_failed_at_once_for_the_best_that_works() -> None:
    config = five()
    memory = on_fax(config)
    for event in ordered(*back("chat", 100), *back("web", 160), tick(705)):
        memory = step(config, memory, event)

    failed = [result("fax", "x", second) for second in (710, 715)]

    assert moves(config, memory, *failed) == ["web"]


def test_line_waits_while_a_better_one_is_only_in_doubt() -> None:
    config = five()
    memory = on_fax(config)
    for event in ordered(*back("chat", 100), *back("web", 90), result("web", "x", 688)):
        memory = step(config, memory, event)

    assert moves(config, memory, tick(701), result("web", "o", 702)) == ["web"]


def test_wait_for_a_better_one_survives_a_stop() -> None:
    config = five()
    memory = on_fax(config)
    for event in ordered(*back("chat", 100), *back("web", 400), tick(705)):
        memory = step(config, memory, event)

    memory = step(config, memory, Resumed(at=moment(5000), since=moment(705)))

    assert moves(config, memory, tick(5290), tick(5296)) == ["web"]


# ------------------------------------------------------------------ after nothing left


def left_with_nothing(config: Config) -> Memory:
    down = [result(n, "x", second) for second in (10, 15) for n in config.channels]
    return started(config, *(result(n, "o", 1) for n in config.channels), *down)


PAIR = plan(channel("whatsapp"), channel("messenger"))


def aside(subject: str, second: float) -> Said:
    says, at = Declared.MAINTENANCE, moment(second)
    return Said(word=Mark(subject=subject, says=says, by="Ann", at=at), at=at)


def freed(subject: str, second: float) -> Said:
    word = Withdrawn(kind="mark", subject=subject, by="Ann")
    return Said(word=word, at=moment(second))


def test_two_that_come_back_together_after_nothing_was_left_are_one_move() -> None:
    memory = left_with_nothing(PAIR)
    assert use(PAIR, memory) == (None, False)
    both = ordered(*back("messenger", 105), *back("whatsapp", 108))

    assert moves(PAIR, memory, *both) == ["messenger", "whatsapp"]


def test_what_comes_back_later_is_held_back() -> None:
    memory = left_with_nothing(PAIR)
    both = ordered(*back("messenger", 105), *back("whatsapp", 112))

    assert moves(PAIR, memory, *both, tick(130)) == ["messenger"]


def test_what_a_word_frees_later_is_held_back_though_its_tests_worked() -> None:
    both = ("channel:whatsapp", "channel:messenger")
    fine = [result(name, "o", 1) for name in PAIR.channels]
    memory = started(PAIR, *fine, *(aside(name, 5) for name in both))
    assert use(PAIR, memory) == (None, False)
    later: list[Event] = [freed(both[1], 10), freed(both[0], 20), tick(25), tick(30)]

    assert moves(PAIR, memory, *later) == ["messenger"]


def test_the_best_of_those_that_come_back_together_is_waited_for() -> None:
    config = plan(*(channel(name) for name in ("a", "b", "c")))
    memory = left_with_nothing(config)
    events = ordered(*back("c", 105), *back("b", 106), *back("a", 109))

    assert moves(config, memory, *events) == ["c", "a"]


def test_what_answers_once_and_fails_again_is_not_waited_for() -> None:
    config = plan(*(channel(name) for name in ("a", "b", "c")))
    memory = left_with_nothing(config)
    once = [result("a", "o", 104), result("a", "x", 109)]
    events = ordered(*back("c", 105), *back("b", 106), *once)

    assert moves(config, memory, *events) == ["c", "b"]


def test_where_one_success_is_enough_the_line_waits_until_none_can_join() -> None:
    quick = (channel(n, probes=(probe(n, recover=1),)) for n in ("a", "b", "c"))
    config = plan(*quick)
    memory = left_with_nothing(config)
    events = ordered(
        result("c", "o", 100), result("b", "o", 101), result("a", "o", 104)
    )

    assert moves(config, memory, *events, tick(104.9)) == ["c"]
    assert moves(config, memory, *events, tick(106)) == ["c", "a"]
