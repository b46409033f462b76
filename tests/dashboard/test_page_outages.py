import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from markupsafe import Markup
from plans import channel, plan
from render.snapshots import snapshot

from secours.core.replay import score
from secours.core.replay.score import Replay
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import replays
from secours.dashboard.engine.source import config_path
from secours.dashboard.views import outages as page
from secours.languages import LANGUAGES, Text
from secours.model.observed import Verdict
from secours.model.plan import Config
from secours.model.recording import Cause, Scenario, Turn
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.usefixtures("plain_spaces")

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
START = datetime(2026, 1, 1, 8, tzinfo=UTC)
CALM = Scenario(name="calm", start=START, duration_s=600.0)
CLOUD = Scenario(
    name="cloud",
    title=Text("Cloud <b>A</b> is lost"),
    start=START,
    duration_s=3600.0,
    confidence="high",
    lesson=Text("Have a radio"),
    observe={"chat": (Turn(600.0, Verdict.FAILED), Turn(2400.0, Verdict.OK))},
    causes=(Cause(component="cloud:a", from_s=600.0, to_s=2400.0),),
)


@pytest.fixture(autouse=True)
def played(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have two outages recorded; return the names of the plan and of what is played."""
    assert rooms
    config_path().write_text(PLAN, "utf-8")
    found: list[str] = []

    def play(config: Config, scenario: Scenario) -> Replay:
        found.append(f"{config.site.name.plain}: {scenario.name}")
        return score.replay(config, scenario)

    monkeypatch.setattr(replays, "recorded", lambda: (CALM, CLOUD))
    monkeypatch.setattr(replays, "PATIENCE_S", 60.0)
    monkeypatch.setattr(replays, "_playing", {})
    monkeypatch.setattr(replays, "score", type("", (), {"replay": staticmethod(play)}))
    return found


def drawn(language: str = "en", **asked: str) -> Markup:
    localizer = Localizer(snapshot("xooo"), language)
    return page.draw(localizer, Address("outages", tuple(asked.items())), Visit())


def parts(html: str) -> dict[str, str]:
    """Return what stands under each head."""
    found = re.split(r"<h2>(.*?)</h2>", html)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_a_minute_has_its_answer_and_its_suspects() -> None:
    before, during, after = (
        parts(drawn(outage="cloud", minute=minute)) for minute in ("0", "20", "60")
    )

    head = "20 min after the start, 2026-01-01 08:20 UTC"
    assert ">Radio</" in during[head]
    assert "Cloud A" in during["Likely failure"]
    assert "Nothing is suspected." in before["Likely failure"]
    assert ">Chat</" in before["0 s after the start, 2026-01-01 08:00 UTC"]
    assert ">Chat</" in after["1 h after the start, 2026-01-01 09:00 UTC"]


def test_its_hours_are_those_of_the_site() -> None:
    zoned = PLAN.replace("language: en", "language: en, timezone: Asia/Kolkata")
    config_path().write_text(zoned, "utf-8")

    found = parts(drawn(outage="cloud", minute="20"))

    assert "20 min after the start, 2026-01-01 13:50 IST" in found
    assert ">IST</span>" in found["From start to end"]
    assert ">14:00<" in found["From start to end"]


def test_the_strips_are_below_one_axis_with_a_line_at_the_minute() -> None:
    strips = parts(drawn(outage="cloud", minute="20"))["From start to end"]

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


def test_the_strips_are_written_too() -> None:
    strips = parts(drawn(outage="cloud"))["From start to end"]

    assert "Shows in the tests of 1 of 2 channels: Chat." in strips
    assert "0:00 passed · 0:10 failed · 0:40 passed</td>" in strips


def test_each_time_that_something_changed_is_a_way_to_that_minute() -> None:
    course = parts(drawn(outage="cloud"))["What was recommended"]

    (radio,) = (row for row in course.split("<tr>") if "Radio · 2nd choice" in row)
    (address,) = re.findall(r'href="([^"]+)"', radio)
    assert re.fullmatch(
        r"outages\?lang=en&amp;outage=cloud&amp;plan=own&amp;minute=1\d", address
    )


def test_what_is_asked_for_is_what_the_form_says() -> None:
    html = drawn(outage="cloud", plan="reference", minute="20")

    chosen = re.findall(r'<option value="(\w+)" selected>', html)
    assert chosen == ["cloud", "reference"]
    assert 'name="minute" min="0" max="60" value="20"' in html
    assert "&lt;b&gt;A&lt;/b&gt; is lost</option>" in html


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("61", "60"), ("-1", "0"), ("x", "0"), ("9" * 30, "0"), ("", "0")],
    ids=["late", "early", "word", "long", "none"],
)
def test_a_minute_is_one_of_the_outage(asked: str, shown: str) -> None:
    assert f'value="{shown}"' in drawn(outage="cloud", minute=asked)


@pytest.mark.parametrize("asked", [{}, {"outage": "unheard"}], ids=["none", "unheard"])
def test_at_first_an_outage_is_shown_that_the_tests_would_see(
    asked: dict[str, str],
) -> None:
    assert '<option value="cloud" selected>' in drawn(**asked)


def test_the_score_and_the_lesson_are_said() -> None:
    score = parts(drawn(outage="cloud"))["Score"]

    assert re.search(r">COORDINATE · management</td>\s*<td[^>]*>0 s</td>", score)
    assert ">All lines</td>" in score
    assert '<span lang="en">Have a radio</span>' in score


def test_an_outage_that_touches_nothing_is_said(played: list[str]) -> None:
    said = "Nothing in this plan is touched by this outage."

    assert said not in drawn(outage="cloud")
    assert said in drawn(outage="calm")
    assert played == ["Town Hall: cloud", "Town Hall: calm"]


def test_the_page_says_that_it_is_not_the_present() -> None:
    assert "An outage of the past: this is not how things are now." in drawn()


def test_without_a_plan_of_our_own_the_reference_plan_is_played(
    played: list[str],
) -> None:
    config_path().write_text("plan: [", "utf-8")

    html = drawn(outage="cloud", plan="own")

    assert "The plan cannot be read" in html
    assert re.findall(r'<option value="(own|reference)"', html) == ["reference"]
    assert not played[0].startswith("Town Hall")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_drawn_in_every_language(language: str) -> None:
    html = drawn(language, outage="cloud")

    assert f'name="lang" value="{language}"' in html
    assert len(parts(html)) == 5


def test_while_it_is_being_played_the_page_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = Event()

    def play(config: Config, scenario: Scenario) -> Replay:
        go_on.wait(60)
        return score.replay(config, scenario)

    monkeypatch.setattr(replays, "score", type("", (), {"replay": staticmethod(play)}))
    monkeypatch.setattr(replays, "PATIENCE_S", 0.0)
    waiting = drawn(outage="cloud")
    go_on.set()
    monkeypatch.setattr(replays, "PATIENCE_S", 60.0)

    assert "Playing the outage…" in waiting
    assert not parts(waiting)
    assert parts(drawn(outage="cloud"))


def test_an_outage_is_played_once_for_all_who_look(played: list[str]) -> None:
    with ThreadPoolExecutor(4) as many:
        list(many.map(lambda _: drawn(outage="cloud"), range(8)))

    assert played == ["Town Hall: cloud"]


def test_not_more_are_remembered_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, played: list[str]
) -> None:
    monkeypatch.setattr(replays, "MOST", 1)
    config = plan(channel("sms"))

    for scenario in (CALM, CLOUD, CALM):
        assert replays.played(config, scenario)

    assert len(played) == 3


def test_the_recordings_of_the_package_can_be_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()

    assert "meta-2021-10-04" in [scenario.name for scenario in replays.recorded()]
