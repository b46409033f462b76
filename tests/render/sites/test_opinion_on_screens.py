"""What other sites see stands on every screen that says what may have failed."""

import re

import pytest
from markupsafe import escape
from msgspec.structs import replace
from render.desk import now_page, why_page
from render.others import META, blaming, opinion, them, unheard, us
from render.snapshots import change, snapshot
from render.wall.wall_words import words

from secours.cli import answer_text, state_text
from secours.core.diagnosis.explanation import Explanation, Group, Suspect
from secours.core.notices.matters import LINE, Matter
from secours.languages import LANGUAGES, Text
from secours.model.observed import Reason
from secours.model.sections.notify import NoticeKind
from secours.model.snapshot import Hub, Snapshot
from secours.model.vitals import Vitals
from secours.render.answers import recommend, self_check, status
from secours.render.answers.self_check import SelfView, Severity
from secours.render.export.lite import lite_html
from secours.render.paper.sheet import sheet_html, sheet_text
from secours.render.situation.now import MOST_CHANGES
from secours.render.wall.wall import wall_html
from secours.render.wording import notice
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites.opinion import sentences
from secours.texts import say

US = "Meta works at 41 other sites, not here: it is us (Fibre)"
THEM = "Meta fails at 38 of 40 other sites too: it is Meta"
UNHEARD = "The hub has not been reached for 12 min: other sites do not hear us"
NEWS = tuple(change("teams", "od"[n % 2], "do"[n % 2], 60.0 * n) for n in range(1, 9))
BOTH = pytest.mark.parametrize(
    ("shot", "said"),
    [pytest.param(us(), US, id="us"), pytest.param(them(), THEM, id="them")],
)


def recommended(shot: Snapshot) -> list[str]:
    answer = recommend.answer(shot, 1.0, "en")
    return list(answer_text.recommendations(answer, shot, "en", fresh=True))


def states(shot: Snapshot) -> list[str]:
    return list(state_text.states(status.answer(shot, 1.0, "en"), shot, "en"))


@BOTH
def test_the_wall_says_it_in_a_row_before_the_latest_change(
    shot: Snapshot, said: str
) -> None:
    rows = words(replace(shot, changes=NEWS), "en").under("s-row")

    assert rows[0] == said
    assert "Teams" in rows


def test_the_wall_says_only_what_is_sure_and_what_has_room_whole() -> None:
    counted = blaming(opinions=(opinion(3, 4),))
    long = us()
    label = Text("Telecommunications provider of the whole region " * 2)
    parts = (replace(long.components[0], label=label), *long.components[1:])
    shown = replace(long, components=parts)

    for shot in (counted, shown):
        drawn = " ".join(words(shot, "en").under("s-row"))
        assert "other sites" not in drawn
        assert "…" not in drawn


