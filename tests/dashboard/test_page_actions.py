import json
from datetime import time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import streamlit as st
from dashboard.act_page import (
    NAME,
    WHY,
    comes,
    deeds,
    done,
    foresee,
    keeps,
    labels,
    named,
    opened,
    pressed,
    published,
    ran,
    said,
    say,
    shown,
    typed,
)
from msgspec.structs import replace
from render.sent_notices import informed
from render.snapshots import snapshot
from render.standbys import STANDBYS
from render.town_statements import asking, rehearsed, set_aside, town
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.access import person
from secours.dashboard.access.policy import KNOWN, LOCAL, Viewer
from secours.dashboard.engine import engine_client, preview
from secours.dashboard.views import act
from secours.engine import clock
from secours.engine.published import snapshot_file
from secours.model.notices import Fitness, TargetView
from secours.model.observed import Instant
from secours.model.requests import AnnouncedRequest
from secours.model.statements import Declared
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.usefixtures("plain_spaces")

DEED, SUBJECT = "What about it?", "Channel, or what several share"
UNDO = {"do": "unmark", "subject": "channel:sms", "says": "down"}


@pytest.fixture(autouse=True)
def _published(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(snapshot("oooo"))
    monkeypatch.setattr(engine_client, "say", say)
    monkeypatch.setattr(preview, "foresee", foresee)
    comes(Viewer(kind=LOCAL), monkeypatch)
    keeps("", monkeypatch)


def fed(page: AppTest) -> dict[str, Any]:
    """Return what the script of the page is told."""
    (component,) = cast("list[Any]", page.get("bidi_component"))
    told: dict[str, Any] = json.loads(component.proto.json)
    return told


def test_a_mark_is_seen_before_it_is_confirmed_and_then_signed() -> None:
    page = done(opened(subject="channel:sms"), "down")
    seen, before = shown(page), said(page)
    typed(named(page), WHY, "seen")

    after = shown(pressed(page))

    assert "On-call SMS counts as down for 12 h" in seen
    assert "Down then: On-call SMS" in seen
    assert "Voice calls</b>" in seen
    assert before is None
    assert said(page) == {
        "do": "mark",
        "subject": "channel:sms",
        "says": "down",
        "why": "seen",
        "for_s": 43200.0,
        "by": "Anne",
    }
    assert "On-call SMS · Down" in after
    assert "ALERT · staff: use Voice calls." in after
    assert page.selectbox[0].value is None  # the form is empty again
    assert deeds(page).value is None
    assert "subject" not in page.query_params


def test_the_row_of_a_distrust_asks_for_two_clicks_and_a_name() -> None:
    page = opened(do="distrust", subject="channel:sms")
    labelled = [each.label for each in page.selectbox]
    seen = shown(page)

    pressed(named(page))

    assert labelled == [SUBJECT, "Ask to confirm it after"]
    assert "This does not end by itself" in seen
    assert said(page)["says"] == "distrusted"
    assert said(page)["subject"] == "channel:sms"


def test_what_is_down_may_have_fallen_earlier() -> None:
    page = opened(subject="carrier:mobile-a")
    asked_before = [each.label for each in page.time_input]
    (since,) = done(page, "down").time_input
    since.set_value(time(2, 5)).run()
    seen = shown(page)

    pressed(named(page))

    assert asked_before == []
    assert since.label == "Since when (empty: now)"
    assert "Opérateur A counts as down since 02:05 for 12 h" in seen
    assert said(page)["since"] == "02:05"


def test_another_subject_leaves_the_deed_and_what_was_typed() -> None:
    page = done(opened(subject="channel:sms"), "maintenance")
    page.selectbox[0].select("channel:radio").run()

    assert deeds(page).value == "maintenance"
    assert "Radio channel 3 is in maintenance" in shown(page)


def test_a_channel_can_be_pinned_to_each_line_that_has_it_and_a_component_to_none() -> (
    None
):
    page = opened(subject="channel:radio")
    of_channel = [label.replace("\\", "") for label in deeds(page).options]
    page.selectbox[0].select("carrier:mobile-a").run()
    of_component = [label.replace("\\", "") for label in deeds(page).options]

    assert [label for label in of_channel if label.startswith("Use it")] == [
        "Use it: COORDINATE · management"
    ]
    assert of_component == [
        "Down",
        "Works again",
        "In maintenance",
        "Unsafe: do not use",
        "Exercise: play its failure",
    ]


def test_a_line_that_an_address_asks_for_offers_its_own_channels_first() -> None:
    page = opened(do="pin", line="coordinate/management")
    offered = page.selectbox[0].options[:4]
    page.selectbox[0].select("channel:radio").run()
    seen = shown(page)

    pressed(named(page))

    assert [each.rpartition(" ")[2] for each in offered] == [
        "(teams)",
        "(bridge)",
        "(radio)",
        "(satphone)",
    ]
    assert "COORDINATE · management: Radio channel 3 is recommended for 12 h" in seen
    assert said(page)["line"] == "coordinate/management"
    assert said(page)["channel"] == "radio"


@pytest.mark.parametrize(
    ("name", "worked"), [("worked", True), ("failed", False)], ids=["worked", "failed"]
)
def test_a_test_is_logged_with_its_result_and_remark_and_needs_no_end(
    name: str, worked: bool
) -> None:
    page = done(opened(subject="channel:runner"), name)
    typed(named(page), "Remark", "door closed")

    pressed(page)

    assert said(page) == {
        "do": "test",
        "channel": "runner",
        "worked": worked,
        "remark": "door closed",
        "by": "Anne",
    }


def test_an_exercise_starts_with_what_fails_and_an_end() -> None:
    page = opened(do="exercise", subject="carrier:mobile-a")
    seen = shown(page)

    pressed(named(page))

    assert "EXERCISE for 2 h: simulated failure of Opérateur A." in seen
    assert said(page) == {
        "do": "exercise",
        "action": "start",
        "fails": ["carrier:mobile-a"],
        "for_s": 7200.0,
        "by": "Anne",
    }


def test_an_exercise_sends_notices_only_if_it_is_asked_to() -> None:
    view = TargetView(name="duty-sms", through="sms", fitness=Fitness.OUTSIDE)
    published(replace(snapshot("oooo"), targets=(view,)))
    page = opened(do="exercise", subject="carrier:mobile-a")
    quiet = shown(page)
    page.checkbox[0].check().run()
    seen = shown(page)

    pressed(named(page))

    assert "Notices of it go out" not in quiet
    assert "Notices of it go out too, each with EXERCISE in front." in seen
    assert said(page)["notices"] is True


def test_an_end_can_be_a_time_of_day() -> None:
    page = opened(do="exercise", subject="carrier:mobile-a")
    page.selectbox[1].select("at").run()
    timeless = shown(pressed(named(page)))
    page.time_input[0].set_value(time(16, 40)).run()
    seen = shown(page)

    pressed(page)

    assert "Choose first: Until" in timeless
    assert "EXERCISE until 16:40" in seen
    assert said(page)["until"] == "16:40"
    assert "for_s" not in said(page)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({}, f"Choose first: {SUBJECT}"),
        ({"do": "down"}, f"Choose first: {SUBJECT}"),
        ({"do": "pin", "line": "alert/management"}, f"Choose first: {SUBJECT}"),
        ({"subject": "channel:sms"}, f"Choose first: {DEED}"),
        ({"subject": "channel:sms", "do": "worked"}, "Write your name first."),
    ],
    ids=["nothing", "no subject", "no channel", "no deed", "no name"],
)
def test_what_is_missing_first_is_said_and_nothing_done(
    address: dict[str, str], words: str
) -> None:
    page = opened(**address)

    refused = shown(pressed(page))

    assert f"{words}<" in refused
    assert refused.count('role="alert"') == 1
    assert said(page) is None


