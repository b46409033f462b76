# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

from collections.abc import Collection

import pytest
from msgspec.structs import replace
from render import hearing
from render.situations import meanwhile, measuring
from render.snapshots import (
    ALERT,
    COORDINATE,
    line,
    moment,
    snapshot,
    standing,
    with_channel,
    with_dead_pin,
    with_line,
)

from secours.languages import LANGUAGES, Text
from secours.model.observed import Reason
from secours.model.sections.channel import Carries
from secours.model.sections.line import Purpose, Tier
from secours.model.snapshot import (
    Backup,
    Change,
    Recommendation,
    Rehearsal,
    Snapshot,
    State,
)
from secours.model.statements import Announced, Exercise
from secours.render.wording import sms_length
from secours.render.wording.announcement import Announcement, announcements, heading
from secours.render.wording.localizer import Localizer


def changed(shown: Snapshot, before: str, after: str, purpose: str) -> Snapshot:
    """Return the snapshot after the line went from one channel to another."""
    change = Change(
        at=moment(60),
        subject="line",
        name=f"{purpose}/management",
        before=before,
        after=after,
    )
    return replace(shown, changes=(change, *shown.changes))


def coordinate(shown: Snapshot, language: str = "fr") -> Announcement:
    return announcements(shown, language)[1]


def test_one_for_each_line_in_the_order_of_the_plan() -> None:
    said = announcements(snapshot(), "en")

    assert [(a.purpose, a.audience, a.exercise) for a in said] == [
        (Purpose.ALERT, "management", False),
        (Purpose.COORDINATE, "management", False),
    ]


def test_none_for_a_line_that_informs_the_population() -> None:
    shown = snapshot()
    first, second = shown.recommendations
    informs = replace(first, purpose=Purpose.INFORM, audience="population")

    said = announcements(replace(shown, recommendations=(informs, second)), "en")

    assert [each.purpose for each in said] == [Purpose.COORDINATE]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "fr",
            "03:14 COORDONNER : utilisez Pont téléphonique. Composer le 02 555 12 12."
            " Sinon : Radio canal 3. Pas Teams. Cellule de crise",
        ),
        (
            "nl",
            "03:14 COÖRDINEREN: gebruik Pont téléphonique. Composer le 02 555 12 12."
            " Zo niet: Radio canal 3. Niet Teams. Cellule de crise",
        ),
        (
            "de",
            "03:14 KOORDINIEREN: Pont téléphonique benutzen. Composer le 02 555 12 12."
            " Sonst: Radio canal 3. Nicht Teams. Cellule de crise",
        ),
        (
            "en",
            "03:14 COORDINATE: use Phone bridge. Composer le 02 555 12 12."
            " If that fails: Radio channel 3. Not Teams. Cellule de crise",
        ),
    ],
)
def test_a_change_says_what_to_use_how_what_else_and_what_not(
    language: str, text: str
) -> None:
    shown = changed(snapshot("oooo", "xooo"), "teams", "bridge", "coordinate")

    assert coordinate(shown, language).text == text


# ------------------------------------------------------------------ where to send it


def test_people_listen_on_the_channel_of_before_while_it_works() -> None:
    shown = changed(snapshot("oooo", "dooo"), "teams", "bridge", "coordinate")

    assert coordinate(shown).on == ("teams",)


def test_nobody_is_told_on_a_channel_that_is_down() -> None:
    shown = changed(snapshot("oooo", "xooo"), "teams", "bridge", "coordinate")

    assert coordinate(shown).on == ("sms",)


def test_nobody_is_told_on_a_channel_that_an_intruder_reads() -> None:
    shown = changed(snapshot(), "teams", "bridge", "coordinate")
    aside = standing("o", aside=Reason.SET_ASIDE, declared_by="Ana")
    shown = with_channel(shown, "teams", standing=aside)

    assert coordinate(shown).on == ("sms",)


def told(channel: str, *on: str, ago_s: float = 600.0) -> Announced:
    """Return that people were told to coordinate on a channel, and where."""
    return Announced(
        line="coordinate/management", channel=channel, on=on, by="Ana", at=moment(ago_s)
    )


def test_those_who_were_never_told_are_told_where_they_still_are() -> None:
    shown = changed(snapshot("oooo", "ddoo"), "bridge", "radio", "coordinate")

    assert coordinate(shown).on == ("bridge", "teams")


