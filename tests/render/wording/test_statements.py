"""What screens say of people's own words."""

# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

import re

import pytest
from msgspec.structs import replace
from printed import printed
from render import town_statements
from render.desk import now_page
from render.situations import measuring
from render.snapshots import alone, snapshot, standing, with_channel, with_line

from secours.cli import state_text
from secours.languages import LANGUAGES
from secours.model.observed import Reason
from secours.model.snapshot import Snapshot, State
from secours.render import badges
from secours.render.answers import check, recommend
from secours.render.answers import status as status_answer
from secours.render.badges import Tone
from secours.render.export.lite import lite_html
from secours.render.paper.sheet import sheet_html
from secours.render.wall.wall import answers, title, wall_html
from secours.render.wording import exercise
from secours.render.wording.localizer import Localizer

HOSTILE = "<img src=x onerror=alert(1)>\x1b"


def wall(shown: Snapshot, language: str = "en") -> str:
    return text_of(wall_html(shown, language, age_s=4.0))


def status(shown: Snapshot, language: str = "en") -> str:
    return text_of(now_page(shown, language))


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def line_of(shown: Snapshot, place: int, language: str = "en") -> dict[str, object]:
    answer = printed(recommend.answer(shown, 4.0, language))
    found: dict[str, object] = answer["recommendations"][place]
    return found


# ------------------------------------------------------------------ set aside


def test_what_is_set_aside_has_its_mark_and_whose_word_it_is() -> None:
    shown = town_statements.set_aside()
    mark = badges.of(shown.channel("teams").standing, Localizer(shown, "fr"))

    assert (mark.tone, mark.word, mark.glyph) == (Tone.ASIDE, "ÉCARTÉ", "▬")
    assert "Teams distrusted by Anne Dupont for 2 h" in wall(shown)
    assert "On-call SMS in maintenance for 2 h" in wall(alone(shown, 0))
    assert "set aside: no longer safe, says Anne Dupont · for 2 h" in status(shown)
    assert "in maintenance, says Bob · for 2 h" in status(shown)


def test_a_distrust_past_its_date_asks_to_be_confirmed() -> None:
    shown = town_statements.set_aside(due=True)
    passed = line_of(shown, 1)["passed_over"]
    marks = recommend.answer(shown, 4.0, "en").marks

    said = "Teams distrusted by Anne Dupont, to be confirmed"
    assert said in wall(alone(shown, 1))
    for text in (wall(shown), status(shown)):
        assert "Teams distrusted by Anne Dupont: to be confirmed since 02:14" in text
    assert passed == [
        {
            "channel": "teams",
            "reason": "set-aside",
            "detail": "set aside: no longer safe, says Anne Dupont"
            "; to be confirmed since 02:14",
        }
    ]
    assert [(mark.subject, mark.to_confirm) for mark in marks or ()] == [
        ("channel:teams", True),
        ("channel:sms", False),  # that one lapses
    ]


