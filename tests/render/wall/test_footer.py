"""What the last lines of the wall tell, and what they leave out."""

from datetime import timedelta

import pytest
from render import town_statements
from render.snapshots import change, moment, snapshot, standing, with_channel
from render.wall.wall_words import words

from secours.model.observed import Evidence, Reason
from secours.model.snapshot import Change, Snapshot
from secours.model.statements import Declared, Mark
from secours.render.badges import Tone
from secours.render.wall.footer import change_row, chip, news
from secours.render.wording.localizer import Localizer


def answered(before: str, after: str, ago_s: float = 60.0) -> Change:
    """Return a change of what is used to alert."""
    return Change(
        at=moment(ago_s),
        subject="line",
        name="alert/management",
        before=before,
        after=after,
    )


def path(before: str, after: str) -> Change:
    return Change(at=moment(60), subject="path", name="lan", before=before, after=after)


def rows(shown: Snapshot, language: str = "fr", **given: int) -> list[str]:
    """Return the words of the strip."""
    return words(shown, language, **given).under("s-row")


def test_the_strip_shows_the_last_two_changes() -> None:
    changes = (
        change("teams", "o", "x", 87),
        change("sms", "d", "x", 182),
        change("radio", "o", "d", 300),
    )

    assert rows(snapshot(changes=changes)) == [
        *("03:12:40", "Teams", "OK", "→", "HORS SERVICE", "pas de réponse en 10 s"),
        *("03:11:05", "SMS d\u2019astreinte", "DÉGRADÉ", "→", "HORS SERVICE"),
        "pas de réponse en 10 s",
    ]


def test_without_news_the_strip_says_since_when() -> None:
    first = change("teams", "?", "o", 22_315)

    for changes in ((), (first,)):
        assert rows(snapshot(changes=changes), age_s=0) == [
            "Aucun changement depuis 6 h 12 min"
        ]


def test_a_new_answer_stands_above_what_led_to_it() -> None:
    answer = answered("sms", "calls")
    shown = snapshot("xooo", changes=(answer, change("sms", "o", "x", 60)))

    assert rows(shown, "en") == [
        *("03:13:07", "ALERT · management", "On-call SMS", "→", "Voice calls"),
        *("03:13:07", "On-call SMS", "OK", "→", "DOWN", "no answer within 10 s"),
    ]


def test_an_answer_that_is_none_or_was_none_is_said() -> None:
    lost = answered("sms", "")
    found = answered("", "calls", 30)

    assert rows(snapshot(changes=(found, lost)), "fr") == [
        *("03:13:37", "ALERTER · direction", "aucun canal", "→", "Appels vocaux"),
        *("03:13:07", "ALERTER · direction", "SMS d\u2019astreinte", "→"),
        "aucun canal",
    ]


GRID = {"subject": "component"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        # of what is shared: down, and back from it
        ([change("power:grid", "o", "x", 60, **GRID)], 1),
        ([change("power:grid", "?", "x", 60, **GRID)], 1),
        ([change("power:grid", "x", "o", 60, **GRID)], 1),
        ([change("power:grid", "x", "?", 60, **GRID)], 1),
        ([change("power:grid", "?", "o", 60, **GRID)], 0),
        ([change("power:grid", "o", "?", 60, **GRID)], 0),
        ([change("power:grid", "o", "d", 60, **GRID)], 0),
        ([path("ok", "down")], 1),
        (
            [path("unknown", "ok")],
            0,
        ),
        # of channels: all but that it is known now, and well
        ([change("sms", "?", "o", 60)], 0),
        ([change("sms", "?", "d", 60)], 1),
        ([change("sms", "?", "x", 60)], 1),
        ([change("sms", "o", "?", 60)], 1),
        ([change("sms", "?", "o", 60), change("sms", "o", "?", 90)], 2),
        ([change("sms", "?", "o", 60), change("calls", "o", "?", 90)], 1),
        # of people, who know what they said
        ([change("sms", "?", "x", 60, subject="mark")], 0),
    ],
)
def test_the_strip_tells_what_a_room_cares_about(
    changes: list[Change], told: int
) -> None:
    shown = snapshot(changes=tuple(changes))

    assert len(news(Localizer(shown, "en"))) == told


