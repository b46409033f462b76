"""A result that says nothing new takes a short way through the step, to one end."""

from datetime import timedelta
from itertools import pairwise
from math import inf

import pytest
from core.random_events import REFERENCE, events, plans
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import channel, component, moment, plan, probe, result, shot, tick
from soak import share_of

from secours.core import fast_path
from secours.core import step as core
from secours.core.events import Event, Replanned, Said, Ticked
from secours.core.memory import EMPTY, Memory
from secours.core.step import step
from secours.model.plan import Config
from secours.model.sections.channel import MaintenanceWindow, Path
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    ProbeView,
    Recommendation,
    Snapshot,
)
from secours.model.statements import Declared, Mark

# by the second at most weak together


def folded(config: Config, kept: list[Event]) -> list[Memory]:
    memories = [step(config, EMPTY, Replanned(at=moment(0)))]
    for each in kept:
        memories.append(step(config, memories[-1], each))
    return [
        replace(memory, wakes_s=0.0, wakes_from=None, together_s=0.0)
        for memory in memories
    ]


@settings(max_examples=share_of(500), deadline=None)
@given(plans(), events())
def test_the_short_way_ends_where_the_long_one_does(
    config: Config, kept: list[Event]
) -> None:
    short = folded(config, kept)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_path, "says_nothing_new", lambda *_: False)
        patch.setattr(fast_path, "passes_quietly", lambda *_: False)
        long = folded(config, kept)

    assert short == long


def test_end_of_a_doubt_is_news() -> None:
    """It changes no state, and yet the line may use the channel again."""
    config = plan(*map(channel, "abc"))
    first = [result(name, "o", 0) for name in "abc"]
    doubted = [result("b", "x", 14), result("a", "x", 15), result("a", "x", 20)]

    [*_, before, after] = folded(config, [*first, *doubted, result("b", "o", 21)])

    assert [held.channel for held in before.lines.values()] == ["c"]
    assert [held.channel for held in after.lines.values()] == ["b"]


def test_a_success_newer_than_what_is_weak_together_is_news() -> None:
    """It clears what they share, though its own probe said nothing new."""
    slow = [probe("sms", "udp"), probe("sms")]
    config = plan(
        component("carrier:a"),
        channel("sms", "carrier:a", probes=tuple(slow)),
        channel("mail", "carrier:a"),
        channel("chat"),
    )
    weak = [result("mail", "d", 1), result("sms/udp", "d", 2)]
    first = [result(name, "o", 0) for name in ("sms", "chat")]

    [*_, before, after] = folded(config, [*first, *weak, result("sms", "o", 3)])

    assert ("carrier:a",) in before.suspects
    assert ("carrier:a",) not in after.suspects


def test_an_answer_over_a_path_whose_need_is_down_is_news() -> None:
    """The path works without that: what fails over it is explained by it no more."""
    part = component("carrier:a", probes=(probe("carrier:a"),))
    lan = Path(name="lan", needs=(("carrier:a",),), references=(REFERENCE,))
    config = plan(part, lan, channel("sms", probes=(probe("sms", via="lan"),)))
    first = [result(name, "o", 0) for name in ("path lan", "sms", "carrier:a")]
    failed = [result("sms", "x", second) for second in (10, 15)]
    judged = result("path lan", "o", 16)
    down = [result("carrier:a", "x", second) for second in (20, 25)]

    [*_, before, after] = folded(
        config, [*first, *failed, judged, *down, result("path lan", "o", 30)]
    )

    assert ("channel:sms",) not in before.suspects
    assert ("channel:sms",) in after.suspects


@pytest.mark.parametrize(
    ("ill", "name", "letter"), [("d", "chat", "o"), ("x", "sms", "d")]
)
def test_what_clears_nothing_is_no_news(ill: str, name: str, letter: str) -> None:
    """It works beside what is weak together, or is weak itself and was at risk."""
    parts = [channel(n, "carrier:a") for n in ("sms", "mail", "fax")]
    config = plan(component("carrier:a"), *parts, channel("chat"))
    first = [result(n, "o", 0) for n in config.channels]
    worse = [result(n, ill, second) for second in (1, 2) for n in ("mail", "fax")]
    again = [result(name, letter, second) for second in (3, 4, 5, 6)]

    [*_, before, after] = folded(config, [*first, *worse, *again])

    assert ("carrier:a",) in before.suspects
    assert fast_path.says_nothing_new(
        replace(before, wakes_s=inf, wakes_from=before.at),
        after,
        again[-1].result,
        again[-1].at,
    )


def test_each_turn_of_a_component_that_is_down_is_news() -> None:
    """On its way back it accuses the plan no more, though nothing raises it yet."""
    part = component("carrier:a", probes=(probe("carrier:a"),))
    config = plan(part, channel("sms", "carrier:a"))
    down = [result("carrier:a", "x", second) for second in (0, 1)]
    turns = [result("carrier:a", x, second) for second, x in enumerate("oxo", 3)]

    [*_, first, back, again, last] = folded(
        config, [*down, result("sms", "o", 2), *turns]
    )

    assert first.contradictions == again.contradictions == {("carrier:a", "sms")}
    assert not back.contradictions
    assert not last.contradictions


def test_word_that_lapses_at_the_very_moment_of_a_result_lapses_then() -> None:
    config = plan(component("carrier:a"), channel("sms"), channel("mail"))
    mark = Mark(
        subject="carrier:a",
        says=Declared.UP,
        by="Ann",
        at=moment(1),
        until=moment(40).utc,
    )
    first = [result(name, "o", 0) for name in ("sms", "mail")]
    kept: list[Event] = [*first, Said(word=mark, at=moment(1)), result("sms", "o", 40)]

    after = folded(config, kept)[-1]

    assert not after.words.marks
    assert after.fresh[0].at == moment(40)


