"""One more ok never makes a channel worse, and a word against it never better."""

from collections.abc import Iterable, Iterator
from random import Random

from core.metamorphic.histories import hold, in_time, of_histories
from core.metamorphic.telling import told
from model.core import Core
from model.days.day import Day
from model.graph import channel

from secours.core.events import Event, Measured, Said, Ticked
from secours.core.memory import Memory
from secours.model.observed import Reason, Result, ok
from secours.model.sections.channel import Probe
from secours.model.snapshot import Link, Standing, State
from secours.model.statements import Declared, Mark

BEST_FIRST = (State.AVAILABLE, State.DEGRADED, State.UNKNOWN, State.DOWN)
LOOKS = 6  # at as many moments of each history


def moments(day: Day, rng: Random) -> Iterator[tuple[int, Core]]:
    """Yield the core at some moments of a history, each just after an event."""
    count = len(day.happens)
    looked_at = frozenset(rng.sample(range(count), min(count, LOOKS)))
    for number, core in enumerate(told(day)):
        if number in looked_at:
            yield number, core


def standings(memory: Memory) -> dict[str, Standing]:
    """Return how each component and channel stands, by its node."""
    channels = {channel(n): s for n, s in memory.channels.items()}
    return {**memory.components, **channels}


def remembered(core: Core, event: Event) -> Memory:
    """Return the memory if this happens now; the core itself is left as it is."""
    memory = core.memory
    core.take(event)
    found, core.memory = core.memory, memory
    return found


def after(core: Core, event: Event) -> dict[str, Standing]:
    """Return how all stands if this happens now."""
    return standings(remembered(core, event))


def place(standing: Standing) -> int:
    """Return its place among states: what is set aside is no better than down."""
    return BEST_FIRST.index(State.DOWN if standing.aside else standing.state)


def made_worse_by_an_ok(day: Day, rng: Random) -> str:
    for number, core in moments(day, rng):
        now = core.memory.at
        assert now is not None
        before = after(core, Ticked(at=now))
        for each in core.config.channels.values():
            for probe in open_to(each.probes, core):
                result = Result(probe=probe.id, at=now, outcome=ok(probe.best))
                then = after(core, Measured(result=result, at=now))
                node = channel(each.name)
                if place(then[node]) > place(before[node]) and not flaps(then[node]):
                    return (
                        f"after {number}, and an ok of {probe.id}:\n"
                        f"{before[node]}\n{then[node]}"
                    )
    return ""


def open_to(probes: Iterable[Probe], core: Core) -> Iterator[Probe]:
    """Yield those whose path is known to work, as a success over it proves that.

    DESIGN, Is it us?: what is seen through a path in doubt is not confirmed down
    before the path is judged, and a way whose path is down is left out.
    """
    for probe in probes:
        path = probe.via or ""
        works = core.memory.paths.get(path, Link.OK) is Link.OK
        if works and path not in core.memory.path_doubts:
            yield probe


def flaps(standing: Standing) -> bool:
    """Tell whether it is only restless: DESIGN, Probe health: changes are counted."""
    return standing.reason is Reason.FLAPPING


def made_better_by_a_word_against_it(day: Day, rng: Random) -> str:
    for number, core in moments(day, rng):
        now = core.memory.at
        assert now is not None
        unsaid = remembered(core, Ticked(at=now))
        before = standings(unsaid)
        for subject in before:
            for says in words_against(core, subject):
                word = Mark(subject=subject, says=says, by="Ann", at=now)
                said = remembered(core, Said(word=word, at=now))
                then = standings(said)
                for node in sorted(needing(core, subject)):
                    better = place(then[node]) < place(before[node])
                    if better and not presumed_for_less(node, unsaid, said):
                        return (
                            f"after {number}, and {subject} marked {says}: {node}\n"
                            f"{before[node]}\n{then[node]}"
                        )
    return ""


def presumed_for_less(node: str, unsaid: Memory, said: Memory) -> bool:
    """Tell whether it was presumed down for failures of which a word explains some.

    DESIGN, Components and diagnosis: what is known down by a person's word is the base
    of every set. So what fails with it asks for no other cause any more, and "presumed"
    down is only what every set takes that explains the rest.
    """
    cause = standings(unsaid)[node].presumed
    failing = {name for group in said.explanations for name in group.channels}
    return any(
        not failing.issuperset(group.channels)
        for group in unsaid.explanations
        if any(cause in suspects for suspects in group.suspects)
    )


def words_against(core: Core, subject: str) -> Iterator[Declared]:
    """Yield what may be said against it that takes no earlier word back.

    DESIGN, People's word: a distrust is kept apart; any other mark replaces the one
    before.
    """
    yield Declared.DISTRUSTED
    mark = core.memory.words.marks.get(subject)
    if mark is None or mark.says is Declared.UP:
        yield from (Declared.DOWN, Declared.MAINTENANCE)


def needing(core: Core, subject: str) -> frozenset[str]:
    """Return what a thing takes when it falls, and itself."""
    known = {**core.config.components}
    found = {subject}
    parts: Iterable[tuple[str, tuple[tuple[str, ...], ...]]] = [
        *((n, part.needs) for n, part in known.items()),
        *((channel(n), each.needs) for n, each in core.config.channels.items()),
    ]
    parts = [*parts]
    while more := {
        node
        for node, needs in parts
        if node not in found and any(set(clause) <= found for clause in needs)
    }:
        found |= more
    return frozenset(found)


def made_worse_by_mark_up(day: Day, rng: Random) -> str:
    for number, core in moments(day, rng):
        now = core.memory.at
        assert now is not None
        before = after(core, Ticked(at=now))
        for subject in before:
            word = Mark(subject=subject, says=Declared.UP, by="Ann", at=now)
            then = after(core, Said(word=word, at=now))[subject]
            if place(then) > place(before[subject]):
                return (
                    f"after {number}, and {subject} marked up:\n"
                    f"{before[subject]}\n{then}"
                )
    return ""


@in_time
@of_histories
def test_one_more_ok_makes_no_channel_worse(share: int) -> None:
    hold(share, made_worse_by_an_ok)


@in_time
@of_histories
def test_word_against_something_makes_nothing_that_needs_it_better(share: int) -> None:
    hold(share, made_better_by_a_word_against_it)


@in_time
@of_histories
def test_mark_up_makes_nothing_worse(share: int) -> None:
    hold(share, made_worse_by_mark_up)
