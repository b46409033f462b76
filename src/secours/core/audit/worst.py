"""The single failure that hurts a line most.

Of the world as designed. What is lost when batteries end counts as lost.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf

from msgspec import Struct

from secours.core.audit import takers
from secours.core.audit.takers import NOT_DECLARED, HeardBy
from secours.core.graph import dependencies
from secours.model.nodes import channel_node
from secours.model.observed import Seconds
from secours.model.plan import Config


class WorstFailure(Struct, frozen=True, kw_only=True):
    """A component, or a channel that is alone, and what its failure leaves in time."""

    name: str
    left: tuple[str, ...]
    after_s: Seconds  # until no more falls


def worst_failure(
    config: Config, channels: Sequence[str], by: HeardBy = NOT_DECLARED
) -> WorstFailure | None:
    """Return the failure that leaves least; None where none takes a channel.

    Of equals, the one that takes more at once, then the sooner one, then the first in
    the plan.
    """
    found = min(_failures(config, channels, by), key=lambda each: each[0], default=None)
    return found[1] if found else None


def _failures(
    config: Config, channels: Sequence[str], by: HeardBy
) -> Iterator[tuple[tuple[float, ...], WorstFailure]]:
    """Yield each failure that takes a channel, with how little it leaves."""
    nodes = dependencies.cautious(config)
    alone = map(channel_node, channels) if len(channels) == 1 else ()
    taking = frozenset().union(
        *chain.from_iterable(takers.alone(config, each, by) for each in channels)
    )
    for name in (*nodes.ordered(taking), *alone):
        times = takers.falls(config, name)
        ends = {each: takers.falls_s(each, by, times) for each in channels}
        left = tuple(each for each, end_s in ends.items() if end_s == inf)
        if len(left) == len(channels):
            continue
        after_s = max(end_s for end_s in ends.values() if end_s < inf)
        standing = sum(end_s > 0 for end_s in ends.values())
        worst = WorstFailure(name=name, left=left, after_s=after_s)
        yield (len(left), standing, after_s), worst