def skewed(each: Event, by_s: float) -> Event:
    """Return an event as of clocks that do not tick quite together."""
    if isinstance(each, Ticked):
        utc = each.at.utc + timedelta(seconds=by_s)
        return replace(each, at=replace(each.at, utc=utc))
    return each


@settings(max_examples=share_of(500), deadline=None)
@given(plans(), events(), st.lists(st.sampled_from([-1e-3, 0.0, 1e-3]), min_size=41))
def test_a_tick_by_which_nothing_changed_is_as_if_it_had_not_been(
    config: Config, kept: list[Event], skews: list[float]
) -> None:
    """The log leaves it out."""
    told = [skewed(e, by) for e, by in zip([*kept, tick(1e5)], skews, strict=False)]
    whole = folded(config, told)
    needed: list[Event] = [
        each
        for each, memory in zip(told, whole[1:], strict=True)
        if memory.fresh or not isinstance(each, Ticked) or each is told[-1]
    ]

    again = folded(config, needed)

    assert [c for m in again for c in m.fresh] == [c for m in whole for c in m.fresh]
    assert shot(config, again[-1]) == shot(config, whole[-1])


@pytest.mark.parametrize("hint", [True, False])
def test_only_what_decides_dates_the_proof(hint: bool) -> None:
    """Another of its tests may prove more, and a hint proves nothing."""
    tests = (probe("sms"), probe("sms", "udp", hint=hint))
    config = plan(channel("sms", probes=tests), channel("mail"))
    first = [result(each, "o", 0) for each in ("sms", "sms/udp", "mail")]

    after = folded(config, [*first, tick(1), result("sms/udp", "o", 10)])[-1]

    proved = after.channels["sms"].proved_at
    assert proved == (moment(0) if hint else moment(10))


def test_window_opens_when_the_wall_clock_is_set_to_it() -> None:
    """A machine may start with a clock that is hours late."""
    start = moment(3600).utc
    window = MaintenanceWindow(start=start, end=start + timedelta(hours=1))
    config = plan(channel("sms", maintenance=(window,)), channel("mail"))
    first = [result(name, "o", 0) for name in ("sms", "mail")]
    set_clock = Ticked(at=replace(moment(3), utc=start))
    set_back = Ticked(at=moment(4))

    [*_, before, opened, closed] = folded(
        config, [*first, tick(1), tick(2), set_clock, set_back]
    )

    assert not before.channels["sms"].aside
    assert opened.channels["sms"].aside
    assert not closed.channels["sms"].aside


@pytest.mark.parametrize("open_s", [(0, 100), (60, 70)], ids=["ends", "opens anew"])
def test_window_holds_by_the_wall_clock_that_is_set_back_a_little(
    open_s: tuple[float, float],
) -> None:
    start, end = (moment(second).utc for second in open_s)
    window = MaintenanceWindow(start=start, end=end)
    config = plan(channel("sms", maintenance=(window,)), channel("mail"))
    first = [result(name, "o", 0) for name in ("sms", "mail")]

    def late(second: float, by_s: float) -> Ticked:
        return Ticked(at=replace(moment(second), utc=moment(second - by_s).utc))

    seen = folded(config, [*first, tick(75), late(76, 10), tick(80), late(104, 3)])

    aside = [bool(each.channels["sms"].aside) for each in seen[-4:]]
    assert aside == [open_s[1] == 100, True, open_s[1] == 100, False]


def test_a_moment_like_the_one_before_is_not_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = plan(*map(channel, "abc"))
    known = folded(config, [*(result(n, "o", 1.0) for n in "abc"), tick(2)])[-1]
    monkeypatch.setattr(core, "_settle", lambda *_: pytest.fail("decided anew"))

    after = step(config, step(config, known, tick(3)), tick(4))

    assert after.at == moment(4)


def without_ages(seen: Snapshot) -> Snapshot:
    """Leave out of a snapshot what a younger proof of the same changes."""
    return replace(
        seen,
        at=moment(0),
        channels=tuple(map(ageless, seen.channels)),
        components=tuple(map(ageless, seen.components)),
        paths=tuple(replace(p, probes=timeless(p.probes)) for p in seen.paths),
        recommendations=tuple(map(uncounted, seen.recommendations)),
    )


def uncounted(line: Recommendation) -> Recommendation:
    """Leave out how long a better channel is still held back."""
    passed = (replace(p, facts={**p.facts, "left_s": None}) for p in line.passed_over)
    return replace(line, passed_over=tuple(passed))


def ageless(view: ChannelView | ComponentView) -> ChannelView | ComponentView:
    standing = replace(view.standing, evidence_at=None, proved_at=None)
    return replace(view, standing=standing, probes=timeless(view.probes))


def timeless(probes: tuple[ProbeView, ...]) -> tuple[ProbeView, ...]:
    return tuple(replace(p, at=None, proved_at=None, latency_s=None) for p in probes)


@settings(max_examples=share_of(500), deadline=None)
@given(plans(), events())
def test_without_news_a_snapshot_differs_in_ages_alone(
    config: Config, kept: list[Event]
) -> None:
    memories = folded(config, kept)
    for before, after in pairwise(memories):
        if not fast_path.has_news(before, after):
            assert without_ages(shot(config, after)) == without_ages(
                shot(config, before)
            )


def test_a_younger_proof_is_no_news_and_a_failure_is() -> None:
    told: list[Event] = [result("a", letter, 15 * n) for n, letter in enumerate("oox")]
    one, two, three = folded(plan(channel("a", probes=(probe("a"),))), told)[1:]

    assert not fast_path.has_news(one, two)
    assert fast_path.has_news(two, three)