def test_an_exercise_of_nothing_is_not_begun() -> None:
    page = opened(do="exercise", subject="carrier:mobile-a")
    page.multiselect[0].set_value([]).run()

    assert "Choose first: Simulate the failure of<" in shown(pressed(named(page)))


@pytest.mark.parametrize("subject", ["channel:nothing", "<b>", ""])
def test_a_strange_subject_in_the_address_chooses_nothing(subject: str) -> None:
    page = opened(subject=subject, do="<b>", line="x")

    assert page.selectbox[0].value is None
    assert deeds(page).value is None


def test_what_the_engine_would_refuse_is_said_before_it_is_asked() -> None:
    page = opened(subject="channel:sms")
    page.session_state["foreseen"] = "refused"

    refused = shown(done(page, "distrusted"))

    assert "Not written down: the end is in the past" in refused


def test_what_cannot_be_foreseen_is_said() -> None:
    page = opened(subject="channel:sms")
    page.session_state["foreseen"] = "nothing"

    assert "cannot be said beforehand" in shown(done(page, "distrusted"))


@pytest.mark.parametrize(
    ("key", "words"),
    [("refuse", "no such channel"), ("nobody", "the monitoring does not answer")],
)
def test_a_refusal_is_said_and_can_be_tried_again(key: str, words: str) -> None:
    page = named(opened(do="distrust", subject="channel:sms"))
    page.session_state[key] = words

    refused = shown(pressed(page))
    nothing = said(page)
    del page.session_state[key]
    pressed(page)

    assert f"Not written down: {words}" in refused
    assert nothing is None
    assert said(page)["says"] == "distrusted"


