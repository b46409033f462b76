"""How many tests that cost money are made in a day, by schedule and in a hurry."""

from datetime import UTC, datetime, timedelta

import pytest

from secours.model.observed import Reason
from secours.model.runs import Stop
from secours.wire import daily_budget

MIDNIGHT = datetime(2026, 10, 1, tzinfo=UTC)


def spends(
    memory: dict[str, str], at: datetime, limit: int, *, hurried: bool = False
) -> bool:
    try:
        daily_budget.spend(memory, at, limit, hurried=hurried)
    except Stop as stopped:
        return stopped.outcome.reason is not Reason.BUDGET
    return True


@pytest.mark.parametrize(
    ("limit", "by_schedule"), [(0, 0), (1, 1), (2, 1), (9, 8), (10, 9), (50, 45)]
)
def test_a_tenth_of_the_day_is_kept_for_tests_in_a_hurry(
    limit: int, by_schedule: int
) -> None:
    memory: dict[str, str] = {}

    made = sum(spends(memory, MIDNIGHT, limit) for _ in range(limit + 2))
    hurried = sum(spends(memory, MIDNIGHT, limit, hurried=True) for _ in range(limit))

    assert made == by_schedule
    assert hurried == limit - by_schedule


def test_what_was_kept_and_not_needed_is_set_free_as_the_day_ends() -> None:
    memory: dict[str, str] = {}
    quarters = [MIDNIGHT + timedelta(minutes=15 * n) for n in range(96)]

    assert all(spends(memory, at, 100) for at in quarters)


def test_one_is_kept_to_the_last_minute_of_the_day() -> None:
    memory: dict[str, str] = {}
    late = MIDNIGHT + timedelta(hours=23, minutes=59)

    assert sum(spends(memory, late, 20) for _ in range(30)) == 19
    assert spends(memory, late, 20, hurried=True)
    assert not spends(memory, late, 20, hurried=True)


def test_a_new_day_has_a_new_allowance() -> None:
    memory: dict[str, str] = {}
    assert spends(memory, MIDNIGHT, 2)
    assert not spends(memory, MIDNIGHT, 2)

    assert spends(memory, MIDNIGHT + timedelta(days=1), 2)
