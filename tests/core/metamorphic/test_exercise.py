"""An exercise changes no real answer, and in it only what it takes stands otherwise."""

from random import Random

from core.metamorphic.histories import hold, in_time, of_histories
from core.metamorphic.telling import differences, facts, told
from model.core import Core, published
from model.days.day import Day
from model.graph import Nodes, channel, graph_of, path
from msgspec.structs import replace
from plans import moment

from secours.core.events import Said
from secours.core.snapshot import take
from secours.model.snapshot import Link, Rehearsal, State
from secours.model.statements import Exercise, Withdrawn

LOOKS = 6


def without_exercises(day: Day) -> Day:
    """Return the history with no exercise in it; time passes all the same."""
    return replace(
        day,
        happens=tuple(
            replace(each, what="tick") if is_of_exercise(each.what) else each
            for each in day.happens
        ),
    )


def is_of_exercise(what: object) -> bool:
    held = isinstance(what, Exercise)
    return held or (isinstance(what, Withdrawn) and what.kind == "exercise")


def changing_what_is_real(day: Day, rng: Random) -> str:
    pairs = zip(told(day), told(without_exercises(day)), strict=True)
    for number, (core, other) in enumerate(pairs):
        found = [*differences(facts(published(core)), facts(published(other)))]
        if found:
            return "\n".join(
                [f"after {number}, with the exercise | without it:", *found]
            )
    return ""


def taking_more_than_it_says(day: Day, rng: Random) -> str:
    """Say where a channel that does not need what fails stands otherwise in it."""
    count = len(day.happens)
    looked_at = frozenset(rng.sample(range(count), min(count, LOOKS)))
    for number, core in enumerate(told(day)):
        if number not in looked_at or not core.config.components:
            continue
        fails = rng.choice(sorted(core.config.components))
        rehearsal = rehearsed(core, fails)
        taken = taken_with(core, fails)
        for name, real in core.memory.channels.items():
            played = rehearsal.channels[name]
            if is_apart(core, name, taken) and _stands(played) != _stands(real):
                return (
                    f"after {number}, in an exercise in which {fails} fails: {name}\n"
                    f"{real}\n{played}"
                )
    return ""


def is_apart(core: Core, name: str, taken: Nodes) -> bool:
    """Tell whether nothing takes a channel, nor a path over which it is tested.

    DESIGN, Is it us?: what is seen through a path that failed is unknown.
    """
    each = core.config.channels[name]
    nodes = {channel(name), *(path(p.via) for p in each.probes if p.via)}
    return each.needs_known and nodes.isdisjoint(taken)


def taken_with(core: Core, fails: str) -> Nodes:
    """Return what is down with it and all that is out of use, on battery or not.

    DESIGN, People's word: what is set aside is closed over everything distrusted, down
    and in maintenance together (any_of, ways). Words kept: what a word took out of use
    that has ended is unproven. Neither is another way for what needs one of the two.
    """
    parts = core.memory.components.items()
    down = {n for n, s in parts if s.state is State.DOWN or s.aside}
    down |= {path(n) for n, link in core.memory.paths.items() if link is Link.DOWN}
    down |= core.memory.words.lapsed.keys()
    graph = graph_of(core.config)
    return graph.fall({fails, *down}, frozenset(graph.autonomy))


def _stands(standing: object) -> tuple[object, object]:
    return getattr(standing, "state", None), getattr(standing, "aside", None)


def rehearsed(core: Core, fails: str) -> Rehearsal:
    """Return the answer if an exercise began now."""
    now = core.memory.at
    assert now is not None
    before = core.memory
    core.take(Said(word=Exercise(fails=(fails,), by="Ann", at=now), at=now))
    shown = take(core.config, core.memory, at=now, boot_id="boot", started=moment(0))
    core.memory = before
    assert shown.rehearsal is not None
    return shown.rehearsal


@in_time
@of_histories
def test_exercise_changes_nothing_real(share: int) -> None:
    hold(share, changing_what_is_real)


@in_time
@of_histories
def test_exercise_takes_only_what_needs_what_fails(share: int) -> None:
    hold(share, taking_more_than_it_says)
