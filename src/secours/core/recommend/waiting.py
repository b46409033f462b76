"""Which channels of a line wait their turn, and why is one above that in use not it?"""

from collections.abc import Set

from secours.core.memory import Memory
from secours.model.nodes import channel_node
from secours.model.observed import Instant, Reason
from secours.model.plan import Config, Line
from secours.model.snapshot import PassedOver, Standing


def failback_left_s(
    config: Config, memory: Memory, line: Line, at: Instant
) -> dict[str, float]:
    """Return the channels that work again for too short a time, and what is left."""
    waiting = {}
    for name, _ in line.order:
        if name in memory.recovered:
            left_s = config.failback_after_s - at.since(memory.recovered[name])
            if left_s > 0:
                waiting[name] = left_s
    return waiting


def doubted(memory: Memory, line: Line) -> Set[str]:
    """Return the channels whose latest result speaks against them, not yet sure."""
    return {n for n, _ in line.order if channel_node(n) in memory.doubts}


def passed_over(
    config: Config, memory: Memory, line: Line, used: str | None, at: Instant
) -> tuple[PassedOver, ...]:
    """Say of every channel above the one in use why it is not the one, at a moment.

    Where none is in use, none waits for its turn: what it lacks keeps it out.
    """
    waiting = failback_left_s(config, memory, line, at) if used else {}
    in_doubt = doubted(memory, line) if used else frozenset()
    return tuple(
        _why(name, memory.channels[name], waiting.get(name), doubted=name in in_doubt)
        for name in line.above(used)
    )


def _why(
    name: str, standing: Standing, left_s: float | None, *, doubted: bool
) -> PassedOver:
    reason, facts = standing.reason, standing.facts
    if standing.aside:
        reason, facts = standing.aside, {}
    elif standing.fine and left_s is not None:
        reason, facts = Reason.FAILBACK, {"left_s": round(left_s)}
    elif standing.fine and doubted:
        reason = Reason.DOUBT
    elif standing.at_risk and reason is Reason.NONE and not standing.may_need:
        reason, facts = Reason.AT_RISK, {"component": standing.at_risk}
    return PassedOver(channel=name, reason=reason, facts=facts, since=standing.since)
