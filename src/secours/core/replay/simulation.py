"""Recorded outage as the events that an engine would see, in simulated time.

The results go through the same step as those of the engine, at its pace of probing.
Before second 0 every probe has run with nothing wrong yet.

Where every probe repeats one result so long that another changes nothing, the clock
leaps to the next moment at which something happens: a recording may last nine days.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from heapq import heapify, heappop, heappush
from math import ceil

from secours.core.deadlines import next_s
from secours.core.events import Event, Gathered, Measured, Replanned, Said, Ticked
from secours.core.memory import EMPTY, Memory
from secours.core.probing import health as probe_health
from secours.core.probing import intervals
from secours.core.probing.health import FLAP_RESULTS
from secours.core.replay import recording
from secours.core.replay.recording import NEVER_STALE_S, OUTCOMES
from secours.core.step import step
from secours.model.observed import Instant, Result, Verdict
from secours.model.plan import Config
from secours.model.recording import Claim, Scenario
from secours.model.statements import Mark

LATENCY_S = 0.05
TICK_S = 60.0
TICK = ""  # its name among those of the probes
OFFICER = "replay"


class Simulation:
    """One run of a recording on a plan. Seconds count from the outage's start."""

    def __init__(self, config: Config, scenario: Scenario) -> None:
        """Replace the probes of each channel by a synthetic one."""
        self.config = recording.staged(config, scenario)
        self.seen = recording.turns(config, scenario)
        self._scenario = scenario
        self._probes = {probe.id: probe for probe in self.config.probes()}
        self._opens_s = -max((p.interval_s for p in self._probes.values()), default=0.0)
        self._memory = EMPTY
        self._turns_s = self._turning_points()
        self._began_s: dict[str, float] = {}  # of the latest run, by Probe.id
        self._due_s: dict[str, float] = {}
        self._queue: list[tuple[float, str]] = []  # what is not in `_due_s` is void
        self._alike: Counter[str] = Counter()  # results that changed nothing, in a row

    def play(self) -> Iterator[tuple[Event, Memory]]:
        """Yield every event, and the core's memory after it."""
        yield self._take_in(Replanned(at=self.instant(self._opens_s)))
        words = self._said()
        self._place_first_runs()
        while self._queue:
            due_s, name = self._queue[0]
            if self._due_s[name] != due_s:
                heappop(self._queue)
            elif words and self.second(words[0].at) <= due_s:
                yield self._take_in(words.pop(0))
            elif due_s > self._scenario.duration_s:
                return
            elif name == TICK:
                yield self._tick(due_s)
            elif not self._leap(due_s):
                yield self._run(due_s)

    def second(self, at: Instant) -> float:
        """Return the second of the outage that a moment is."""
        return at.steady_s + self._opens_s

    def instant(self, second: float) -> Instant:
        """Return the moment that a second of the outage is."""
        utc = self._scenario.start + timedelta(seconds=second)
        return Instant(utc, second - self._opens_s)

    def _turning_points(self) -> list[float]:
        """Return the seconds at which the recording itself changes, and its end."""
        scenario = self._scenario
        found = {turn.at_s for seen in self.seen.values() for turn in seen}
        found |= {claim.at_s for claim in scenario.marks}
        return sorted(found | {0.0, scenario.duration_s})

    def _place_first_runs(self) -> None:
        """Spread the first runs over time."""
        count = len(self._probes)
        for place, (name, probe) in enumerate(self._probes.items()):
            self._place(name, -probe.interval_s * (count - place) / count)
        self._place(TICK, 0.0)

    def _place(self, name: str, due_s: float) -> None:
        self._due_s[name] = due_s
        heappush(self._queue, (due_s, name))

    def _delay_s(self, name: str) -> float:
        return intervals.delay_s(self.config, self._memory, self._probes[name])

    def _leap(self, now_s: float) -> bool:
        """Skip a time in which nothing can change; tell whether there is one.

        Not while a result may grow stale.
        """
        if any(self._alike[name] < FLAP_RESULTS for name in self._probes):
            return False
        now = self.instant(now_s)
        due_s = next_s(self.config, self._memory, now.steady_s, now) + self._opens_s
        coming = [due_s, *(time_s for time_s in self._turns_s if time_s > now_s)]
        moved = {
            name: _on_beat(self._due_s[name], self._delay_s(name), min(coming))
            for name, probe in self._probes.items()
            if probe.stale_after_s == NEVER_STALE_S
        }
        moved[TICK] = min(coming)
        if moved.items() <= self._due_s.items():
            return False
        self._due_s |= moved
        self._queue = [(due_s, name) for name, due_s in self._due_s.items()]
        heapify(self._queue)
        return True

    def _said(self) -> list[Event]:
        """Return the marks that officers set on components of this plan."""
        claims = [
            c for c in self._scenario.marks if c.component in self.config.components
        ]
        return [
            Said(word=self._mark(claim), at=self.instant(claim.at_s))
            for claim in sorted(claims, key=lambda claim: claim.at_s)
        ]

    def _mark(self, claim: Claim) -> Mark:
        since_s, until_s = claim.since_s, claim.until_s
        return Mark(
            subject=claim.component,
            says=claim.says,
            by=OFFICER,
            at=self.instant(claim.at_s),
            since=None if since_s is None else self.instant(since_s),
            until=None if until_s is None else self.instant(until_s).utc,
        )

    def _tick(self, due_s: float) -> tuple[Event, Memory]:
        heappop(self._queue)
        taken_in = self._take_in(Ticked(at=self.instant(due_s)))
        self._place(TICK, (due_s // TICK_S + 1) * TICK_S)
        return taken_in

    def _run(self, due_s: float) -> tuple[Event, Memory]:
        """Run all that is due; what ends at one moment an engine takes in at once."""
        at, ends = self.instant(due_s), self.instant(due_s + LATENCY_S)
        saw: dict[str, Verdict] = {}
        while self._queue and self._queue[0][0] == due_s:
            _, name = heappop(self._queue)
            if self._due_s[name] == due_s:
                seen = self.seen[self._probes[name].owner]
                saw[name] = recording.seen_at(seen, self._scenario.otherwise, due_s)
        self._began_s |= dict.fromkeys(saw, due_s)
        results = (Result(probe=n, at=at, outcome=OUTCOMES[saw[n]]) for n in saw)
        taken_in = self._take_in(
            Gathered(results=tuple(Measured(result=each, at=ends) for each in results))
        )
        for name, sees in saw.items():
            self._place(name, due_s + self._delay_s(name))
            health = self._memory.probes[name]
            holds, _ = probe_health.standing(health, ends.steady_s)
            self._alike[name] = self._alike[name] + 1 if holds is sees else 0
        return taken_in

    def _take_in(self, event: Event) -> tuple[Event, Memory]:
        before = self._memory
        self._memory = step(self.config, before, event)
        if self._memory.fresh or self._turned(before, event.at):
            self._alike.clear()
        if intervals.hurries(before, self._memory):
            self._bring_forward(self.second(event.at))
        return event, self._memory

    def _turned(self, before: Memory, at: Instant) -> bool:
        """Tell whether the recording has changed since the event before this one."""
        earlier_s = self.second(before.at) if before.at else self._opens_s
        passed = bisect_right(self._turns_s, self.second(at))
        return passed > bisect_right(self._turns_s, earlier_s)

    def _bring_forward(self, now_s: float) -> None:
        """Run probes earlier for channels now in use, as the engine does."""
        for name, began_s in self._began_s.items():
            due_s = max(now_s, began_s + self._delay_s(name))
            if due_s < self._due_s[name]:
                self._place(name, due_s)


def _on_beat(due_s: float, every_s: float, earliest_s: float) -> float:
    """Return the next beat of a fixed period at or after `earliest_s`."""
    beats = ceil((earliest_s - due_s) / every_s)
    return due_s + max(0, beats) * every_s