def test_what_was_done_is_taken_back_by_one_click_and_said() -> None:
    page = named(opened(do="down", subject="channel:sms"))
    page.session_state["undo"] = UNDO
    pressed(page)

    undone = shown(pressed(page, "Undo"))

    assert said(page) == {**UNDO, "by": "Anne"}
    assert "Taken back at" in undone
    assert "On-call SMS · Down" in undone
    assert "Undo" not in labels(page)


def test_taking_back_leaves_what_was_begun_since() -> None:
    page = named(opened(do="down", subject="channel:sms"))
    page.session_state["undo"] = UNDO
    pressed(page)
    page.selectbox[0].select("channel:radio").run()

    pressed(page, "Undo")

    assert page.selectbox[0].value == "channel:radio"


def test_what_the_engine_cannot_take_back_is_not_offered() -> None:
    page = pressed(named(opened(do="down", subject="channel:sms")))

    assert "Undo" not in labels(page)


def test_taking_back_is_offered_for_ten_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = named(opened(do="down", subject="channel:sms"))
    page.session_state["undo"] = UNDO
    before = labels(pressed(page))
    now = clock.now()
    later = Instant(now.utc, now.steady_s + act.UNDO_WITHIN_S)
    monkeypatch.setattr(act, "clock", SimpleNamespace(now=lambda: later))

    ran(page)

    assert "Undo" in before
    assert "Undo" not in labels(page)


def test_an_undo_that_is_refused_is_said_and_can_be_tried_again() -> None:
    page = named(opened(do="down", subject="channel:sms"))
    page.session_state["undo"] = UNDO
    pressed(page)
    page.session_state["refuse"] = "it is no longer so"

    refused = "On-call SMS · Down · Not written down: it is no longer so"
    assert refused in shown(pressed(page, "Undo"))
    assert refused in shown(ran(page))  # the page is drawn again every few seconds
    assert "Noted at" not in shown(page)
    assert "Undo" in labels(page)


def test_what_is_in_force_can_be_taken_back_signed_and_confirmed() -> None:
    published(set_aside())
    page = opened()
    held = shown(page)

    seen = shown(pressed(page, "Take back: Teams"))
    before = said(page)
    after = shown(pressed(named(page)))

    assert "Teams set aside: no longer safe" in held
    assert "“intrus”" in held
    assert "what was declared no longer holds" in seen
    assert before is None
    assert said(page) == {
        "do": "unmark",
        "subject": "channel:teams",
        "says": "distrusted",
        "by": "Anne",
    }
    assert "Teams · taken back" in after


def test_going_back_does_nothing_and_keeps_what_was_chosen() -> None:
    published(set_aside())
    page = opened(subject="channel:sms", do="maintenance")
    pressed(page, "Take back: Teams")

    pressed(page, "Back")

    assert said(page) is None
    assert page.selectbox[0].value == "channel:sms"
    assert deeds(page).value == "maintenance"


def test_of_two_marks_on_one_thing_each_has_its_own_button() -> None:
    shown_twice = set_aside()
    distrust = shown_twice.marks[0]
    down = replace(distrust, says=Declared.DOWN, by="Bob")
    published(replace(shown_twice, marks=(distrust, down)))
    page = opened()

    seen = shown(pressed(page, "Take back: Teams declared down"))
    pressed(named(page))

    assert "No longer in force: Teams declared down (Bob)." in seen
    assert said(page)["says"] == "down"


def test_that_people_were_told_is_noted_beside_what_to_tell_them() -> None:
    published(snapshot("xooo"))
    page = opened()
    before = shown(page)

    seen = shown(pressed(page, "It is sent: note that (ALERT · management)"))
    pressed(named(page))

    assert "send this by Voice calls (" in before
    assert "COORDINATE · management: send" not in before  # it is no news
    assert "people were told to use Voice calls for ALERT · management" in seen
    assert said(page) == {
        "do": "announced",
        "line": "alert/management",
        "channel": "calls",
        "on": ["calls"],
        "by": "Anne",
    }


