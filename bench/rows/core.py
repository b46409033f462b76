"""What does the reasoning cost for one event, while everything fails?

Channels and as many components, each with a probe; one after another they fail, and
fail again, which confirms it.
"""

import time
from collections.abc import Iterator
from random import Random
from statistics import mean

from msgspec.structs import replace
from plans import channel, component, line, moment, plan, probe, result

from bench.measuring import YARDSTICK, Scale, Spread, yardstick
from bench.table import NotMeasured, Row, growth
from secours.core.events import Event, Replanned, Said
from secours.core.memory import Memory
from secours.core.step import step
from secours.engine.process import look_for_garbage_rarely
from secours.languages import Text
from secours.model.plan import Config
from secours.model.receivers.audiences import (
    Audience,
    Device,
    DeviceNeeds,
    DeviceService,
    PeopleGroup,
)
from secours.model.statements import Declared, Mark

CHANNELS, LINES, SHARED = 200, 10, 20  # of so many one component is needed besides
SIZES = (12, 50, 200)
WORST_MS = 30.0
NETWORKS = tuple(f"carrier:{n}" for n in range(8))
DEVICES = ("mobile", "landline", "desk", "radio", "pager", "home")
GROUPS, GROUPS_MOST, ROUNDS = len(DEVICES), 1.05, 4
DATA = DeviceService.DATA


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
    yield with_groups(scale)


def with_groups(scale: Scale) -> Row:
    """Compare a step of a plan that says who hears what with one of the same without.

    Most of what is told is an ordinary day; now and then a network fails for all.
    """
    bare = town(scale.of(CHANNELS, 12))
    ratios = []
    for _ in range(scale.of(7, 1)):
        with_them, without = (mean(_of_day_ms(each)) for each in (peopled(bare), bare))
        ratios.append(with_them / without)
    return Row(
        what=f"core, {len(bare.channels)} channels, 4 lines: an event with {GROUPS} "
        "groups, against one without",
        now=Spread.of(ratios),
        unit="times",
        most=GROUPS_MOST,
    )


def _of_day_ms(config: Config) -> list[float]:
    memory = step(config, Memory(), Replanned(at=moment(0)))
    costs = []
    for event in day(config):
        began_s = time.thread_time()
        memory = step(config, memory, event)
        costs.append(1000 * (time.thread_time() - began_s))
    return costs


def day(config: Config) -> Iterator[Event]:
    """Yield rounds of results, of which one in twenty fails, and a network each."""
    rng, second = Random(5), 1.0
    for turn in range(ROUNDS):
        for name in config.channels:
            second += 0.2
            yield result(name, rng.choices("ox", (19, 1))[0], second)
        says = Declared.UP if turn % 2 else Declared.DOWN
        at = moment(second)
        subject = NETWORKS[turn // 2 % len(NETWORKS)]
        yield Said(word=Mark(subject=subject, says=says, by="Anne", at=at), at=at)


def town(channels: int) -> Config:
    """Make a plan of four lines over some networks on the mains."""
    networks = [component(name, "power:grid", autonomy_s=7200.0) for name in NETWORKS]
    means = [
        channel(
            f"c{n}", NETWORKS[n % len(NETWORKS)], heard_on=((DEVICES[n % 6], DATA),)
        )
        for n in range(channels)
    ]
    each = channels // 4
    order = [
        line(*(c.name for c in means[n * each : n * each + 12]), audience=f"a{n}")
        for n in range(4)
    ]
    return plan(component("power:grid"), *networks, *means, *order)


def peopled(config: Config) -> Config:
    """Return a plan with six groups for each audience, each with two devices."""
    devices = {
        name: Device(
            name=name,
            label=Text(name),
            services={DATA: DeviceNeeds(split=NETWORKS[n : n + 2])},
            autonomy_s=86400.0,
        )
        for n, name in enumerate(DEVICES)
    }
    groups = tuple(
        PeopleGroup(
            name=name,
            label=Text(name),
            people=20,
            devices=(name, DEVICES[(n + 1) % len(DEVICES)]),
        )
        for n, name in enumerate(DEVICES)
    )
    audiences = {
        each.audience: Audience(name=each.audience, groups=groups)
        for each in config.plan
    }
    return replace(config, devices=devices, audiences=audiences)


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
