"""Facts derived from a plan, kept with it for as long as it lives."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple

from secours.model.plan import Config

Fact = TypeVar("Fact")
Names = TypeVarTuple("Names")


def derived(
    derive: Callable[[Config, *Names], Fact],
) -> Callable[[Config, *Names], Fact]:
    """Keep what a pure function of a plan, and of names in it, returns for each."""

    @wraps(derive)
    def kept(config: Config, *names: *Names) -> Fact:
        facts: dict[Any, Fact] = config.facts
        key = derive, names
        if key not in facts:
            facts[key] = derive(config, *names)
        return facts[key]

    return kept