def test_the_wall_says_quietly_that_nobody_hears_us() -> None:
    (row,) = words(unheard(), "en").under("s-row")

    assert row.startswith("No change for")
    assert row.endswith(UNHEARD)
    assert UNHEARD not in str(words(replace(unheard(), changes=NEWS), "en").texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_site_whose_name_is_used_twice_says_so_on_every_screen(language: str) -> None:
    hub = replace(unheard().hub or Hub(url="", since=us().at), connected=True)
    since = replace(hub, doubled=hub.since)
    said = say(language, "note.doubled")
    for shot in (snapshot(), replace(snapshot(), changes=NEWS)):
        once, twice = replace(shot, hub=hub), replace(shot, hub=since)
        for screen in (
            wall_html(twice, language, age_s=1.0),
            now_page(twice, language),
            why_page(twice, language),
            lite_html(twice, language, age_s=1.0),
        ):
            assert str(screen).count(str(escape(said))) == 1
        assert said not in wall_html(once, language, age_s=1.0)
    states = state_text.states(status.answer(twice, 1.0, language), twice, language)
    assert f"{said}." in states


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plain_page_says_all_of_it_once(language: str) -> None:
    for shot in (us(), them(), blaming(opinions=(opinion(3, 4),))):
        (said,) = sentences(Localizer(shot, language))

        for line in (None, 1):  # one line alone leaves room for the latest changes
            html = lite_html(shot, language, age_s=1.0, line=line)
            assert html.count(said) == 1


def test_the_plain_page_says_that_nobody_hears_us() -> None:
    assert UNHEARD in lite_html(unheard(), "en", age_s=0.0)


@BOTH
def test_now_says_it_below_the_suspects(shot: Snapshot, said: str) -> None:
    html = now_page(shot)

    (section,) = re.findall(r'<section class="s-now-susp.*?</section>', html, re.S)
    assert re.findall(r"<li>.*?</li>", section, re.S)[-1] == f"<li> {said}</li>"


def test_now_says_that_nobody_hears_us_in_place_of_a_change() -> None:
    calm, busy = now_page(unheard()), now_page(replace(unheard(), changes=NEWS))

    for html in (calm, busy):
        assert f'<p class="s-row">{UNHEARD}</p>' in html
    assert len(re.findall(r'<p class="s-row">', busy)) == MOST_CHANGES
    assert "No change for" in calm


@BOTH
def test_why_says_it_of_the_suspect_and_of_the_channel(
    shot: Snapshot, said: str
) -> None:
    suspect = Suspect(names=(META,), explains=("channel:sms",))
    html = why_page(shot, why=Explanation(groups=(Group(suspects=(suspect,)),)))

    assert html.count(f"<dt>Elsewhere</dt><dd>{said}</dd>") == 2


def test_why_says_it_of_what_is_known_down() -> None:
    shot = replace(us(), explanations=(), known_down=(META,))

    assert f"<p>{US}.</p>" in why_page(shot)


def test_why_says_that_nobody_hears_us() -> None:
    assert f"<p>{UNHEARD}.</p>" in why_page(unheard(), age_s=0.0)


@BOTH
def test_commands_say_it_in_text(shot: Snapshot, said: str) -> None:
    assert f"{said}." in recommended(shot)
    assert f"{said}." in states(shot)


def test_commands_say_that_nobody_hears_us() -> None:
    assert f"{UNHEARD}." in recommended(unheard())
    assert f"{UNHEARD}." in states(unheard())


def test_status_says_a_lost_hub_at_once_and_why() -> None:
    """Who asks is answered though it has only been so for a moment."""
    shot = unheard(3.0)
    hub = replace(shot.hub or Hub(url="", since=shot.at), reason=Reason.REFUSED)
    lost = replace(shot, hub=hub)
    found = status.answer(lost, 1.0, "en").hub

    said = "The hub has not been reached for 3 s (connection refused): other sites"
    assert f"{said} do not hear us." in states(lost)
    assert found
    assert (found.connected, found.reason) == (False, Reason.REFUSED)
    assert not [line for line in states(snapshot()) if "hub" in line]


def test_self_check_warns_that_nobody_hears_us() -> None:
    view = SelfView(vitals=Vitals(running=True), snapshot=unheard(), age_s=0.0)

    judged = self_check.answer(view, "en")

    (found,) = judged.findings
    assert (found.finding, found.detail) == ("unheard", UNHEARD)
    assert judged.state is Severity.WARNING


def test_commands_say_it_in_json() -> None:
    (seen,) = recommend.answer(us(2), 1.0, "en").second_opinion or ()
    (same,) = status.answer(us(2), 1.0, "en").second_opinion or ()
    stands = recommend.answer(unheard(), 1.0, "en").hub

    assert (seen.component, seen.works_at, seen.fails_at, seen.heard) == (META, 2, 0, 2)
    assert (seen.it_is, seen.ours) == ("us", (("internet:fibre",),))
    assert seen.sites.works == ("w0", "w1")
    assert same == seen
    assert stands
    assert (stands.connected, stands.waiting) == (False, 7)


@pytest.mark.parametrize(
    "answer", [recommend.answer, status.answer], ids=["recommend", "status"]
)
def test_a_site_by_itself_says_nothing_of_others_in_json(answer: object) -> None:
    assert callable(answer)
    found = answer(snapshot(), 1.0, "en")

    assert not found.second_opinion
    assert not found.hub


@BOTH
def test_the_sheet_says_it_with_states_alone(shot: Snapshot, said: str) -> None:
    assert said in sheet_text(shot, "en", states=True)
    assert said in sheet_html(shot, "en", states=True)
    assert said not in sheet_text(shot, "en", states=False)


def test_a_notice_says_it_after_the_cause() -> None:
    matter = Matter(
        kind=NoticeKind.RECOMMENDATION,
        key=f"{LINE}/alert/management",
        severity=1,
        state="calls",
        causes=(META,),
    )
    said = notice.words([matter], Localizer(them(), "en"), code="K7")

    rows = said.text.split("\n")
    assert rows[rows.index(THEM) - 1].endswith("Meta")
    assert said.brief.index("it is Meta") > said.brief.index("Cellule de crise")


def test_on_every_screen_names_of_others_are_harmless() -> None:
    label = Text("<img src=x onerror=alert(1)>")
    shot = us()
    parts = (replace(shot.components[0], label=label), *shot.components[1:])
    hostile = replace(shot, components=parts)

    for html in (
        now_page(hostile),
        why_page(hostile),
        lite_html(hostile, "en", age_s=1.0),
        wall_html(hostile, "en", age_s=1.0),
        sheet_html(hostile, "en", states=True),
    ):
        assert "<img" not in html
        assert "works at 41" in html
