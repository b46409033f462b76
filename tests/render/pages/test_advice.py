"""Whom the answer misses, and what to do first when the mains are down."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from render import town_statements
from render.desk import channels_page, now_page
from render.snapshots import moment, snapshot, standing, with_channel, with_line

from secours.cli import answer_text
from secours.config import load
from secours.engine.published.current import of_plan
from secours.languages import LANGUAGES
from secours.model.observed import Reason
from secours.model.sections.line import Tier
from secours.model.snapshot import Link, Snapshot, State, Use
from secours.render.answers import recommend
from secours.render.export.lite import lite_html
from secours.render.paper.sheet import sheet_html, sheet_text
from secours.render.wall.wall import wall_html
from secours.texts import say

ROOT = Path(__file__).parents[3]
SCREENS: dict[str, Callable[..., str]] = {
    "wall": wall_html,
    "lite": lite_html,
    "now": now_page,
}


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def told(shown: Snapshot, language: str = "en") -> list[str]:
    """Return what `secours recommend` prints."""
    answer = recommend.answer(shown, 4.0, language)
    return [*answer_text.recommendations(answer, shown, language, fresh=True)]


def reaching(share: float | None) -> Snapshot:
    return with_line(snapshot(), 0, reaches=share)


# ------------------------------------------------------------------ reach


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.8, "reaches 8 people in 10"),
        (0.3, "reaches 3 people in 10"),
        (0.999, "reaches 9 people in 10"),
        (0.19, "reaches 1 person in 10"),
        (0.04, "reaches fewer than 1 person in 10"),
        (0.0, "reaches fewer than 1 person in 10"),
    ],
)
@pytest.mark.parametrize("screen", SCREENS)
def test_whom_the_answer_misses_is_beside_it(
    screen: str, share: float, said: str
) -> None:
    text = text_of(SCREENS[screen](reaching(share), "en", age_s=4.0))

    assert f"Mind: {said}" in text
    assert text.count("reaches") == 1


@pytest.mark.parametrize("share", [None, 1.0])
@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_said_where_nobody_is_missed_or_nothing_is_known(
    screen: str, share: float | None
) -> None:
    assert "reaches" not in SCREENS[screen](reaching(share), "en", age_s=4.0)
    assert "reaches" not in " ".join(told(reaching(share)))


def test_the_sheet_says_it_beside_the_channel_to_use() -> None:
    said = "OK · USE THIS · reaches 8 people in 10"

    assert f"> 1  On-call SMS  {said}\n" in sheet_text(reaching(0.8), "en", states=True)
    assert said in text_of(sheet_html(reaching(0.8), "en", states=True))
    assert "reaches" not in sheet_text(reaching(0.8), "en", states=False)


def test_recommend_says_it_on_the_line() -> None:
    assert told(reaching(0.8))[0] == (
        "ALERT · management [alert/management]: use On-call SMS [sms]"
        " (Envoyer au groupe ASTREINTE)"
        " · reaches 8 people in 10."
    )


# ------------------------------------------------------------------ tests by people


def untried(name: str, days: float | None) -> Snapshot:
    """Return a town in which people should have tried a channel long ago."""
    tried_at = None if days is None else moment(days * 86_400)
    due = standing("o", warnings=(Reason.TEST_DUE,), tried_at=tried_at)
    return with_channel(snapshot(), name, standing=due)


@pytest.mark.parametrize(
    ("days", "said"), [(40, "not tried for 40 d"), (None, "never tried")]
)
def test_a_channel_in_use_that_nobody_tried_in_time_says_so(
    days: float | None, said: str
) -> None:
    shown = untried("sms", days)

    for draw in SCREENS.values():
        assert f"Mind: {said}" in text_of(draw(shown, "en", age_s=4.0))
    assert f" · {said}." in told(shown)[0]


def test_it_stays_recommended_and_its_rung_says_it_too() -> None:
    shown = untried("radio", 40)
    text = text_of(wall_html(shown, "en", age_s=4.0))

    assert "Radio channel 3 OK test overdue" in text
    assert "test overdue" not in text_of(wall_html(snapshot(), "en", age_s=4.0))
    now = text_of(now_page(shown))
    assert "Radio channel 3 to be tried: test overdue, last one 40 d ago" in now


def test_a_backup_that_nobody_tried_in_time_says_so() -> None:
    text = text_of(wall_html(untried("calls", 40), "en", age_s=4.0))

    assert "If that fails: Voice calls (test overdue)" in text


# ------------------------------------------------------------------ what the plan says

WARNED = """
site: {name: Town, language: en}
channels:
  be-alert: {kind: be-alert, test: {every: 35d}, how: "Portal, scenario STAFF"}
  horn: {purposes: [alert], mind: "Only half of the town hears it"}