def test_those_who_were_told_are_where_they_were_sent() -> None:
    shown = changed(snapshot("oooo", "ddoo"), "bridge", "radio", "coordinate")
    shown = replace(shown, announced=(told("bridge", "teams"),))

    assert coordinate(shown).on == ("bridge",)


def test_those_who_could_not_be_told_then_are_told_now_that_it_works() -> None:
    shown = changed(snapshot("oooo", "ddoo"), "bridge", "radio", "coordinate")
    shown = replace(shown, announced=(told("bridge", "sms"),))

    assert coordinate(shown).on == ("bridge", "teams")


def test_what_was_announced_for_another_line_tells_nothing_of_this_one() -> None:
    shown = changed(snapshot("oooo", "ddoo"), "bridge", "radio", "coordinate")
    other = replace(told("bridge", "teams"), line="alert/management")

    assert coordinate(replace(shown, announced=(other,))).on == ("bridge", "teams")


def test_whoever_cannot_be_reached_where_they_are_is_alerted_besides() -> None:
    shown = changed(snapshot("oooo", "xdoo"), "bridge", "radio", "coordinate")

    assert coordinate(shown).on == ("bridge", "sms")


def test_once_told_people_are_where_they_should_be() -> None:
    shown = changed(snapshot("oooo", "dooo"), "teams", "bridge", "coordinate")
    shown = replace(shown, announced=(told("bridge", "teams", ago_s=30.0),))

    assert coordinate(shown).on == ("bridge",)
    assert heading(coordinate(shown), Localizer(shown, "en")).endswith(
        "; told by Ana at 03:13 on Teams"
    )


# ------------------------------------------------------------------ what carries it


def carrying(shown: Snapshot, **carries: Collection[Carries]) -> Snapshot:
    for name, what in carries.items():
        shown = with_channel(shown, name, carries=tuple(what))
    return shown


def test_a_channel_that_carries_only_voice_is_read_out_by() -> None:
    shown = changed(snapshot("oooo", "ddoo"), "bridge", "radio", "coordinate")
    shown = carrying(shown, bridge={Carries.VOICE})

    said = coordinate(shown, "en")
    assert (said.on, said.read_on) == (("teams",), ("bridge",))
    assert "send this by Teams; read it out by Phone bridge (" in heading(
        said, Localizer(shown, "en")
    )

    shown = carrying(shown, teams={Carries.VOICE, Carries.SIGNAL})
    assert heading(coordinate(shown, "en"), Localizer(shown, "en")).startswith(
        "COORDINATE · management: read this out by Phone bridge, Teams ("
    )


def test_nobody_is_told_by_what_carries_no_words() -> None:
    shown = carrying(snapshot("oooo", "xooo"), sms={Carries.SIGNAL})

    said = coordinate(shown, "en")
    assert (said.on, said.read_on) == (("bridge",), ())


def test_never_not_what_is_the_backup() -> None:
    shown = changed(snapshot("oooo", "?xxo"), "teams", "satphone", "coordinate")

    text = coordinate(shown, "en").text
    assert "If that fails: Teams." in text
    assert "Not Teams" not in text


def test_where_nothing_alerts_people_look_at_the_new_channel() -> None:
    shown = changed(snapshot("xxxx", "xxoo"), "bridge", "radio", "coordinate")

    assert coordinate(shown).on == ("radio",)


def test_an_unverified_channel_is_better_than_none() -> None:
    assert coordinate(snapshot("xxxx", "xx?x")).on == ("radio",)


def test_nothing_left_is_told_by_messenger() -> None:
    said = coordinate(snapshot("xxxx", "xxxx"), "en")

    assert said.on == ()
    assert said.text == (
        "03:14 COORDINATE: no usable channel."
        " Send a runner. Follow the paper plan, page 4. Cellule de crise"
    )


def test_who_was_told_that_nothing_is_left_is_told_of_what_works_again() -> None:
    told = Announced(
        line="coordinate/management", channel="", on=("radio",), by="Bob", at=moment(90)
    )
    shown = changed(snapshot(), "", "teams", "coordinate")

    assert not coordinate(shown).news
    assert coordinate(replace(shown, announced=(told,))).news
    assert coordinate(replace(shown, announced=(told,))).told is None


