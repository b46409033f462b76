"""A hundred sites and one hub: what it costs, and what a cut of all of them loses.

Something that others are to hear of happens at each site every second. All are cut off
from the hub, which is killed meanwhile; then what it has is read back, by number.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from time import monotonic, sleep
from typing import TypeVar

from bench.crowd import BARE, STORED, Received
from bench.engines import Engine, Unsound, plan, running, sound
from bench.measuring import TICKS, Scale, Spread, until
from bench.sites import ENGINES, Numbers, Province, province
from bench.table import NotMeasured, Row, growth
from bench.targets import probe_of, serving

SITES, GROWN, EVERY_S = 100, (100, 300, 1000), 1.0
WARM_S, CUT_S, PARTS = 60.0, 600.0, 6
CONVERGED_MOST_S, CORES_MOST, HUB_MOST_MIB = 30.0, 0.05, 120.0
CHANNELS, INTERVAL_S, ENGINE_MOST = 10, 10.0, 1.05  # 60 results a minute
TURNS, TURN_S, SETTLE_S, START_S = 4, 40.0, 10.0, 60.0
LOOK_S = 0.5
ENGINE = "an engine that is one of the sites"

NOTHING = Received(0, 0)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Steady:
    """What a hub and its sites cost while nothing is wrong."""

    hub_cores: Spread
    hub_mib: float
    site_ms: float  # of the processor, for each event
    site_mib: float
    bytes_each: float  # on the hub's disk

    @property
    def hub_ms(self) -> float:
        """Return what the hub needs in a second, of the processor."""
        return 1000 * self.hub_cores.middle


@dataclass(frozen=True, slots=True)
class OnTop:
    """What it costs engines to be sites, each of them in turn one and by itself."""

    alone_s: Sequence[float]  # of the processor, each engine by itself
    among_s: Sequence[float]
    lasting_s: float  # as long the one as the other
    mib: float

    @property
    def ratio(self) -> Spread:
        """Return how many times as much it is."""
        pairs = zip(self.among_s, self.alone_s, strict=True)
        return Spread.of([among / max(alone, 1 / TICKS) for among, alone in pairs])

    @property
    def cores(self) -> Spread:
        """Return how many processors more it keeps busy."""
        pairs = zip(self.among_s, self.alone_s, strict=True)
        return Spread.of([(among - alone) / self.lasting_s for among, alone in pairs])


@dataclass(frozen=True, slots=True)
class Tally:
    """What the hub has of what happened at all sites."""

    made: int
    lost: int = 0
    duplicates: int = 0
    backwards: int = 0  # that came after a later one


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cut of all sites came to."""

    tally: Tally
    converged_s: float
    hub_most_mib: float


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Cut off the sites of one hub; then let it have more and more."""
    count, every_s = scale.of(SITES, 6), scale.of(EVERY_S, 0.2)
    warm_s, cut_s = scale.of(WARM_S, 3.0), scale.of(CUT_S, 6.0)
    load = f"{count} sites, an event every {every_s:g} s"
    yield from sound(load, _one_hub(load, count, every_s, warm_s, cut_s))
    yield from sound(ENGINE, _engine(scale))
    yield from sound(f"{load}: growth", _grown(scale, every_s, warm_s))


def _one_hub(
    load: str, count: int, every_s: float, warm_s: float, cut_s: float
) -> Iterator[Row]:
    async def talk(made: Province) -> tuple[Steady, Cut]:
        return await _steady(made, warm_s, every_s), await _cut_off(made, cut_s)

    async def only_publish(made: Province) -> Steady:
        return await _steady(made, warm_s, every_s)

    steady, cut = _within(count, STORED, every_s, talk)
    bare = _within(count, BARE, every_s, only_publish)
    yield Row(
        what=f"{load}: processors that the hub keeps busy",
        now=steady.hub_cores,
        most=CORES_MOST,
    )
    tally = cut.tally
    of = f"{load}, all cut off for {cut_s:g} s, hub killed meanwhile"
    yield Row(what=f"{of}: lost of {tally.made}", now=_one(tally.lost), most=0)
    yield Row(what=f"{of}: duplicates", now=_one(tally.duplicates), most=0)
    yield Row(what=f"{of}: out of order", now=_one(tally.backwards), most=0)
    yield Row(
        what=f"{of}: until the hub has all",
        now=_one(cut.converged_s),
        unit="s",
        most=CONVERGED_MOST_S,
    )
    yield Row(
        what=f"{of}: the most memory of the hub",
        now=_one(cut.hub_most_mib),
        unit="MiB",
        most=HUB_MOST_MIB,
    )
    yield Row(
        what=f"{load}: on the hub's disk, each", now=_one(steady.bytes_each), unit="B"
    )
    for what, now, theirs, unit in (
        ("CPU of a site for each", steady.site_ms, bare.site_ms, "ms"),
        ("memory of a site", steady.site_mib, bare.site_mib, "MiB"),
    ):
        yield Row(
            what=f"{load}: {what}",
            now=_one(now),
            unit=unit,
            peer="nats-py alone, without a store",
            theirs=_one(theirs),
        )


def _engine(scale: Scale) -> Iterator[Row]:
    """Let an engine live as one of the sites, and the same one by itself."""
    channels, interval_s = scale.of(CHANNELS, 4), scale.of(INTERVAL_S, 1.0)
    times = Turns(scale.of(TURNS, 1), scale.of(TURN_S, 3.0), scale.of(SETTLE_S, 1.0))

    async def talk(made: Province) -> OnTop:
        return _in_turn(made, channels, interval_s, times)

    found = _within(0, BARE, 1.0, talk, apart=False)
    what = f"{ENGINE}, {channels} TCP probes every {interval_s:g} s"
    yield Row(
        what=f"{what}: its CPU, by that of the same by itself",
        now=found.ratio,
        unit="times",
        most=ENGINE_MOST,
    )
    yield Row(what=f"{what}: processors on top", now=found.cores)
    yield Row(what=f"{what}: memory on top", now=_one(found.mib), unit="MiB")


@dataclass(frozen=True, slots=True)
class Turns:
    """How often and for how long each engine is a site, and as often not."""

    pairs: int
    lasting_s: float
    settling_s: float  # before each


def _in_turn(made: Province, channels: int, interval_s: float, times: Turns) -> OnTop:
    """Return what engines cost by themselves and as sites.

    Each is the one and the other in turn, half of them first the one: which tests of an
    engine fall together by chance is worth more than being a site.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        serving() as ports,
        ExitStack() as stack,
    ):
        alone = plan([probe_of("tcp", ports)] * channels, interval_s)
        plans = [
            {True: alone | {"sites": made.of_an_engine(name)}, False: alone}
            for name in ENGINES
        ]
        engines = [
            stack.enter_context(
                running(Path(tempfile.mkdtemp(dir=folder)), each[_is_among(number, 0)])
            )
            for number, each in enumerate(plans)
        ]
        for engine in engines:
            engine.until_tested()
        used: dict[bool, list[float]] = {
            among: [0.0] * len(ENGINES) for among in (True, False)
        }
        mib: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(2 * times.pairs):
            turns = [_is_among(number, turn) for number in range(len(engines))]
            for engine, among, each in zip(engines, turns, plans, strict=True):
                engine.take(each[among])
            for engine, among in zip(engines, turns, strict=True):
                until(partial(_is_taken, engine, among), START_S, "the plan in force")
            sleep(times.settling_s)
            before = [engine.cpu_s for engine in engines]
            sleep(times.lasting_s)
            for number, (engine, among) in enumerate(zip(engines, turns, strict=True)):
                used[among][number] += engine.cpu_s - before[number]
                if turn == 0:  # later those by themselves have been sites
                    mib[among].append(engine.mib)
        lasting_s = times.pairs * times.lasting_s
        on_top_mib = fmean(mib[True]) - fmean(mib[False])
        return OnTop(used[False], used[True], lasting_s, on_top_mib)


