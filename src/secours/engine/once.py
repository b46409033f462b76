"""Run the probes of a plan once, all at the same time, and decide from that alone.

No engine, no store, no memory: the first result decides. An ok holds for this moment,
not for a minute ago.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack

from msgspec import Struct
from msgspec.structs import replace

from secours import probes
from secours.core.events import Measured, Replanned
from secours.core.memory import EMPTY, Memory
from secours.core.probing import aggregate
from secours.core.probing.health import Health
from secours.core.snapshot import take
from secours.core.step import step
from secours.engine import clock
from secours.engine.probing.serial_lines import serial_lines
from secours.model.observed import (
    NEVER_HURRY,
    Instant,
    Reason,
    Result,
    Verdict,
    unknown,
)
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Owner, Path, Probe
from secours.model.sections.site import Site
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Link,
    ProbeView,
    Snapshot,
    Standing,
    State,
)
from secours.run import run
from secours.run.capacity import make_room
from secours.run.tidy import tidy, told_apart

LET_GO_S = 0.3  # for interrupted probes to close their connections

Heard = Callable[[Probe, Result], None]


class Selection(Struct, frozen=True):
    """Probes to run, and the plan as it is written."""

    config: Config
    whole: Config


def select(config: Config, names: Collection[str] = ()) -> Selection:
    """Choose what to measure: the channels and components named, else all.

    Without names, probes that cost money or wait for reports are left out. People's
    tests are forgotten: without memory their time is unknown.
    """
    channels = {
        name: replace(channel, probes=_wanted(channel, names), test_every_s=None)
        for name, channel in config.channels.items()
        if not names or name in names
    }
    components = {
        name: replace(part, probes=_wanted(part, names))
        for name, part in config.components.items()
    }
    chosen: list[Owner] = [*channels.values(), *components.values()]
    ways = {probe.via for owner in chosen for probe in owner.probes}
    paths = {
        name: path if name in ways else replace(path, references=())
        for name, path in config.paths.items()
    }
    reduced = replace(
        config,
        channels=channels,
        components=components,
        paths=paths,
        plan=() if names else config.plan,
    )
    return Selection(reduced, config)


def _wanted(owner: Owner, names: Collection[str]) -> tuple[Probe, ...]:
    if names:
        return owner.probes if owner.name in names else ()
    return tuple(p for p in owner.probes if not p.cost and p.type != "heartbeat")


def measure(selection: Selection, retries: int, on_result: Heard) -> list[Result]:
    """Run every probe chosen and return the results; `on_result` gets each at once."""
    chosen = selection.config.probes()
    for name in {probe.type for probe in chosen}:
        probes.find(name)  # what is slow to import is imported before any clock runs
    places = make_room(len(chosen))
    loop = asyncio.new_event_loop()
    running = _all_at_once(selection, retries, on_result, places)
    try:
        return loop.run_until_complete(running)
    except KeyboardInterrupt:
        if tasks := asyncio.all_tasks(loop):
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.wait(tasks, timeout=LET_GO_S))
        raise
    finally:
        # Tasks that are still running are dropped silently: the process ends now.
        loop.set_exception_handler(lambda *_: None)
        loop.close()


async def _all_at_once(
    selection: Selection, retries: int, on_result: Heard, places: int
) -> list[Result]:
    config, secrets = selection.config, told_apart(selection.whole)
    free = asyncio.Semaphore(places)
    longest_s = (
        p.timeout_s + retries * (p.retry_every_s + p.timeout_s) for p in config.probes()
    )
    allowed_s = max(longest_s, default=0.0)
    ends_s = asyncio.get_running_loop().time() + allowed_s
    lines: dict[str, asyncio.Lock] = {}

    async def hear(probe: Probe) -> Result:
        async with AsyncExitStack() as turn:
            for line in serial_lines(probe.settings):
                await turn.enter_async_context(lines.setdefault(line, asyncio.Lock()))
            await turn.enter_async_context(free)
            result = await _try(config, probe, retries, ends_s, secrets)
        on_result(probe, result)
        return result

    return await asyncio.gather(*(hear(probe) for probe in config.probes()))


async def _try(
    config: Config, probe: Probe, retries: int, ends_s: float, secrets: frozenset[str]
) -> Result:
    """Run a probe; a failed one again, unless that could lock an account."""
    result = await _run(config, probe, ends_s, secrets)
    for _ in range(retries):
        outcome = result.outcome
        if outcome.verdict is not Verdict.FAILED or outcome.reason in NEVER_HURRY:
            break
        if (outcome.retry_after_s or 0.0) > probe.retry_every_s:
            break  # the peer asked us to wait longer than that
        await asyncio.sleep(probe.retry_every_s)
        result = await _run(config, probe, ends_s, secrets)
    return result


async def _run(
    config: Config, probe: Probe, ends_s: float, secrets: frozenset[str]
) -> Result:
    """Run a probe once, in the time left after others had its serial line."""
    left_s = ends_s - asyncio.get_running_loop().time()
    hurried = replace(probe, timeout_s=min(probe.timeout_s, max(left_s, 0.0)))
    path = config.paths.get(probe.via) if probe.via else None
    result = await run(hurried, probes.find(probe.type).probe, path, clock.now, secrets)
    missed_s = probe.timeout_s - hurried.timeout_s
    cut_short = missed_s > min(LET_GO_S, probe.timeout_s / 2)
    if cut_short and result.outcome.reason is Reason.TIMEOUT:
        return replace(result, outcome=unknown(Reason.DEVICE_BUSY))
    return tidy(result)


def decide(selection: Selection, results: Iterable[Result]) -> Snapshot:
    """Decide from the results alone, and show the other probes as not probed."""
    config = selection.config
    at = clock.now()
    by_id = {probe.id: probe for probe in config.probes()}
    measured = replace(
        EMPTY,
        probes={
            name: health
            for result in results
            for name, health in _taken_in(by_id[result.probe], result, at).items()
        },
    )
    memory = step(config, measured, Replanned(at=at))
    shot = take(config, memory, at=at, boot_id=clock.boot_id(), started=at)
    whole = selection.whole
    return replace(
        shot,
        channels=tuple(
            replace(
                view,
                standing=_found(view.standing, config.channels[view.name], memory, at),
                probes=_shown(view.probes, whole.channels[view.name].probes),
            )
            for view in shot.channels
        ),
        components=tuple(
            replace(
                view, probes=_shown(view.probes, whole.components[view.name].probes)
            )
            for view in shot.components
        ),
    )


def _found(
    standing: Standing, channel: Channel, memory: Memory, at: Instant
) -> Standing:
    """Judge a channel by its tests, however little they prove.

    Whether that is enough to use it is in `recommend`, with people's tests too. A
    test's own word that its answer is no proof stands.
    """
    if standing.reason is not Reason.UNPROVEN or standing.facts:
        return standing
    open_ways = [
        p for p in channel.probes if memory.paths.get(p.via or "") is not Link.DOWN
    ]
    found = aggregate.standing(open_ways, memory.probes, {}, at)
    return replace(found, since=standing.since)


def _taken_in(probe: Probe, result: Result, at: Instant) -> Mapping[str, Health]:
    """Take in the first result of a probe, as if it were alone.

    A step looks at the whole plan: one for each result would make a large plan late.
    All results count as of now, or a slow neighbour would make a quick one stale.
    """
    alone = Config(site=Site(), paths={"": Path(name="", references=(probe,))})
    event = Measured(result=replace(result, at=at), at=at)
    return step(alone, EMPTY, event).probes


def _shown(ran: Sequence[ProbeView], written: Sequence[Probe]) -> tuple[ProbeView, ...]:
    """Return all the probes written, those that did not run as not probed."""
    views = {(view.name, view.path): view for view in ran}
    return tuple(
        views.get((probe.name, probe.via))
        or ProbeView(
            name=probe.name,
            type=probe.type,
            path=probe.via,
            verdict=Verdict.UNKNOWN,
            reason=Reason.NOT_PROBED,
        )
        for probe in written
    )


def uncounted(selection: Selection, names: Collection[str], shot: Snapshot) -> set[str]:
    """Return names without a probe run and of unknown state; named ones count."""
    config = selection.config
    owners: list[Owner] = [*config.channels.values(), *config.components.values()]
    ran = {owner.name for owner in owners if owner.probes}
    views: list[ChannelView | ComponentView] = [*shot.channels, *shot.components]
    return {
        view.name
        for view in views
        if view.name not in ran
        and view.name not in names
        and view.standing.state is State.UNKNOWN
    }