def test_who_was_told_that_nothing_is_left_listens_where_he_did() -> None:
    told = Announced(
        line="coordinate/management", channel="", on=(), by="Bob", at=moment(90)
    )
    shown = changed(snapshot("oooo", "oxxo"), "", "teams", "coordinate")
    before = coordinate(shown)

    assert coordinate(replace(shown, announced=(told,))).on == before.on


def test_nobody_is_told_to_use_what_is_pinned_and_down() -> None:
    told = coordinate(with_dead_pin(snapshot("oooo", "ooox"), 1, "satphone"))

    assert (told.use, "utilisez Teams." in told.text) == ("teams", True)
    assert "Satellite" not in told.text


def test_nobody_is_told_to_use_what_is_pinned_and_that_nobody_hears() -> None:
    reach = {"sms": hearing.heard("--"), "calls": hearing.heard("oo")}
    spare = Backup(channel="pager", tier=Tier.CONTINGENCY)
    shown = hearing.hears(with_line(snapshot(), 0, backup=spare), 0, reach)
    first = shown.recommendations[0]
    assert first.use
    calls = replace(first.use, channel="calls", pinned=False, reach=reach["calls"])
    pinned = replace(first.use, pinned=True)

    told = announcements(with_line(shown, 0, use=pinned, unpinned=calls), "fr")[0]

    assert told.use == "calls"
    assert told.text.count("Appels vocaux") == 1


def test_where_what_is_pinned_is_down_as_all_else_the_last_resort_is_told() -> None:
    pinned = snapshot("oooo", "xxxo")
    use = pinned.recommendations[1].use
    assert use
    down = replace(use, state=State.DOWN, pinned=True)
    shown = with_line(pinned, 1, use=down, unpinned=None, backup=None)

    assert coordinate(shown).use is None
    assert "aucun canal utilisable" in coordinate(shown).text


@pytest.mark.parametrize("ending", ["", ".", "!"], ids=["none", "stop", "mark"])
def test_what_is_done_then_is_a_sentence_of_its_own(ending: str) -> None:
    shown = snapshot("xxxx", "xxxx")
    meet = replace(
        shown.recommendations[1], last_resort=Text(plain=f"Meet, 1st floor{ending}")
    )
    shown = replace(shown, recommendations=(shown.recommendations[0], meet))

    assert f"Meet, 1st floor{ending or '.'} Cellule" in coordinate(shown, "en").text


def test_before_the_first_answer_there_is_nothing_to_say() -> None:
    assert len(announcements(measuring(snapshot(), 0), "fr")) == 1
    assert announcements(meanwhile(), "fr") == ()


def test_what_people_do_by_habit_is_no_news_but_a_change_is_for_an_hour() -> None:
    back = changed(snapshot(), "bridge", "teams", "coordinate")
    later = replace(back, at=moment(60 - 3600))

    assert [said.news for said in announcements(snapshot(), "en")] == [False, False]
    assert coordinate(back).news
    assert not coordinate(later).news
    assert coordinate(snapshot("oooo", "xooo")).news
    assert coordinate(snapshot("oooo", "xxxx")).news


# ------------------------------------------------------------------ how long


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name",
    [
        "Téléconférence sécurisée préfectorale de la région",
        "Œuvre — « ça » … ’",
        "{[~]}" * 30,
        "x" * 400,
        "Рация штаба номер три, запасная частота, второй этаж",
    ],
)
def test_every_text_goes_into_one_sms(language: str, name: str) -> None:
    shown = changed(snapshot("xooo", "xooo"), "teams", "bridge", "coordinate")
    for channel in (*ALERT, *COORDINATE):
        shown = with_channel(
            shown, channel, short_name=Text(name), how=Text(f"Composer {name}")
        )

    for said in announcements(shown, language):
        assert sms_length.fits(said.text)
        assert sms_length.length(said.text) > 40


def test_what_helps_least_is_left_out_first() -> None:
    shown = with_channel(
        changed(snapshot("oooo", "xooo"), "teams", "bridge", "coordinate"),
        "bridge",
        how=Text("Composer le 02 555 12 12, code sur la fiche rouge de l’armoire B"),
    )

    text = coordinate(shown).text
    assert "l'armoire B" in text
    assert "Sinon : Radio canal 3." in text
    assert "Cellule de crise" not in text


# ------------------------------------------------------------------ an exercise