def test_a_distrust_before_its_date_asks_nothing() -> None:
    shown = town_statements.set_aside()

    assert "confirm" not in wall(shown) + status(shown)
    assert "confirm" not in str(line_of(shown, 1)["passed_over"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_in_maintenance_has_one_word_on_pages_and_terminal(
    language: str,
) -> None:
    shown = town_statements.set_aside()
    found = {
        name: badges.of(shown.channel(name).standing, Localizer(shown, language)).word
        for name in ("sms", "teams")
    }
    answer = status_answer.answer(shown, 4.0, language)

    rows = [*state_text.states(answer, shown, language)]

    assert found["sms"] != found["teams"]
    for word in found.values():
        assert [row for row in rows if row.startswith(f"▬ {word} ")]


@pytest.mark.parametrize(
    ("language", "mark", "pin"),
    [
        (
            "fr",
            "Teams : la déclaration d’Anne Dupont prend fin à 03:24, à confirmer",
            "ALERTER · direction : l’épinglage par Anne Dupont prend fin à 03:24,"
            " à confirmer",
        ),
        (
            "nl",
            "Teams: de melding van Anne Dupont eindigt om 03:24, te bevestigen",
            "ALARMEREN · directie: de vastzetting door Anne Dupont eindigt om 03:24,"
            " te bevestigen",
        ),
        (
            "de",
            "Teams: die Meldung von Anne Dupont endet um 03:24, zu bestätigen",
            "ALARMIEREN · Leitung: die Festlegung durch Anne Dupont endet um 03:24,"
            " zu bestätigen",
        ),
        (
            "en",
            "Teams: what Anne Dupont declared ends at 03:24, to be confirmed",
            "ALERT · management: the pin by Anne Dupont ends at 03:24, to be confirmed",
        ),
    ],
)
def test_what_is_about_to_end_asks_to_be_confirmed_on_every_screen(
    language: str, mark: str, pin: str
) -> None:
    shown = town_statements.asking()
    lite = text_of(lite_html(alone(shown, 1), language, age_s=4.0))
    written = " · ".join(state_text.notes(shown, language, 4.0))

    for text in (wall(shown, language), lite, status(shown, language), written):
        assert mark in text
    for text in (status(shown, language), written):  # the wall has no room for both
        assert pin in text


def test_what_is_about_to_end_is_to_be_confirmed_for_a_program() -> None:
    marks = recommend.answer(town_statements.asking(), 4.0, "en").marks

    assert [mark.to_confirm for mark in marks or ()] == [True]


def test_what_asks_does_not_move_the_answer() -> None:
    shown = town_statements.asking()
    later = replace(
        shown, marks=(), pins=tuple(replace(p, until=None) for p in shown.pins)
    )

    assert answers(shown) == answers(later)


def test_check_says_who_set_a_channel_aside() -> None:
    entries = check.answer(town_statements.set_aside(), "en").channels
    teams = next(entry for entry in entries if entry.name == "teams")

    assert (teams.state, teams.reason) == ("available", "set-aside")
    assert teams.detail == "set aside: no longer safe, says Anne Dupont"


# ------------------------------------------------------------------ pinned


def test_a_pin_on_what_is_down_says_so_with_the_other_answer_beside_it() -> None:
    shown = town_statements.pinned("x")
    html = wall_html(shown, "fr", age_s=4.0)

    assert text_of(html).count("ÉPINGLÉ MAIS HORS SERVICE") == 2
    assert html.count('class="s-card s-down"') == 2
    left, right = re.findall(
        r'<div class="s-split[^>]*><div[^>]*>(.*?)</div><div[^>]*>(.*?)</div>', html
    )[0]
    assert 's-gone">Radiomessagerie</p>' in left
    assert 's-mark s-down s-badge"' in left
    assert text_of(left) == "Radiomessagerie HS"
    assert text_of(right) == "SMS d’astreinte Sans ce choix"
    size = re.compile(r"s-(?:short|medium|long|small)")
    assert size.findall(left) == size.findall(right)
    used = re.findall(r's-used">(.*?)</li>', html)
    assert ["SMS d’astreinte" in used[0], "Teams" in used[1]] == [True, True]
    assert len(used) == 2
    assert "Envoyer au groupe ASTREINTE" in text_of(html)  # how to use what works
    assert "Console des bips" not in text_of(html)
    line = line_of(shown, 0)
    use, unpinned = line["use"], line["unpinned"]
    assert isinstance(use, dict)
    assert isinstance(unpinned, dict)
    assert (use["channel"], use["pinned"], use["state"]) == ("pager", True, "down")
    assert (unpinned["channel"], unpinned["pinned"]) == ("sms", False)
    assert recommend.exit_code(shown, 4.0) == 1


def test_a_pin_says_by_whom_and_until_when() -> None:
    shown = town_statements.pinned("o")
    passed = line_of(shown, 0)["passed_over"]

    assert "Why: chosen by Anne Dupont until 12:14" in wall(shown)
    assert isinstance(passed, list)
    assert passed[0] == {
        "channel": "sms",
        "reason": "pinned",
        "detail": "another one was chosen by Anne Dupont",
    }


def test_without_a_pin_there_is_no_other_answer() -> None:
    assert "unpinned" not in line_of(snapshot(), 0)


# ------------------------------------------------------------------ declared


@pytest.mark.parametrize(
    ("language", "word", "ring"),
    [
        ("fr", "DÉCLARÉ", "RÉPOND"),
        ("nl", "GEMELD", "ANTWOORDT"),
        ("de", "GEMELDET", "ANTWORTET"),
        ("en", "DECLARED", "ANSWERS"),
    ],
)
def test_what_works_by_a_word_alone_neither_answers_nor_is_ok(
    language: str, word: str, ring: str
) -> None:
    shown = town_statements.declared()
    mark = badges.of(shown.channel("sms").standing, Localizer(shown, language))

    assert (mark.tone, mark.word) == (Tone.ANSWERS, word)
    for text in (wall(shown, language), status(shown, language)):
        assert word in text
        assert ring not in text
        assert "Anne Dupont" in text


def test_who_declared_what_is_on_the_card() -> None:
    text = wall(town_statements.declared())

    assert "Mind: declared by Anne Dupont" in text
    assert "Why: Teams declared down by Anne Dupont for 3 min" in text


# ------------------------------------------------------------------ until when


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "ALERTER encore 2 h 25 SMS"),
        ("nl", "ALARMEREN nog 2 u 25 SMS"),
        ("de", "ALARMIEREN noch 2 Std. 25 SMS"),
        ("en", "ALERT 2 h 25 left On-call SMS"),
    ],
)
def test_what_lives_on_batteries_says_how_long_it_lasts(
    language: str, text: str
) -> None:
    assert text in wall(town_statements.ending(), language)


