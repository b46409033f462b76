"""A disagreement made small: what is left is what it takes."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from model.days.day import Day
from model.shrink_people import fewer_people
from secours.model.plan import Config
from secours.model.sections.channel import Path, Probe

Wrong = Callable[[Day], bool]


def shrunk(day: Day, wrong: Wrong) -> Day:
    """Return the smallest day found that is still wrong."""
    smaller = True
    while smaller:
        smaller = False
        for simpler in _simpler(day):
            if wrong(simpler):
                day, smaller = simpler, True
                break
    return day


def _simpler(day: Day) -> Iterator[Day]:
    """Yield the day with a part of it left out, the largest parts first."""
    count = len(day.happens)
    size = count // 2
    while size:
        for start in range(0, count, size):
            left = day.happens[:start] + day.happens[start + size :]
            yield replace(day, happens=left)
        size //= 2
    for config in _plans(day.config):
        yield replace(day, config=config)
    for place, each in enumerate(day.happens):
        if isinstance(each.what, Config):
            yield Day(each.what, day.happens[place + 1 :])
            for config in _plans(each.what):
                edited = replace(each, what=config)
                before, after = day.happens[:place], day.happens[place + 1 :]
                yield replace(day, happens=(*before, edited, *after))


def _plans(config: Config) -> Iterator[Config]:
    for line in config.plan[1:]:
        yield replace(config, plan=tuple(x for x in config.plan if x is not line))
    for name in config.channels:
        yield from _without_channel(config, name)
    for name in config.components:
        yield from _without_component(config, name)
    yield from _without_path(config)
    yield from fewer_people(config)
    for room in ("components", "paths", "channels"):
        parts = getattr(config, room)
        for name, part in parts.items():
            for plain in _plainer(part):
                changed: dict[str, Any] = {room: {**parts, name: plain}}
                yield replace(config, **changed)


def _without_channel(config: Config, gone: str) -> Iterator[Config]:
    tiers = [
        tuple(
            (tier, left)
            for tier, names in line.tiers
            if (left := tuple(n for n in names if n != gone))
        )
        for line in config.plan
    ]
    if all(tiers):
        plan = tuple(
            replace(line, tiers=each)
            for line, each in zip(config.plan, tiers, strict=True)
        )
        channels = {n: c for n, c in config.channels.items() if n != gone}
        yield replace(config, channels=channels, plan=plan)


def _without_component(config: Config, gone: str) -> Iterator[Config]:
    needs = [part.needs for part in config.components.values()]
    needs += [part.needs for part in config.channels.values()]
    needs += [part.needs for part in config.paths.values()]
    for device in config.devices.values():
        for service in device.services.values():
            needs.append((*service.needs, service.split))
    if not any(gone in clause for each in needs for clause in each):
        left = {n: c for n, c in config.components.items() if n != gone}
        yield replace(config, components=left)


def _without_path(config: Config) -> Iterator[Config]:
    for gone in config.paths:
        if not any(p.via == gone for p in config.probes() if p.owner != gone):
            left = {n: p for n, p in config.paths.items() if n != gone}
            yield replace(config, paths=left)


def _plainer(part: Any) -> Iterator[Any]:
    """Yield a channel, component or path with one thing less to it."""
    tests = "references" if isinstance(part, Path) else "probes"
    for name in ("needs", tests, "maintenance"):
        each = getattr(part, name, ())
        for place in range(len(each)):
            yield replace(part, **{name: each[:place] + each[place + 1 :]})
    for place, clause in enumerate(part.needs):
        for need in clause if len(clause) > 1 else ():
            fewer = tuple(n for n in clause if n != need)
            needs = (*part.needs[:place], fewer, *part.needs[place + 1 :])
            yield replace(part, needs=needs)
    if getattr(part, "autonomy_s", None):
        yield replace(part, autonomy_s=None)
    yield from _plainer_probes(part, tests)


def _plainer_probes(part: Any, tests: str) -> Iterator[Any]:
    probes: tuple[Probe, ...] = getattr(part, tests)
    for place, probe in enumerate(probes):
        simple = replace(probe, confirm=1, recover=1, cost=False, required=True)
        lasting = replace(probe, stale_after_s=2000.0)
        bound = None if tests == "probes" else probe.via
        for other in (simple, lasting, replace(probe, via=bound)):
            if other != probe:
                yield replace(
                    part, **{tests: (*probes[:place], other, *probes[place + 1 :])}
                )
