"""An exercise: how all would stand if it were true."""

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf

from msgspec import structs

from model.choices import Choice, Desk, Held
from model.graph import Nodes, channel, path
from model.paths import is_reference
from model.probes import Seen
from model.reading import Reading
from model.statements import Said, second
from secours.model.sections.channel import Probe
from secours.model.snapshot import Link, State
from secours.model.statements import Declared, Exercise, Mark, Trial


@dataclass(frozen=True)
class Silenced(Seen):
    """What a probe has told, of which nothing counts as a proof after a moment."""

    until: float = inf

    @cached_property
    def proved_at(self) -> float | None:
        worked = [each.began for each in self.heard if each.letter in "od"]
        return min(max(worked), self.until) if worked else None

    @cached_property
    def recovered_at(self) -> float:
        return min(Seen(self.probe, self.heard).recovered_at, self.until)


@dataclass(frozen=True)
class Imagined(Reading):
    """One instant as it would be; the paths are as they are."""

    real_links: dict[str, Link] = field(default_factory=dict)

    @cached_property
    def links(self) -> dict[str, Link]:
        return self.real_links


@dataclass(frozen=True)
class Played:
    """The answer of an exercise."""

    states: dict[str, State]
    lines: dict[str, Choice]


def played(read: Reading, exercise: Exercise) -> Played:
    """Return the answer as if the exercise were true."""
    began, taken = second(exercise.at), _taken(read, exercise)

    def seen(probe: Probe) -> Seen:
        known = read.seen[probe.id]
        if is_reference(probe):
            return known
        if path(probe.via or "") in taken:
            return Seen(probe)
        room = probe.id.partition("/")[0]
        owner = channel(probe.owner) if room == "channels" else probe.owner
        return Silenced(probe, known.heard, began) if owner in taken else known

    imagined = Imagined(
        read.config,
        read.graph,
        {probe.id: seen(probe) for probe in read.config.probes()},
        _said(read, exercise, taken),
        read.since,
        read.now,
        read.links,
    )
    lines = {
        f"{line.purpose}/{line.audience}": Desk(imagined, line, Held(), None).choice()
        for line in read.config.plan
    }
    names = map(channel, read.config.channels)
    return Played({node: imagined.states[node] for node in names}, lines)


def _said(read: Reading, exercise: Exercise, taken: Nodes) -> Said:
    """Say that all fails that the exercise fails; nobody vouches for what it takes.

    Whoever answered on a device that it takes answered at its start at the latest.
    """
    said, receivers = read.said, read.receivers

    def answered(trial: Trial) -> Trial:
        over = {
            group for name, group in receivers.heard_by(taken) if name == trial.channel
        }
        late = {
            group: structs.replace(call, at=exercise.at)
            for group, call in trial.reached.items()
            if group in over and call.at and second(call.at) > second(exercise.at)
        }
        return structs.replace(trial, reached={**trial.reached, **late})

    up = {
        name
        for name, mark in said.marks.items()
        if name in taken and mark.says is Declared.UP
    }
    other = replace(
        said,
        all_marks={key: m for key, m in said.all_marks.items() if key[1] not in up},
        trials={
            name: answered(trial)
            for name, trial in said.trials.items()
            if channel(name) not in taken
        },
        ended=copy(said.ended),
        pins={},
    )
    for name in exercise.fails:
        other.hear(
            Mark(subject=name, says=Declared.DOWN, by=exercise.by, at=exercise.at)
        )
    return other


def _taken(read: Reading, exercise: Exercise) -> Nodes:
    """Return what the exercise takes by now, beside what is known to be down."""
    began, graph = second(exercise.at), read.graph
    parts = read.config.components
    roots = {name: [began] for name in exercise.fails}
    roots |= {name: at for name, at in read.known_down.items() if name in parts}
    alive = {n: at for n, at in read.freed.items() if not read.is_known_down(n)}
    before = {name: min(at, began) for name, at in alive.items()}
    times = graph.fall_times(roots, before, read.lasts_after)
    spent = frozenset(
        node
        for node in graph.autonomy
        if (fails := read.power_fails_by(times, node)) < inf
        and fails + read.lasts_after(node, fails) <= read.now
    )
    return graph.tainted(exercise.fails, read.base, spent)
