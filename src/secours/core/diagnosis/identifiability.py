"""Failures that the probes cannot tell apart, and the cheapest probe that could.

Two components are indistinguishable when the same probes fail with each of them.

Source: Ma, He et al., Node failure localization via network tomography, ACM IMC 2014
(identifiability).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec import Struct

from secours.core.diagnosis import observation
from secours.core.graph import dependencies
from secours.core.graph.cut_sets import Cut
from secours.core.graph.dependencies import DESIGNED, World
from secours.model.nodes import channel_node, is_channel, kind_of, name_in, path_node
from secours.model.plan import Config

OVER_THE_NETWORK, BY_A_DEVICE, BY_RADIO, HARDLY = range(4)
COSTS = {
    **dict.fromkeys(("internet", "dns", "cloud", "cdn", "provider"), OVER_THE_NETWORK),
    **dict.fromkeys(("service", "identity", "push"), OVER_THE_NETWORK),
    **dict.fromkeys(("carrier", "power", "site", "endpoint"), BY_A_DEVICE),
    **dict.fromkeys(("sat", "radio"), BY_RADIO),
    **dict.fromkeys(("vendor", "gov", "law"), HARDLY),
}
"""Cost of a probe by class of component: no source, a ranking of our own."""


class Confused(Struct, frozen=True, kw_only=True):
    """Components that fall for the probes as one, and a probe that would part them."""

    components: tuple[str, ...]
    probe_at: str | None  # a component, or a channel as `channel:NAME`
    parts: tuple[tuple[str, ...], ...] = ()  # what it would leave together


def confused(config: Config) -> tuple[Confused, ...]:
    """Return the components of the plan that the probes cannot tell apart."""
    alike: dict[frozenset[int], list[str]] = {}
    for name, marks in _marks(config).items():
        if marks:
            alike.setdefault(marks, []).append(name)
    return tuple(_parted(config, names) for names in alike.values() if len(names) > 1)


def unseen(config: Config) -> tuple[str, ...]:
    """Return the components of the plan whose failure alone no probe would notice."""
    return tuple(name for name, marks in _marks(config).items() if not marks)


def cheapest(
    config: Config, sets: Sequence[Cut], world: World = DESIGNED
) -> str | None:
    """Return where a probe would best tell these sets of failures apart.

    That is a channel or a component without a probe that falls with some of them and
    not with others; what is down in `world` tells nothing. Of equally cheap ones the
    best is the one that parts most pairs.
    """
    falling = [dependencies.of(config).falls(cut, world) for cut in sets]

    def order(name: str) -> tuple[int, int]:
        with_it = sum(name in fallen for fallen in falling)
        return _cost(config, name), -with_it * (len(sets) - with_it)

    return min(
        (n for n in _unprobed(config) if order(n)[1] < 0), key=order, default=None
    )


def _parted(config: Config, names: Sequence[str]) -> Confused:
    probe_at = cheapest(config, [frozenset({name}) for name in names])
    if probe_at is None:
        return Confused(components=tuple(names), probe_at=None)
    takers = dependencies.of(config).alone(probe_at)[0]
    parts = (
        tuple(name for name in names if name in takers),
        tuple(name for name in names if name not in takers),
    )
    return Confused(components=tuple(names), probe_at=probe_at, parts=parts)


def _marks(config: Config) -> dict[str, frozenset[int]]:
    """Return for each component of the plan the probes that fail with it."""
    nodes = dependencies.of(config)
    marks: dict[str, set[int]] = {name: set() for name in _needed(config)}
    for number, through in enumerate(dict.fromkeys(_probed(config))):
        for taker in chain.from_iterable(nodes.alone(name)[0] for name in through):
            marks.setdefault(taker, set()).add(number)
    return {name: frozenset(marks[name]) for name in _needed(config)}


def _needed(config: Config) -> list[str]:
    """Return the components that a channel of the plan needs, in the file's order."""
    nodes = dependencies.of(config)
    needed = frozenset().union(*(nodes.behind(channel_node(n)) for n in config.planned))
    return [name for name in config.components if name in needed]


def _probed(config: Config) -> Iterator[observation.Seen]:
    """Yield what each probe that decides goes through."""
    for probe in config.probes():
        if probe.section == "paths":
            yield frozenset({path_node(probe.owner)})
        elif not probe.hint:
            yield observation.goes_through(probe)


def _unprobed(config: Config) -> Iterator[str]:
    """Yield where a probe could be added; channels first: theirs serves twice."""
    for channel in config.channels.values():
        if all(probe.hint for probe in channel.probes):
            yield channel_node(channel.name)
    for part in config.components.values():
        if all(probe.hint for probe in part.probes):
            yield part.name


def _cost(config: Config, name: str) -> int:
    if not is_channel(name):
        return _dearest([(name,)])
    return _dearest(config.channels[name_in(name)].needs)


def _dearest(needs: Iterable[tuple[str, ...]]) -> int:
    """Return the cost of the dearest need, each by its cheapest alternative."""
    costs = [
        min(COSTS.get(kind_of(name), BY_A_DEVICE) for name in clause)
        for clause in needs
    ]
    return max(costs, default=OVER_THE_NETWORK)