plan:
  - {purpose: alert, audience: staff, primary: be-alert, alternate: horn}
"""


def planned(folder: Path, words: str) -> Snapshot:
    file = folder / "probes.yaml"
    file.write_text(words, "utf-8")
    return of_plan(load(file))


@pytest.mark.parametrize(
    ("language", "rate", "barred"),
    [
        ("fr", "envoyé n'est pas reçu", "réservé aux secours"),
        ("nl", "verzonden is niet ontvangen", "voor hulpdiensten"),
        ("de", "gesendet ist nicht empfangen", "den Rettern vorbehalten"),
        ("en", "sent is not received", "access class barring"),
    ],
)
def test_a_mass_alert_says_that_its_rate_is_unknown_and_what_bars_it(
    tmp_path: Path, language: str, rate: str, barred: str
) -> None:
    text = html.unescape(text_of(channels_page(planned(tmp_path, WARNED), language)))

    assert rate in text
    assert barred in text


def test_on_the_wall_a_mass_alert_in_use_says_it_too(tmp_path: Path) -> None:
    shown = planned(tmp_path, WARNED)
    use = Use(
        channel="be-alert",
        tier=Tier.PRIMARY,
        rank=1,
        state=State.AVAILABLE,
        verified=True,
    )
    shown = with_line(shown, 0, use=use, measuring=False)

    assert "delivery rate unknown" in text_of(wall_html(shown, "en", age_s=4.0))


def test_a_plan_may_say_what_its_own_users_have_to_know(tmp_path: Path) -> None:
    text = text_of(channels_page(planned(tmp_path, WARNED), "en"))

    assert "Mind: Only half of the town hears it" in text


def test_the_other_numbers_of_the_emergency_centre_are_on_the_printed_sheet() -> None:
    example = of_plan(load(ROOT / "probes.yaml"))

    for number in ("02 000 01 12 (fixe)", "0470 00 01 12 (mobile)"):
        assert number in sheet_text(example, "fr", states=False)
        assert number in sheet_html(example, "fr", states=False)


# ------------------------------------------------------------------ on batteries


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS)
def test_without_mains_what_to_do_first_is_said_before_the_answers(
    screen: str, language: str
) -> None:
    key = "on_battery.advice" if screen == "now" else "on_battery"
    draw, advice = SCREENS[screen], say(language, key)
    text = text_of(draw(town_statements.ending(), language, age_s=4.0))

    assert text.index(advice) < text.index(say(language, "purpose.alert"))
    assert advice not in text_of(draw(town_statements.town(), language, age_s=4.0))


def test_recommend_advises_it_once_before_the_lines() -> None:
    lines = told(town_statements.ending())

    assert lines[0] == say("en", "on_battery.advice")
    assert lines.count(lines[0]) == 1


def test_in_an_exercise_the_advice_bears_the_word() -> None:
    shown = town_statements.rehearsed(town_statements.town())
    assert shown.rehearsal is not None
    played = tuple(
        replace(line, on_battery=True) for line in shown.rehearsal.recommendations
    )
    rehearsal = replace(shown.rehearsal, recommendations=played)
    lines = told(replace(shown, rehearsal=rehearsal))

    advice = say("en", "on_battery.advice")
    assert [line for line in lines if advice in line] == [f"EXERCISE · {advice}"]


def test_our_own_link_comes_first_and_an_example_last() -> None:
    shown = with_line(snapshot(own_link=Link.DOWN, example=True), 0, on_battery=True)
    text = text_of(wall_html(shown, "en", age_s=4.0))

    said = ("OUR OWN LINK", "Power is out", "EXAMPLE PLAN", "ALERT 1st")
    places = [text.index(words) for words in said]
    assert places == sorted(places)
