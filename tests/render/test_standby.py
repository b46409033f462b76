"""Nobody takes a standby for the first: every screen says which it is."""

import re

import pytest
from markupsafe import Markup
from msgspec import UNSET
from render.snapshots import snapshot
from render.standbys import STANDBYS, URL, ago, standing_by, unheard

from secours import texts
from secours.cli import answer_text, state_text
from secours.languages import LANGUAGES
from secours.model.requests import TakeoverRequest
from secours.render import standby
from secours.render.answers import recommend, status
from secours.render.export.lite import lite_html
from secours.render.pages import takeover
from secours.render.pages.head import PageHead, page_html
from secours.render.paper.sheet import sheet_html, sheet_text
from secours.render.redact import discreet
from secours.render.wall.stale_cover import stale_html
from secours.render.wall.wall import wall_html
from secours.render.wording.localizer import Localizer

HOST = "salle-de-crise-1.commune.example:8443"
WORDS = {"fr": "RÉSERVE", "nl": "RESERVE", "de": "RESERVE", "en": "STANDBY"}


def said(name: str, language: str = "en", age_s: float = 4.0) -> str:
    return standby.sentence(Localizer(STANDBYS[name], language, age_s))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STANDBYS)
def test_every_screen_begins_with_whose_it_is(name: str, language: str) -> None:
    shown, age_s = STANDBYS[name], 4.0
    localizer = Localizer(shown, language, age_s)
    given = recommend.answer(shown, age_s, language)
    screens = {
        "wall": wall_html(shown, language, age_s=age_s),
        "cover": stale_html(shown, language),
        "plain": lite_html(shown, language, age_s=age_s),
        "plain, old": lite_html(shown, language, age_s=400.0),
        "page": page_html(localizer, PageHead(page="now"), Markup("")),
        "paper": sheet_html(shown, language, states=True),
        "paper, old": sheet_text(shown, language, states=False),
        "status": "\n".join(state_text.notes(shown, language, age_s)),
        "recommend": "\n".join(
            answer_text.recommendations(given, shown, language, fresh=True)
        ),
    }

    missing = [each for each, html in screens.items() if WORDS[language] not in html]
    assert not missing
    assert given.standby is not UNSET
    assert status.answer(shown, age_s, language).standby == given.standby


def test_who_follows_nobody_says_nothing_of_it() -> None:
    assert standby.sentence(Localizer(snapshot(), "en")) == ""
    assert "STANDBY" not in wall_html(snapshot(), "en", age_s=1.0)
    assert recommend.answer(snapshot(), 1.0, "en").standby is UNSET
    assert takeover.turn(Localizer(snapshot(), "en")) is None


def test_it_says_what_it_does_and_what_is_known_of_the_first() -> None:
    host = rf"at {re.escape(HOST)}"
    patterns = {
        "shows": rf"STANDBY: shows secours-1 {host}, heard 4 s ago",
        "not heard": rf"STANDBY: secours-1 {host} not heard since \S+ \(.*refused.*\)",
        "probes": r"STANDBY: monitors on its own since \S+ \(Anne Dupont\)\. "
        r"secours-1 not heard since \S+ \(.*\)",
        "both probe": r"STANDBY: monitors on its own since [\d:]+\. "
        r"secours-1 is heard again: both monitor",
        "never heard": rf"STANDBY: {re.escape(HOST)} not heard yet"
        r" \(somebody else answers there\)",
    }

    for name, pattern in patterns.items():
        assert re.fullmatch(pattern, said(name)), said(name)


def test_an_old_word_is_never_told_as_heard() -> None:
    assert "not heard since" in said("shows", age_s=31.0)
    assert "not heard since" in stale_html(STANDBYS["shows"], "en")
    assert "not heard since" in sheet_text(STANDBYS["shows"], "en", states=False)


def test_what_came_before_the_takeover_is_not_heard_again() -> None:
    shown = standing_by(snapshot(), probing=True, since=snapshot().at)
    before = standing_by(shown, probing=True, heard=ago(shown, 3), since=ago(shown, 1))

    assert "heard again" not in standby.sentence(Localizer(before, "en", 0.0))


def test_while_the_first_is_not_heard_it_says_how_to_take_over_and_when() -> None:
    told = standby.advice(Localizer(STANDBYS["not heard"], "en", 4.0))

    assert re.fullmatch(r"Takes over by itself at \S+\.", told[0])
    assert "secours takeover --by NAME" in told[1]
    assert standby.advice(Localizer(STANDBYS["shows"], "en", 4.0)) == []
    assert standby.advice(Localizer(STANDBYS["probes"], "en", 4.0)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cover_over_the_menu_leads_to_where_it_is_taken_over(language: str) -> None:
    page = texts.say(language, "page.act")
    link = f'<a href="act?lang={language}">{page}</a>'

    assert link in stale_html(STANDBYS["not heard"], language)
    assert "act?" not in stale_html(STANDBYS["probes"], language)
    assert "act?" not in stale_html(snapshot(), language)
    assert "act?" not in lite_html(STANDBYS["not heard"], language, age_s=400.0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STANDBYS)
def test_a_stranger_learns_that_it_is_one_and_not_of_whom(
    name: str, language: str
) -> None:
    shown = discreet(STANDBYS[name])
    html = wall_html(shown, language, age_s=4.0) + stale_html(shown, language)

    assert WORDS[language] in html
    for word in ("secours-1", "commune.example", "Anne Dupont"):
        assert word not in html
    assert "{" not in standby.sentence(Localizer(shown, language, 4.0))


def test_what_the_first_is_called_is_escaped() -> None:
    evil = standing_by(snapshot(), first="<script>alert(1)</script>", host="<b>x</b>")

    for html in (
        wall_html(evil, "en", age_s=4.0),
        stale_html(evil, "en"),
        sheet_html(evil, "en", states=True),
        page_html(Localizer(evil, "en"), PageHead(page="now"), Markup("")),
    ):
        assert "<script>alert" not in html
        assert "<b>x</b>" not in html


def test_the_button_has_it_do_the_other_thing() -> None:
    follows = takeover.turn(Localizer(STANDBYS["shows"], "en"))
    probes = takeover.turn(Localizer(STANDBYS["probes"], "en"))
    assert follows is not None
    assert probes is not None

    localizer, (_, take), (_, back) = (
        Localizer(STANDBYS["shows"], "en"),
        follows,
        probes,
    )
    assert take == TakeoverRequest(back=False)
    assert takeover.label(take, localizer) == "Take over"
    assert back == TakeoverRequest(back=True)
    assert takeover.label(back, localizer) == "Hand back"
    assert "secours-1" in takeover.will(take, localizer)[0]


def test_json_says_the_same_to_programs() -> None:
    shown = unheard(snapshot(), 90.0, probing=True, by="Anne")
    told = recommend.answer(shown, 4.0, "en").standby

    assert told is not UNSET
    assert (told.does, told.by, told.heard) == ("probes", "Anne", False)
    assert told.heard_age_s == 94.0
    assert told.url == URL
