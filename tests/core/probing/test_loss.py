"""Random loss is a channel that works badly, not a row of failures."""

from collections import Counter
from random import Random

import pytest
from plans import channel, fold, moment, plan, probe, result, shot, tick

from secours.core.audit.switch_times import switch_limit_s
from secours.core.events import Replanned
from secours.core.memory import EMPTY, Memory
from secours.core.probing import intervals
from secours.core.step import step
from secours.model.observed import Outcome, Reason, failed
from secours.model.plan import Config
from secours.model.snapshot import State

NAMES = ("teams", "mail", "sms", "radio")
TOWN = plan(*map(channel, NAMES))
LOST = failed(Reason.TIMEOUT)
TIMEOUT_S, ANSWER_S = 10.0, 0.1
HOURS_S = 12 * 3600.0


class Lossy:
    """Probes that run as the engine would run them, and lose some of their tests."""

    def __init__(self, seed: int, loss: float) -> None:
        self.memory: Memory = step(TOWN, EMPTY, Replanned(at=moment(0)))
        self.down_from_s: dict[str, float] = {}
        self.changes: Counter[str] = Counter()
        self.left_s: dict[str, float] = {}
        self._rng = Random(seed)
        self._loss = loss
        self._due_s = {name: self._rng.random() for name in NAMES}
        self._now = self._answer()

    def run(self, until_s: float) -> None:
        """Run every probe when it is due."""
        while (due := min(self._due_s, key=self._due_s.__getitem__)) and (
            self._due_s[due] < until_s
        ):
            self._probe(due, self._due_s[due])

    def _probe(self, name: str, began_s: float) -> None:
        down = began_s >= self.down_from_s.get(name, began_s + 1)
        lost = down or self._rng.random() < self._loss
        outcome: str | Outcome = LOST if lost else "o"
        ended_s = began_s + (TIMEOUT_S if lost else ANSWER_S)
        event = result(name, outcome, began_s)
        before = self.memory
        arrived = type(event)(result=event.result, at=moment(ended_s))
        self.memory = step(TOWN, before, arrived)
        self._note(ended_s)
        self._due_s[name] = began_s + self._delay_s(name)
        if intervals.hurries(before, self.memory):
            for other in set(NAMES) - {name}:
                health = self.memory.probes.get(f"channels/{other}/tcp")
                if health and health.last:
                    began = health.last.at.since(moment(0))
                    sooner_s = max(ended_s, began + self._delay_s(other))
                    self._due_s[other] = min(self._due_s[other], sooner_s)

    def _delay_s(self, name: str) -> float:
        return intervals.delay_s(TOWN, self.memory, probe(name))

    def _note(self, now_s: float) -> None:
        now = self._answer()
        if now[0] != self._now[0]:
            self.changes["use"] += 1
            if self._now[0]:
                self.left_s[self._now[0]] = now_s
        if now[1] != self._now[1]:
            self.changes["backup"] += 1
        self._now = now

    def _answer(self) -> tuple[str | None, str | None]:
        (found,) = self.memory.choices.values()
        return found.channel, found.backup.channel if found.backup else None


@pytest.mark.parametrize("seed", range(2))
def test_ten_in_a_hundred_lost_tests_move_a_line_four_times_at_most(seed: int) -> None:
    town = Lossy(seed, loss=0.1)

    town.run(60.0)
    town.changes.clear()
    town.run(HOURS_S)

    assert town.changes["use"] <= 4


def in_use(config: Config, memory: Memory) -> str | None:
    use = shot(config, memory).recommendations[0].use
    return use.channel if use else None


@pytest.mark.parametrize("seed", range(5))
def test_a_real_outage_amid_loss_is_left_within_twice_the_promise(seed: int) -> None:
    town = Lossy(seed, loss=0.1)
    town.run(3600.0)
    name = in_use(TOWN, town.memory)
    assert name is not None
    town.down_from_s[name] = 3600.0

    town.run(3900.0)

    promised_s = switch_limit_s(name, [probe(name)])
    assert town.left_s[name] - 3600.0 <= 2 * promised_s


def test_an_outage_of_what_lost_nothing_is_left_as_promised() -> None:
    town = Lossy(1, loss=0.0)
    town.run(3600.0)
    town.down_from_s["teams"] = 3600.0

    town.run(3900.0)

    assert town.left_s["teams"] - 3600.0 <= switch_limit_s("teams", [probe("teams")])


def flapping(name: str, second: float) -> list[object]:
    return [result(name, "ox"[n % 2], second + n) for n in range(20)]


def test_flapping_alone_moves_no_line_and_disqualifies_no_backup() -> None:
    fine = [result(name, "o", 1) for name in NAMES]
    shaky = [e for n in ("teams", "mail") for e in flapping(n, 2)]
    again = [result(name, "o", 40) for name in NAMES]

    memory = fold(TOWN, *fine, *shaky, *again)  # type: ignore[arg-type]

    assert memory.channels["teams"].reason is Reason.FLAPPING
    assert memory.channels["mail"].reason is Reason.FLAPPING
    found = shot(TOWN, memory).recommendations[0]
    assert (found.use and found.use.channel) == "teams"
    assert (found.backup and found.backup.channel) == "mail"


def test_no_line_returns_to_what_flaps() -> None:
    fine = [result(name, "o", 1) for name in NAMES]
    down = [result("teams", "x", second) for second in (2, 7)]
    shaky = flapping("teams", 20)
    memory = fold(TOWN, *fine, *down, *shaky)  # type: ignore[arg-type]
    for second in range(50, 800, 15):
        for name in NAMES:
            letter = "x" if name == "teams" and second % 60 == 50 else "o"
            memory = step(TOWN, memory, result(name, letter, second))
        if memory.channels["teams"].reason is Reason.FLAPPING:
            assert in_use(TOWN, memory) == "mail"
    memory = step(TOWN, memory, tick(801))

    assert memory.channels["teams"].state in (State.DEGRADED, State.AVAILABLE)


def test_refusals_are_no_lost_packets() -> None:
    """A server that answers that it is closed is down after as many as ever."""
    letters = "oooxoooxoooxoooxx"

    memory = fold(TOWN, *(result("teams", x, n) for n, x in enumerate(letters)))

    assert memory.channels["teams"].state is State.DOWN