def test_that_all_were_told_is_noted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def noted(request: AnnouncedRequest, *, localizer: Localizer) -> dict[str, Any]:
        if len(asked) == 1 and "second" in st.session_state:
            raise engine_client.NotDone(st.session_state["second"])
        asked.append((request.line, request.by))
        return say(request, localizer=localizer)

    monkeypatch.setattr(engine_client, "say", noted)
    published(snapshot("xooo", "xooo"))
    page = opened()
    everything = "All are sent: note that"
    assert everything in [each.label for each in page.button]

    seen = shown(pressed(page, everything))
    assert "people were told to use Voice calls for ALERT · management" in seen
    assert "people were told to use Phone bridge for COORDINATE · management" in seen
    page.session_state["second"] = "no engine just now"
    refused = shown(pressed(named(page)))
    del page.session_state["second"]
    left = shown(ran(page))
    pressed(page)

    assert "no engine just now" in refused
    assert "Voice calls for ALERT" not in left
    assert asked == [
        ("alert/management", "Anne"),
        ("coordinate/management", "Anne"),
    ]


def test_an_undo_without_a_name_is_not_done() -> None:
    published(set_aside())
    page = opened()

    refused = shown(pressed(pressed(page, "Take back: Teams")))

    assert "Write your name first." in refused
    assert said(page) is None


def test_a_distrust_at_its_date_can_be_confirmed() -> None:
    due = set_aside(due=True)
    past = tuple(
        replace(mark, until=clock.now().utc.replace(year=2020)) for mark in due.marks
    )
    published(replace(due, marks=past))
    page = opened()
    held = shown(page)

    pressed(named(pressed(page, "Still unsafe: Teams")))

    assert "has asked to be confirmed" in held
    assert said(page) == {
        "do": "mark",
        "subject": "channel:teams",
        "says": "distrusted",
        "why": "intrus",
        "for_s": 43200.0,
        "by": "Anne",
    }


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("Teams", {"do": "mark", "subject": "channel:teams", "says": "down"}),
        (
            "ALERT · management",
            {"do": "pin", "line": "alert/management", "channel": "sms"},
        ),
    ],
)
def test_a_word_that_is_about_to_end_can_be_confirmed(
    name: str, request_: dict[str, str]
) -> None:
    now, hour = clock.now(), timedelta(hours=1)
    dated = {
        "at": Instant(now.utc - hour, now.steady_s - hour.total_seconds()),
        "until": now.utc + timedelta(minutes=1),
    }
    ending = asking()
    marks = tuple(replace(mark, **dated) for mark in ending.marks)
    pins = tuple(replace(pin, **dated) for pin in ending.pins)
    published(replace(ending, marks=marks, pins=pins))
    page = opened()
    held = shown(page)

    pressed(named(pressed(page, f"Still so: {name}")))

    assert held.count("to be confirmed") == 2
    assert said(page) == {**request_, "why": "vu", "for_s": 43200.0, "by": "Anne"}


def test_marks_that_may_be_lost_can_be_confirmed() -> None:
    published(replace(town(), words_lost=True))
    page = opened()
    held = shown(page)

    seen = shown(pressed(page, "Confirm: these are all"))
    pressed(named(page))

    assert "What people declared may be lost" in held
    assert "counts as verified again" in seen
    assert said(page) == {"do": "confirm", "by": "Anne"}


def test_an_exercise_can_be_ended() -> None:
    published(rehearsed(town()))
    page = opened()

    pressed(named(pressed(page, "End the exercise")))

    assert said(page) == {"do": "exercise", "action": "stop", "by": "Anne"}


def test_who_is_known_is_not_asked_for_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    comes(Viewer(kind=KNOWN, name="Bram"), monkeypatch)
    page = pressed(opened(do="distrust", subject="channel:sms"))

    assert "You are Bram." in [text.value for text in page.text]
    assert NAME not in [field.label for field in page.text_input]
    assert said(page)["by"] == "Bram"
    assert "name" not in fed(page)


def test_hostile_names_are_only_text_in_labels_and_in_what_is_said() -> None:
    bad = "<img src=x onerror=alert(1)> ![](//beacon.invalid/y)"
    held = set_aside(by=bad)
    mark = replace(held.marks[0], subject=f"provider:{bad}", why=bad)
    published(replace(held, marks=(mark,)))

    page = opened()

    assert "<img" not in shown(page)
    (back,) = [label for label in labels(page) if label.startswith("Take back")]
    assert r"!\[\](" in back
    assert r"\<img" in back


