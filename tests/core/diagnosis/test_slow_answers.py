"""What answers slowly, or asks us to wait, still answers: what it needs is not lost."""

import pytest
from plans import OUTCOMES, channel, component, fold, line, plan, result, shot

from secours.model import Config, Evidence, Outcome, Reason, State, degraded

GRID = "power:grid"
ASKED_TO_WAIT = degraded(Reason.DEFERRED, Evidence.SERVED, code=429)
ONLY_SAID = degraded(Reason.REPORTED, Evidence.NONE)


@pytest.fixture
def config() -> Config:
    return plan(
        component(GRID),
        *(channel(name, GRID) for name in ("mail", "chat", "web")),
        channel("pager", GRID, probes=()),
        line("pager", "mail", "web"),
    )


def failing_beside(config: Config, slow: Outcome) -> tuple[State, set[tuple[str, ...]]]:
    """Return how the mains stand where two fail and a third is as given."""
    events = [result(name, "o", 1) for name in ("mail", "chat", "web")]
    events += [result("web", slow, second) for second in (8, 9)]
    events += [result(name, "x", s) for s in (10, 11) for name in ("mail", "chat")]
    events += [result("web", slow, second) for second in (12, 13)]
    memory = fold(config, *events)
    assert memory.channels["web"].state is not State.AVAILABLE
    suspects = shot(config, memory).suspects
    return memory.components[GRID].state, set(suspects)


@pytest.mark.parametrize("slow", [OUTCOMES["d"], ASKED_TO_WAIT], ids=["slow", "429"])
def test_a_slow_answer_clears_what_it_came_through(
    config: Config, slow: Outcome
) -> None:
    state, suspects = failing_beside(config, slow)

    assert state is State.UNKNOWN
    assert suspects == {("channel:chat",), ("channel:mail",)}


def test_what_answers_nothing_clears_nobody(config: Config) -> None:
    state, suspects = failing_beside(config, ONLY_SAID)

    assert state is State.DOWN
    assert (GRID,) in suspects