def _is_among(number: int, turn: int) -> bool:
    """Tell whether an engine is one of the sites in a turn."""
    return (number + turn) % 2 == 0


def _is_taken(engine: Engine, among: bool) -> bool:
    shot = engine.shown()
    if shot is None:
        return False
    return shot.hub is not None and shot.hub.connected if among else shot.hub is None


def _grown(scale: Scale, every_s: float, warm_s: float) -> Iterator[Row | NotMeasured]:
    """Let publishers do nothing else, as many as there may be."""

    async def talk(made: Province) -> Steady:
        return await _steady(made, warm_s, every_s)

    found = {n: _within(n, BARE, every_s, talk) for n in scale.of(GROWN, (2, 4, 8))}
    for n, steady in found.items():
        load = f"{n} publishers, an event every {every_s:g} s"
        yield Row(
            what=f"{load}: processors that the hub keeps busy", now=steady.hub_cores
        )
        yield Row(
            what=f"{load}: memory of the hub", now=_one(steady.hub_mib), unit="MiB"
        )
    yield growth("the hub's CPU", {n: each.hub_ms for n, each in found.items()})
    yield growth("the hub's memory", {n: each.hub_mib for n, each in found.items()})


def _within(
    count: int,
    kind: str,
    every_s: float,
    talk: Callable[[Province], Awaitable[T]],
    *,
    apart: bool = True,
) -> T:
    """Return what was found at a hub with so many sites."""

    async def run(folder: Path) -> T:
        async with province(folder, count, kind, every_s, apart=apart) as made:
            return await talk(made)

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder)))


