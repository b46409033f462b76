import re

import pytest
from msgspec.structs import replace
from render import town_statements
from render.situations import starting_with_long_names
from render.snapshots import channel, snapshot, standing, with_channel, with_line

from secours.languages import LANGUAGES, Text
from secours.model.observed import Reason
from secours.render.wall import paper_plan
from secours.render.wall.stale_cover import error_html, stale_html, waiting_html
from secours.render.wording.localizer import Localizer
from secours.texts import state

STATES = ("available", "degraded", "down", "unknown")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_stale_data_are_covered_by_the_paper_plan() -> None:
    assert text_of(stale_html(snapshot("xd?o", "xxxx"), "fr")) == (
        "DONNÉES PÉRIMÉES Ne pas se fier à cet écran."
        " Dernières données : 24/11 03:14:07, il y a —"
        " Essayer à la main, dans cet ordre :"
        " ALERTER SMS d\u2019astreinte Envoyer au groupe ASTREINTE"
        " Appels vocaux Composer le 4711, code sur la fiche"
        " Radiomessagerie Console des bips, groupe 3"
        " Messager à pied Bureau 12, liste rouge"
        " COORDONNER Teams Équipe CRISE-DIR, canal Général"
        " Pont téléphonique Composer le 02 555 12 12"
        " Radio canal 3 Poste radio du PC, canal 3"
        " Satellite Valise orange, contacts 1 à 9"
        " Si rien ne fonctionne : Envoyer un messager. Suivre le plan papier, page 4."
    )


def test_a_last_resort_of_one_line_alone_stands_under_that_line() -> None:
    shown = with_line(snapshot(), 0, last_resort=Text("Sonner le tocsin."))
    words = text_of(stale_html(shown, "fr"))

    tocsin = words.index("Si rien ne fonctionne : Sonner le tocsin.")
    assert words.index("liste rouge") < tocsin < words.index("COORDONNER")
    assert words.endswith("Envoyer un messager. Suivre le plan papier, page 4.")


def test_an_engine_that_fails_again_and_again_is_said_on_the_cover() -> None:
    words = "Monitoring failed 3 times in 5 minutes: call its technician."

    assert f"{words} Do not trust this screen." in text_of(
        stale_html(snapshot(), "en", unstable=True)
    )
    assert words in text_of(waiting_html(snapshot(), "en", unstable=True))
    assert words not in text_of(stale_html(snapshot(), "en"))


def test_what_must_not_be_used_is_struck_and_not_explained() -> None:
    html = stale_html(town_statements.set_aside(), "fr")

    assert re.findall(r"<s>(.*?)</s>", html) == ["Teams"]  # maintenance is not distrust
    assert "CRISE-DIR" not in html
    assert "Composer le 02\u00a0555\u00a012\u00a012" in html


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Appeler : Anne 0470 00 00 00"),
        ("nl", "Bellen: Anne 0470 00 00 00"),
        ("de", "Anrufen: Anne 0470 00 00 00"),
        ("en", "Call: Anne 0470 00 00 00"),
    ],
)
def test_the_cover_says_whom_to_call_if_the_plan_does(language: str, said: str) -> None:
    shown = snapshot()
    site = replace(shown.site, contact=Text("Anne 0470 00 00 00"))

    assert said in text_of(stale_html(replace(shown, site=site), language))
    assert said.partition("Anne")[0] not in text_of(stale_html(shown, language))


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
        " What people declared may be lost: see Act."
        " The plan file has mistakes: the last good plan is in force. Last data"
    )


@pytest.mark.parametrize("each", [1, 2, 5, 10, 40])
def test_what_cannot_have_room_is_not_measured_and_the_cover_is_the_same(
    each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = starting_with_long_names(each)
    drawn = stale_html(shown, "fr")
    monkeypatch.setattr(paper_plan, "least_height", lambda _paper: 0.0)

    assert stale_html(shown, "fr") == drawn


@pytest.mark.parametrize("each", [1, 2, 5, 10, 40])
def test_no_plan_is_lower_than_a_row_for_each_channel(each: int) -> None:
    localizer = Localizer(starting_with_long_names(each), "fr")
    for paper in paper_plan.papers(localizer):
        for size in paper_plan.SIZES:
            high = paper_plan.height(paper, size, 400.0, localizer)
            assert high > paper_plan.least_height(paper)


def test_a_plan_of_five_hundred_channels_is_covered_in_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[str] = []
    real = paper_plan._channel_height

    def noted(name: str, how: str, size: float, wide: float) -> float:
        measured.append(name)
        return real(name, how, size, wide)

    monkeypatch.setattr(paper_plan, "_channel_height", noted)
    stale_html(starting_with_long_names(60), "fr")

    assert len(measured) < 1000


@pytest.mark.parametrize("count", [3, 120])
def test_what_must_not_be_used_stays_on_a_cover_without_room_for_the_plan(
    count: int,
) -> None:
    aside = standing(aside=Reason.SET_ASIDE, declared_by="Ann")
    names = [f"Telephone of post {n}" for n in range(count)]
    posts = (channel(name, short_name=Text(name), standing=aside) for name in names)
    shown = replace(snapshot(), channels=(*snapshot().channels, *posts))
    lines = shown.recommendations if count > 3 else ()

    said = text_of(stale_html(replace(shown, recommendations=lines), "en"))

    assert all(name in said for name in names)
