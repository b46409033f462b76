"""Random histories, and what is done with one that breaks a property.

A history is a plan and the events on it. Each property has histories of its own, the
same at each run; `make soak` takes more of them, `SECOURS_HISTORIES` says how many.
"""

import os
from collections.abc import Callable
from random import Random
from zlib import crc32

import pytest
from core.metamorphic.spice import spiced
from model.day_text import day_text
from model.days.day import Day
from model.days.random_days import (
    day_of_cuts,
    day_of_edits,
    day_of_ended_words,
    day_of_many_words,
    day_of_tests_taken_back,
    day_of_two_authors,
    random_day,
)
from model.shrink import shrunk
from soak import SOAK

SOAKED = 6000 if SOAK else 10
HISTORIES = int(os.environ.get("SECOURS_HISTORIES", SOAKED))  # of each property
SHARES = 2  # so that the workers of the tests share them
KINDS = (
    random_day,
    day_of_cuts,
    day_of_edits,
    day_of_ended_words,
    day_of_many_words,
    day_of_tests_taken_back,
    day_of_two_authors,
)

Property = Callable[[Day, Random], str]
"""Says where a history breaks the property, "" where it holds.

What it draws at random is the same each time, so that a history can be made smaller.
"""

of_histories = pytest.mark.parametrize("share", range(SHARES))


def in_time(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a property: `make check` gives it a minute with the others."""
    timed = pytest.mark.timeout(max(600, HISTORIES))(test)
    marked: Callable[..., None] = pytest.mark.histories(timed)
    return marked


Change = Callable[[Day, Random], Day]
"""Makes of a history that was drawn the one that the property is of."""


def history(seed: int) -> Day:
    """Draw the history of a seed; every other one has more in it."""
    rng = Random(seed)
    day = KINDS[seed % len(KINDS)](rng)
    return spiced(day, rng) if seed % 2 else day


def broken_by(seed: int, rule: Property, change: Change | None = None) -> str:
    """Say where the history of a seed breaks a property, made as small as it gets."""

    def broken(day: Day) -> str:
        return rule(day, Random(seed))

    day = history(seed)
    if change is not None:
        day = change(day, Random(seed))
    if not broken(day):
        return ""
    small = shrunk(day, lambda each: bool(broken(each)))
    return f"seed {seed}\n{day_text(small)}\n{broken(small)}"


def hold(share: int, rule: Property, change: Change | None = None) -> None:
    """Fail at the first history of a share that breaks a property."""
    first = crc32(rule.__name__.encode())
    for seed in range(first + share, first + HISTORIES, SHARES):
        if found := broken_by(seed, rule, change):
            pytest.fail(found, pytrace=False)
