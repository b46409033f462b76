"""The core and the second model, on the same random days: not one word differs.

`make soak` plays more of the same days, `SECOURS_DAYS` says how many.
"""

import os
from random import Random

import pytest

from model.core import first_difference
from model.histories import random_day
from model.shrink import shrunk
from model.told import told

DAYS = int(os.environ.get("SECOURS_DAYS", "300"))
SHARES = 12  # so that the workers of the tests share them


@pytest.mark.timeout(max(120, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_the_second_model_says_what_the_core_says(share: int) -> None:
    for seed in range(share, DAYS, SHARES):
        day = random_day(Random(seed))
        found = first_difference(day)
        if found is not None:
            small = shrunk(day, lambda each: first_difference(each) is not None)
            pytest.fail(f"day {seed}\n{told(small)}\n{first_difference(small)}")
