"""Who hears what, and the fewest channels that reach all, found by trying.

In each random plan people said what is down: so all that is lost is lost surely.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import chain, combinations
from random import Random

import pytest
from brute import domino, random_plan
from core.receivers.people import mark
from model.days.random_people import with_people
from msgspec.structs import replace
from plans import fold, probe, result, shot

from secours.core.receivers.completion import completed_by
from secours.model.observed import Evidence
from secours.model.plan import Config
from secours.model.receivers.audiences import EARS, Device, DeviceService, PeopleGroup
from secours.model.receivers.reach import Hearing
from secours.model.sections.channel import Channel
from secours.model.sections.line import Purpose
from secours.model.snapshot import Recommendation, Snapshot, State

PLANS = 10_000 if os.environ.get("SECOURS_SOAK") else 400
SHARES = 8


def world(rng: Random) -> tuple[Config, Snapshot, set[str]]:
    """Draw a plan, let people say of some components that they are down, and look."""
    config = with_people(rng, random_plan(rng, components=6, channels=4))
    channels = {name: _probed(rng, each) for name, each in config.channels.items()}
    config = replace(config, channels=channels)
    names = sorted(config.components)
    down = set(rng.sample(names, min(len(names), rng.choice((0, 1, 1, 2, 3)))))
    order = [*config.channels]
    seen = [result(name, "o", 1) for name in order if channels[name].probes]
    told = [mark(name, 5) for name in sorted(down)]
    return config, shot(config, fold(config, *seen, *told)), down


def _probed(rng: Random, each: Channel) -> Channel:
    """Give a channel a probe that counts for long, or none: then it is unknown."""
    own = probe(each.name, stale_after_s=1e6, best=Evidence.SERVED)
    return replace(each, probes=(own,) if rng.random() < 0.8 else ())


def hearing(
    config: Config, fallen: set[str], line: Recommendation, name: str
) -> dict[str, tuple[Hearing, Hearing]]:
    """Return how each group was to hear a channel, and how it does."""
    groups = config.audiences[line.audience].groups
    each = config.channels[name]
    return {
        group.name: (
            _heard(config, set(), line.purpose, group, each),
            _heard(config, fallen, line.purpose, group, each),
        )
        for group in groups
    }


def _heard(
    config: Config,
    fallen: set[str],
    purpose: Purpose,
    group: PeopleGroup,
    each: Channel,
) -> Hearing:
    if each.heard_on is None:
        return Hearing.WHOLE
    people = [
        [
            _stands(device, service, option, fallen)
            for option in _options(device, service)
        ]
        for name, service in each.heard_on
        if (device := config.devices.get(name)) is not None
        and service in device.services
        and name in {*group.devices, EARS}
        and not (device.workplace and purpose is Purpose.ALERT and not group.staffed)
    ]
    if any(all(these) for these in people):
        return Hearing.WHOLE
    return Hearing.PART if any(any(these) for these in people) else Hearing.NONE


def _options(device: Device, service: DeviceService) -> tuple[str, ...]:
    return device.services[service].split or ("",)


def _stands(
    device: Device, service: DeviceService, option: str, fallen: set[str]
) -> bool:
    clauses = [*device.services[service].needs, *([(option,)] if option else [])]
    return not any(
        fallen.issuperset(clause)
        for clause in clauses
        if not (device.autonomy_s and any(n.startswith("power:") for n in clause))
    )


def worlds(share: int) -> Iterator[tuple[int, Config, Snapshot, set[str]]]:
    for seed in range(share, PLANS, SHARES):
        yield seed, *world(Random(seed))


@pytest.mark.parametrize("share", range(SHARES))
def test_reach_is_what_trying_finds(share: int) -> None:
    for seed, config, seen, down in worlds(share):
        fallen = domino(config)(down)
        for line in seen.recommendations:
            found = {
                name: {g.group: (g.designed, g.heard) for g in reception.groups}
                for name, reception in line.receivers.items()
            }
            names = [name for name, _ in _order(config, line)]
            tried = {n: hearing(config, fallen, line, n) for n in names}

            assert found == {n: each for n, each in tried.items() if each}, seed


@pytest.mark.parametrize("share", range(SHARES))
def test_what_completes_is_the_smallest_set_that_trying_finds(share: int) -> None:
    for seed, config, seen, _ in worlds(share):
        for line in seen.recommendations:
            if line.use and line.receivers:
                assert line.completed_by == completed(config, seen, line), seed


def completed(config: Config, seen: Snapshot, line: Recommendation) -> tuple[str, ...]:
    """Return the fewest that reach with it whoever any usable channel does."""
    assert line.use
    use = line.use.channel
    ranks = {
        name: [each.heard.rank for each in reception.groups]
        for name, reception in line.receivers.items()
        if _usable(seen, line, name)
    }
    wanted = _best(ranks.values())
    others = [n for n, _ in _order(config, line) if n in ranks and n != use]
    for most in range(3):
        names = [n for n in others if _class(seen, line, n) <= most]
        sizes = range(len(names) + 1)
        for more in chain.from_iterable(combinations(names, size) for size in sizes):
            if _best(ranks[n] for n in (use, *more)) == wanted:
                return more
    raise AssertionError


def _class(seen: Snapshot, line: Recommendation, name: str) -> int:
    """Return 0 for what works, 1 for what is degraded or fewer hear, 2 untested."""
    state = seen.channel(name).standing.state
    if state is State.UNKNOWN:
        return 2
    return int(state is State.DEGRADED or bool(line.receivers[name].lost))


def _best(ranks: Iterable[list[int]]) -> list[int]:
    return [max(each) for each in zip(*ranks, strict=True)]


def _usable(seen: Snapshot, line: Recommendation, name: str) -> bool:
    groups = line.receivers[name].groups
    meant = [each for each in groups if each.designed is not Hearing.NONE]
    heard = not meant or any(each.heard is not Hearing.NONE for each in meant)
    return heard and seen.channel(name).standing.state is not State.DOWN


def _order(config: Config, line: Recommendation) -> tuple[tuple[str, object], ...]:
    (written,) = (each for each in config.plan if each.name == line.name)
    return written.order


def test_what_completes_is_found_at_once_where_each_group_has_a_channel_alone() -> None:
    alone = [tuple(2 * (n == group) for n in range(40)) for group in range(40)]
    others = tuple((f"c{n}", ranks, 0) for n, ranks in enumerate(alone))

    assert len(completed_by((0,) * 40, others)) == 40


def test_what_completes_leaves_out_nobody_where_there_are_too_many_to_try() -> None:
    rng = Random(1)
    each = [[rng.choice((0, 0, 2)) for _ in range(30)] for _ in range(24)]
    others = tuple((f"c{n}", tuple(ranks), 0) for n, ranks in enumerate(each))

    chosen = completed_by((0,) * 30, others)

    named = dict(zip((name for name, _, _ in others), each, strict=True))
    assert _best(named[name] for name in chosen) == _best(each)
