"""Of many results that lapse at about the same time, one decision is made."""

import pytest
from plans import channel, fold, moment, plan, result, tick

from secours.core import deadlines
from secours.core import step as core
from secours.core.memory import Memory
from secours.core.step import step
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.snapshot import State

WATCHED = ["used", "backup"]
NAMES = [f"c{n}" for n in range(deadlines.MANY)]
AGE_S = deadlines.TOGETHER_S / 2 / len(NAMES + WATCHED)  # from one result to the next
Decisions = list[float]


def town(names: list[str]) -> Config:
    """Return a plan of channels of which only two others are watched more closely."""
    return plan(*(channel(name) for name in (*WATCHED, *names)))


def all_fine(config: Config, at_s: float) -> Memory:
    first = [result(name, "o", 0) for name in WATCHED]  # from now on they are watched
    names = enumerate(config.channels)
    fine = [result(name, "o", at_s + n * AGE_S) for n, name in names]
    return fold(config, *first, *fine)


def lapse_s(memory: Memory) -> list[float]:
    """Return when each result is too old, in the seconds of `moment`."""
    began_s = moment(0).steady_s
    return sorted(h.fresh_until_s - began_s for h in memory.probes.values())[2:]


def since_s(memory: Memory) -> list[float]:
    found = (memory.channels[n].since for n in memory.channels if n not in WATCHED)
    return sorted(at.steady_s - moment(0).steady_s for at in found if at)


@pytest.fixture
def decisions(monkeypatch: pytest.MonkeyPatch) -> Decisions:
    made: Decisions = []
    settle = core._settle

    def noted(config: Config, memory: Memory, at: Instant) -> Memory:
        made.append(at.steady_s - moment(0).steady_s)
        return settle(config, memory, at)

    monkeypatch.setattr(core, "_settle", noted)
    return made


def test_many_that_lapse_together_are_decided_together(decisions: Decisions) -> None:
    config = town(NAMES)
    memory = all_fine(config, 1)
    last_s = lapse_s(memory)[-1]
    decisions.clear()

    memory = step(config, memory, tick(last_s + 60))

    assert {each.state for each in memory.channels.values()} == {State.UNKNOWN}
    assert len([at_s for at_s in decisions if last_s - 1 < at_s <= last_s + 1]) == 1
    assert all(last_s < at_s <= last_s + 0.51 for at_s in since_s(memory))


def test_few_are_decided_each_at_its_own_time() -> None:
    config = town(NAMES[:-1])
    memory = all_fine(config, 1)
    ends_s = lapse_s(memory)

    memory = step(config, memory, tick(ends_s[-1] + 60))

    assert since_s(memory) == pytest.approx(ends_s, abs=0.01)


def test_it_does_not_matter_when_somebody_looks() -> None:
    config = town(NAMES)
    memory = all_fine(config, 1)
    first_s, last_s = lapse_s(memory)[0], lapse_s(memory)[-1]
    looks = [first_s + n * deadlines.TOGETHER_S / 7 for n in range(30)]

    often = memory
    for second in looks:
        often = step(config, often, tick(second))
    once = step(config, memory, tick(looks[-1]))

    assert looks[-1] > last_s + 1
    assert often.changes == once.changes


def test_what_lapsed_with_others_lapses_though_these_were_tested_again() -> None:
    config = town(NAMES)
    memory = all_fine(config, 1)
    ends_s = lapse_s(memory)
    middle_s = (ends_s[-3] + ends_s[-2]) / 2  # all others have lapsed by then

    memory = step(config, memory, result(NAMES[-1], "o", middle_s))
    memory = step(config, memory, result(NAMES[-2], "o", middle_s))
    memory = step(config, memory, tick(ends_s[-1] + 1))

    fresh = {n for n, each in memory.channels.items() if each.state is State.AVAILABLE}
    assert fresh == set(NAMES[-2:])
    assert memory.at == moment(ends_s[-1] + 1)
