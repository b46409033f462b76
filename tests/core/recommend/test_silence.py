"""Silence of an audience: by brute force, and the smallest day of each rule."""

from itertools import groupby

import msgspec
import pytest
from core.random_events import WAITS_S, plans, told_of
from hypothesis import given, settings
from hypothesis import strategies as st
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

from secours.core import step as core
from secours.core.events import Event, Replanned, Resumed, Said
from secours.core.memory import Memory, after_reboot
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.receivers.audiences import Audience, WhenCut
from secours.model.sections.channel import MaintenanceWindow, Path
from secours.model.sections.line import Purpose
from secours.model.snapshot import OrdersView, State
from secours.model.statements import Announced, Declared, Exercise, Mark, Withdrawn

AFTER_S, HELD_S = 100.0, 60.0
ORDERS = Audience(name="management", when_cut=WhenCut(after_s=AFTER_S))
DARK, LIGHT = told_of("oxxxxxx?"), told_of("oooood")
LENGTHS = st.integers(3, 15)
REFERENCE = replace(probe("lan"), id="paths/lan/tcp", via="lan")


def with_orders(config: Config) -> Config:
    return replace(config, audiences={"management": ORDERS})


def town(*parts: object) -> Config:
    return with_orders(plan(*parts, failback_after_s=HELD_S))  # type: ignore[arg-type]


def seen(config: Config, memory: Memory) -> OrdersView:
    return shot(config, memory).orders[0]


def failed(name: str, second: float) -> list[Event]:
    """Return a confirmed failure."""
    return [result(name, "x", second - 1), result(name, "x", second)]


def works(name: str, second: float) -> list[Event]:
    return [result(name, "o", second - 1), result(name, "o", second)]


def then(config: Config, memory: Memory, *events: Event) -> Memory:
    for event in events:
        memory = step(config, memory, event)
    return memory


# ------------------------------------------------------------------ by brute force


def published(config: Config, memory: Memory) -> str:
    """Return by the snapshot alone whether the audience can be reached."""
    found = shot(config, memory)
    ways = [
        (line, found.channel(name).standing)
        for line in found.recommendations
        for name in line.planned
    ]
    if any(s.usable for _, s in ways):
        return "usable"
    if any(line.measuring for line, _ in ways):
        return "unknown"
    if all(s.state is State.DOWN or s.aside for _, s in ways):
        return "silent"
    lost = [
        s.state is State.DOWN or s.aside or s.reason is Reason.OWN_LINK
        for _, s in ways
        if s.aside is not Reason.MAINTENANCE
    ]
    return "silent" if any(lost) else "unknown"


def expected(points: list[tuple[float, str]], until_s: float) -> OrdersView:
    """Say it from the whole history: a usable time shorter than the hold is none."""
    known = [(s, now) for s, now in points if now != "unknown"]
    runs = [(now, next(of)[0]) for now, of in groupby(known, key=lambda each: each[1])]
    ends = [begin for _, begin in runs[1:]] + [until_s] * bool(runs)
    view = OrdersView(audience="management", orders=ORDERS.when_cut)  # type: ignore[arg-type]
    began = None
    for (now, begin), end in zip(runs, ends, strict=True):
        if now == "silent":
            began = begin if began is None else began
        elif end < until_s and end - begin >= HELD_S:
            began = None
    if began is None:
        return view
    now, begin = runs[-1]
    if now == "silent":
        return replace(view, since=moment(began), in_force=until_s - began >= AFTER_S)
    if begin - began < AFTER_S:
        return view
    return replace(view, since=moment(began), back=moment(begin))


@st.composite
def dark_days(draw: st.DrawFn) -> list[Event]:
    """Draw a day on which most fails, and comes back for a while."""
    second, found = 0.0, list[Event]()
    for told in (DARK, LIGHT, draw(st.sampled_from([DARK, LIGHT]))):
        for _ in range(draw(LENGTHS)):
            second += draw(WAITS_S)
            found.append(draw(told)(second))
    return found