def test_on_the_rungs_stands_the_time_left_alone() -> None:
    html = wall_html(town_statements.ending(), "fr", age_s=4.0)
    states = re.findall(r'<span class="s-state">(.*?)</span></li>', html)

    assert [text_of(state) for state in states] == [
        *("2 h 25", "3 h 55", "OK", "OK"),
        *("11 min", "3 h 55", "OK", "HORS SERVICE"),
    ]


def test_the_card_draws_how_much_is_left_since_the_mains_failed() -> None:
    html = wall_html(town_statements.ending(), "fr", age_s=4.0)

    # of SMS 146 of 90 + 146 minutes, of the bridge 236 of 90 + 236
    assert re.findall(r'class="s-left".*?width:(\d+)%', html) == ["62", "72"]
    assert "s-left" not in wall_html(snapshot(), "fr", age_s=4.0)


def test_what_comes_when_it_ends_stands_below_what_else() -> None:
    text = wall(town_statements.ending(), "fr")

    alert, coordinate = (text.index(said) for said in ("ALERTER", "COORDONNER"))
    spare = text.index("Sinon : Appels vocaux (3 h 55)")
    then = text.index("Dès 05:25 : Appels vocaux")
    assert alert < spare < then < coordinate
    assert "Dès 06:55 : plus rien" in text


def test_nothing_that_ends_is_green() -> None:
    for language in LANGUAGES:
        localizer = Localizer(town_statements.ending(), language)
        held = town_statements.ending().channel("sms").standing
        assert held.state is State.AVAILABLE
        assert badges.of(held, localizer).tone is Tone.DEGRADED


def test_a_backup_on_batteries_says_how_long_it_lasts_too() -> None:
    assert "If that fails: Voice calls (3 h 55 left)" in wall(
        alone(town_statements.ending(), 0)
    )
    # where it has less room, as on a rung
    assert "Sinon : Appels vocaux (3 h 55)" in wall(town_statements.ending(), "fr")
    assert "Why: Teams on battery, soon" not in wall(town_statements.ending())
    assert "holds another 2 h 25 min, until about 05:40" in status(
        town_statements.ending()
    )


def test_the_end_tomorrow_has_its_date() -> None:
    shown = town_statements.ending()
    held = replace(shown.channel("sms").standing, until=town_statements.later(30 * 60))

    shown = with_channel(shown, "sms", standing=held)

    assert "ALERT 1 d 5 h left" in wall(shown)
    assert "until about 25/11 09:14" in status(shown)


