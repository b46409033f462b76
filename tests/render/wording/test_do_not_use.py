"""What a person distrusts is called "do not use" wherever channels are named."""

# ruff: noqa: RUF001 -- no-break spaces are how it is printed

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from msgspec.structs import replace
from printed import printed
from render.desk import now_page
from render.snapshots import snapshot, standing, with_channel, with_line
from render.town_statements import set_aside

from secours.cli import answer_text as cli_words
from secours.cli import schema, state_text
from secours.core.replay.score import Moment, Replay
from secours.languages import LANGUAGES, Text
from secours.model.observed import Reason
from secours.model.recording import Scenario
from secours.model.sections.line import Tier
from secours.model.snapshot import Snapshot
from secours.render.answers import recommend as answers
from secours.render.answers import status
from secours.render.export import lite
from secours.render.outages.page import course_html, moment_html
from secours.render.paper.sheet import radio_line, sheet_html, sheet_text
from secours.render.wall import stale_cover
from secours.render.wall.wall import wall_html
from secours.render.wording.announcement import announcements
from secours.render.wording.localizer import Localizer

CALM = Scenario(name="calm", start=datetime(2026, 1, 1, tzinfo=UTC), duration_s=60.0)
SAID = {
    "fr": "Ne pas utiliser : Teams (compromission, Anne Dupont 01:14)",
    "nl": "Niet gebruiken: Teams (onveilig, Anne Dupont 01:14)",
    "de": "Nicht benutzen: Teams (kompromittiert, Anne Dupont 01:14)",
    "en": "Do not use: Teams (compromised, Anne Dupont 01:14)",
}


def read(html: str) -> str:
    """Return the words of a page in one row."""
    text = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", text)).split())


def plain(text: str) -> str:
    return " ".join(text.split())


def text_of(lines: object) -> str:
    return "\n".join(map(str, lines))  # type: ignore[call-overload]  # iterators


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_names_what_must_not_be_used(language: str) -> None:
    shown, said = set_aside(), plain(SAID[language])
    answer = answers.answer(shown, 4.0, language)
    seen = status.answer(shown, 4.0, language)
    localizer = Localizer(shown, language)

    played = Replay(
        scenario=CALM, timeline=(Moment(minute=0, snapshot=shown),), lines=()
    )
    pages = {
        "wall": wall_html(shown, language, age_s=4.0),
        "bands": wall_html(shown, language, age_s=4.0, layout="bands"),
        "lite": lite.lite_html(shown, language, age_s=4.0),
        "old lite": lite.lite_html(shown, language, age_s=400.0),
        "stale": stale_cover.stale_html(shown, language),
        "waiting": stale_cover.waiting_html(shown, language),
        "error": stale_cover.error_html(shown, language),
        "now": now_page(shown, language),
        "sheet": sheet_html(shown, language, states=True),
        "sheet without states": sheet_html(shown, language, states=False),
        "sheet as text": sheet_text(shown, language, states=True),
        "replay": moment_html(localizer, 60.0, shown.at.utc),
        "course": course_html(played, language, str),
        "status": text_of(state_text.states(seen, shown, language)),
        "recommend": text_of(
            cli_words.recommendations(answer, shown, language, fresh=True)
        ),
        "old recommend": text_of(
            cli_words.recommendations(answer, shown, language, fresh=False)
        ),
    }

    missing = [name for name, html in pages.items() if said not in read(html)]
    assert not missing


def test_nothing_is_said_where_nothing_is_distrusted() -> None:
    for language in LANGUAGES:
        shown = snapshot()
        pages = (
            wall_html(shown, language, age_s=4.0),
            stale_cover.stale_html(shown, language),
            sheet_html(shown, language, states=True),
        )
        words = plain(SAID[language]).partition(" Teams")[0]
        assert not any(words in read(html) for html in pages)


def test_maintenance_is_not_called_unsafe() -> None:
    assert "SMS d’astreinte (" not in read(wall_html(set_aside(), "fr", age_s=4.0))


def test_the_second_channel_of_a_tier_is_named_too() -> None:
    shown = set_aside()
    line = shown.recommendations[1]
    (first, _), second, *others = line.tiers
    tiers = (
        (Tier.PRIMARY, ("bridge", "teams")),
        (second[0], ("radio",)),
        (others[0][0], ("satphone",)),
    )
    assert first is Tier.PRIMARY
    shown = with_line(shown, 1, tiers=tiers)

    html = wall_html(shown, "en", age_s=4.0)

    assert '<span class="s-plus">+1 other</span>' in html
    assert SAID["en"] in read(html)


def test_what_falls_with_a_distrusted_component_is_named_with_whose_word_it_is() -> (
    None
):
    shown = set_aside()
    mark = replace(shown.marks[0], subject="identity:microsoft")
    aside = standing("o", aside=Reason.SET_ASIDE, declared_by=mark.by)
    shown = with_channel(replace(shown, marks=(mark,)), "bridge", standing=aside)

    said = "Do not use: Teams, Phone bridge (compromised, Anne Dupont 01:14)"
    assert said in read(wall_html(shown, "en", age_s=4.0))


