"""The core and the second model, on the same random days: not one word differs.

`make soak` plays more of the same days, `SECOURS_DAYS` says how many.
"""

import os
from random import Random

import pytest

from model.core import first_difference
from model.day_text import day_text
from model.days.day import Day
from model.days.random_days import (
    day_of_cuts,
    day_of_edits,
    day_of_ended_words,
    day_of_exercises,
    day_of_late_words,
    day_of_many_words,
    day_of_measured_batteries,
    day_of_receivers,
    day_of_tests_taken_back,
    day_of_two_authors,
    random_day,
)
from model.shrink import shrunk

DAYS = int(os.environ.get("SECOURS_DAYS", "48"))
DAYS_OF_CUTS = DAYS // 4
DAYS_OF_ENDED_WORDS = DAYS // 2
DAYS_OF_TESTS_TAKEN_BACK = DAYS // 2
DAYS_OF_TWO_AUTHORS = DAYS // 2
DAYS_OF_MANY_WORDS = DAYS // 2
DAYS_OF_EDITS = DAYS // 2
DAYS_OF_EXERCISES = DAYS // 2
DAYS_OF_LATE_WORDS = DAYS // 2
DAYS_OF_MEASURED_BATTERIES = max(DAYS, 96)
DAYS_OF_RECEIVERS = max(DAYS, 192)
SHARES = 12  # so that the workers of the tests share them


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_the_second_model_says_what_the_core_says(share: int) -> None:
    for seed in range(share, DAYS, SHARES):
        _fail_where_they_differ(seed, random_day(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_paths_come_and_go(share: int) -> None:
    for seed in range(share, DAYS_OF_CUTS, SHARES):
        _fail_where_they_differ(seed, day_of_cuts(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_words_end(share: int) -> None:
    for seed in range(share, DAYS_OF_ENDED_WORDS, SHARES):
        _fail_where_they_differ(seed, day_of_ended_words(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_tests_are_taken_back(share: int) -> None:
    for seed in range(share, DAYS_OF_TESTS_TAKEN_BACK, SHARES):
        _fail_where_they_differ(seed, day_of_tests_taken_back(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_the_province_speaks_too(share: int) -> None:
    for seed in range(share, DAYS_OF_TWO_AUTHORS, SHARES):
        _fail_where_they_differ(seed, day_of_two_authors(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_long_days_on_which_both_say_much(share: int) -> None:
    for seed in range(share, DAYS_OF_MANY_WORDS, SHARES):
        _fail_where_they_differ(seed, day_of_many_words(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_the_plan_is_edited(share: int) -> None:
    for seed in range(share, DAYS_OF_EDITS, SHARES):
        _fail_where_they_differ(seed, day_of_edits(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_failures_are_played(share: int) -> None:
    for seed in range(share, DAYS_OF_EXERCISES, SHARES):
        _fail_where_they_differ(seed, day_of_exercises(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_people_lose_their_devices(
    share: int,
) -> None:
    for seed in range(share, DAYS_OF_RECEIVERS, SHARES):
        _fail_where_they_differ(seed, day_of_receivers(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_batteries_are_measured(share: int) -> None:
    for seed in range(share, DAYS_OF_MEASURED_BATTERIES, SHARES):
        _fail_where_they_differ(seed, day_of_measured_batteries(Random(seed)))


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize("share", range(SHARES))
def test_it_says_the_same_of_days_on_which_people_say_late_what_fails(
    share: int,
) -> None:
    for seed in range(share, DAYS_OF_LATE_WORDS, SHARES):
        _fail_where_they_differ(seed, day_of_late_words(Random(seed)))


def _fail_where_they_differ(seed: int, day: Day) -> None:
    if first_difference(day) is not None:
        small = shrunk(day, lambda each: first_difference(each) is not None)
        pytest.fail(f"day {seed}\n{day_text(small)}\n{first_difference(small)}")
