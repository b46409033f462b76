import re
from pathlib import Path

import pytest
from dashboard.served import stamped
from render.snapshots import snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.engine.source import config_path
from secours.engine.published import snapshot_file
from secours.languages import LANGUAGES

PLAN = """
site: {name: Town Hall, language: en}
components:
  cloud:a: {label: Cloud A}
  carrier:b: {label: Operator B}
channels:
  chat: {label: Chat, purposes: [coordinate], depends_on: [cloud:a]}
  radio: {label: Radio, purposes: [coordinate], depends_on: [carrier:b]}
plan:
  - purpose: coordinate
    audience: management
    primary: [chat]
    alternate: [radio]
"""


def script() -> None:
    from datetime import UTC, datetime

    import streamlit as st

    from secours.core.replay import score as playing
    from secours.dashboard.engine import source
    from secours.dashboard.views import replay
    from secours.model.observed import Verdict
    from secours.model.plan import Config, Text
    from secours.model.recording import Cause, Scenario, Turn

    def small() -> tuple[Scenario, ...]:
        start = datetime(2026, 1, 1, 8, tzinfo=UTC)
        turns = (Turn(600.0, Verdict.FAILED), Turn(2400.0, Verdict.OK))
        cause = Cause(component="cloud:a", from_s=600.0, to_s=2400.0)
        cloud = Scenario(
            name="cloud",
            title=Text("Cloud <b>A</b> is lost"),
            start=start,
            duration_s=3600.0,
            confidence="high",
            lesson=Text("Have a radio"),
            observe={"chat": turns},
            causes=(cause,),
        )
        calm = Scenario(name="calm", start=start, duration_s=600.0)
        return calm, cloud

    st.session_state["played"] = []

    def play(config: Config, scenario: Scenario) -> playing.Replay:
        st.session_state["played"].append((config.site.name.plain, scenario.name))
        return playing.replay(config, scenario)

    replay.show(source.look, source.plan, small, play)


@pytest.fixture(autouse=True)
def _published(rooms: Path) -> None:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())
    config_path().write_text(PLAN, "utf-8")


def opened(language: str = "en") -> AppTest:
    page = AppTest.from_function(script, default_timeout=60)
    page.query_params["lang"] = language
    page.run()
    assert not page.exception
    return page


def shown(page: AppTest) -> list[str]:
    assert not page.exception
    bodies = [re.sub(r">\s+<", "><", each.proto.body) for each in page.get("html")]
    return [re.sub(r'<td data-head="[^"]*">', "<td>", body) for body in bodies]


def said(page: AppTest) -> list[str]:
    return [text.value for text in page.text]


def test_the_slider_shows_the_answer_and_the_suspects_of_its_minute() -> None:
    page = opened()
    before = shown(page)[2]

    during = shown(page.slider[0].set_value(20).run())[2]
    after = shown(page.slider[0].set_value(60).run())[2]

    assert ">Chat</" in before
    assert "Nothing is suspected." in before
    assert "20 min after the start, 2026-01-01 08:20 UTC" in during
    assert ">Radio</" in during
    assert "Cloud A" in during
    assert ">Chat</" in after


def test_the_strips_are_below_one_axis_with_a_line_at_the_minute() -> None:
    strips = shown(opened().slider[0].set_value(20).run())[0]

    names = re.findall(r'<span class="s-line-name">([^<]*)</span>', strips)
    labels = re.findall(r'aria-label="([^"]*)"', strips)
    assert [name for name in names if name] == [
        "UTC",
        "COORDINATE · management",
        "Chat",
        "Radio",
    ]
    assert labels[1] == "Chat: 0:00 passed · 0:10 failed · 0:40 passed"
    assert re.search(r"0:00 Chat · 1st choice · .*0:1\d Radio · 2nd choice", labels[0])
    assert '<div class="s-moment" aria-hidden="true"><i style="--x:33.33%">' in strips
    assert ">08:30<" in strips


def test_at_first_an_outage_is_shown_that_touches_the_plan() -> None:
    assert opened().selectbox[0].value == "cloud"


def test_the_ladder_is_written_too() -> None:
    assert "Shows in the tests of 1 of 2 channels: Chat." in said(opened())
    _, seen, _, course, _ = shown(opened())

    assert "<td>0:00 passed · 0:10 failed · 0:40 passed</td>" in seen
    assert "<td>Radio · 2nd choice" in course


def test_the_score_and_the_lesson_are_said() -> None:
    score = shown(opened())[-1]

    assert "<td>COORDINATE · management</td><td>0 s</td>" in score
    assert "<td>All lines</td>" in score
    assert '<span lang="en">Have a radio</span>' in score


def test_an_outage_that_touches_nothing_is_said() -> None:
    page = opened()
    assert "Nothing in this plan is touched by this outage." not in said(page)

    page.selectbox[0].select("calm").run()

    assert "Nothing in this plan is touched by this outage." in said(page)
    assert page.session_state["played"] == [("Town Hall", "calm")]


def test_the_page_says_that_it_is_not_the_present() -> None:
    assert "An outage of the past: this is not how things are now." in said(opened())


def test_without_a_plan_of_our_own_the_reference_plan_is_played() -> None:
    config_path().write_text("plan: [", "utf-8")

    page = opened()

    assert "The plan cannot be read" in said(page)
    assert not page.radio
    assert page.session_state["played"][0][0] != "Town Hall"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_replay_is_drawn_in_every_language(language: str) -> None:
    assert all(f'lang="{language}"' in body for body in shown(opened(language)))


def test_the_recordings_of_the_package_can_be_chosen() -> None:
    from secours.dashboard import outages

    outages.recorded.clear()

    assert "meta-2021-10-04" in [scenario.name for scenario in outages.recorded()]


def test_a_second_playing_of_an_outage_is_the_first_one() -> None:
    from datetime import UTC, datetime

    from plans import channel, plan

    from secours.dashboard import outages
    from secours.model.recording import Scenario

    start = datetime(2026, 1, 1, tzinfo=UTC)
    scenario = Scenario(name="calm", start=start, duration_s=60.0)

    assert outages.played(plan(channel("sms")), scenario) is outages.played(
        plan(channel("sms")), scenario
    )