def rehearsed(real: Snapshot, *lines: Recommendation, **down: State) -> Snapshot:
    channels = {view.name: view.standing for view in real.channels}
    channels |= {
        name: replace(channels[name], state=state) for name, state in down.items()
    }
    played = Exercise(fails=("carrier:mobile-a",), by="Ana", at=moment(60))
    rehearsal = Rehearsal(exercise=played, channels=channels, recommendations=lines)
    return replace(real, rehearsal=rehearsal)


@pytest.mark.parametrize(
    ("language", "word"),
    [("fr", "EXERCICE"), ("nl", "OEFENING"), ("de", "ÜBUNG"), ("en", "EXERCISE")],
)
def test_an_exercise_is_told_apart_and_begins_with_the_word(
    language: str, word: str
) -> None:
    shown = rehearsed(
        snapshot(),
        line(Purpose.ALERT, ALERT, "xooo"),
        line(Purpose.COORDINATE, COORDINATE, "oooo"),
        sms=State.DOWN,
    )

    said = announcements(shown, language)

    assert [a.exercise for a in said] == [False, False, True, True]
    assert not any(word in a.text for a in said[:2])
    assert all(a.text.startswith(f"{word}. 03:14") for a in said[2:])
    assert [a.on for a in said] == [("sms",), ("teams",), ("calls",), ("teams",)]
    assert said[2].before == "sms"


# ------------------------------------------------------------------ who hears it


def test_people_are_told_where_they_hear_it() -> None:
    shown = changed(hearing.unheard(), "sms", "calls", "alert")

    assert announcements(shown, "fr")[0].on == ("calls",)


def test_group_that_does_not_hear_the_channel_is_told_on_another() -> None:
    shown = hearing.hears(
        snapshot("oxoo"), 0, {"sms": hearing.heard("-o"), "pager": hearing.heard("o-")}
    )

    assert announcements(shown, "fr")[0].on == ("sms", "pager")


def test_group_is_told_on_an_unverified_channel_where_no_other_reaches_it() -> None:
    shown = snapshot("oxx?")
    shown = hearing.hears(
        shown, 0, {"sms": hearing.heard("-o"), "runner": hearing.heard("o-")}
    )

    assert announcements(shown, "fr")[0].on == ("sms", "runner")


def test_people_are_told_on_no_alert_that_they_do_not_hear() -> None:
    shown = hearing.hears(snapshot("oooo", "xooo"), 0, {"sms": hearing.heard("--")})

    assert announcements(shown, "fr")[1].on == ("bridge",)
    assert announcements(snapshot("oooo", "xooo"), "fr")[1].on == ("sms",)


def test_text_says_who_is_missed_and_where_they_are_reached() -> None:
    shown = hearing.missing("-o", "calls")

    assert announcements(shown, "fr")[0].news
    assert announcements(shown, "fr")[0].text == (
        "03:14 ALERTER : utilisez SMS d'astreinte. Envoyer au groupe ASTREINTE."
        " Sans : Terrain (20). Avec Appels vocaux : tous. Sinon : Appels vocaux."
        " Cellule de crise"
    )


def test_text_has_the_last_resort_where_nobody_is_known_to_hear_what_is_used() -> None:
    first, *_ = announcements(hearing.doubtful(), "fr")

    assert first.text == (
        "03:14 ALERTER : utilisez SMS d'astreinte. Envoyer au groupe ASTREINTE."
        " Dernier recours : Envoyer un messager. Suivre le plan papier, page 4."
        " Cellule de crise"
    )


@pytest.mark.parametrize(
    ("language", "reach", "clause"),
    [
        ("en", "o-", "If that fails: Voice calls (not: At home)."),
        ("en", "op", "If that fails: Voice calls (in part: At home)."),
        ("en", "-p", "If that fails: Voice calls (not: Field, in part: At home)."),
        ("en", "oo", "If that fails: Voice calls."),
        ("fr", "o-", "Sinon : Appels vocaux (sans : A domicile)."),
    ],
)
def test_text_says_who_does_not_hear_what_is_next(
    language: str, reach: str, clause: str
) -> None:
    shown = hearing.hears(snapshot(), 0, {"calls": hearing.heard(reach, reach)})

    first, *_ = announcements(shown, language)

    assert clause in first.text


def test_text_says_nothing_of_those_who_hear_neither() -> None:
    reach = {"sms": hearing.heard("o-"), "calls": hearing.heard("o-")}

    first, *_ = announcements(hearing.hears(snapshot(), 0, reach), "en")

    assert "If that fails: Voice calls." in first.text
