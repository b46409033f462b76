import re
from typing import Any

import pytest
from msgspec.structs import replace
from render import hearing
from render.snapshots import moment, snapshot, standing, with_channel, with_line
from render.town_statements import asking, pinned, rehearsed, set_aside, town
from requested import requested, travelling

from secours.languages import LANGUAGES
from secours.model.observed import Reason
from secours.model.requests import ConfirmRequest, ExerciseRequest
from secours.model.sections.line import Tier
from secours.model.snapshot import Backup, Snapshot
from secours.model.statements import Declared, Mark
from secours.render import templates
from secours.render.pages import actions, effects, in_force
from secours.render.pages.effects import Effect
from secours.render.templates.links import action_link
from secours.render.wording.localizer import Localizer

REQUESTS: list[dict[str, Any]] = [
    {"do": "mark", "subject": "channel:sms", "says": "down", "for_s": 3600.0},
    {"do": "mark", "subject": "channel:sms", "says": "down", "since": "14:05"},
    {"do": "mark", "subject": "channel:sms", "says": "up", "until": "16:40"},
    {"do": "mark", "subject": "channel:sms", "says": "maintenance", "for_s": 60.0},
    {"do": "mark", "subject": "carrier:mobile-a", "says": "distrusted", "for_s": 9e4},
    {"do": "pin", "line": "alert/management", "channel": "sms", "for_s": 3600.0},
    {"do": "test", "channel": "sms", "worked": True},
    {"do": "test", "channel": "sms", "worked": False, "remark": "mute"},
    {"do": "exercise", "action": "start", "fails": ["channel:sms"], "for_s": 60.0},
    {"do": "exercise", "action": "stop"},
    {"do": "unmark", "subject": "channel:sms"},
    {"do": "unmark", "subject": "channel:sms", "says": "distrusted"},
    {
        "do": "announced",
        "line": "alert/management",
        "channel": "calls",
        "on": ["sms", "radio"],
    },
    {"do": "unpin", "line": "alert/management"},
    {"do": "confirm"},
]


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def localizer(shown: Snapshot | None = None, language: str = "en") -> Localizer:
    return Localizer(shown or snapshot(), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("asked", REQUESTS, ids=str)
def test_what_was_done_is_said_in_short(asked: dict[str, Any], language: str) -> None:
    said = actions.in_short(requested(asked), localizer(language=language))

    assert said
    assert not set(said) & set("{}[]|?")
    assert "act." not in said


@pytest.mark.parametrize(
    ("subject", "asked", "name"),
    [
        ("channel:sms", {"do": "distrust"}, "distrusted"),
        ("channel:sms", {"do": "down"}, "down"),
        ("channel:sms", {"do": "worked"}, "worked"),
        ("channel:sms", {"do": "pin"}, "pin alert/management"),
        ("channel:sms", {"do": "pin", "line": "coordinate/management"}, None),
        (None, {"do": "pin", "line": "alert/management"}, "pin alert/management"),
        (None, {"do": "pin"}, None),
        ("power:grid", {"do": "exercise"}, "exercise"),
        ("power:grid", {"do": "worked"}, None),
        ("power:grid", {"do": "mark"}, None),
        (None, {}, None),
    ],
    ids=str,
)
def test_an_address_may_ask_for_a_deed(
    subject: str | None, asked: dict[str, str], name: str | None
) -> None:
    found = actions.deeds(subject, localizer(), asked.get("line"))

    chosen = actions.deed_asked(found, asked.get("do", ""), asked.get("line", ""))

    assert chosen == name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("asked", REQUESTS, ids=str)
def test_what_a_request_does_is_said_in_words(
    asked: dict[str, Any], language: str
) -> None:
    said = actions.will(requested(asked), localizer(language=language))

    assert not any(set(text) & set("{}[]|?") for text in said)
    assert not any("act." in text or "_s" in text for text in said)


def test_it_is_said_of_what_for_how_long_and_why() -> None:
    asked = {**REQUESTS[0], "why": "seen"}

    assert actions.will(requested(asked), localizer()) == [
        "On-call SMS counts as down for 1 h, with all that needs it, whatever the"
        " tests say.",
        "“seen”",
    ]


def test_a_distrust_says_that_it_does_not_end_by_itself() -> None:
    (said,) = actions.will(requested(REQUESTS[4]), localizer(language="fr"))

    assert said.startswith(
        "Compromission : Opérateur A et tout ce qui en dépend sont écartés"
    )
    assert "Cela ne finit pas tout seul" in said


def test_a_word_says_whose_word_it_takes_the_place_of() -> None:
    asked = {"do": "mark", "subject": "channel:teams", "for_s": 60.0}
    asked = {**asked, "says": "distrusted"}
    other = {**asked, "subject": "channel:radio"}

    replaced = actions.will(requested(asked), localizer(set_aside()))

    assert replaced[1:] == [
        "It takes the place of: Teams set aside: no longer safe (Anne Dupont)"
    ]
    assert len(actions.will(requested(other), localizer(set_aside()))) == 1


def test_a_mark_is_shown_since_it_holds_and_not_since_it_was_said() -> None:
    down = Mark(
        subject="carrier:mobile-a",
        says=Declared.DOWN,
        by="Anne",
        at=moment(60),
        since=moment(3600),
    )
    about = {"do": "mark", "subject": "carrier:mobile-a", "says": "down"}
    asked = requested({**about, "since": "14:05", "for_s": 60.0})

    (held,) = in_force.statements(localizer(snapshot(marks=(down,))))
    (will,) = actions.will(asked, localizer())

    assert text_of(held.html) == ("Opérateur A declared down by Anne, since 02:14:07")
    assert will.startswith("Opérateur A counts as down since 14:05 for 1 min, with")


def test_stopping_an_exercise_takes_the_place_of_nothing() -> None:
    shown = rehearsed(town())
    again = {"do": "exercise", "action": "start", "fails": ["channel:calls"]}

    assert actions.will(ExerciseRequest(action="stop"), localizer(shown)) == [
        "The exercise ends."
    ]
    assert (
        "It takes the place of: EXERCISE: simulated failure of Power grid"
        in actions.will(requested(again), localizer(shown))[1]
    )


def told(effect: Effect) -> list[str]:
    """Write what changes, each line as it is now and then."""
    return [
        *effect.said,
        *(
            f"{each['line']}: {' → '.join(dict.fromkeys(each['use']))};"
            f" {' → '.join(dict.fromkeys(each['backup']))}"
            for each in effect.lines
        ),
        effect.rest,
    ]


def test_what_follows_names_what_is_lost_and_what_is_used_then() -> None:
    aside = standing("o", aside=Reason.SET_ASIDE)
    after = with_channel(snapshot("xooo"), "teams", standing=aside)

    assert told(effects.follows(snapshot(), after, localizer())) == [
        "Set aside then: Teams",
        "Down then: On-call SMS",
        "ALERT · management: On-call SMS → Voice calls;"
        " if that fails: Voice calls → if that fails: Pager",
        "The other lines stay the same.",
    ]
    assert told(effects.follows(after, snapshot(), localizer())) == [
        "No longer set aside: Teams",
        "No longer down: On-call SMS",
        "ALERT · management: Voice calls → On-call SMS;"
        " if that fails: Pager → if that fails: Voice calls",
        "The other lines stay the same.",
    ]


def test_what_follows_says_when_nothing_is_left_or_it_is_not_verified() -> None:
    nothing = effects.follows(snapshot(), snapshot("xxxx"), localizer())
    unverified = effects.follows(snapshot(), snapshot("?xxx", "x?xx"), localizer())

    deaf = effects.follows(snapshot(), hearing.pinned_in_vain(), localizer())

    assert deaf.lines[0]["use"][1].endswith(" · PINNED · NOT HEARD")
    assert nothing.lines[0]["use"] == ("On-call SMS", "NO USABLE CHANNEL")
    assert nothing.lines[0]["backup"] == ("if that fails: Voice calls", "")
    assert [each["use"] for each in unverified.lines] == [
        ("On-call SMS", "On-call SMS · UNVERIFIED"),
        ("Teams", "Phone bridge · UNVERIFIED"),
    ]
    assert unverified.rest == ""


def test_what_follows_says_what_is_proven_then_and_what_no_longer() -> None:
    tried = effects.follows(snapshot("oo?o"), snapshot(), localizer())
    lapsed = effects.follows(snapshot("ooxo"), snapshot("oo?o"), localizer())
    aside = standing("o", aside=Reason.SET_ASIDE)
    kept = with_channel(snapshot(), "pager", standing=aside)
    distrusted = effects.follows(snapshot("oo?o"), kept, localizer())

    assert tried.said == ["OK then: Pager"]
    assert lapsed.said == ["No longer down: Pager", "Unknown then: Pager"]
    assert distrusted.said == ["Set aside then: Pager"]


def test_what_follows_says_what_is_pinned_then() -> None:
    up = effects.follows(town(), pinned("o"), localizer())
    down = effects.follows(town(), pinned("x"), localizer())

    assert up.lines[0]["use"] == ("On-call SMS", "Pager · PINNED")
    assert down.lines[0]["use"] == ("On-call SMS", "Pager · PINNED BUT DOWN")


def test_what_changes_no_answer_says_so() -> None:
    effect = effects.follows(snapshot(), snapshot("ooox"), localizer())

    assert effect.lines == []
    assert effect.rest == "The channels to use stay the same."


def test_an_exercise_is_foreseen_with_its_word_and_its_end_is_said() -> None:
    begun = effects.follows(town(), rehearsed(town()), localizer())
    ended = effects.follows(rehearsed(town()), town(), localizer())
    held = effects.follows(rehearsed(town()), rehearsed(town()), localizer())

    assert begun.said[0].startswith("EXERCISE · ALERT")
    assert ended.said == ["It ends the exercise."]
    assert held.said == []
    same = {"The channels to use stay the same."}
    assert {each.rest for each in (begun, ended, held)} == same


def test_each_line_is_drawn_as_it_is_now_and_then() -> None:
    effect = effects.follows(snapshot(), snapshot("oxoo"), localizer())

    html = actions.will_html(["So it is."], effect, localizer())

    assert text_of(html) == (
        "What would change So it is. Down then: Voice calls Line of the plan Now Then"
        " ALERT · management On-call SMS if that fails: Voice calls On-call SMS if"
        " that fails: Pager The other lines stay the same."
    )
    assert html.count("s-changed") == 1  # the one in use stays
    assert text_of(actions.will_html([], None, localizer())) == (
        "What would change Said here before you confirm it."
    )


def test_all_that_is_in_force_is_listed_with_who_why_and_until_when() -> None:
    shown = rehearsed(replace(set_aside(), pins=pinned().pins[:1]))

    held = in_force.statements(localizer(shown))

    assert [text_of(each.html) for each in held] == [
        "Teams set aside: no longer safe by Anne Dupont, since 01:14:07; to be"
        " confirmed by 07:14 “intrus”",
        "On-call SMS in maintenance by Bob, since 01:14:07, until 07:14 “intrus”",
        "ALERT · management: Pager pinned by Anne Dupont, since 03:04:07, until 12:14",
        "EXERCISE: simulated failure of Power grid, Opérateur A by Anne Dupont,"
        " since 03:04:07, until 05:14",
    ]
    assert [travelling(each.undo) for each in held] == [
        {"do": "unmark", "subject": "channel:teams", "says": "distrusted"},
        {"do": "unmark", "subject": "channel:sms", "says": "maintenance"},
        {"do": "unpin", "line": "alert/management"},
        {"do": "exercise", "action": "stop"},
    ]
    assert not any(each.again for each in held)


def test_where_marks_may_be_lost_what_confirms_them_comes_first() -> None:
    first, *others = in_force.statements(
        localizer(replace(set_aside(), words_lost=True))
    )

    assert text_of(first.html) == "What people declared may be lost: see Act"
    assert (first.undo, first.button) == (ConfirmRequest(), "act.all")
    assert others == in_force.statements(localizer(set_aside()))


def test_a_distrust_at_its_date_asks_to_be_confirmed() -> None:
    first, second = in_force.statements(localizer(set_aside(due=True)))

    assert "has asked to be confirmed since 02:14" in text_of(first.html)
    assert travelling(first.again) == {
        "do": "mark",
        "subject": "channel:teams",
        "says": "distrusted",
        "why": "intrus",
    }
    assert second.again is None


def test_what_is_about_to_end_asks_to_be_confirmed() -> None:
    mark, pin = in_force.statements(localizer(asking()))

    for held in (mark, pin):
        assert "ends at 03:24, to be confirmed" in text_of(held.html)
        assert held.again_button == "act.again.word"
    assert travelling(mark.again) == {
        "do": "mark",
        "subject": "channel:teams",
        "says": "down",
        "why": "vu",
    }
    assert travelling(pin.again) == {
        "do": "pin",
        "line": "alert/management",
        "channel": "sms",
        "why": "vu",
    }


def test_the_answer_of_the_engine_is_said_line_by_line() -> None:
    told: dict[str, Any] = {
        "kept": "memory",
        "recommendations": [
            {
                "purpose": "alert",
                "audience": "staff",
                "use": "sms",
                "state": "down",
                "pinned": True,
            },
            {
                "purpose": "coordinate",
                "audience": "staff",
                "use": None,
                "state": None,
                "pinned": False,
            },
        ],
    }

    said = text_of(actions.done_html("SMS · Down", told, moment(), localizer()))
    told["kept"] = "disk"
    undone = actions.done_html("SMS · Down", told, moment(), localizer(), undone=True)

    assert said == (
        "Noted at 03:14:07. SMS · Down Held in memory only: the disk refuses."
        " Recommended since then: ALERT · staff: PINNED BUT DOWN: On-call SMS."
        " COORDINATE · staff: NO USABLE CHANNEL."
    )
    assert text_of(undone).startswith("Taken back at 03:14:07. SMS · Down Recommended")


def test_answer_does_not_say_to_use_a_pinned_channel_that_nobody_hears() -> None:
    line = {"use": "sms", "state": "unknown", "pinned": True, "unheard": True}

    said = actions.answered(line, "en", "ALERT", "SMS")

    assert said == "ALERT: PINNED · NOT HEARD: SMS."


def test_what_a_word_sets_aside_and_what_not_is_said_in_the_readers_language() -> None:
    told: dict[str, Any] = {
        "kept": "disk",
        "reach": {
            "aside": [],
            "battery": [{"channel": "pager", "label": "x"}],
            "way": [{"channel": "calls", "label": "x"}],
        },
    }

    said = text_of(actions.done_html("x", told, moment(), localizer(language="nl")))

    assert said == (
        "Genoteerd om 03:14:07. x Geen kanaal is opzijgezet. Niet opzijgezet, want een"
        " batterij kan ze voeden: Radiomessagerie. Niet opzijgezet, want ze hebben een"
        " andere weg: Appels vocaux."
    )


def test_answer_to_a_failed_test_says_that_the_channel_counts_as_working() -> None:
    told = {"kept": "disk", "reach": {"works": [{"channel": "pager", "label": "x"}]}}

    said = text_of(actions.done_html("x", told, moment(), localizer(language="nl")))

    assert said == (
        "Genoteerd om 03:14:07. x Radiomessagerie geldt nog als werkend, want de eigen"
        " tests slagen. Komt niemand erdoor, meld het als uitgevallen."
    )


def test_a_link_leads_to_a_form_that_is_filled_in() -> None:
    link = action_link("page.act", "A&B", localizer(), subject='channel:a"b')

    html = templates.part("base/parts.html", "act", "en", link=link)

    assert (
        'href="act?lang=en&amp;subject=channel%3Aa%22b" target="_self"'
        ' aria-label="Act: A&amp;B"' in html
    )


def test_hostile_words_are_only_text() -> None:
    bad = "<img src=x onerror=alert(1)>"
    shown = set_aside(by=bad)
    shown = replace(shown, marks=(replace(shown.marks[0], why=bad, subject=bad),))

    (held,) = in_force.statements(localizer(shown))

    assert "<img" not in held.html


def twice_marked() -> Snapshot:
    """Return a town whose Teams is distrusted by one, and down for another."""
    shown = set_aside()
    down = replace(shown.marks[0], says=Declared.DOWN, by="Bob", why="")
    return replace(shown, marks=(shown.marks[0], down))


def test_a_distrust_stands_beside_another_mark_and_each_is_withdrawn_alone() -> None:
    held = in_force.statements(localizer(twice_marked()))

    assert [each.name for each in held] == [
        "Teams set aside: no longer safe",
        "Teams declared down",
    ]
    assert [travelling(each.undo) for each in held] == [
        {"do": "unmark", "subject": "channel:teams", "says": "distrusted"},
        {"do": "unmark", "subject": "channel:teams", "says": "down"},
    ]
    assert len({each.about for each in held}) == 2
    assert held[1].undo is not None
    assert actions.will(held[1].undo, localizer(twice_marked())) == [
        "No longer in force: Teams declared down (Bob). What else is declared of it"
        " stays: Teams set aside: no longer safe (Anne Dupont)."
    ]


@pytest.mark.parametrize(
    ("says", "replaced"),
    [
        ("distrusted", "Teams set aside: no longer safe (Anne Dupont)"),
        ("up", "Teams declared down (Bob)"),
    ],
)
def test_a_mark_takes_the_place_of_one_of_its_own_sort_only(
    says: str, replaced: str
) -> None:
    asked = {"do": "mark", "subject": "channel:teams", "says": says, "for_s": 60.0}

    said = actions.will(requested(asked), localizer(twice_marked()))

    assert said[1:] == [f"It takes the place of: {replaced}"]


def test_what_follows_says_when_only_the_backup_changes() -> None:
    after = effects.follows(snapshot(), snapshot("oxoo"), localizer())
    nothing = effects.follows(snapshot(), snapshot("oxxx"), localizer())

    assert after.lines[0]["backup"] == (
        "if that fails: Voice calls",
        "if that fails: Pager",
    )
    assert after.rest == "The other lines stay the same."
    assert nothing.lines[0]["backup"][1] == "if that fails: no other safe channel"


def test_what_follows_says_when_the_backup_is_one_that_falls_too() -> None:
    shares = Backup(channel="calls", tier=Tier.ALTERNATE, shares=("carrier:mobile-a",))

    after = with_line(snapshot(), 0, backup=shares)

    (line,) = effects.follows(snapshot(), after, localizer()).lines

    assert line["backup"][1] == "if that fails: Voice calls (shares Opérateur A)"


def test_an_announcement_says_who_is_told_where() -> None:
    (asked,) = (asked for asked in REQUESTS if asked["do"] == "announced")

    (said,) = actions.will(requested(asked), localizer())

    assert said == (
        "The journal notes that people were told to use Voice calls for ALERT ·"
        " management, on: On-call SMS, Radio channel 3."
    )


@pytest.mark.parametrize(
    ("says", "only"),
    [
        (Declared.DISTRUSTED, "Only Province de Liège can lift that"),
        (Declared.DOWN, "Only Province de Liège can withdraw that; your own word"),
    ],
    ids=["distrust", "down"],
)
def test_a_word_of_the_province_has_no_button_and_says_why(
    says: Declared, only: str
) -> None:
    mark = Mark(
        subject="channel:teams",
        says=says,
        by="Province de Liège (Ann)",
        at=moment(60),
        author="Province de Liège",
    )

    [held] = in_force.statements(localizer(replace(town(), marks=(mark,))))

    assert held.undo is None
    assert held.again is None
    assert "by Province de Liège (Ann)" in text_of(held.html)
    assert only in text_of(held.html)
