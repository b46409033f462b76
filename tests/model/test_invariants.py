"""What the core publishes of random days, held against what may never be."""

import os
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.core import Core, drive
from model.day_text import day_text
from model.days.day import Day
from model.days.random_days import random_day
from model.invariants import Witness, broken
from model.model import Model
from model.shrink import shrunk

SOAK = bool(os.environ.get("SECOURS_DAYS"))
DAYS = 400 if SOAK else 16


def complaints(day: Day) -> Iterator[str]:
    """Play a day; yield every sentence that cannot be true, with its place."""
    core, witnessed = Core(day.config), Model(day.config)
    for number, each in enumerate(day.happens):
        drive(witnessed, each)
        core.happen(each)
        witness = Witness(
            config=core.config,
            shown=core.snapshot(),
            seen=witnessed.seen,
            trials=witnessed.said.trials,
            now=each.second,
        )
        for complaint in broken(witness):
            yield f"after {number}: {complaint}"


@pytest.mark.timeout(max(600, 3 * DAYS))
@settings(max_examples=DAYS, derandomize=not SOAK)
@given(seed=st.integers(1_000_000, 2**32))
@example(seed=4114424221)  # suspects of what is degraded later than a success
def test_nothing_is_published_that_cannot_be_true(seed: int) -> None:
    day = random_day(Random(seed))
    found = list(complaints(day))
    if found:
        day = shrunk(day, lambda each: any(complaints(each)))
        found = list(complaints(day))

    assert found == [], day_text(day)
