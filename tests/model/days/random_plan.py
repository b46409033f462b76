"""Random plans: components that need one another, paths, channels and their tests."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from msgspec.structs import replace
from plans import START, component, line, plan
from plans import channel as means

from secours.model.observed import Evidence
from secours.model.plan import Config
from secours.model.sections.channel import (
    Channel,
    Component,
    MaintenanceWindow,
    Needs,
    Path,
    Probe,
)
from secours.model.sections.line import Line, Purpose

CLASSES = ("power", "power", "carrier", "provider", "internet", "site")
EVIDENCE = (Evidence.REACHED, Evidence.SERVED, Evidence.AUTHENTICATED)


def random_plan(rng: Random) -> Config:
    """Make a plan of up to five components, four channels and two paths."""
    names = [f"{rng.choice(CLASSES)}:{n}" for n in range(rng.randint(1, 5))]
    paths = [f"p{n}" for n in range(rng.choice((0, 0, 1, 2, 2)))]
    channels = [f"c{n}" for n in range(rng.randint(2, 4))]
    parts: list[Channel | Component | Line | Path] = []
    for place, name in enumerate(names):
        parts.append(_component(rng, name, names[:place], paths))
    parts += [_path(rng, name, names) for name in paths]
    parts += [random_channel(rng, name, names, paths) for name in channels]
    parts += _lines(rng, channels)
    return plan(*parts, failback_after_s=rng.choice((0.0, 60.0, 200.0)))


def random_needs(rng: Random, names: list[str]) -> Needs:
    """Draw needs, the first names oftener: that is what makes plans share."""
    if not names:
        return ()
    widths = rng.choice(((), (1,), (1,), (1, 1), (1, 2), (2,), (2, 2)))
    drawn = [
        {names[int(len(names) * rng.random() ** 2)] for _ in range(width)}
        for width in widths
    ]
    return tuple(tuple(sorted(clause)) for clause in drawn)


def random_autonomy(rng: Random) -> float | None:
    """Draw one whose last minutes begin when no result has just grown old."""
    return rng.choice((None, None, 60.0, 1230.0))


def _window(rng: Random) -> tuple[MaintenanceWindow, ...]:
    if rng.random() > 0.05:
        return ()
    start = START + timedelta(seconds=rng.randint(1, 600))
    return (MaintenanceWindow(start=start, end=start + timedelta(seconds=100)),)


def _component(rng: Random, name: str, below: list[str], paths: list[str]) -> Component:
    probed = rng.random() < 0.4
    via = rng.choice((None, None, *paths))
    return component(
        name,
        *map(list, random_needs(rng, below)),
        autonomy_s=random_autonomy(rng),
        prior=rng.choice((None, 0.1, 0.5)),
        maintenance=_window(rng),
        probes=(_probe(rng, f"components/{name}/a", via=via),) if probed else (),
    )


def _path(rng: Random, name: str, names: list[str]) -> Path:
    references = [
        _probe(rng, f"paths/{name}/r{n}", via=name)
        for n in range(rng.choice((0, 1, 2, 2)))
    ]
    return Path(name=name, needs=random_needs(rng, names), references=tuple(references))


def random_channel(
    rng: Random, name: str, names: list[str], paths: list[str]
) -> Channel:
    unsaid = rng.random() < 0.15
    return means(
        name,
        *(() if unsaid else map(list, random_needs(rng, names))),
        needs_known=not unsaid,
        autonomy_s=random_autonomy(rng),
        test_every_s=rng.choice((None, None, 400.0)),
        purposes=frozenset(Purpose) if rng.random() < 0.9 else {Purpose.ALERT},
        traits={"e2e": rng.choice(("yes", "yes", "no"))},
        maintenance=_window(rng),
        probes=tuple(_probes(rng, name, paths)),
    )


def _probes(rng: Random, name: str, paths: list[str]) -> Iterator[Probe]:
    """Draw the tests of a channel: none, some, or one over several ways."""
    for n in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        best = rng.choice((*EVIDENCE, Evidence.DELIVERED, Evidence.DELIVERED))
        shape = _probe(
            rng,
            f"channels/{name}/t{n}",
            best=best,
            device=rng.choice(("", "", "modem")),
            required=rng.random() < 0.75,
            hint=rng.random() < 0.05,
            cost=rng.random() < 0.15,
            way_of=f"t{n}",
        )
        ways = rng.sample(paths, len(paths)) if rng.random() < 0.5 else []
        if not ways:
            yield replace(shape, via=rng.choice((None, None, *paths)))
        for way in ways:
            yield replace(shape, id=f"{shape.id}-{way}", name=f"t{n}-{way}", via=way)


def _probe(rng: Random, name: str, **options: object) -> Probe:
    _, owner, short = name.split("/")
    usual = {
        "id": name,
        "owner": owner,
        "name": short,
        "type": "tcp",
        "settings": "first",
        "way_of": short,
        "stale_after_s": rng.choice((90.0, 300.0, 300.0, 2000.0)),
        "timeout_s": rng.choice((3.0, 10.0)),
        "confirm": rng.choice((1, 2, 2, 3)),
        "recover": rng.choice((1, 2, 2)),
    }
    return Probe(**{**usual, **options})  # type: ignore[arg-type]  # checked by use


def _lines(rng: Random, channels: list[str]) -> Iterator[Line]:
    yield line(*rng.sample(channels, len(channels)))
    if rng.random() < 0.3:
        few = rng.sample(channels, rng.randint(1, len(channels)))
        yield line(*few, audience="staff", require=("e2e",))
