"""The recorded outages, each played once on a plan: that takes a while."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

import streamlit as st

from secours import config as plans
from secours.config.sections.scenario import REFERENCE, load_scenario, recordings
from secours.core.replay import score
from secours.core.replay.score import Replay
from secours.model.plan import Config
from secours.model.recording import Scenario

MOST = 20  # replays cached
PATIENCE_S = 0.8  # that a page waits for one


@st.cache_resource(show_spinner=False)
def recorded() -> tuple[Scenario, ...]:
    """Return the recorded outages of the package."""
    return tuple(map(load_scenario, recordings()))


@st.cache_resource(show_spinner=False)
def reference() -> Config:
    """Return the plan of the package to try them on."""
    return plans.load(REFERENCE)


def played(config: Config, scenario: Scenario) -> Replay | None:
    """Return the replay of an outage on a plan; None while it is running."""
    key = config.version, scenario.name
    with _choosing:
        if key not in _playing:
            if len(_playing) == MOST:
                del _playing[next(iter(_playing))]
            _playing[key] = _player.submit(score.replay, config, scenario)
        playing = _playing[key]
    try:
        return playing.result(PATIENCE_S)
    except TimeoutError:
        return None


_choosing = Lock()
_player = ThreadPoolExecutor(1, "outage")
_playing: dict[tuple[str, str], Future[Replay]] = {}