def test_without_a_plan_there_is_a_cover_and_nothing_to_do(rooms: Path) -> None:
    (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text("{", "utf-8")

    assert not opened().button


def test_a_notice_is_acknowledged_signed_and_confirmed_from_the_link_to_it() -> None:
    published(informed())
    page = opened(do="ack", code="K7Q2")

    seen = shown(page)
    nameless = shown(pressed(page))
    done = shown(pressed(named(page)))

    assert "You acknowledge notice K7Q2" in seen
    assert "Write your name first." in nameless
    assert said(page) == {"do": "ack", "code": "K7Q2", "by": "Anne"}
    assert "notice K7Q2." in done
    assert "code" not in page.query_params
    assert deeds(page).value is None


def test_from_a_link_one_can_go_back_and_what_no_longer_waits_is_said() -> None:
    published(informed())
    page = opened(do="ack", code="K7Q2")
    back = labels(pressed(page, "Back"))
    gone = opened(do="ack", code="M2PX")

    assert "Acknowledge: K7Q2" in back
    assert said(page) is None
    assert "No notice M2PX waits to be acknowledged." in shown(gone)
    assert "Back" not in labels(gone)


def test_a_test_goes_to_a_target_that_may_get_one_after_it_is_confirmed() -> None:
    published(informed())
    page = opened()
    offered = [each for each in labels(page) if each.startswith("Send a test")]

    seen = shown(pressed(page, "Send a test: duty-outside"))
    before = said(page)
    done = shown(pressed(named(page)))

    assert len(offered) == 4
    assert "A test, marked as one, is sent to duty-outside." in seen
    assert before is None
    assert said(page) == {"do": "notify-test", "target": "duty-outside", "by": "Anne"}
    assert "The test to duty-outside left at" in done


def test_held_notices_are_sent_once_somebody_confirms_it() -> None:
    published(replace(informed(), held_until=clock.now().utc))
    page = opened()
    headings = [each.value for each in page.header]

    seen = shown(pressed(page, "Send notices from now on"))
    before = said(page)
    done = shown(pressed(named(page)))

    assert "Notices are held" in headings
    assert "Whoever the plan names is told from now on" in seen
    assert before is None
    assert said(page) == {"do": "notices-on", "by": "Anne"}
    assert "Notices have been sent since" in done


def test_a_plan_without_notices_has_no_section_of_them() -> None:
    headings = [each.value for each in opened().header]

    assert headings == ["In force now"]


def test_a_name_that_was_typed_is_given_to_the_browser_to_keep() -> None:
    page = opened(subject="channel:sms")
    before = fed(page)
    named(page, "Anne\x07 <b>")

    pressed(page)

    assert "name" not in before
    assert fed(page)["name"] == "Anne <b>"


@pytest.mark.parametrize(
    ("kept", "name"),
    [
        ("Anne%20%C3%89", "Anne É"),
        ("%3Cb%3E%0D%0AX%00", "<b> X"),
        ("%FF%zz", "\ufffd%zz"),
        ("", ""),
    ],
    ids=["a name", "control characters", "no text", "nothing"],
)
def test_the_name_that_a_browser_keeps_is_in_the_field(
    kept: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps(kept, monkeypatch)
    page = opened()
    (field,) = [each for each in page.text_input if each.label == NAME]

    assert field.value == name
    assert "name" not in fed(ran(page))  # the browser has it


def test_a_name_that_a_browser_keeps_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    keeps("A" * 999, monkeypatch)

    assert len(person.remembered()) == person.LONGEST_NAME


def test_a_name_that_was_taken_out_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keeps("Anne", monkeypatch)
    page = named(opened(), "")

    pressed(page)

    assert fed(page)["name"] == ""


def test_a_standby_takes_over_once_that_is_confirmed() -> None:
    published(STANDBYS["shows"])
    page = pressed(opened(), "Take over")
    before = shown(page)
    page = pressed(named(page))

    assert "What people declared at secours-1 stays in force" in before
    assert page.session_state["said"] == {"do": "takeover", "by": "Anne"}
    assert "Take over" in shown(page)


def test_who_stands_by_for_nobody_has_nothing_to_take_over() -> None:
    page = opened()

    assert not {"Take over", "Hand back"} & {*labels(page)}
