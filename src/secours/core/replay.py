"""Replay a recorded outage on a plan, in simulated time: what would it have said?

The results go through the very same step as those of the engine, and the probes run at
the pace it would run them. Before minute 0 the probes run once with nothing wrong, as
they did before the outage.

Where every probe has said the same for so long that saying it again changes nothing,
the clock leaps to the next moment at which something happens, for a recording may last
nine days.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heapify, heappop, heappush
from math import ceil, inf

from secours.core import pace, recorded, recommend
from secours.core import health as probe_health
from secours.core.health import FLAP_RESULTS, Health
from secours.core.memory import (
    EMPTY,
    Event,
    Measured,
    Memory,
    Replanned,
    Said,
    Ticked,
    _deadlines,
    step,
)
from secours.core.recorded import NEVER_STALE_S, OUTCOMES
from secours.core.snapshot import take
from secours.model import (
    Config,
    Instant,
    Mark,
    Probe,
    Result,
    Scenario,
    Snapshot,
    Turn,
    Verdict,
)

LATENCY_S = 0.05
TICK_S = 60.0
TICK = ""
OFFICER = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is recommended from this minute of an outage on."""

    minute: float
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class LineScore:
    """How one line of the plan, `purpose/audience`, came through."""

    line: str
    minutes_without_channel: float = 0.0
    minutes_on_a_channel_down: float = 0.0
    changes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a plan came through an outage. Totals are of all its lines."""

    scenario: Scenario
    timeline: tuple[Moment, ...]
    lines: tuple[LineScore, ...]

    @property
    def minutes_without_channel(self) -> float:
        """Return for how long lines had no channel to use."""
        return _minutes(60 * sum(line.minutes_without_channel for line in self.lines))

    @property
    def minutes_on_a_channel_down(self) -> float:
        """Return for how long lines were told to use a channel that was down."""
        return _minutes(60 * sum(line.minutes_on_a_channel_down for line in self.lines))

    @property
    def changes(self) -> int:
        """Return how often a line was told to use another channel."""
        return sum(line.changes for line in self.lines)


def replay(config: Config, scenario: Scenario) -> Replay:
    """Run a recorded outage against a plan."""
    used: dict[str, list[_Used]] = {recommend.key(line): [] for line in config.plan}
    timeline: list[Moment] = []
    player = Player(config, scenario)
    before, answered = EMPTY, None
    for _, memory in player.play():
        for name, held in memory.lines.items():
            if not used[name] or used[name][-1].channel != held.channel:
                used[name].append(_Used(player.second(held.since), held.channel))
        at_s = player.second(memory.at)
        if at_s >= 0 and not timeline:
            timeline.append(player.moment(before, 0.0))
            answered = _answer(timeline[-1].snapshot)
        if at_s >= 0 and _stirred(before, memory):
            moment = player.moment(memory, at_s)
            if _answer(moment.snapshot) != answered:
                answered = _answer(moment.snapshot)
                timeline.append(moment)
        before = memory
    return Replay(
        scenario=scenario,
        timeline=tuple(timeline),
        lines=tuple(
            _score(name, spans, player.seen, scenario) for name, spans in used.items()
        ),
    )
