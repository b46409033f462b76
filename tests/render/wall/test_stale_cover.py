import re

import pytest
from render.snapshots import snapshot, with_channel

from secours.languages import LANGUAGES
from secours.model.plan import Text
from secours.render.wall.stale_cover import error_html, stale_html, waiting_html
from secours.texts import state

STATES = ("available", "degraded", "down", "unknown")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_stale_data_are_covered_by_the_paper_plan() -> None:
    assert text_of(stale_html(snapshot("xd?o", "xxxx"), "fr")) == (
        "DONNÉES PÉRIMÉES Ne pas se fier à cet écran."
        " Dernières données : 24/11 03:14:07, il y a —"
        " Essayer à la main, dans cet ordre :"
        " ALERTER SMS d\u2019astreinte Appels vocaux Radiomessagerie Messager à pied"
        " Envoyer un messager. Suivre le plan papier, page 4."
        " COORDONNER Teams Pont téléphonique Radio canal 3 Satellite"
        " Envoyer un messager. Suivre le plan papier, page 4."
    )


def test_an_engine_that_fails_again_and_again_is_said_on_the_cover() -> None:
    words = "Monitoring failed 3 times in 5 minutes: call its technician."

    assert f"{words} Do not trust this screen." in text_of(
        stale_html(snapshot(), "en", unstable=True)
    )
    assert words in text_of(waiting_html(snapshot(), "en", unstable=True))
    assert words not in text_of(stale_html(snapshot(), "en"))


def test_the_age_on_the_cover_runs_in_the_browser() -> None:
    assert "<b data-secours-age>" in stale_html(snapshot(), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cover_shows_a_state_or_its_colour(language: str) -> None:
    shown = snapshot("xd?o", "xxxx")

    for html in (
        stale_html(shown, language),
        error_html(shown, language),
        waiting_html(shown, language),
    ):
        assert "s-mark" not in html
        assert not {state(language, name) for name in STATES} & set(
            re.findall(r"\w+", text_of(html))
        )


def test_an_error_is_said_without_what_broke() -> None:
    assert text_of(error_html(None, "en")) == (
        "DISPLAY ERROR Do not trust this screen."
    )


def test_without_data_the_plan_is_still_to_be_read() -> None:
    text = text_of(waiting_html(snapshot(), "en"))

    assert text.startswith("NO DATA YET Monitoring is starting.")
    assert "On-call SMS" in text


def test_a_plan_that_cannot_be_read_says_where() -> None:
    html = waiting_html(None, "en", refused="probes.yaml:3:1: <b>")

    assert "PLAN CANNOT BE READ" in html
    assert "probes.yaml:3:1: &lt;b&gt;" in html


def test_names_from_the_plan_are_never_markup() -> None:
    shown = with_channel(snapshot(), "sms", short_name=Text("<img src=x>"))

    assert "<img" not in stale_html(shown, "en")


def test_the_cover_says_that_marks_may_be_lost_and_which_plan_it_shows() -> None:
    shown = snapshot(words_lost=True, config_error="probes.yaml:3:1: secret")

    assert text_of(stale_html(shown, "en")).startswith(
        "STALE DATA Do not trust this screen."
        " Marks may be lost: confirm those that hold."
        " The plan file has mistakes: the last good plan is in force. Last data"
    )
