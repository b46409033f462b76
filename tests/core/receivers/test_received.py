"""What is claimed of reach in the recorded outages, held against the sources."""

from pathlib import Path

import pytest
from core.receivers.page import PAGE, page
from core.receivers.played import PLANS, judged
from core.receivers.truth import document, truths

from secours.config.sections.scenario import recordings

RECORDED = sorted(truths())
each_recording = pytest.mark.parametrize("recording", RECORDED, scope="session")
each_plan = pytest.mark.parametrize("plan", PLANS, scope="session")


def test_the_sources_are_of_recordings_that_there_are() -> None:
    assert set(RECORDED) <= set(recordings())


def test_each_state_of_the_sources_is_one_of_four() -> None:
    states = {"whole", "part", "none", "unknown"}
    rows = [
        row
        for outage in document()["outages"]
        for rows in (outage["services"] or {}).values()
        for row in rows
    ]

    assert {row[1] for row in rows} | {row[4] for row in rows if row[4:]} <= states


@each_plan
@each_recording
def test_no_group_is_said_to_hear_more_than_could_be_known(
    plan: str, recording: str
) -> None:
    claims = [str(each) for each in judged(plan, recording)]

    assert [each for each in claims if each.startswith("false green")] == []
    assert claims, "there are groups, and channels that work"


@each_plan
@each_recording
def test_no_group_is_said_to_hear_less_than_it_does(plan: str, recording: str) -> None:
    claims = [str(each) for each in judged(plan, recording)]

    assert [each for each in claims if each.startswith("false red")] == []


def test_the_page_says_what_is_played() -> None:
    assert Path(PAGE).read_text(encoding="utf-8") == page(), "make outages"
