import re

import pytest
from msgspec.structs import replace
from render import town_statements
from render.longest_town import town
from render.sent_notices import informed
from render.snapshots import snapshot, with_channel
from render.town_statements import later
from render.wall.wall_words import HOSTILE, Words

from secours.languages import LANGUAGES, Text
from secours.model.sections.site import Screen
from secours.render.export.lite import error_html, lite_html, refresh_s, waiting_html
from secours.texts import say

LIMIT_BYTES = 30_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_of_twelve_channels_is_far_below_thirty_kilobytes(language: str) -> None:
    html = lite_html(town(), language, age_s=4.0)

    assert len(html.encode()) < LIMIT_BYTES


def test_it_says_what_the_wall_says() -> None:
    words = Words(lite_html(snapshot("xooo"), "fr", age_s=4.0))

    assert words.under("s-answer") == ["Appels vocaux", "Teams"]
    assert words.under("s-how")[0] == "Composer le 4711, code sur la fiche"
    assert words.under("s-rung")[:2] == ["1", "SMS d\u2019astreinte"]
    assert words.under("s-age") == ["mis à jour il y a 4 s"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_after_a_battery_tomorrow_is_whole(language: str) -> None:
    shown = town_statements.ending()
    coming = (replace(each, at=later(1500)) for each in shown.forecast)
    page = lite_html(replace(shown, forecast=tuple(coming)), language, age_s=2.0)

    rows = re.findall(r'<p class="s-else">.*?</p>', page)
    assert len(rows) == 4
    assert not [row for row in rows if "…" in row]


def test_it_names_who_sees_to_a_notice() -> None:
    shown = informed()
    way = {"acknowledged_way": "text", "in_hand": True}
    by_text = replace(shown.notices[1], acknowledged_by=HOSTILE, **way)
    html = lite_html(replace(shown, notices=(by_text,)), "de", age_s=4.0)

    assert "Quittiert von " in html
    assert "per SMS, 03:02: Benachrichtigung M2PX" in html
    assert HOSTILE not in html


def test_it_is_a_whole_page_that_loads_itself_again_and_nothing_else() -> None:
    html = lite_html(snapshot(), "fr", age_s=4.0)

    assert html.startswith('<!DOCTYPE html><html lang="fr">')
    assert '<meta http-equiv="refresh" content="5">' in html
    assert "<script" not in html
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", html) == ["data:,"]
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize(
    ("max_age_s", "seconds"), [(3.0, 2), (15.0, 5), (24.0, 8), (30.0, 10), (300.0, 10)]
)
def test_it_is_loaded_again_well_before_it_is_old(
    max_age_s: float, seconds: int
) -> None:
    assert refresh_s(Screen(max_age_s=max_age_s)) == seconds


def test_one_line_and_the_theme_may_be_asked_for() -> None:
    html = lite_html(snapshot(), "en", age_s=4.0, line=2, theme="light")

    assert Words(html).under("s-verb") == ["COORDINATE"]
    assert "background: #eef1f4" in html


@pytest.mark.parametrize("age_s", [15.1, 4000.0, float("inf"), -1.0, float("nan")])
def test_an_old_snapshot_is_only_a_cover_with_the_paper_plan(age_s: float) -> None:
    html = lite_html(snapshot("xooo"), "en", age_s=age_s)
    words = Words(html)

    assert "STALE DATA" in words.under("s-cover-title")
    assert "On-call SMS" in words.under("s-paper")
    assert words.under("s-card") == []
    assert words.under("s-mark") == []
    assert 'http-equiv="refresh"' in html


def test_how_old_it_is_is_said_where_it_is_known() -> None:
    known = lite_html(snapshot(), "en", age_s=4000.0)
    unknown = lite_html(snapshot(), "en", age_s=float("inf"))

    assert "1 h 6 min" in Words(known).under("s-cover-age")
    assert "—" in Words(unknown).under("s-cover-age")


def test_the_layer_of_the_dead_man_waits_until_the_data_are_too_old() -> None:
    html = lite_html(snapshot(), "fr", age_s=4.0)

    assert "animation: deadman 1ms linear 13.0s forwards" in html
    assert '<div id="deadman" aria-hidden="true"></div>' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_living_page_does_not_hold_the_words_of_a_stale_one(language: str) -> None:
    html = lite_html(snapshot(), language, age_s=4.0)

    assert say(language, "stale") not in html
    assert 'content: "\\' in html


def test_the_layer_of_the_dead_man_counts_the_lines_that_it_leaves_out() -> None:
    shown = snapshot()
    more = [replace(shown.recommendations[0], audience=f"post {n}") for n in range(4)]
    shown = replace(shown, recommendations=(*shown.recommendations, *more))
    html = lite_html(shown, "en", age_s=4.0)

    written = re.search(r'content: "(\\[^"]*\\2b [^"]*)"', html)
    assert written
    letters = re.findall(r"\\([0-9a-f]+) ", written[1])
    assert "\n+2 lines" in "".join(chr(int(each, 16)) for each in letters)


def test_no_data_yet_a_plan_that_cannot_be_read_and_an_error_have_their_page() -> None:
    nothing = waiting_html(None, "en")
    plan = waiting_html(snapshot(), "en")
    refused = waiting_html(None, "en", refused=f"probes.yaml:1:1: {HOSTILE}")
    error = error_html(None, "en")

    assert "NO DATA YET" in nothing
    assert "On-call SMS" in plan
    assert "PLAN CANNOT BE READ" in refused
    assert "<img" not in refused
    assert "DISPLAY ERROR" in error
    assert all('http-equiv="refresh"' in html for html in (nothing, refused, error))


def test_what_comes_from_outside_is_escaped_also_in_the_style() -> None:
    hostile = '</style><script>alert(1)</script>"}*{display:none}\\'
    shown = with_channel(snapshot(), "sms", short_name=Text(hostile), how=Text(HOSTILE))

    html = lite_html(replace(shown, config_error=hostile), "fr", age_s=4.0)

    assert html.count("</style>") == 1
    assert "<script" not in html
    assert "<img" not in html
    assert Words(html).under("s-answer")[0].startswith("</style>")
