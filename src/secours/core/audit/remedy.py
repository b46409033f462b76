"""What would mend a weakness of a line: which channels of the plan could join it?"""

from collections.abc import Collection

from secours.core.graph import dependencies
from secours.model.nodes import channel_node
from secours.model.plan import Config, Line


def spares(config: Config, line: Line, takes: Collection[str]) -> tuple[str, ...]:
    """Return the channels that the line lacks, could use, and that outlive these.

    None of `takes` alone takes such a channel, at once or later.
    """
    nodes = dependencies.cautious(config)
    has = {name for name, _ in line.order}

    def outlives(name: str) -> bool:
        at_once, later = nodes.alone(channel_node(name))
        return not (at_once | later).intersection(takes)

    return tuple(
        channel.name
        for channel in config.channels.values()
        if channel.name not in has
        and channel.needs_known
        and line.purpose in channel.purposes
        and all(channel.traits.get(trait) == "yes" for trait in line.require)
        and outlives(channel.name)
    )
