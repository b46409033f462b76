"""What a notice says: what to do, since when and why, in one text message too."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import component, plan
from render import hearing
from render.snapshots import (
    moment,
    snapshot,
    standing,
    suspecting,
    with_channel,
    with_dead_pin,
    with_line,
)
from render.standbys import standing_by

from secours.core.notices.matters import MAINS, PLAYED, Matter, matters
from secours.languages import LANGUAGES, Text
from secours.model.observed import Reason
from secours.model.sections.notify import NoticeKind
from secours.model.sections.site import Site
from secours.model.snapshot import Explained, Link, Snapshot
from secours.model.statements import Declared, Mark, Pin
from secours.render.wording import sms_length
from secours.render.wording.localizer import Localizer
from secours.render.wording.notice import Wording, words

FALLEN = suspecting(
    snapshot(coordinate="xooo"),
    Explained(channels=("teams",), suspects=(("carrier:mobile-a",),)),
)
CODE = "K7Q2"


def told(shown: Snapshot) -> list[Matter]:
    """Return what there is to tell that is not as it should be."""
    return [
        matter
        for matter in matters(plan(component("power:grid")), shown)
        if matter.severity
    ]


def said(
    shown: Snapshot, language: str = "en", now: Sequence[Matter] | None = None
) -> Wording:
    what = told(shown) if now is None else now
    return words(what, Localizer(shown, language), code=CODE)


def rows(shown: Snapshot, language: str = "en") -> list[str]:
    """Return what is said of each matter, without where, when and the code."""
    return said(shown, language).text.splitlines()[1:-1]


def over(shown: Snapshot) -> list[str]:
    ended = [replace(matter, severity=0) for matter in told(shown)]
    return said(shown, now=ended).text.splitlines()[1:-1]


def test_the_title_says_where_and_what_to_do_now() -> None:
    assert said(FALLEN).title == "Cellule de crise: Coordinate: use Phone bridge"


def test_the_text_says_since_when_by_which_cause_and_how_to_say_that_it_was_read() -> (
    None
):
    assert said(FALLEN).text.splitlines() == [
        "Cellule de crise, 24/11 03:14",
        "Coordinate: use Phone bridge, since 03:11; out of use: Teams",
        "Probable cause: Opérateur A",
        "To say that you have read this: code K7Q2",
    ]


@pytest.mark.parametrize(
    ("language", "brief"),
    [
        (
            "fr",
            "03:14 Coordonner : utilisez Pont téléphonique."
            " Cause probable : Opérateur A. Cellule de crise."
            " Accuser réception : code K7Q2",
        ),
        (
            "nl",
            "03:14 Coördineren: gebruik Pont téléphonique."
            " Vermoedelijke oorzaak: Opérateur A. Cellule de crise."
            " Bevestigen: code K7Q2",
        ),
        (
            "de",
            "03:14 Koordinieren: Pont téléphonique benutzen."
            " Wahrscheinliche Ursache: Opérateur A. Cellule de crise."
            " Quittieren: Code K7Q2",
        ),
        (
            "en",
            "03:14 Coordinate: use Phone bridge."
            " Probable cause: Opérateur A. Cellule de crise. Acknowledge: code K7Q2",
        ),
    ],
)
def test_the_brief_says_it_in_each_language(language: str, brief: str) -> None:
    assert said(FALLEN, language).brief == brief


def test_a_link_stands_alone_in_a_row_as_it_is() -> None:
    link = "https://town.example/ack/" + "x" * 300

    text = words(told(FALLEN), Localizer(FALLEN, "en"), code=CODE, link=link).text

    assert text.splitlines()[-2:] == ["Or here:", link]


@pytest.mark.parametrize(
    ("shown", "row"),
    [
        (
            snapshot("xxxx"),
            "Alert: no usable channel, since 03:11. Last resort: Send a runner."
            " Follow the paper plan, page 4.",
        ),
        (
            snapshot(coordinate="xx??"),
            "Coordinate: use Radio channel 3 (unverified), since 03:11;"
            " out of use: Teams; Phone bridge",
        ),
        (replace(snapshot(), own_link=Link.DOWN), "Our own link is down"),
        (
            with_channel(
                replace(snapshot(), known_down=("power:grid",)),
                "teams",
                standing=standing("o", until=moment(-3600)),
            ),
            "Power is out: Teams until 04:14",
        ),
        (
            with_line(snapshot(), 0, until={"sms": moment(-600)}),
            "On-call SMS lasts only until 03:24",
        ),
        (
            replace(snapshot(), trouble=("disk",)),
            "Disk error: history is no longer kept",
        ),
        (
            replace(snapshot(), config_error="line 4"),
            "The plan file has mistakes: the last good plan is in force",
        ),
        (
            replace(snapshot(), words_lost=True),
            "What people declared may be lost: see Act",
        ),
        (
            standing_by(snapshot(), probing=True, by=""),
            "Took over by itself: the first Secours was not heard",
        ),
    ],
)
def test_each_matter_has_a_row(shown: Snapshot, row: str) -> None:
    assert rows(shown) == [row]


def distrusted(until_s: float | None = None) -> Snapshot:
    mark = Mark(
        subject="channel:teams",
        says=Declared.DISTRUSTED,
        by="Ann",
        why="seen in the logs",
        at=moment(60),
        until=None if until_s is None else moment(until_s).utc,
    )
    aside = standing(aside=Reason.SET_ASIDE, declared_by="Ann")
    shown = replace(snapshot(), marks=(mark,))
    return with_channel(shown, "teams", standing=aside)


def test_a_distrust_says_who_says_so_and_what_must_not_be_used() -> None:
    assert rows(distrusted()) == [
        "Teams: compromised, says Ann, since 03:13",
        "Do not use: Teams",
    ]


def test_a_distrust_over_its_date_asks_to_be_confirmed() -> None:
    assert rows(distrusted(until_s=10)) == [
        "Teams distrusted by Ann: to be confirmed since 03:13",
        "Do not use: Teams",
    ]


def test_a_word_that_ends_soon_says_whose_it_is_and_when_it_ends() -> None:
    mark = Mark(
        subject="channel:radio",
        says=Declared.DOWN,
        by="Ann",
        why="seen",
        at=moment(7200),
        until=moment(-300).utc,
    )
    pin = Pin(
        line="alert/management",
        channel="sms",
        by="Bo",
        at=moment(7200),
        until=moment(-300).utc,
    )

    assert rows(replace(snapshot(), marks=(mark,), pins=(pin,))) == [
        "Radio channel 3 (down): what Ann declared ends at 03:19, to be confirmed",
        "Alert: the pin by Bo ends at 03:19, to be confirmed",
    ]


def test_what_is_over_is_told_as_over() -> None:
    grid = replace(snapshot(), known_down=("power:grid",))

    assert over(FALLEN) == ["Coordinate: use Phone bridge again"]
    assert over(replace(snapshot(), own_link=Link.DOWN)) == ["Our own link works again"]
    assert over(grid) == ["Power is back"]
    assert over(distrusted()) == ["Teams: no longer distrusted"]
    assert over(replace(snapshot(), trouble=("disk",))) == [
        "Over: Disk error: history is no longer kept"
    ]


def test_what_is_over_comes_after_what_is_bad_and_the_worst_first() -> None:
    shown = replace(snapshot("xxxx", "xooo"), own_link=Link.DOWN)
    now = [
        replace(matter, severity=0) if matter.key == "own-link" else matter
        for matter in told(shown)
    ]

    title, *_, last = said(shown, now=now).text.splitlines()[1:-1]

    assert title.startswith("Alert: no usable channel")
    assert last == "Our own link works again"
    assert said(shown, now=now).title.endswith(
        "Alert: no usable channel (and 2 others)"
    )


@pytest.mark.parametrize(
    ("language", "word"),
    [("fr", "EXERCICE"), ("nl", "OEFENING"), ("de", "ÜBUNG"), ("en", "EXERCISE")],
)
def test_each_part_of_an_exercise_begins_with_the_word(
    language: str, word: str
) -> None:
    now = [replace(matter, exercise=True) for matter in told(FALLEN)]

    wording = said(FALLEN, language, now)

    for part in (wording.title, wording.text, wording.brief):
        assert part.startswith(f"{word}. ")


def test_an_exercise_says_what_is_played_and_that_it_is_over() -> None:
    played = Matter(
        kind=NoticeKind.RECOMMENDATION,
        key=PLAYED,
        state="carrier:mobile-a + channel:teams",
        severity=1,
        exercise=True,
    )

    begun = said(FALLEN, now=[played])
    ended = said(FALLEN, now=[replace(played, severity=0)])

    assert "simulated failure: Opérateur A, Teams" in begun.text
    assert "EXERCISE. 03:14 The exercise is over." in ended.brief


def test_a_test_and_what_may_come_twice_are_marked() -> None:
    localizer = Localizer(snapshot(), "en")

    wording = words([], localizer, code=CODE, again=True, test=True)

    for part in (wording.title, wording.text, wording.brief):
        assert part.startswith("TEST. AGAIN. ")
        assert "Test message, nothing is to be done" in part


LABELS = st.text(min_size=1, max_size=80) | st.sampled_from(
    ["Téléphones", "Ασύρματος " * 9, "😀" * 50, "x" * 200, "Δ{}" * 30, "a b " * 40]
)


@given(
    label=LABELS,
    site=LABELS,
    alert=st.sampled_from(["oooo", "xooo", "xx?x", "xxxx"]),
    coordinate=st.sampled_from(["xooo", "xxxo"]),
    language=st.sampled_from(LANGUAGES),
    code=st.text("ACDEFHJKLMNPQRTUVWXY3479", min_size=4, max_size=8),
    again=st.booleans(),
    own_link=st.sampled_from(Link),
)
def test_the_brief_goes_into_one_text_message_with_the_code(
    label: str,
    site: str,
    alert: str,
    coordinate: str,
    language: str,
    code: str,
    again: bool,
    own_link: Link,
) -> None:
    shown = snapshot(alert, coordinate, own_link=own_link)
    shown = replace(shown, site=Site(name=Text(site), language=language))
    for name in ("bridge", "satphone", "calls", "pager"):
        shown = with_channel(shown, name, short_name=Text(label), label=Text(label))

    wording = words(
        told(shown), Localizer(shown, language), code=code, again=again, exercise=again
    )

    assert sms_length.fits(wording.brief)
    assert wording.brief.lower().endswith(f" code {code.lower()}")
    assert "\n" not in wording.title + wording.brief


def test_what_has_no_room_is_counted_and_a_long_one_cut_at_a_word() -> None:
    long = with_channel(
        snapshot("xxxx", "xooo"), "bridge", short_name=Text("Αβγδ " * 9)
    )

    first, second = said(long).brief, said(long, now=told(long)[1:]).brief

    assert first.startswith("03:14 Alert: no usable channel.")
    assert "(and 1 other)" in first
    assert second == "03:14 Coordinate: use " + "Αβγδ " * 6 + "Αβγδ.. Code K7Q2"


def test_do_not_use_comes_before_what_only_ends() -> None:
    ending = Matter(
        kind=NoticeKind.ENDING,
        key="ending/channel:sms",
        state="sms",
        severity=2,
        facts={"until": moment(0).utc.isoformat()},
    )
    mains = Matter(kind=NoticeKind.ENDING, key=MAINS, state="power:grid", severity=1)
    shown = distrusted()

    heads = said(shown, now=[ending, mains, *told(shown)]).brief

    places = [
        heads.index(word)
        for word in ("Do not use: Teams", "Power is out", "lasts only")
    ]
    assert places == sorted(places)


def test_the_brief_has_the_link_where_it_has_room() -> None:
    link = "https://town.example/ack/" + "x" * 22
    short = words(told(FALLEN), Localizer(FALLEN, "en"), code=CODE, link=link).brief
    long = words(
        told(FALLEN), Localizer(FALLEN, "en"), code=CODE, link=f"{link}{'x' * 99}"
    ).brief

    assert short.endswith(f"ode {CODE} {link}")
    assert sms_length.fits(short)
    assert long.endswith(f"code {CODE}")


def test_who_is_told_in_place_of_another_is_told_so() -> None:
    wording = words(
        told(FALLEN), Localizer(FALLEN, "en"), code=CODE, unanswered="Duty officer"
    )

    assert wording.text.splitlines()[1] == "Not acknowledged by Duty officer"
    assert "Not acknowledged by Duty officer" in wording.brief


def test_the_end_of_power_alone_is_not_told_by_channel() -> None:
    ended = Matter(kind=NoticeKind.ENDING, key=MAINS, state="power:grid")

    assert said(snapshot(), now=[ended]).text.splitlines()[1:-1] == ["Power is back"]


def test_change_that_is_due_to_who_hears_it_says_so() -> None:
    shown = hearing.unheard()

    assert rows(shown)[0] == (
        "Alert: use Voice calls, since 03:11. On-call SMS works but nobody hears it"
    )
    assert "SMS d'astreinte fonctionne mais n'est plus recu" in said(shown, "fr").brief


def pinned(left: bool) -> Snapshot:
    """Return a day with a pin on the dead satellite, all others well or dead."""
    shown = snapshot(coordinate="oooo" if left else "xxxx")
    return with_dead_pin(shown, 1, "satphone")


def test_pin_on_a_dead_channel_names_the_answer_without_it() -> None:
    told_now = said(pinned(left=True))

    assert "is pinned, but down, since 03:11. Without the pin: Teams" in told_now.text
    assert "is pinned, but down. Without the pin: Teams" in told_now.brief


def test_pin_on_a_dead_channel_with_nothing_else_names_the_last_resort() -> None:
    shown = pinned(left=False)
    last = Localizer(shown, "en").in_language(shown.recommendations[1].last_resort)

    assert last
    assert last[:30] in said(shown).text


def test_pin_on_an_unheard_channel_names_the_answer_without_it() -> None:
    reach = {"sms": hearing.heard("--"), "calls": hearing.heard("oo")}
    shown = hearing.hears(snapshot(), 0, reach, "calls")
    first = shown.recommendations[0].use
    assert first
    calls = replace(first, channel="calls", reach=reach["calls"])
    held = replace(first, pinned=True, reach=reach["sms"])

    text = said(with_line(shown, 0, use=held, unpinned=calls)).text

    assert "is pinned, but nobody hears it. Without the pin: " in text
    assert "use On-call SMS" not in text