async def _steady(made: Province, lasting_s: float, every_s: float) -> Steady:
    await made.until_acknowledged(await made.until_begun())
    bare_bytes, before = made.hub.disk_bytes, await made.numbers()
    sites_s, cores = made.cpu_s, []
    for _ in range(PARTS):
        used_s, began_s = made.hub.cpu_s, monotonic()
        await asyncio.sleep(lasting_s / PARTS)
        cores.append((made.hub.cpu_s - used_s) / (monotonic() - began_s))
    sites_s = made.cpu_s - sites_s
    after = await made.numbers()
    done = sum(after[n].acknowledged - before[n].acknowledged for n in after)
    planned = len(after) * lasting_s / every_s
    if done < 0.9 * planned:
        raise Unsound(f"{done} of {planned:g} events came: the machine is starved")
    return Steady(
        hub_cores=Spread.of(cores),
        hub_mib=made.hub.mib,
        site_ms=1000 * sites_s / done,
        site_mib=made.mib / len(after),
        bytes_each=(made.hub.disk_bytes - bare_bytes) / done,
    )


async def _cut_off(made: Province, lasting_s: float) -> Cut:
    most_mib = [0.0]
    watching = asyncio.create_task(_watch(made, most_mib))
    place = made.hub.place
    place.cut()
    if not place.can_cut:
        await made.hub.kill()
    await asyncio.sleep(lasting_s / 2)
    if place.can_cut:
        await made.hub.kill()
        await made.hub.start()
    await asyncio.sleep(lasting_s / 2)
    if not place.can_cut:
        await made.hub.start()
    place.mend()
    converged_s = await made.until_acknowledged(await made.numbers())
    await made.stop()
    final = await made.numbers()
    await made.until_acknowledged(final)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    found = counted(final, await made.received())
    return Cut(
        tally=found,
        converged_s=converged_s,
        hub_most_mib=max(most_mib),
    )


def counted(made: Numbers, received: Mapping[str, Mapping[str, Received]]) -> Tally:
    """Return how many there were, and what the hub lacks of them or has too much.

    Raises:
        Unsound: the hub has a number that no site gave away.
    """
    lost = duplicates = backwards = 0
    for name, progress in made.items():
        epochs = received.get(name, {})
        ours = epochs.get(progress.epoch, NOTHING)
        if ours.newest > progress.made:
            raise Unsound(f"{name} never said {ours.newest}, which the hub has")
        lost += progress.made - ours.distinct
        duplicates += sum(each.messages for each in epochs.values()) - ours.distinct
        backwards += ours.backwards
    in_all = sum(each.made for each in made.values())
    return Tally(made=in_all, lost=lost, duplicates=duplicates, backwards=backwards)


async def _watch(made: Province, most_mib: list[float]) -> None:
    while True:
        most_mib.append(made.hub.mib)
        await asyncio.sleep(LOOK_S)


def _one(figure: float) -> Spread:
    return Spread.of([figure])
