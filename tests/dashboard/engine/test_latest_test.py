"""Which logged test of a channel the history says is the latest."""

import pytest
from render.entries import word

from secours.dashboard.engine.history import latest_test
from secours.model.snapshot import Change

WORKED, FAILED = word("test", "radio", "worked"), word("test", "radio", "failed")
BACK = word("test", "radio", "withdrawn")


@pytest.mark.parametrize(
    ("newest_first", "latest"),
    [
        ([], None),
        ([FAILED, WORKED], FAILED),
        ([BACK, FAILED, WORKED], WORKED),
        ([BACK, FAILED], None),
        ([FAILED, BACK, WORKED], FAILED),
        ([BACK, FAILED, BACK, FAILED, WORKED], WORKED),
    ],
    ids=["none", "two", "back", "all-back", "after-back", "back-twice"],
)
def test_a_test_that_was_taken_back_is_not_the_latest(
    newest_first: list[Change], latest: Change | None
) -> None:
    assert latest_test(newest_first) is latest