@pytest.mark.usefixtures("processes")  # slow
@given(plans(), dark_days(), st.sampled_from([10.0, 400.0]))
@settings(max_examples=150)
def test_silence_is_what_the_whole_history_says(
    made: Config, told: list[Event], more_s: float
) -> None:
    config = replace(with_orders(made), failback_after_s=HELD_S)
    points: list[tuple[float, str]] = []
    settle = core._settle

    def noted(config: Config, memory: Memory, at: Instant) -> Memory:
        memory = settle(config, memory, at)
        points.append((at.steady_s - moment(0).steady_s, published(config, memory)))
        return memory

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(core, "_settle", noted)
        memory = fold(config, *told)
        until_s = memory.at.steady_s - moment(0).steady_s + more_s  # type: ignore[union-attr]
        memory = step(config, memory, tick(until_s))

    view = replace(seen(config, memory), all_cut=False)
    wanted = expected(points, until_s)
    assert (view.since, view.back, view.in_force) == pytest.approx(
        (wanted.since, wanted.back, wanted.in_force)
    ) or _close(view, wanted)


def _close(view: OrdersView, wanted: OrdersView) -> bool:
    """Compare moments to a millisecond: those of deadlines are rounded."""
    pairs = [(view.since, wanted.since), (view.back, wanted.back)]
    near = all(
        one == other or (one and other and abs(one.since(other)) < 1e-3)
        for one, other in pairs
    )
    return near and view.in_force == wanted.in_force


# ------------------------------------------------------------------ the smallest days


def cut(config: Config, *names: str) -> Memory:
    """Return a day on which these worked, and all failed at second 100."""
    fine = [result(name, "o", 1) for name in names]
    lost = [event for name in names for event in failed(name, 100)]
    return fold(config, *fine, *lost)


def test_orders_hold_after_their_time_without_any_event() -> None:
    config = town(channel("sms"), channel("mail"))
    memory = cut(config, "sms", "mail")

    before = seen(config, then(config, memory, tick(100 + AFTER_S - 1)))
    after = seen(config, then(config, memory, tick(100 + AFTER_S + 1)))

    assert (before.since, before.in_force) == (moment(100), False)
    assert (after.in_force, after.all_cut) == (True, True)


def test_one_usable_channel_of_another_line_is_enough() -> None:
    alert = line("sms", purpose=Purpose.ALERT)
    config = town(channel("sms"), channel("mail"), alert, line("mail"))
    memory = fold(config, result("mail", "o", 90), *failed("sms", 100), tick(220))

    assert seen(config, memory).since is None


def test_an_untried_channel_leaves_the_orders_below_the_answer() -> None:
    config = town(channel("sms"), channel("radio", probes=()))
    memory = then(config, cut(config, "sms"), tick(100 + AFTER_S + 1))

    view = seen(config, memory)
    assert (view.in_force, view.all_cut) == (True, False)


def test_what_was_never_lost_is_no_silence() -> None:
    config = town(channel("radio", probes=()), channel("runner", probes=()))

    assert seen(config, fold(config, tick(1), tick(9000))).since is None


def test_our_own_link_alone_leaves_the_orders_below_the_answer() -> None:
    lan = Path(name="lan", references=(REFERENCE,))
    config = town(channel("mail", probes=(probe("mail", via="lan"),)), lan)
    fine = [result("path lan", "o", 1), result("mail", "o", 1)]
    down = [result(name, "x", s) for s in (100, 105) for name in ("path lan", "mail")]
    memory = fold(config, *fine, *down)
    for second in range(110, int(110 + AFTER_S), 5):
        memory = then(config, memory, result("path lan", "x", second))

    view = seen(config, memory)
    assert memory.channels["mail"].reason is Reason.OWN_LINK
    assert (view.in_force, view.all_cut) == (True, False)


def test_a_blip_of_a_channel_ends_no_silence() -> None:
    config = town(channel("sms"))
    memory = then(config, cut(config, "sms"), *works("sms", 150))
    assert not seen(config, memory).in_force

    memory = then(config, memory, *failed("sms", 150 + HELD_S - 1))
    assert seen(config, memory).since == moment(100)
    assert seen(config, then(config, memory, tick(210))).in_force


