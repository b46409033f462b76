"""A memory that is written and read back is the same, and goes on as if it had not."""

from random import Random

import msgspec
from core.metamorphic.histories import hold, in_time, of_histories
from core.metamorphic.telling import differences, facts, told
from model.core import Core, published
from model.days.day import Day, Happening
from plans import moment

from secours.core.memory import Memory


class Rewritten(Core):
    """A core whose memory is written and read back after each event."""

    def happen(self, each: Happening) -> None:
        super().happen(each)
        kept = msgspec.json.encode(self.memory)
        self.memory = msgspec.json.decode(kept, type=Memory)


def written_and_read_back(day: Day, rng: Random) -> str:
    pairs = zip(told(day), told(day, Rewritten(day.config)), strict=True)
    for number, (core, other) in enumerate(pairs):
        if core.memory != other.memory:
            found = [
                f"{name}: {getattr(core.memory, name)} | {getattr(other.memory, name)}"
                for name in Memory.__struct_fields__
                if getattr(core.memory, name) != getattr(other.memory, name)
            ]
            return "\n".join([f"after {number}:", *found])
    return ""


class Restarted(Core):
    """A core that is stopped and started anew after an event, at the same moment."""

    at_events: frozenset[int] = frozenset()
    events = 0

    def happen(self, each: Happening) -> None:
        super().happen(each)
        self.events += 1
        if self.events in self.at_events and self._has_all_results():
            kept = msgspec.json.encode(self.memory)
            self.memory = msgspec.json.decode(kept, type=Memory)
            self.start(self.at(moment(each.second)))

    def _has_all_results(self) -> bool:
        """Tell whether nothing is waited for after a start.

        DESIGN, Probe health: nothing is accused before each probe had its first result
        (heartbeats are not waited for); One move: nor is a line decided before its
        first choice was measured, at a cost too.
        """
        at = self.memory.at
        assert at is not None
        return not self.memory.awaited and all(
            probe.id in self.memory.probes
            and at.steady_s <= self.memory.probes[probe.id].fresh_until_s
            for probe in self.config.probes()
            if not probe.hint
        )


def started_anew(day: Day, rng: Random) -> str:
    other = Restarted(day.config)
    count = len(day.happens)
    other.at_events = frozenset(rng.sample(range(1, count + 1), min(count, 8)))
    for number, (core, again) in enumerate(
        zip(told(day), told(day, other), strict=True)
    ):
        found = [*differences(facts(published(core)), facts(published(again)))]
        if found:
            return "\n".join([f"after {number}:", *found])
    return ""


@in_time
@of_histories
def test_memory_is_the_same_once_it_was_written_and_read_back(share: int) -> None:
    hold(share, written_and_read_back)


@in_time
@of_histories
def test_start_with_fresh_results_changes_nothing(share: int) -> None:
    hold(share, started_anew)
