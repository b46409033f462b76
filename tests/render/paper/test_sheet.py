# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

import re

import pytest
from msgspec.structs import replace
from render import hearing, town_statements
from render.hearing import heard
from render.longest_town import town
from render.snapshots import (
    channel,
    line,
    moment,
    snapshot,
    standing,
    with_channel,
    with_line,
)
from render.wall.wall_words import HOSTILE, Words

from secours.languages import LANGUAGES, Text
from secours.model.receivers.reach import Reception
from secours.model.sections.line import Purpose, Tier
from secours.model.snapshot import Link, Snapshot, State
from secours.render.paper.sheet import RADIO, radio_line, sheet_html, sheet_text
from secours.texts import say

PAGER = {
    "fr": "Radiomessagerie, Radio canal 3",
    "nl": "Radiomessagerie, Radio canal 3",
    "de": "Radiomessagerie, Radio canal 3",
    "en": "Pager, Radio channel 3",
}


def test_each_line_has_its_order_and_its_last_resort() -> None:
    text = sheet_text(snapshot("xooo"), "en", states=True)

    assert (
        "\nALERT · management\n  1  On-call SMS  DOWN\n> 2  Voice calls  OK · USE"
        in text
    )
    assert (
        "\n  If nothing works: Send a runner. Follow the paper plan, page 4.\n" in text
    )
    assert "\n  Voice calls      Composer le 4711, code sur la fiche\n" in text


def test_it_is_dated_and_has_the_version_of_the_plan() -> None:
    text = sheet_text(snapshot(plan_version="abc123"), "fr", states=True)

    assert "Imprimé le 24/11/2026 03:14 · plan abc123" in text
    assert "États du 24/11/2026 03:14 : ils changent, l\u2019ordre reste." in text


@pytest.mark.parametrize("states", [True, False])
def test_it_says_who_has_the_watch_where_somebody_ever_took_it(states: bool) -> None:
    shown = town_statements.on_duty()

    for said in (
        sheet_text(shown, "en", states=states),
        sheet_html(shown, "en", states=states),
    ):
        assert "Watch: Anne Dupont since 01:14" in said
    assert "Watch" not in sheet_text(snapshot(), "en", states=states)
    assert "<span></span>" not in sheet_html(snapshot(), "en", states=states)


def test_without_an_engine_no_state_is_on_it() -> None:
    html = sheet_html(snapshot("xooo"), "en", states=False)
    words = Words(html)

    assert "USE THIS" not in html
    assert words.under("use") == []
    for word in ("OK", "DOWN"):
        assert not re.search(rf"\b{word}\b", html.partition("</style>")[2])
    assert "follow the order" in html


