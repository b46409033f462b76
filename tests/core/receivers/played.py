"""Recorded outages, played on four plans with groups, and what is claimed of reach.

A claim is that a group hears a channel of its line whole, in part or not at all; it is
held against the sources from GRACE_M after they change: a probe needs its two failures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import NamedTuple

from core.receivers.truth import Truth, allowed, truths

from secours.config import load
from secours.config.sections.scenario import load_scenario
from secours.core.memory import Memory
from secours.core.replay.simulation import Simulation
from secours.core.snapshot import take
from secours.model.plan import Config
from secours.model.receivers.audiences import PeopleGroup
from secours.model.receivers.reach import GroupReach, Hearing
from secours.model.recording import Scenario
from secours.model.sections.line import Line
from secours.model.snapshot import Snapshot, State

PLANS = ("town-hall", "hospital", "utility", "ministry")
HERE = Path(__file__).parent
GRACE_M = 6.0
LOOK_S = 60.0


@cache
def plan_of(name: str) -> Config:
    return load(HERE / "plans" / f"{name}.yaml")


class Shown(NamedTuple):
    """What holds from this minute on."""

    minute: float
    snapshot: Snapshot


@cache
def shown(plan: str, recording: str) -> tuple[Shown, ...]:
    """Play a recording on a plan; return each answer about who hears what."""
    return tuple(shown_of(plan_of(plan), scenario_of(recording)))


@cache
def scenario_of(recording: str) -> Scenario:
    """Return a recording, or a made drill."""
    own = HERE / "drills" / f"{recording}.yaml"
    return load_scenario(str(own) if own.exists() else recording)


def shown_of(config: Config, scenario: Scenario) -> Iterator[Shown]:
    """Yield each answer about who hears what during an outage, with its minute."""
    simulation = Simulation(config, scenario)
    before, looked_s, told = Memory(), -inf, None
    for _, memory in simulation.play():
        at_s = simulation.second(memory.at) if memory.at else -1.0
        stirred = memory.fresh or memory.suspects != before.suspects
        before = memory
        if at_s < 0 or not (stirred or at_s >= looked_s + LOOK_S):
            continue
        looked_s, snapshot = at_s, _shot(simulation, memory)
        if told is None or _answer(snapshot) != _answer(told):
            yield Shown(at_s / 60, snapshot)
            told = snapshot


def _shot(simulation: Simulation, memory: Memory) -> Snapshot:
    assert memory.at
    return take(simulation.config, memory, at=memory.at, boot_id="", started=memory.at)


def _answer(shot: Snapshot) -> object:
    """Return what is said of who hears what, without what changes by the second."""
    heard = [
        (
            line.use and line.use.channel,
            line.completed_by,
            [(p.channel, p.reason) for p in line.passed_over],
            {
                name: [(g.heard, g.sure) for g in reception.groups]
                for name, reception in line.receivers.items()
            },
        )
        for line in shot.recommendations
    ]
    return heard, [(v.name, v.standing.state, v.standing.aside) for v in shot.channels]


# ------------------------------------------------------------------ claims, judged


@dataclass(frozen=True)
class Judged:
    """A claim over some minutes, and what the sources make of it."""

    plan: str
    line: str
    channel: str
    group: str
    from_m: float
    until_m: float
    claimed: Hearing
    verdict: str  # right, early (nobody could know), unknown, false green, false red
    allowed: frozenset[Hearing]

    @property
    def minutes(self) -> float:
        return self.until_m - self.from_m

    def __str__(self) -> str:
        said = "/".join(sorted(self.allowed))
        return (
            f"{self.verdict}: {self.plan} {self.line} {self.channel} to {self.group} "
            f"{self.from_m:.1f}-{self.until_m:.1f}: {self.claimed}, allowed {said}"
        )


@cache
def judged(plan: str, recording: str) -> tuple[Judged, ...]:
    """Hold all that is claimed of reach during a recording against the sources."""
    config, truth = plan_of(plan), truths()[recording]
    lines = {each.name: each for each in config.plan}
    return tuple(
        claim
        for from_m, until_m, snapshot in _spans(plan, recording, truth)
        for said in snapshot.recommendations
        for name, reception in said.receivers.items()
        if _can_be_used(snapshot, name)
        for group in reception.groups
        if group.designed is not Hearing.NONE
        for claim in _claim(
            plan,
            config,
            truth,
            lines[said.name],
            name,
            group,
            _weak(snapshot, name),
            from_m,
            until_m,
        )
    )


def _spans(
    plan: str, recording: str, truth: Truth
) -> Iterator[tuple[float, float, Snapshot]]:
    """Yield each time in which neither what is shown nor what is true changes."""
    shots = shown(plan, recording)
    end = scenario_of(recording).duration_s / 60
    turns = {t for e in truth.edges() for t in (e, e + GRACE_M)} | {end}
    edges = sorted({s.minute for s in shots} | {t for t in turns if t <= end})
    for from_m, until_m in pairwise(edges):
        past = [each for each in shots if each.minute <= from_m]
        if past:
            yield from_m, until_m, past[-1].snapshot


def _can_be_used(snapshot: Snapshot, name: str) -> bool:
    standing = snapshot.channel(name).standing
    return standing.state is not State.DOWN and not standing.aside


def _weak(snapshot: Snapshot, name: str) -> bool:
    """Tell whether people are told that it works badly: then it may be part."""
    return snapshot.channel(name).standing.state is State.DEGRADED


def _claim(
    plan: str,
    config: Config,
    truth: Truth,
    line: Line,
    name: str,
    said: GroupReach,
    weak: bool,
    from_m: float,
    until_m: float,
) -> Iterator[Judged]:
    group = _group(config, line, said.group)
    now = [
        allowed(truth, config, group, line, name, at)
        for at in (from_m, from_m - GRACE_M)
    ]
    if None in now:
        verdict, may = "unknown", frozenset[Hearing]()
    else:
        true = frozenset().union(*(each[0] for each in now if each))
        believed = frozenset().union(*(each[1] for each in now if each))
        claims = (
            {said.heard, Hearing.PART} if weak and said.heard.rank else {said.heard}
        )
        verdict, may = _verdict(claims, true, believed), true
    yield Judged(
        plan, line.name, name, said.group, from_m, until_m, said.heard, verdict, may
    )


def _verdict(
    claims: set[Hearing], true: frozenset[Hearing], believed: frozenset[Hearing]
) -> str:
    ranks = [each.rank for each in claims]
    worst, best = min(h.rank for h in true), max(h.rank for h in true)
    if max(ranks) < worst:
        return "false red"
    if min(ranks) <= best:
        return "right"
    return "early" if min(ranks) <= max(h.rank for h in believed) else "false green"


def _group(config: Config, line: Line, name: str) -> PeopleGroup:
    groups = config.audiences[line.audience].groups
    return next(each for each in groups if each.name == name)