# ------------------------------------------------------------------ presumed


def test_what_is_presumed_down_or_at_risk_names_the_component() -> None:
    shown = town_statements.presumed()
    alert = wall(alone(shown, 0))

    assert "DOWN?" in wall(shown)
    assert "Mind: at risk with Power grid" in alert
    assert "Why: On-call SMS down with Power grid" in alert
    assert "Why: Teams presumed down for 3 min" in wall(shown)
    assert "presumed down with Power grid" in status(shown)
    assert "at risk with Power grid" in status(shown)
    assert "presumed down with Teams" not in status(shown)  # it has failed itself


def test_a_backup_at_risk_says_so() -> None:
    shown = with_channel(
        snapshot(), "calls", standing=standing("o", at_risk="carrier:mobile-a")
    )

    assert "If that fails: Voice calls (at risk)" in wall(shown)


# ------------------------------------------------------------------ an exercise


WORDS = [("fr", "EXERCICE"), ("nl", "OEFENING"), ("de", "ÜBUNG"), ("en", "EXERCISE")]


@pytest.mark.parametrize(("language", "word"), WORDS)
@pytest.mark.parametrize("layout", ["columns", "bands"])
def test_the_real_answer_stays_what_it_is(
    language: str, word: str, layout: str
) -> None:
    real = town_statements.town("oooo", "xooo")
    played = town_statements.rehearsed(real)

    html = wall_html(played, language, age_s=4.0, layout=layout)

    above, _, below = html.partition('<section class="s-exercise"')
    assert word not in above
    assert word in below
    answered = re.findall(r'<h3 class="s-answer [^>]*>([^<]*)<', html)
    assert answered == re.findall(
        r'<h3 class="s-answer [^>]*>([^<]*)<',
        wall_html(real, language, age_s=4.0, layout=layout),
    )
    assert answers(played) == answers(real)
    assert title(played, language) == title(real, language)


@pytest.mark.parametrize(("language", "word"), WORDS)
def test_every_text_of_an_exercise_bears_the_word(language: str, word: str) -> None:
    shown = town_statements.rehearsed(town_statements.town())
    localizer = Localizer(shown, language)

    assert all(text.startswith(word) for text in exercise.sentences(localizer))
    assert exercise.band(localizer).startswith(word)
    for html in (
        wall_html(shown, language, age_s=4.0),
        now_page(shown, language),
    ):
        rows = re.findall(r'<p class="s-(?:played|striped)">(?:<b>)?([^<]*)', html)
        assert len(rows) == 3
        assert all(row.startswith(word) for row in rows)


def test_an_exercise_says_what_is_played_until_when_and_by_whom() -> None:
    shown = town_statements.rehearsed(town_statements.town())

    assert exercise.band(Localizer(shown, "en")) == (
        "EXERCISE · simulated failure: Power grid, Opérateur A · until 05:14"
        " · Anne Dupont"
    )
    assert exercise.sentences(Localizer(shown, "en")) == (
        "EXERCISE · ALERT: Voice calls. If that fails: Pager.",
        "EXERCISE · COORDINATE: NO USABLE CHANNEL."
        " Send a runner. Follow the paper plan, page 4.",
    )


def test_the_exercise_of_a_program_is_apart_and_bears_the_word() -> None:
    shown = town_statements.rehearsed(town_statements.town("oooo", "xooo"))
    answer = printed(recommend.answer(shown, 4.0, "fr"))
    real = printed(recommend.answer(town_statements.town("oooo", "xooo"), 4.0, "fr"))

    assert answer["recommendations"] == real["recommendations"]
    assert answer["exercise"]["fails"] == ["power:grid", "carrier:mobile-a"]
    assert answer["exercise"]["by"] == "Anne Dupont"
    assert answer["exercise"]["until"] == "2026-11-24T04:14:07.000Z"
    alert, coordinate = answer["exercise"]["recommendations"]
    assert alert["use"]["channel"] == "calls"
    assert alert["use"]["label"] == "EXERCICE · Appels vocaux"
    assert alert["use"]["how"].startswith("EXERCICE · ")
    assert alert["passed_over"][0]["detail"].startswith("EXERCICE · ")
    assert coordinate["use"] is None
    assert coordinate["last_resort"].startswith("EXERCICE · Envoyer")