def test_page_and_text_say_the_same() -> None:
    shown = snapshot("xooo", "?oox")
    text = sheet_text(shown, "nl", states=True)

    for words in Words(sheet_html(shown, "nl", states=True)).texts[2:]:
        for part in words[1].split(" · "):
            assert part.strip() in text or part.startswith((".", "/*"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("states", [True, False])
@pytest.mark.parametrize(
    "shown", [snapshot("xooo"), snapshot("xxxx", "xxxx"), town(), snapshot("????")]
)
def test_what_is_read_over_the_radio_has_at_most_160_characters(
    shown: Snapshot, language: str, states: bool
) -> None:
    said = radio_line(shown, language, states=states)

    assert 20 < len(said) <= RADIO
    assert "\n" not in said
    assert "…" not in said or shown.recommendations[0].use is None


def test_over_the_radio_what_to_use_comes_first_and_then_what_else() -> None:
    shown = snapshot("xooo")

    assert radio_line(shown, "en", states=True) == (
        "Cellule de crise 03:14: ALERT: Voice calls, if that fails Pager; "
        "COORDINATE: Teams, if that fails Phone bridge."
    )
    assert radio_line(shown, "fr", states=False) == (
        "Cellule de crise 03:14 : ALERTER : SMS d\u2019astreinte, puis Appels vocaux ; "
        "COORDONNER : Teams, puis Pont téléphonique."
    )


def test_over_the_radio_nothing_left_is_said_with_the_last_resort() -> None:
    said = radio_line(snapshot("xxxx"), "en", states=True)

    assert "ALERT: no channel. Send a runner." in said


def test_it_says_that_our_own_link_and_the_mains_are_down() -> None:
    shown = replace(town_statements.ending(), own_link=Link.DOWN)
    words = "NOTRE ACCÈS EST HORS SERVICE. Ce qui passe par notre réseau n’a pas pu"

    for written in (sheet_text, sheet_html):
        assert words in written(shown, "fr", states=True)
        assert "Plus de courant : alertez" in written(shown, "fr", states=True)
        assert words not in written(shown, "fr", states=False)
        assert "Plus de courant" not in written(shown, "fr", states=False)


def test_a_line_without_channel_marks_its_last_resort() -> None:
    shown = sheet_text(snapshot("xxxx"), "en", states=True)
    plan_alone = sheet_text(snapshot("xxxx"), "en", states=False)

    assert "\n> NO USABLE CHANNEL. " in shown
    assert "NO USABLE CHANNEL" not in plan_alone
    assert 'class="last use"' in sheet_html(snapshot("xxxx"), "en", states=True)
    assert 'class="last use"' not in sheet_html(snapshot(), "en", states=True)


def test_over_the_radio_what_nobody_may_hear_has_the_last_resort_beside_it() -> None:
    said = radio_line(hearing.doubtful(), "en", states=True)

    assert "ALERT: On-call SMS, unverified, if that fails Send a runner" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_over_the_radio_a_line_without_a_trusted_channel_says_so_without_states(
    language: str,
) -> None:
    shown = town_statements.aside(snapshot(), "teams", "bridge", "radio", "satphone")

    said = radio_line(shown, language, states=False)

    nothing = say(language, "nothing.rank")
    assert nothing in said
    assert not re.search(r":\s*[.;]", said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_over_the_radio_a_warning_comes_before_what_else_there_is(
    language: str,
) -> None:
    shown = town_statements.aside(snapshot("oooo", "oooo"), "pager", "radio")

    said = radio_line(shown, language, states=True)

    assert said.endswith(f"{say(language, 'unsafe')} {PAGER[language]}.")
    assert len(said) <= RADIO


def test_the_directory_warns_of_what_must_not_be_used() -> None:
    shown = town_statements.aside(snapshot(), "teams")

    for states in (True, False):
        text = sheet_text(shown, "fr", states=states)
        assert "Teams              NE PAS UTILISER · Équipe CRISE-DIR" in text


def test_many_lines_are_counted_over_the_radio_and_not_cut_in_a_word() -> None:
    names = tuple(f"channel number {n}" for n in range(4))
    lines = [
        line(Purpose.ALERT, ("sms", "calls", "pager", "runner"), "oooo", audience=name)
        for name in names * 3
    ]
    said = radio_line(snapshot(recommendations=tuple(lines)), "en", states=True)

    assert len(said) <= RADIO
    assert re.search(r"; and \d+ others\.$", said)


def test_what_comes_from_outside_is_escaped() -> None:
    shown = with_channel(
        snapshot(), "sms", short_name=Text(HOSTILE), how=Text(HOSTILE * 9)
    )
    shown = with_line(shown, 0, last_resort=Text(HOSTILE), audience=HOSTILE)

    html = sheet_html(shown, "fr", states=True)
    text = sheet_text(shown, "fr", states=True)

    assert "<img" not in html
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_an_example_plan_says_so_and_an_empty_one_prints_too() -> None:
    assert "EXAMPLE PLAN" in sheet_text(snapshot(example=True), "en", states=True)
    assert "</html>" in sheet_html(snapshot(recommendations=()), "en", states=True)


def test_sheet_says_who_is_missed_and_what_nobody_hears() -> None:
    missed = sheet_text(hearing.missing("-o", "calls"), "fr", states=True)
    unheard = sheet_text(hearing.unheard(), "fr", states=True)

    assert (
        "> 1  SMS d’astreinte  EN PARTIE · À UTILISER · sans : Terrain (20). Avec"
        in missed
    )
    assert "  1  SMS d’astreinte  NON REÇU" in unheard


def test_channel_that_ends_and_that_nobody_is_known_to_hear_says_both() -> None:
    ending = replace(standing("o"), until=moment(-3600))
    shown = with_channel(hearing.doubtful(), "calls", standing=ending)

    assert "Appels vocaux  NON VÉRIFIÉ · jusque vers" in sheet_text(
        shown, "fr", states=True
    )


def test_channel_that_ends_and_that_fewer_hear_has_no_time_left_on_paper() -> None:
    ending = replace(standing("o"), until=moment(-3600))
    shown = with_channel(hearing.missing(), "sms", standing=ending)

    assert "SMS d’astreinte  EN PARTIE · jusque vers" in sheet_text(
        shown, "fr", states=True
    )


def test_the_sheet_says_of_the_answer_beside_a_dead_pin_what_is_wrong_with_it() -> None:
    shown = hearing.missing("-o")
    line = shown.recommendations[0]
    assert line.use is not None
    dead = replace(line.use, channel="pager", state=State.DOWN, pinned=True)
    shown = with_line(shown, 0, use=dead, unpinned=line.use)

    said = sheet_text(shown, "en", states=True)

    assert "On-call SMS  IN PART · USE THIS · nothing reaches: Field (20)" in said


def test_over_the_radio_an_unverified_channel_is_called_so() -> None:
    said = radio_line(snapshot("??xx"), "en", states=True)

    assert "ALERT: On-call SMS, unverified, if that fails Voice calls" in said


def test_the_sheet_cuts_no_complement_caveat_or_last_resort() -> None:
    last = f"{'Send a runner to each post. ' * 12}Never by the open radio."
    lost = (*heard("-o").groups[:1] * 24, *heard("-o").groups[1:])
    shown = hearing.hears(snapshot(), 0, {"sms": Reception(groups=lost)}, "runner")
    shown = with_line(shown, 0, last_resort=Text(last))
    how, mind = "Call 4711, then the code. " * 6, f"{'Heard by all. ' * 9}No names"
    shown = with_channel(shown, "sms", how=Text(how), mind=Text(mind))

    said = Words(sheet_html(shown, "en", states=True))

    assert said.under("state")[0].endswith("With Runner on foot: all")
    assert said.under("last")[0].endswith("Never by the open radio.")
    assert any(words.endswith("No names)") for _, words in said.texts)


def test_a_full_sheet_says_first_how_to_use_what_is_to_be_used() -> None:
    names = [f"post {n}" for n in range(55)]
    shown = with_line(
        snapshot("xxxo"), 0, tiers=((Tier.EMERGENCY, (*names, "runner")),)
    )
    posts = [channel(name, how=Text(f"Ring the bell of {name}")) for name in names]
    shown = replace(shown, channels=(*posts, *shown.channels))

    said = Words(sheet_html(shown, "en", states=True))

    assert any(words.startswith("and ") for _, words in said.texts)
    assert any("Bureau 12" in words for _, words in said.texts)


def test_the_sheet_marks_no_pin_that_nobody_hears_as_the_one_to_use() -> None:
    said = sheet_text(hearing.pinned_in_vain(), "en", states=True)

    assert "> 1  On-call SMS  OK · USE THIS\n" in said
    assert "  3  Pager  NOT HEARD\n" in said
