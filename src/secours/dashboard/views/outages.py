"""A recorded outage on the plan, minute by minute: a drill at a desk."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from secours.core.replay import recording
from secours.core.replay.score import Moment, Replay
from secours.dashboard import outages
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.source import plan
from secours.model.plan import Config
from secours.model.recording import Scenario, Turn
from secours.render.outages import outage
from secours.render.outages.ladder import ladder_html
from secours.render.pages import sections
from secours.render.wording.localizer import Localizer

OWN, REFERENCE = "own", "reference"


def draw(_: Localizer, __: Address, ___: Visit) -> Markup:
    """Draw nothing above the outage that can be chosen."""
    return Markup()


def below(localizer: Localizer, _: Address, __: Visit) -> None:
    """Show an outage as it runs on the plan, or on the reference plan."""
    st.text(localizer.say("replay.past"))
    own = plan()
    scenario = _scenario(localizer, outages.recorded(), own or outages.reference())
    config = _plan(localizer, own)
    if not recording.touched(config, scenario):
        st.text(localizer.say("replay.untouched"))
    with st.spinner(localizer.say("replay.playing")):
        played = outages.played(config, scenario)
    at_s = _minute(localizer, scenario)
    _ladder(localizer, config, played, at_s)
    _moment(localizer, played, at_s)
    _course(localizer, played)
    st.header(localizer.say("replay.score"), anchor=False)
    st.html(outage.score_html(played, localizer))


def _scenario(
    localizer: Localizer, scenarios: Sequence[Scenario], plan: Config
) -> Scenario:
    """Return the outage that is chosen, at first one that the tests would see."""
    named = {each.name: each for each in scenarios}
    seen = (at for at, s in enumerate(scenarios) if outage.shows(_rows(plan, s)))
    return named[
        st.selectbox(
            localizer.say("replay.choose"),
            list(named),
            next(seen, 0),
            format_func=lambda name: localizer.in_language(named[name].title) or name,
        )
    ]


def _plan(localizer: Localizer, own: Config | None) -> Config:
    """Return the plan to play on; the reference plan where our own cannot be read."""
    if own is None:
        st.text(localizer.say("redundancy.refused"))
        return outages.reference()
    chosen = st.radio(
        localizer.say("replay.plan"),
        (OWN, REFERENCE),
        format_func=lambda name: localizer.say(f"replay.plan.{name}"),
        horizontal=True,
    )
    return own if chosen == OWN else outages.reference()


def _minute(localizer: Localizer, scenario: Scenario) -> float:
    """Let a minute be chosen, and return its second."""
    last = int(scenario.duration_s // 60)
    minute = st.slider(
        localizer.say("replay.minute"), 0, last, 0, key=f"minute of {scenario.name}"
    )
    return 60.0 * minute


def _moment(localizer: Localizer, played: Replay, at_s: float) -> None:
    """Show what held at the moment that is chosen."""
    moment = at_minute(played.timeline, at_s / 60)
    since_s = max(0.0, at_s - 60 * moment.minute)
    spoken = Localizer(moment.snapshot, localizer.language, since_s)
    when = played.scenario.start + timedelta(seconds=at_s)
    st.html(outage.moment_html(spoken, at_s, when))


def at_minute(timeline: Sequence[Moment], minute: float) -> Moment:
    """Return what holds at a minute; before the first moment, that one."""
    past = [moment for moment in timeline if moment.minute <= minute]
    return past[-1] if past else timeline[0]


def _ladder(localizer: Localizer, config: Config, played: Replay, at_s: float) -> None:
    """Draw the outage as strips, with a sentence and a table that say the same."""
    scenario = played.scenario
    spoken = Localizer(played.timeline[0].snapshot, localizer.language)
    st.header(localizer.say("replay.strips"), anchor=False)
    rows = _rows(config, scenario)
    st.text(outage.summary(rows, spoken))
    st.text(localizer.say("replay.ladder.how"))
    drawn = ladder_html(played, rows, at_s, spoken)
    st.html(sections.page(drawn, localizer.language))
    with st.expander(localizer.say("replay.seen")):
        st.html(outage.seen_html(rows, spoken))


def _course(localizer: Localizer, played: Replay) -> None:
    """Write what was recommended, from when on."""
    st.header(localizer.say("replay.answers"), anchor=False)
    st.html(outage.course_html(played, localizer.language))


def _rows(config: Config, scenario: Scenario) -> list[tuple[str, tuple[Turn, ...]]]:
    """Return each channel of the plan, in its order, with all that its tests see."""
    order = dict.fromkeys(name for line in config.plan for name, _ in line.order)
    first = Turn(0.0, scenario.otherwise)
    seen = recording.turns(config, scenario)
    return [
        (name, seen[name] if _from_start(seen[name]) else (first, *seen[name]))
        for name in order
    ]


def _from_start(turns: Sequence[Turn]) -> bool:
    return bool(turns) and turns[0].at_s <= 0
