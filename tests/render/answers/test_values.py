from math import inf, nan

import pytest
from render.snapshots import snapshot

from secours.render.answers.values import fresh

LIMIT_S = snapshot().screen.max_age_s


@pytest.mark.parametrize("age_s", [0.0, LIMIT_S], ids=str)
def test_what_is_no_older_than_it_may_be_is_believed(age_s: float) -> None:
    assert fresh(snapshot(), age_s)


@pytest.mark.parametrize("age_s", [-0.1, LIMIT_S + 0.1, inf, nan], ids=str)
def test_what_is_too_old_or_of_no_known_age_is_not_believed(age_s: float) -> None:
    assert not fresh(snapshot(), age_s)
