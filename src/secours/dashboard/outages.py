"""The recorded outages, each played once on a plan: that takes a while."""

import streamlit as st

from secours import config as plans
from secours.config.sections.scenario import REFERENCE, load_scenario, recordings
from secours.core.replay import score
from secours.core.replay.score import Replay
from secours.model.plan import Config
from secours.model.recording import Scenario


@st.cache_resource(show_spinner=False)
def recorded() -> tuple[Scenario, ...]:
    """Return the recorded outages of the package."""
    return tuple(map(load_scenario, recordings()))


@st.cache_resource(show_spinner=False)
def reference() -> Config:
    """Return the plan of the package to try them on."""
    return plans.load(REFERENCE)


def played(config: Config, scenario: Scenario) -> Replay:
    """Play an outage on a plan; a second time it is there at once."""
    return _played(config.version, scenario.name, config, scenario)


@st.cache_resource(max_entries=20, show_spinner=False)
def _played(version: str, name: str, _config: Config, _scenario: Scenario) -> Replay:
    return score.replay(_config, _scenario)
