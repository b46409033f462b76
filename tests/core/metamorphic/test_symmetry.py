"""What things are called, and in which order they are declared, decides nothing."""

from random import Random
from typing import Any

from core.metamorphic.histories import hold, in_time, of_histories
from core.metamorphic.rewriting import names_in, renamed
from core.metamorphic.telling import differences, facts, told
from model.core import published
from model.days.day import Day
from msgspec.structs import replace

from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Needs, Path


def other_names(day: Day, rng: Random) -> dict[str, str]:
    """Draw another name for each, of the same class."""
    known = sorted(names_in(day))
    numbers = rng.sample(range(10, 100), len(known))
    return {
        name: f"{name.rstrip('0123456789')}{number}"
        for name, number in zip(known, numbers, strict=True)
    }


def under_other_names(day: Day, rng: Random) -> str:
    new = other_names(day, rng)
    pairs = zip(told(day), told(renamed(day, new)), strict=True)
    for number, (core, other) in enumerate(pairs):
        expected = facts(renamed_answer(published(core), new))
        if found := [*differences(expected, facts(published(other)))]:
            return "\n".join([f"after {number}, under {new}:", *found])
    return ""


def renamed_answer(answer: Any, new: dict[str, str]) -> Any:
    fields = type(answer).__dataclass_fields__
    return type(answer)(
        **{name: _renamed_in(getattr(answer, name), new) for name in fields}
    )


def _renamed_in(value: Any, new: dict[str, str]) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return renamed_answer(value, new)
    if isinstance(value, dict):
        return {renamed(k, new): _renamed_in(v, new) for k, v in value.items()}
    return renamed(value, new)


def in_another_order(config: Config, rng: Random) -> Config:
    """Declare everything in another order; tiers and what is in them are an order."""

    def shuffled(each: Any) -> Any:
        if isinstance(each, dict):
            names = rng.sample([*each], len(each))
            return {name: _inside(each[name], rng) for name in names}
        return tuple(rng.sample(each, len(each)))

    return replace(
        config,
        channels=shuffled(config.channels),
        components=shuffled(config.components),
        paths=shuffled(config.paths),
        plan=shuffled(config.plan),
    )


def _inside(part: Channel | Component | Path, rng: Random) -> Any:
    tests = "references" if isinstance(part, Path) else "probes"
    several = getattr(part, tests)
    needs: Needs = tuple(
        tuple(rng.sample(clause, len(clause)))
        for clause in rng.sample(part.needs, len(part.needs))
    )
    changed: Any = {"needs": needs, tests: tuple(rng.sample(several, len(several)))}
    return replace(part, **changed)


def declared_in_another_order(day: Day, rng: Random) -> str:
    seed = rng.random()
    happens = tuple(
        replace(each, what=in_another_order(each.what, Random(seed)))
        if isinstance(each.what, Config)
        else each
        for each in day.happens
    )
    other = Day(in_another_order(day.config, Random(seed)), happens)
    for number, (core, changed) in enumerate(zip(told(day), told(other), strict=True)):
        found = [*differences(facts(published(core)), facts(published(changed)))]
        if found:
            return "\n".join([f"after {number}:", *found])
    return ""


@in_time
@of_histories
def test_names_decide_nothing(share: int) -> None:
    hold(share, under_other_names)


@in_time
@of_histories
def test_order_of_declaration_decides_nothing(share: int) -> None:
    hold(share, declared_in_another_order)
