"""What a distrust holds whatever works, which no edit of the plan puts in use."""

from collections.abc import Iterable

from model.graph import Graph, Nodes, channel, path
from secours.model.plan import Config
from secours.model.sections.channel import Channel


def held(config: Config, graph: Graph, distrusted: Iterable[str]) -> dict[str, Nodes]:
    """Return the channels that distrusted components hold, each with those it needs."""
    roots = frozenset(distrusted) & config.components.keys()
    tainted = graph.tainted(roots, frozenset(), frozenset())
    return {
        channel(name): roots & _behind(graph, each)
        for name, each in config.channels.items()
        if channel(name) in tainted or _only_over(each, tainted)
    }


def _only_over(each: Channel, nodes: Nodes) -> bool:
    """Tell whether a test that has several ways leads over these on all of them."""
    groups: dict[str, list[str | None]] = {}
    for probe in each.probes:
        if probe.required and not probe.hint and probe.way_of:
            groups.setdefault(probe.way_of, []).append(probe.via)
    return any(
        len(ways) > 1 and all(via and path(via) in nodes for via in ways)
        for ways in groups.values()
    )


def _behind(graph: Graph, each: Channel) -> Nodes:
    todo = [channel(each.name), *(path(p.via) for p in each.probes if p.via)]
    found: set[str] = set()
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += [need for clause in graph.needs[node] for need in clause]
    return frozenset(found)
