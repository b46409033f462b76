"""What does the reasoning cost for one event, while everything fails?

Channels and as many components, each with a probe; one after another they fail, and
fail again, which confirms it.
"""

import time
from collections.abc import Iterator
from statistics import mean

from plans import channel, component, line, moment, plan, probe, result

from bench.measuring import YARDSTICK, Scale, Spread, yardstick
from bench.table import NotMeasured, Row, growth
from secours.core.events import Event, Replanned
from secours.core.memory import Memory
from secours.core.step import step
from secours.engine.process import look_for_garbage_rarely
from secours.model.plan import Config

CHANNELS, LINES, SHARED = 200, 10, 20  # of so many one component is needed besides
SIZES = (12, 50, 200)
WORST_MS = 30.0


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Time each event of the story."""
    look_for_garbage_rarely()  # as the engine does
    sizes = scale.of(SIZES, (3, 12))
    largest = sizes[-1]
    told = {n: told_ms(n) for n in sizes}
    theirs = yardstick()
    means = {n: mean(told[n]) for n in sizes}
    worst = max(told[largest])
    what = f"core, {largest} channels and {largest} components, all failing"
    for name, found, most in (
        ("mean", means[largest], None),
        ("worst", worst, WORST_MS),
    ):
        yield Row(
            what=f"{what}: {name} of an event",
            now=Spread.of([found]),
            unit="ms",
            most=most,
            peer=YARDSTICK,
            theirs=theirs,
        )
    yield growth("the mean cost of an event", means)


def told_ms(channels: int) -> list[float]:
    """Tell a new core all of it; return what each event cost, in ms of processor."""
    config = failing_plan(channels)
    memory = step(config, Memory(), Replanned(at=moment(0)))
    costs = []
    for event in story(config):
        began_s = time.thread_time()
        memory = step(config, memory, event)
        costs.append(1000 * (time.thread_time() - began_s))
    return costs


def failing_plan(channels: int) -> Config:
    """Make a plan in which each channel needs a component of its own, and a shared."""
    own = [f"carrier:{n}" for n in range(channels)]
    parts = [
        component(
            name,
            *([f"carrier:{n // SHARED * SHARED}"] if n % SHARED else []),
            probes=(probe(name),),
        )
        for n, name in enumerate(own)
    ]
    means = [channel(f"c{n}", name) for n, name in enumerate(own)]
    each = max(1, channels // LINES)
    order = [
        line(*(c.name for c in means[at : at + each]), audience=f"audience {at}")
        for at in range(0, channels, each)
    ]
    return plan(*parts, *means, *order)


def story(config: Config) -> Iterator[Event]:
    """Yield a first ok of all, then failures, two of each."""
    owners = [*config.channels, *config.components]
    for n, owner in enumerate(owners):
        yield result(owner, "o", 1 + n / 100)
    for n, owner in enumerate(owners):
        for again in range(2):
            yield result(owner, "x", 10 + n / 10 + again / 20)
