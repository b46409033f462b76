"""Time passes by itself: a tick more is nothing, and of one moment no order is told.

What is measured or said at one moment of different things may come in any order. What
a line has in use depends on the order: DESIGN, The recommendation: leaving a failed
channel is immediate, and going back waits.
"""

from collections import Counter
from itertools import groupby
from random import Random

from core.metamorphic.histories import hold, in_time, of_histories
from core.metamorphic.rewriting import with_probes
from core.metamorphic.telling import differences, facts, told
from model.core import Core, published
from model.days.day import Day, Happening
from msgspec.structs import replace
from plans import moment

from secours.core.probing.health import GOOD
from secours.model.observed import Result
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.statements import Mark, Trial, Withdrawn

TICKS = 3  # between two events
STOPS = ("sleep", "restart", "reboot")  # for how long is told by the event before


def with_more_ticks(day: Day, rng: Random) -> str:
    """Say where it makes a difference that the clock ticked more often."""
    core, other = Core(day.config), Core(day.config)
    second = 0.0
    for number, each in enumerate(day.happens):
        if each.what not in STOPS:
            for _ in range(rng.randint(0, TICKS)):
                second += (each.second - second) * rng.random()
                other.happen(Happening(second, "tick"))
        second = each.second
        core.happen(each)
        other.happen(each)
        found = [*differences(facts(published(core)), facts(published(other)))]
        if found:
            return "\n".join([f"after {number}, with more ticks:", *found])
    return ""


def in_moments(day: Day, rng: Random) -> Day:
    """Let what is measured and said at nearly one time be so at one moment.

    For how long a result holds is written: DESIGN, Probe health: else it is three of
    the intervals in force, which follow what is in use.
    """
    happens: list[Happening] = []
    second = 0.0
    for each in day.happens:
        movable = isinstance(each.what, Result | Mark | Trial)
        near = happens and each.second - second < 2.0
        if not (movable and near):
            second = each.second
        happens.append(_at(each, second))
    return Day(_lasting(day.config), tuple(happens))


def _lasting(config: Config) -> Config:
    def lasting(probe: Probe) -> Probe:
        return replace(probe, stale_after_s=probe.stale_after_s or 180.0)

    return with_probes(config, lasting)


def _at(each: Happening, second: float) -> Happening:
    what = each.what
    if isinstance(what, Result):
        began = min(what.at, moment(second), key=lambda at: at.steady_s)
        what = replace(what, at=began)
    if isinstance(what, Mark | Trial):
        what = replace(what, at=moment(second))
    if isinstance(what, Config):
        what = _lasting(what)
    return Happening(second, what)


def in_another_order(day: Day, rng: Random) -> Day:
    """Let what is of different things come in another order within each moment."""
    happens: list[Happening] = []
    config = day.config
    undone = {
        each.what.subject
        for each in day.happens
        if isinstance(each.what, Withdrawn) and each.what.kind == "test"
    }
    for _, group in groupby(day.happens, key=lambda each: each.second):
        several = [*group]
        subjects = [subject(each) for each in several]
        if (
            "" in subjects
            or len({*subjects}) < len(subjects)
            or may_open_a_path(several, config)
            or may_decide_an_undo(several, undone)
        ):
            happens += several
        else:
            happens += rng.sample(several, len(several))
        config = next((e.what for e in several if isinstance(e.what, Config)), config)
    return Day(day.config, tuple(happens))


def may_open_a_path(several: list[Happening], config: Config) -> bool:
    """Tell whether something answers over a path over which more is seen.

    Its answer is a reference of that path too: DESIGN, Is it us: failures measured
    during a cut do not count after it, so it matters which of them come before.
    """
    via = {probe.id: probe.via for probe in config.probes()}
    results = [each.what for each in several if isinstance(each.what, Result)]
    over = Counter(via.get(result.probe) for result in results)
    answers = (r for r in results if r.outcome.verdict in GOOD)
    return any((path := via.get(r.probe)) and over[path] > 1 for r in answers)


def may_decide_an_undo(several: list[Happening], undone: set[str]) -> bool:
    """Tell whether a channel whose tests are taken back is tried and probed too.

    Whether a probe proved it before the next test decides if the test before that can
    be taken back: not where it alone proved what a mark had left unproven.
    """
    tried = {each.what.channel for each in several if isinstance(each.what, Trial)}
    results = (each.what for each in several if isinstance(each.what, Result))
    probed = {result.probe.split("/")[1] for result in results}
    return not tried.isdisjoint(probed & undone)


def subject(each: Happening) -> str:
    """Return of what it is; "" of a path: what is seen over it waits for its tests.

    DESIGN, Is it us: nothing is confirmed down before the path is judged, and what
    failed during a cut does not count.
    """
    match each.what:
        case Result() as result:
            return "" if result.probe.startswith("paths/") else result.probe
        case Mark() as mark:
            return f"{mark.says == 'distrusted'} {mark.subject}"
        case Trial() as trial:
            return f"test of {trial.channel}"
    return ""


def told_in_another_order(day: Day, rng: Random) -> str:
    """Say where the order within a moment makes a difference to how things stand."""
    seconds = [each.second for each in day.happens]
    last = {second: number for number, second in enumerate(seconds)}
    pairs = zip(told(day), told(in_another_order(day, rng)), strict=True)
    for number, (core, other) in enumerate(pairs):
        if last[seconds[number]] != number:
            continue
        one, two = facts(published(core)), facts(published(other))
        lines = {key for key in one if key.startswith("lines ")}
        found = [
            *differences(
                {key: said for key, said in one.items() if key not in lines},
                {key: said for key, said in two.items() if key not in lines},
            )
        ]
        if found:
            return "\n".join([f"after {number}, in another order:", *found])
    return ""


@in_time
@of_histories
def test_ticks_change_nothing(share: int) -> None:
    hold(share, with_more_ticks)


@in_time
@of_histories
def test_order_within_a_moment_decides_no_state(share: int) -> None:
    hold(share, told_in_another_order, in_moments)