def test_what_the_first_measurement_found_is_no_news() -> None:
    changes = (change("sms", "?", "x", 50), change("power:grid", "?", "x", 50, **GRID))

    assert news(Localizer(snapshot(started=moment(60), changes=changes), "en")) == []


def test_where_a_row_is_short_the_hour_goes_and_the_names_stay() -> None:
    answer = answered("sms", "calls")
    localizer = Localizer(snapshot(), "en")

    assert "<time>" in change_row(answer, localizer)
    assert "<time>" not in change_row(answer, localizer, room=80.0)
    assert "Voice calls" in change_row(answer, localizer, room=80.0)


def test_what_ails_secours_itself_comes_first_in_the_strip() -> None:
    shown = snapshot(
        config_error="probes.yaml:3:1",
        trouble=("disk",),
        changes=(change("teams", "o", "x", 87),),
    )

    assert rows(shown, "en")[:2] == [
        "Disk error: history is no longer kept"
        " · The plan file has mistakes: the last good plan is in force",
        "03:12:40",
    ]


def test_a_trouble_that_has_no_words_yet_is_named() -> None:
    assert words(snapshot(trouble=("moon",)), "en").under("s-note") == [
        "Secours reports trouble: moon"
    ]


def test_intervals_that_cannot_be_kept_are_named() -> None:
    assert words(snapshot(trouble=("intervals:45",)), "en").under("s-note") == [
        "Too few open files allowed: no interval below 45 s is kept"
    ]


def test_an_engine_that_lags_says_so() -> None:
    assert words(snapshot(trouble=("lagging",)), "fr").under("s-note") == [
        "Poste trop lent : les tests commencent en retard"
    ]


def test_a_history_begun_anew_is_said() -> None:
    shown = snapshot(trouble=("store-damaged", "store-gone"))

    assert words(shown, "en").under("s-note") == [
        "The history was damaged: a new one is begun"
        " · The file of the history vanished: a new one is begun"
    ]


def test_held_notices_are_said_with_their_end() -> None:
    until = snapshot().at.utc + timedelta(minutes=50)

    assert words(snapshot(held_until=until), "en").under("s-note") == [
        "Notices are held until 04:04: nobody is told of a change"
    ]


def test_components_that_fell_together_have_their_labels() -> None:
    suspects = {"component": "carrier:mobile-a + channel:teams"}
    fell = change("sms", "o", "x", 60, reason=Reason.NEEDS, facts=suspects)

    assert rows(snapshot(changes=(fell,)), "en")[-1] == (
        "depends on Opérateur A + Teams, down"
    )


def test_that_marks_may_be_lost_comes_before_all_else() -> None:
    shown = snapshot(words_lost=True, trouble=("disk",))

    assert rows(shown, "en")[0] == (
        "What people declared may be lost: see Act"
        " · Disk error: history is no longer kept"
    )


def test_a_mark_of_what_the_plan_no_longer_has_is_named() -> None:
    lost, known = (
        Mark(subject=subject, says=Declared.DOWN, by="Ana", at=snapshot().at)
        for subject in ("channel:horn", "channel:teams")
    )

    assert rows(snapshot(marks=(known, lost)), "en")[0] == (
        "horn, marked by Ana, is no longer in the plan"
    )


def test_a_chip_shows_the_answer_beside_a_pin_that_is_down() -> None:
    shown = town_statements.pinned("x")

    seen = chip(shown.recommendations[0], Localizer(shown, "en"))

    assert seen.words == "ALERT: On-call SMS"
    assert (seen.badge.tone, seen.badge.word) == (Tone.DEGRADED, "Without the pin")


def test_a_chip_is_no_better_than_the_card_of_its_line() -> None:
    shown = with_channel(
        snapshot("xooo"), "calls", standing=standing(evidence=Evidence.REACHED)
    )

    badge = chip(shown.recommendations[0], Localizer(shown, "en")).badge

    assert (badge.tone, badge.word) == (Tone.DEGRADED, "2nd choice")


def test_troubles_that_do_not_fit_in_their_row_are_counted() -> None:
    troubles = ("disk", "clock", "lagging", "sim-full", "stuck")

    two = words(snapshot(trouble=troubles[:2]), "en").under("s-note")
    row = words(snapshot(trouble=troubles), "en").under("s-note")

    clock = "The clock of this machine is wrong"
    assert two == [f"Disk error: history is no longer kept · {clock}"]
    assert row == [f"{two[0]} · and 3 others"]
