"""Each recorded outage, played once on the reference plan for all who look at it."""

from functools import cache

import pytest

from secours.config import load
from secours.config.sections.scenario import REFERENCE, load_scenario, recordings
from secours.core.replay.score import Replay, replay
from secours.model.plan import Config
from secours.model.recording import Scenario

# By the scope all tests of one recording come together, and one worker plays it.
each_recording = pytest.mark.parametrize("name", recordings(), scope="session")


@cache
def reference() -> Config:
    return load(REFERENCE)


@cache
def recorded(name: str) -> Scenario:
    return load_scenario(name)


@cache
def replayed(name: str) -> Replay:
    return replay(reference(), recorded(name))
