"""What the days of the second model have none of, put into them.

Results that lapse by the interval in force, answers that ask for patience, lost
packets, long batteries, exercises, and channels that get another name and their old
one again.
"""

from random import Random
from typing import Any

from core.metamorphic.rewriting import renamed
from model.days.day import Day, Happening
from msgspec.structs import replace
from plans import moment

from secours.model.observed import Reason, Result, degraded, failed
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Path
from secours.model.statements import Exercise, Withdrawn

BATTERIES_S = (600.0, 950.0, 1800.0, 4000.0)
OTHER_FAILURES = (failed(Reason.TIMEOUT), failed(Reason.TIMEOUT), failed(Reason.AUTH))


def spiced(day: Day, rng: Random) -> Day:
    """Return a history with more in it."""
    seed = rng.random()
    happens = [
        replace(each, what=_spiced_plan(each.what, Random(seed)))
        if isinstance(each.what, Config)
        else each
        for each in day.happens
    ]
    happens = [_spiced_result(each, rng) for each in happens]
    config = _spiced_plan(day.config, Random(seed))
    if rng.random() < 0.4:
        happens = _with_exercise(happens, config, rng)
    richer = Day(config, tuple(happens))
    return with_renaming(richer, rng) if rng.random() < 0.3 else richer


def _spiced_plan(config: Config, rng: Random) -> Config:
    rooms: dict[str, Any] = {
        room: {name: _part(part, rng) for name, part in getattr(config, room).items()}
        for room in ("channels", "components", "paths")
    }
    return replace(config, **rooms)


def _part(part: Channel | Component | Path, rng: Random) -> Any:
    tests = "references" if isinstance(part, Path) else "probes"
    by_interval = rng.random() < 0.3
    probes = tuple(
        replace(each, stale_after_s=None) if by_interval else each
        for each in getattr(part, tests)
    )
    part = replace(part, **{tests: probes})
    if not isinstance(part, Path) and part.autonomy_s:
        return replace(part, autonomy_s=rng.choice((part.autonomy_s, *BATTERIES_S)))
    return part


def _spiced_result(each: Happening, rng: Random) -> Happening:
    result = each.what
    if not isinstance(result, Result) or rng.random() > 0.15:
        return each
    if result.outcome.reason is Reason.REFUSED:
        return replace(each, what=replace(result, outcome=rng.choice(OTHER_FAILURES)))
    if result.outcome.reason is Reason.SLOW:
        wait_s = rng.choice((30.0, 700.0))
        patient = degraded(Reason.DEFERRED, result.outcome.evidence)
        patient = replace(patient, retry_after_s=wait_s)
        return replace(each, what=replace(result, outcome=patient))
    return each


def _with_exercise(
    happens: list[Happening], config: Config, rng: Random
) -> list[Happening]:
    """Let people hold an exercise for a while."""
    begins, ends = sorted(rng.choices(range(len(happens) + 1), k=2))
    second = happens[begins - 1].second if begins else 0.0
    fails = rng.sample([*config.components], min(len(config.components), 2))
    word = Exercise(fails=tuple(fails[:1]), by="Ann", at=moment(second))
    over = Happening(happens[ends - 1].second if ends else 0.0, _ended())
    held = [Happening(second, word), *happens[begins:ends], over]
    return [*happens[:begins], *held, *happens[ends:]]


def _ended() -> Withdrawn:
    return Withdrawn(kind="exercise", by="Ann")


def with_renaming(day: Day, rng: Random, old: str = "") -> Day:
    """Let a channel have another name, and perhaps its old one again."""
    config, happens = day.config, [*day.happens]
    old = old or rng.choice([*config.channels])
    new = old + "9"
    for _ in range(rng.choice((1, 2))):
        place = rng.randrange(len(happens) + 1)
        plans = [
            config,
            *(h.what for h in happens[:place] if isinstance(h.what, Config)),
        ]
        plan = plans[-1]
        if old not in plan.channels:
            break
        plan = renamed(plan, {old: new})
        was = rng.choice((old, old, None))
        known = replace(plan.channels[new], was=was)
        plan = replace(plan, channels={**plan.channels, new: known})
        second = happens[place - 1].second if place else 0.0
        rest = [renamed(each, {old: new}) for each in happens[place:]]
        happens = [*happens[:place], Happening(second, plan), *rest]
        old, new = new, old
    return Day(config, tuple(happens))