def test_a_channel_that_held_ends_the_silence() -> None:
    config = town(channel("sms"))
    memory = then(config, cut(config, "sms"), *works("sms", 150))
    memory = then(config, memory, *failed("sms", 152 + HELD_S))

    assert seen(config, memory).since == moment(152 + HELD_S)


def test_who_was_silent_is_told_until_somebody_says_so() -> None:
    config = town(channel("sms"))
    early = Announced(
        line="coordinate/management", channel="", on=(), by="Ann", at=moment(300)
    )
    said = Said(word=early, at=moment(300))  # by messenger, that nothing is left
    memory = then(config, cut(config, "sms"), said, tick(400), *works("sms", 500))
    view = seen(config, memory)
    assert (view.since, view.back) == (moment(100), moment(499))

    at = moment(600)
    told = Announced(
        line="coordinate/management", channel="sms", on=("sms",), by="Ann", at=at
    )
    assert seen(config, then(config, memory, Said(word=told, at=at))).back is None
    assert seen(config, then(config, memory, tick(500 + 13 * 3600))).back is None


def test_a_short_silence_asks_nobody_to_tell() -> None:
    config = town(channel("sms"))
    memory = then(config, cut(config, "sms"), *works("sms", 150))

    assert seen(config, memory).back is None
    assert not then(config, memory, tick(151 + HELD_S)).silences


def restarted(config: Config, memory: Memory, second: float) -> Memory:
    kept = msgspec.json.decode(msgspec.json.encode(memory), type=Memory)
    at = moment(second)
    return then(config, kept, Resumed(at=at), Replanned(at=at), Resumed(at=at))


def test_a_silence_survives_a_restart() -> None:
    config = town(channel("sms"))
    memory = restarted(config, cut(config, "sms"), 110)
    assert seen(config, memory).since == moment(100)

    memory = then(config, memory, *failed("sms", 120), tick(100 + AFTER_S + 1))
    assert seen(config, memory).all_cut


def test_a_silence_survives_a_reboot() -> None:
    config = town(channel("sms"))
    now = Instant(moment(900).utc, 10.0)  # the steady clock begins anew
    memory = after_reboot(cut(config, "sms"), now)
    memory = then(config, memory, Replanned(at=now), Resumed(at=now))

    view = seen(config, memory)
    assert view.since
    assert now.since(view.since) == 800
    assert view.in_force


def test_a_return_that_nobody_saw_hold_ends_no_silence() -> None:
    config = town(channel("sms"))
    memory = then(config, cut(config, "sms"), tick(400), *works("sms", 500))
    memory = restarted(config, memory, 500 + 10 * HELD_S)
    memory = then(config, memory, *failed("sms", 505 + 10 * HELD_S))

    assert seen(config, memory).since == moment(100)


def test_a_set_aside_channel_is_not_usable() -> None:
    config = town(channel("sms"))
    at = moment(10)
    word = Mark(subject="channel:sms", says=Declared.DISTRUSTED, by="Ann", at=at)
    memory = fold(config, result("sms", "o", 1), Said(word=word, at=at), tick(200))

    assert seen(config, memory).all_cut


def in_maintenance(config: Config, name: str, second: float) -> Event:
    at, until = moment(second), moment(second + 7200).utc
    word = Mark(
        subject=f"channel:{name}",
        says=Declared.MAINTENANCE,
        by="Ann",
        at=at,
        until=until,
    )
    return Said(word=word, at=at)


def test_planned_maintenance_that_leaves_an_untried_channel_is_no_silence() -> None:
    config = town(channel("sms"), channel("radio", probes=()))
    works, planned = result("sms", "o", 90), in_maintenance(config, "sms", 100)
    memory = fold(config, works, planned, tick(100 + AFTER_S + 1))

    assert seen(config, memory).since is None