def test_without_an_exercise_there_is_no_band() -> None:
    assert "s-exercise" not in wall_html(snapshot(), "en", age_s=4.0)
    assert recommend.answer(snapshot(), 4.0, "en").exercise is None


# ------------------------------------------------------------------ hostile names


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_is_text_and_never_markup(language: str) -> None:
    by = HOSTILE
    for shown in (
        town_statements.set_aside(due=True, by=by),
        town_statements.asking(by=by),
        town_statements.pinned("x", by=by),
        town_statements.declared(by=by),
    ):
        for html in (
            wall_html(shown, language, age_s=4.0),
            now_page(shown, language),
        ):
            assert "<img" not in html
            assert "\x1b" not in html


def test_a_word_about_what_the_plan_lost_breaks_nothing() -> None:
    shown = town_statements.set_aside(due=True)
    gone = replace(shown.marks[0], subject="identity:gone")
    shown = replace(shown, marks=(gone,))

    assert "gone distrusted by Anne Dupont" in wall(shown)
    assert shown.channel("teams").standing.aside is Reason.SET_ASIDE
    assert shown.channel("teams").standing.state is State.AVAILABLE


# ------------------------------------------------------------------ what is answered


def test_where_a_pin_and_all_else_is_down_the_last_resort_is_the_answer() -> None:
    shown = with_line(town_statements.pinned("x"), 0, unpinned=None)

    text = wall(alone(shown, 0), "fr")
    assert "ÉPINGLÉ MAIS HORS SERVICE Envoyer un messager." in text
    assert "À UTILISER" not in text
    assert "Envoyer un messager" in sheet_html(shown, "fr", states=True)


def test_paper_and_chips_name_the_answer_and_not_the_pin_that_is_down() -> None:
    shown = town_statements.pinned("x")

    paper = re.sub(r"<[^>]+>", " ", sheet_html(shown, "en", states=True))
    assert "DOWN · USE THIS" not in paper
    assert "ALERT: On-call SMS" in " ".join(paper.split())
    far = replace(shown, screen=replace(shown.screen, distance_m=8.0))
    assert "COORDINATE: Teams" in wall(far)


def test_while_it_measures_nobody_is_sent_to_what_must_not_be_used() -> None:
    shown = measuring(town_statements.set_aside(), 1)

    text = wall(alone(shown, 1))
    assert "the order of the plan: Phone bridge, then" in text


def test_beside_a_pin_that_is_down_the_answer_says_how_it_stands() -> None:
    shown = town_statements.pinned("x")
    held = replace(shown.channel("sms").standing, until=town_statements.later(11))

    text = wall(alone(with_channel(shown, "sms", standing=held), 0))
    assert "Without the pin · 10 min left" in text


def test_a_pin_on_a_battery_says_how_long_it_lasts() -> None:
    shown = town_statements.pinned("o")
    held = replace(shown.channel("pager").standing, until=town_statements.later(12))

    assert "11 min left Pager" in wall(
        alone(with_channel(shown, "pager", standing=held), 0)
    )


def test_what_is_not_verified_says_so_before_how_long_it_lasts() -> None:
    shown = town_statements.declared()
    held = replace(shown.channel("sms").standing, until=town_statements.later(90))
    use = shown.recommendations[0].use
    assert use is not None
    shown = with_line(shown, 0, use=replace(use, verified=False))

    shown = with_channel(shown, "sms", standing=held)
    assert "UNVERIFIED On-call SMS" in wall(alone(shown, 0))
    other = text_of(wall_html(shown, "en", age_s=4.0, line=2))
    assert "ALERT: On-call SMS UNVERIFIED" in other
