"""Replay a recorded outage on a plan: what would it have recommended, and when?

The score says how long it was wrong. It judges by the recording, which the reasoning
never reads; a good score on one outage says nothing about another.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from secours.core.memory import EMPTY, Memory
from secours.core.replay.simulation import Simulation
from secours.core.snapshot import take
from secours.model.observed import Verdict
from secours.model.plan import Config
from secours.model.recording import Scenario, Turn
from secours.model.snapshot import Snapshot


class Moment(Struct, frozen=True, kw_only=True):
    """Snapshot from this minute of an outage on."""

    minute: float
    snapshot: Snapshot


class LineScore(Struct, frozen=True, kw_only=True):
    """Score of one line of the plan, `purpose/audience`."""

    line: str
    minutes_without_channel: float
    minutes_on_a_channel_down: float
    changes: int


class Replay(Struct, frozen=True, kw_only=True):
    """Score of a plan in an outage."""

    scenario: Scenario
    timeline: tuple[Moment, ...]
    lines: tuple[LineScore, ...]

    @property
    def total(self) -> LineScore:
        """Return the total of all lines, as a line without a name."""
        lines = self.lines
        without = sum(line.minutes_without_channel for line in lines)
        wrong = sum(line.minutes_on_a_channel_down for line in lines)
        return LineScore(
            line="",
            minutes_without_channel=round(without, 2),
            minutes_on_a_channel_down=round(wrong, 2),
            changes=sum(line.changes for line in lines),
        )


class _Span(NamedTuple):
    """A span of time, with a line's channel or a channel's state."""

    from_s: float
    until_s: float
    holds: str | None


def replay(config: Config, scenario: Scenario) -> Replay:
    """Run a recorded outage against a plan."""
    simulation = Simulation(config, scenario)
    timeline: list[Moment] = []
    uses: dict[str, list[tuple[float, str | None]]] = {}
    before = EMPTY
    for _, memory in simulation.play():
        _note_uses(uses, simulation, memory)
        at_s = 0.0 if memory.at is None else simulation.second(memory.at)
        changed = bool(memory.fresh) or memory.suspects != before.suspects
        if memory.at and at_s >= 0 and (changed or not timeline):
            at = memory.at
            shot = take(simulation.config, memory, at=at, boot_id="", started=at)
            if not timeline or _answer(shot) != _answer(timeline[-1].snapshot):
                timeline.append(Moment(minute=_minutes(at_s), snapshot=shot))
        before = memory
    return Replay(
        scenario=scenario,
        timeline=tuple(timeline),
        lines=tuple(
            _score(name, uses.get(name, []), simulation, scenario)
            for name in (line.name for line in config.plan)
        ),
    )


def _note_uses(
    uses: dict[str, list[tuple[float, str | None]]],
    simulation: Simulation,
    memory: Memory,
) -> None:
    for name, held in memory.lines.items():
        noted = uses.setdefault(name, [])
        if not noted or noted[-1][1] != held.channel:
            noted.append((simulation.second(held.since), held.channel))


def _answer(shot: Snapshot) -> object:
    """Return the recommendation and the suspects, without ages."""
    lines = [
        (
            line.use,
            line.backup,
            line.still_usable,
            [(passed.channel, passed.reason) for passed in line.passed_over],
        )
        for line in shot.recommendations
    ]
    return lines, shot.suspects


def _minutes(seconds: float) -> float:
    return round(seconds / 60, 2)


def _score(
    line: str,
    changes: Sequence[tuple[float, str | None]],
    simulation: Simulation,
    scenario: Scenario,
) -> LineScore:
    end_s = scenario.duration_s
    used = list(_spans(changes, end_s))
    down_s = sum(
        max(0.0, min(span.until_s, fault.until_s) - max(span.from_s, fault.from_s))
        for span in used
        if span.holds is not None
        for fault in _faults(simulation.seen[span.holds], scenario)
    )
    without_s = sum(span.until_s - span.from_s for span in used if span.holds is None)
    return LineScore(
        line=line,
        minutes_without_channel=_minutes(without_s),
        minutes_on_a_channel_down=_minutes(down_s),
        changes=sum(span.from_s > 0 for span in used),
    )


def _spans(
    changes: Sequence[tuple[float, str | None]], end_s: float
) -> Iterator[_Span]:
    """Yield the span of each, within the recording."""
    ends = [*(at_s for at_s, _ in changes[1:]), end_s]
    for (at_s, holds), until_s in zip(changes, ends, strict=True):
        if until_s > 0:
            yield _Span(max(0.0, at_s), min(until_s, end_s), holds)


def _faults(series: Sequence[Turn], scenario: Scenario) -> Iterator[_Span]:
    """Yield the spans in which a channel was down."""
    turns = [
        (0.0, scenario.otherwise.value),
        *((t.at_s, t.verdict.value) for t in series),
    ]
    for span in _spans(turns, scenario.duration_s):
        if span.holds == Verdict.FAILED:
            yield span