def test_planned_maintenance_of_all_is_a_silence_that_says_so_and_until_when() -> None:
    config = town(channel("sms"), channel("mail"))
    fine = [result(name, "o", 90) for name in ("sms", "mail")]
    planned = [in_maintenance(config, "sms", 100), *failed("mail", 101)]
    memory = fold(config, *fine, *planned, tick(102 + AFTER_S))

    view = seen(config, memory)
    assert (view.in_force, view.all_cut) == (True, True)
    assert (view.planned, view.planned_until) == (True, moment(7300).utc)
    assert not seen(config, cut(config, "sms", "mail")).planned


def test_maintenance_ends_with_the_first_channel_whose_windows_have_all_ended() -> None:
    def until(second: float) -> tuple[MaintenanceWindow, ...]:
        return (MaintenanceWindow(start=moment(50).utc, end=moment(second).utc),)

    grid = replace(component("power:grid"), maintenance=until(9000))
    sms = replace(channel("sms", "power:grid"), maintenance=until(5000))
    mail = replace(channel("mail"), maintenance=until(7000))
    memory = fold(config := town(grid, sms, mail), tick(60), tick(100 + AFTER_S))

    assert seen(config, memory).planned_until == moment(7000).utc


def test_a_channel_is_back_from_maintenance_as_soon_as_nothing_keeps_it_out() -> None:
    def window(begin: float, end: float) -> MaintenanceWindow:
        return MaintenanceWindow(start=moment(begin).utc, end=moment(end).utc)

    spare = replace(component("carrier:a"), maintenance=(window(50, 9000),))
    joined = (window(50, 3000), window(2900, 4000), window(4000, 5000))
    site = replace(component("site:it"), maintenance=joined)
    sms = channel("sms", ["carrier:a", "carrier:b"], "site:it")
    config = town(spare, component("carrier:b"), site, sms)

    memory = fold(config, result("sms", "o", 1), tick(60), tick(100 + AFTER_S))

    assert seen(config, memory).planned_until == moment(5000).utc


def test_an_exercise_that_takes_all_shows_the_orders_at_once() -> None:
    config = town(channel("sms"), channel("mail"))
    fine = [result(name, "o", 90) for name in ("sms", "mail")]

    def drilled(*names: str) -> tuple[OrdersView, ...]:
        exercise = Exercise(fails=names, by="Ann", at=moment(100))
        memory = fold(config, *fine, Said(word=exercise, at=moment(100)))
        assert seen(config, memory).since is None
        return shot(config, memory).rehearsal.orders  # type: ignore[union-attr]

    (view,) = drilled("channel:sms", "channel:mail")
    assert (view.in_force, view.all_cut, view.since) == (True, True, None)
    assert drilled("channel:sms") == ()


def test_a_silence_of_channels_without_probe_is_over_when_none_is_lost() -> None:
    config = town(channel("radio", probes=()))
    at, later = moment(100), moment(300)
    word = Mark(subject="channel:radio", says=Declared.DISTRUSTED, by="Ann", at=at)
    memory = fold(config, tick(1), Said(word=word, at=at), tick(299))
    assert seen(config, memory).in_force

    taken_back = Withdrawn(kind="mark", subject="channel:radio", by="Ann")
    memory = then(config, memory, Said(word=taken_back, at=later))
    assert not seen(config, memory).in_force
    assert seen(config, memory).back == later


def test_a_silence_of_channels_without_probe_survives_a_restart() -> None:
    mains = component("power:grid", probes=(probe("power:grid"),))
    config = town(mains, channel("radio", "power:grid", probes=()))
    memory = fold(config, result("power:grid", "o", 1), *failed("power:grid", 100))
    memory = restarted(config, then(config, memory, tick(250)), 300)

    assert seen(config, memory).in_force


def test_orders_taken_from_the_plan_are_forgotten() -> None:
    config = town(channel("sms"))
    memory = cut(config, "sms")
    without = replace(config, audiences={})

    assert not then(without, memory, Replanned(at=moment(200))).silences
