"""Changes of the recommendation that will come by themselves.

A channel that lives on without its power is demoted before its end, and falls at it;
one that works again is taken back when it has held; what is in maintenance is not used
until its window ends. Nothing else is foreseen: neither that something fails, nor that
it is repaired.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf

from msgspec.structs import replace

from secours.core import batteries
from secours.core.graph.dependencies import World
from secours.core.memory import LineUse, Memory
from secours.core.receivers import reach
from secours.core.recommend import choice, set_aside
from secours.core.recommend.set_aside import Aside
from secours.core.statements import steady_clock
from secours.model.nodes import channel_node
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.sections.line import Line
from secours.model.snapshot import Forecast, Standing, State

WINDOWS_WITHIN_S = 86400.0  # a window that opens later is not told yet


def forecast(config: Config, memory: Memory, at: Instant) -> tuple[Forecast, ...]:
    """Return the changes of what people are told to use that will come, in order."""
    known = chain(_moments(config, memory, at), _windows(config, at))
    moments = {m.steady_s: m for m in known if m.steady_s > at.steady_s}
    then = _lasting(memory, at) if moments else memory
    coming: list[Memory] = []
    for _, moment in sorted(moments.items()):
        then = _then(config, then, moment)
        coming.append(then)
    found = (_of_line(config, memory, line, at, coming) for line in config.plan)
    changes = [each for of_line in found for each in of_line]
    return tuple(sorted(changes, key=lambda change: change.at.steady_s))


def _moments(config: Config, memory: Memory, at: Instant) -> Iterator[Instant]:
    """Yield when something is demoted, falls, or has held for long enough."""
    for standing in (*memory.channels.values(), *memory.components.values()):
        if standing.until is not None and standing.state is not State.DOWN:
            for turn_s in batteries.turns_s(standing.until.steady_s):
                yield standing.until.at_steady(turn_s)
    for ends_s in memory.losses.ends_s.values():
        for turn_s in batteries.turns_s(ends_s):
            yield at.at_steady(turn_s)
    waits = (held.better_since for held in memory.lines.values())
    again = chain.from_iterable(each.values() for each in memory.heard_again.values())
    for since in (*memory.recovered.values(), *again, *filter(None, waits)):
        yield since.later(config.failback_after_s)


def _windows(config: Config, at: Instant) -> Iterator[Instant]:
    """Yield when a window of maintenance opens, ends, and has ended for long enough."""
    for window in chain.from_iterable(o.maintenance for o in config.owners.values()):
        for date in (window.start, window.end):
            turn = Instant(date, steady_clock.steady(date, at))
            if turn.since(at) <= WINDOWS_WITHIN_S:
                yield from (turn, turn.later(config.failback_after_s))


def _of_line(
    config: Config, memory: Memory, line: Line, at: Instant, coming: Sequence[Memory]
) -> Iterator[Forecast]:
    if memory.choices[line.name].measuring:
        return
    used = memory.choices[line.name].channel
    for then in coming:
        moment = then.at or at
        held = then.lines.get(line.name)
        if held is None or held.channel != used:
            held = LineUse(channel=used, since=at)
        then = replace(then, lines={**then.lines, line.name: held})
        new = choice.choose(config, then, line, moment).channel
        if new != used:
            used = new
            yield Forecast(
                at=moment, purpose=line.purpose, audience=line.audience, use=used
            )


def _then(config: Config, before: Memory, at: Instant) -> Memory:
    """Return how everything will stand then, if nothing but time passes."""
    channels = {name: _aged(each, at) for name, each in before.channels.items()}
    components = {name: _aged(each, at) for name, each in before.components.items()}
    standings = components | {channel_node(n): each for n, each in channels.items()}
    down = {name for name, each in standings.items() if each.state is State.DOWN}
    world = before.worlds[0].world
    world = World(world.fallen | down, world.spent | (down - world.fallen))
    asides = set_aside.asides(config, before, world, at)
    channels = {n: _aside(e, asides.get(channel_node(n))) for n, e in channels.items()}
    recovered = {
        name: at
        for name, standing in before.channels.items()
        if standing.aside and channels[name].fine
    }
    ended = {n for n, end_s in before.losses.ends_s.items() if end_s <= at.steady_s}
    now = before.worlds[0]
    now = now._replace(world=World(now.world.fallen, now.world.spent | ended))
    then = replace(
        before,
        at=at,
        channels=channels,
        components={n: _aside(e, asides.get(n)) for n, e in components.items()},
        recovered={**before.recovered, **recovered},
        worlds=(now, *before.worlds[1:]),
    )
    return reach.renewed(config, then, at)


def _lasting(memory: Memory, at: Instant) -> Memory:
    """Return the memory with all results that are fresh now fresh for ever."""
    probes = {
        name: replace(health, fresh_until_s=inf)
        if at.steady_s <= health.fresh_until_s
        else health
        for name, health in memory.probes.items()
    }
    return replace(memory, probes=probes)


def _aside(standing: Standing, aside: Aside | None) -> Standing:
    reason, by = aside or (Reason.NONE, None)
    return replace(standing, aside=reason, declared_by=by or standing.declared_by)


def _aged(standing: Standing, at: Instant) -> Standing:
    if standing.until is None or standing.state is State.DOWN:
        return standing
    return batteries.living_on(standing, standing.until, at, None)