def test_where_they_have_no_room_the_names_go_before_whose_word_it_is() -> None:
    short = read(wall_html(many_distrusted(3), "fr", age_s=4.0))
    long = read(wall_html(many_distrusted(5), "fr", age_s=4.0))

    assert short.endswith("xxx (compromission, Anne Dupont 01:14)")
    assert "Ne pas utiliser : no00xxxxxxxxxxxxx, no01" in long
    assert long.endswith("no04xxxxxxxxxxxxx")


def test_programs_get_it_too() -> None:
    entry = {
        "channel": "teams",
        "by": "Anne Dupont",
        "why": "intrus",
        "at": "2026-11-24T00:14:07.000Z",
    }
    answer = printed(answers.answer(set_aside(), 4.0, "en"))
    seen = printed(status.answer(set_aside(), 4.0, "en"))

    assert answer["do_not_use"] == seen["do_not_use"] == [entry]
    assert "do_not_use" not in printed(answers.answer(snapshot(), 4.0, "en"))
    for command in ("recommend", "status"):
        assert "do_not_use" in schema.of(command)["properties"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "N'utilisez pas Teams : compromission."),
        ("nl", "Gebruik Teams niet: onveilig."),
        ("de", "Teams nicht benutzen: kompromittiert."),
        ("en", "Do not use Teams: compromised."),
    ],
)
def test_people_are_told_not_to_use_it(language: str, said: str) -> None:
    alert, coordinate = announcements(set_aside(), language)

    assert said in coordinate.text
    assert "Teams" not in alert.text  # it is in no rung of that line


def test_it_is_read_out_over_the_radio_where_there_is_room() -> None:
    line = radio_line(set_aside(), "en", states=True)

    assert line.endswith("Do not use: Teams.")
    assert len(line) <= 160


def test_by_hand_nobody_is_sent_to_what_must_not_be_used() -> None:
    """An old screen gives the order of the plan: what is distrusted is not in it."""
    shown = set_aside()
    answer = answers.answer(shown, 400.0, "en")

    told = text_of(cli_words.recommendations(answer, shown, "en", fresh=False))
    old = lite.lite_html(shown, "en", age_s=400.0)
    order = [line for line in told.splitlines() if "management" in line]
    covers = (stale_cover.stale_html(shown, "en"), old)
    town_statements = radio_line(shown, "en", states=False)
    paper = sheet_text(shown, "en", states=False)

    assert order
    assert all("Teams" not in line for line in order)
    for html in covers:  # it keeps its number there, struck through
        rungs = re.findall(r"<li>(.*?)</li>", html)
        assert len(rungs) == 8
        assert [read(rung) for rung in rungs if "Teams" in rung] == ["Teams"]
        assert "<s>Teams</s>" in html
    assert ", Teams" not in old
    assert "Teams, then" not in town_statements
    assert "then Teams" not in town_statements
    assert [row for row in paper.splitlines() if row.strip().endswith("DO NOT USE")]


def many_distrusted(count: int, *, letters: int = 17) -> Snapshot:
    """Return a town in which one person distrusts so many channels at one time."""
    shown = set_aside()
    view, mark = shown.channel("teams"), shown.marks[0]
    names = [f"no{place:02}".ljust(letters, "x") for place in range(count)]
    others = tuple(replace(view, name=n, short_name=Text(n)) for n in names)
    marks = tuple(replace(mark, subject=f"channel:{name}") for name in names)
    shown = replace(shown, channels=tuple(v for v in shown.channels if v != view))
    return replace(shown, channels=(*shown.channels, *others), marks=marks)


@pytest.mark.parametrize("count", [7, 12, 24])
@pytest.mark.parametrize("distance_m", [5.0, 8.0])
def test_no_distrusted_channel_is_counted_away_on_any_screen(
    count: int, distance_m: float
) -> None:
    made = many_distrusted(count)
    shown = replace(made, screen=replace(made.screen, distance_m=distance_m))
    pages = {
        "wall": wall_html(shown, "fr", age_s=4.0),
        "bands": wall_html(shown, "fr", age_s=4.0, layout="bands"),
        "one line": wall_html(shown, "fr", age_s=4.0, line=1),
        "lite": lite.lite_html(shown, "fr", age_s=4.0),
        "old lite": lite.lite_html(shown, "fr", age_s=400.0),
        "stale": stale_cover.stale_html(shown, "fr"),
        "now": now_page(shown, "fr"),
    }

    missing = {
        page: f"{place}"
        for page, html in pages.items()
        for place in range(count)
        if f"no{place:02}x" not in html
    }
    assert not missing


def test_channels_set_aside_by_the_same_person_at_once_share_one_reason() -> None:
    html = read(wall_html(many_distrusted(3, letters=5), "fr", age_s=4.0))

    said = "Ne pas utiliser : no00x, no01x, no02x (compromission, Anne Dupont 01:14)"
    assert said in html
