"""Small random plans, and what falls in them found by trying: no cleverness here."""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from random import Random

from plans import channel, component, plan

from secours.model.nodes import channel_node, path_node
from secours.model.plan import Config
from secours.model.sections.channel import Path

KINDS = ("power", "carrier", "site", "provider")
LARGEST = 3

Domino = Callable[[Iterable[str]], set[str]]


def random_plan(
    rng: Random, *, components: int, channels: int, paths: int = 0
) -> Config:
    """Make a plan with alternatives, dominoes and batteries, up to these sizes."""
    sizes = range(components // 2, components + 1)
    names = [f"{rng.choice(KINDS)}:{n}" for n in range(rng.choice(sizes))]
    parts = [
        component(name, *_needs(rng, names[:at]), autonomy_s=rng.choice((None, 60.0)))
        for at, name in enumerate(names)
    ]
    means = [
        channel(f"c{n}", *_needs(rng, names), autonomy_s=rng.choice((None, None, 60.0)))
        for n in range(rng.randint(1, channels))
    ]
    ways = [
        Path(name=f"p{n}", needs=tuple(map(tuple, _needs(rng, names))))
        for n in range(rng.randint(0, paths))
    ]
    return plan(*parts, *means, *ways)


def _needs(rng: Random, names: list[str]) -> list[list[str]]:
    """Draw needs, the first names oftener: that is what makes plans share."""
    if not names:
        return []
    return [
        sorted({names[int(len(names) * rng.random() ** 2)] for _ in range(width)})
        for width in rng.choice(((), (1,), (1, 1), (1, 2), (2,), (2, 3), (1, 1, 2)))
    ]


def domino(config: Config, spent: Iterable[str] = ()) -> Domino:
    """Return what says which nodes fall with others, at once."""
    parts = [(c.name, c.needs, c.autonomy_s) for c in config.components.values()]
    parts += [
        (channel_node(c.name), c.needs, c.autonomy_s) for c in config.channels.values()
    ]
    parts += [(path_node(p.name), p.needs, None) for p in config.paths.values()]
    rules = [
        (name, frozenset(clause))
        for name, clauses, autonomy_s in parts
        for clause in clauses
        if not autonomy_s
        or name in spent
        or not any(need.startswith("power:") for need in clause)
    ]

    def fallen(down: Iterable[str]) -> set[str]:
        gone, before = set(down), -1
        while before != len(gone):
            before = len(gone)
            gone.update(name for name, clause in rules if clause <= gone)
        return gone

    return fallen


def smallest(
    names: Iterable[str], works: Callable[[set[str]], bool]
) -> set[frozenset[str]]:
    """Try every set of up to three, and keep those with no smaller one inside."""
    found: list[frozenset[str]] = []
    for chosen in _sets(list(names)):
        if not any(smaller <= chosen for smaller in found) and works(set(chosen)):
            found.append(chosen)
    return set(found)


def _sets(names: list[str]) -> Iterator[frozenset[str]]:
    for size in range(LARGEST + 1):
        yield from map(frozenset, combinations(names, size))
