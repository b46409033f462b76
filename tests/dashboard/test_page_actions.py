from datetime import time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from dashboard.served import stamped
from msgspec.structs import replace
from render.sent_notices import informed
from render.snapshots import snapshot
from render.town_statements import asking, rehearsed, set_aside, town
from streamlit.testing.v1 import AppTest

from secours import places
from secours.engine import clock
from secours.engine.published import snapshot_file
from secours.model.notices import Fitness, TargetView
from secours.model.observed import Instant
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared


def script() -> None:
    import streamlit as st

    from secours.dashboard.engine import engine_client, source
    from secours.dashboard.engine.preview import Foreseen
    from secours.dashboard.views import actions

    def say(request):  # type: ignore[no-untyped-def]
        if refused := st.session_state.get("refuse"):
            raise engine_client.NotDone(refused)
        if "nobody" in st.session_state:
            raise engine_client.NotDone("")
        st.session_state["said"] = dict(request)
        line = {"purpose": "alert", "audience": "staff", "use": "calls"}
        answer = [{**line, "state": "available", "pinned": False}]
        return {"kept": "disk", "recommendations": answer}

    def foresee(request, localizer):  # type: ignore[no-untyped-def]
        if request.get("why") == "refuse":
            raise engine_client.NotDone("the end is in the past")
        if request.get("why") == "blind":
            return None
        return Foreseen(localizer.snapshot, localizer.snapshot)

    actions.show(source.look, say, foresee, st.session_state.get("known"))


def published(shown: Snapshot) -> None:
    snapshot_file.write(stamped(shown), places.runtime_dir())


@pytest.fixture(autouse=True)
def _published(rooms: Path) -> None:
    published(snapshot("oooo"))


def opened(**address: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=60)
    for name, value in {"lang": "en", **address}.items():
        page.query_params[name] = value
    return ran(page)


def ran(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def named(page: AppTest, name: str = "Anne") -> AppTest:
    page.text_input[0].input(name).run()
    return page


def pressed(page: AppTest, label: str) -> AppTest:
    (button,) = [each for each in page.button if each.label == label]
    button.click().run()
    assert not page.exception
    return page


def shown(page: AppTest) -> str:
    bodies: list[Any] = list(page.get("html"))
    return "".join(each.proto.body for each in bodies)


def labels(page: AppTest) -> list[str]:
    return [each.label for each in page.button]


def typed(page: AppTest, label: str, text: str) -> None:
    (field,) = [each for each in page.text_input if each.label == label]
    field.input(text)


def said(page: AppTest) -> Any:
    return page.session_state.get("said", None)


def test_a_mark_is_seen_before_it_is_confirmed_and_then_signed() -> None:
    page = named(opened(subject="channel:sms"))
    page.radio[0].set_value("down")
    typed(page, "Why, in a few words", "seen")

    seen = shown(pressed(page, "See what it does"))
    before = said(page)
    done = shown(pressed(page, "Confirm"))

    assert "On-call SMS counts as down for 12 h" in seen
    assert "The channels to use stay the same." in seen
    assert before is None
    assert said(page) == {
        "do": "mark",
        "subject": "channel:sms",
        "says": "down",
        "why": "seen",
        "for_s": 43200.0,
        "by": "Anne",
    }
    assert "ALERT · staff: use Voice calls." in done
    assert "See what it does" in labels(page)
    assert page.selectbox[0].value is None  # the form is empty again
    assert "subject" not in page.query_params


def test_what_is_down_may_have_fallen_earlier() -> None:
    page = named(opened(subject="carrier:mobile-a"))
    asked_before = [each.label for each in page.time_input]
    page.radio[0].set_value("down").run()
    (since,) = page.time_input
    since.set_value(time(2, 5))

    seen = shown(pressed(page, "See what it does"))
    pressed(page, "Confirm")

    assert asked_before == []
    assert since.label == "Since when (the last time it was; empty: now)"
    assert "Opérateur A counts as down since 02:05 for 12 h" in seen
    assert said(page)["since"] == "02:05"


def test_going_back_does_nothing_and_keeps_what_was_typed() -> None:
    page = named(opened(subject="channel:sms", do="distrust"))
    typed(page, "Why, in a few words", "seen")
    pressed(page, "See what it does")

    pressed(page, "Back")

    assert said(page) is None
    assert page.selectbox[0].value == "channel:sms"
    assert page.text_input[1].value == "seen"


def test_distrust_has_a_form_of_its_own_that_says_what_it_does() -> None:
    page = named(opened(do="distrust", subject="carrier:mobile-a"))
    told = [text.value for text in page.text]
    labelled = [each.label for each in page.selectbox]

    seen = shown(pressed(page, "See what it does"))
    pressed(page, "Confirm")

    assert any("All that needs it is set aside, though it works" in t for t in told)
    assert labelled[1] == "Ask to confirm it after"
    assert "This does not end by itself" in seen
    assert said(page)["says"] == "distrusted"
    assert said(page)["subject"] == "carrier:mobile-a"


def test_a_line_is_pinned_to_one_of_its_own_channels() -> None:
    page = named(opened(do="pin", line="coordinate/management"))
    offered = page.selectbox[1].options
    page.selectbox[1].select("radio")

    seen = shown(pressed(page, "See what it does"))
    pressed(page, "Confirm")

    assert offered == ["Teams", "Phone bridge", "Radio channel 3", "Satellite phone"]
    assert "COORDINATE · management: Radio channel 3 is recommended for 12 h" in seen
    assert said(page)["line"] == "coordinate/management"
    assert said(page)["channel"] == "radio"


def test_a_test_is_logged_with_its_result_and_remark_and_needs_no_end() -> None:
    page = named(opened(do="test", subject="channel:runner"))
    told = [text.value for text in page.text]
    page.radio[0].set_value(False)
    typed(page, "Remark", "door closed")

    pressed(pressed(page, "See what it does"), "Confirm")

    assert any("A test cannot be taken back" in text for text in told)
    assert said(page) == {
        "do": "test",
        "channel": "runner",
        "worked": False,
        "remark": "door closed",
        "by": "Anne",
    }


def test_an_exercise_starts_with_what_fails_and_an_end() -> None:
    page = named(opened(do="exercise", subject="carrier:mobile-a"))

    seen = shown(pressed(page, "See what it does"))
    pressed(page, "Confirm")

    assert "EXERCISE for 2 h: simulated failure of Opérateur A." in seen
    assert said(page) == {
        "do": "exercise",
        "action": "start",
        "fails": ["carrier:mobile-a"],
        "why": "",
        "for_s": 7200.0,
        "by": "Anne",
    }


def test_an_exercise_sends_notices_only_if_it_is_asked_to() -> None:
    view = TargetView(name="duty-sms", through="sms", fitness=Fitness.OUTSIDE)
    published(replace(snapshot("oooo"), targets=(view,)))
    page = named(opened(do="exercise", subject="carrier:mobile-a"))
    other = named(opened(do="exercise", subject="carrier:mobile-a"))

    quiet = shown(pressed(other, "See what it does"))
    page.checkbox[0].check().run()
    seen = shown(pressed(page, "See what it does"))
    pressed(page, "Confirm")

    assert "Notices of it go out" not in quiet
    assert "Notices of it go out too, each with EXERCISE in front." in seen
    assert said(page)["notices"] is True


def test_an_end_can_be_a_time_of_day() -> None:
    from datetime import time

    page = named(opened(do="exercise", subject="carrier:mobile-a"))
    page.selectbox[0].select("at").run()
    timeless = shown(pressed(page, "See what it does"))
    page.time_input[0].set_value(time(16, 40))

    seen = shown(pressed(page, "See what it does"))
    pressed(page, "Confirm")

    assert "Choose first: Until" in timeless
    assert "EXERCISE until 16:40" in seen
    assert said(page)["until"] == "16:40"
    assert "for_s" not in said(page)


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [
        ("mark", "Channel, or what several share"),
        ("distrust", "Channel, or what several share"),
        ("pin", "Line of the plan"),
        ("test", "Channel"),
        ("exercise", "Simulate the failure of"),
    ],
)
def test_a_form_that_is_not_filled_in_leads_nowhere(kind: str, lacking: str) -> None:
    page = opened(do=kind)

    nameless = shown(pressed(page, "See what it does"))
    named(page)
    empty = shown(pressed(page, "See what it does"))

    assert "Write your name first." in nameless
    assert f"Choose first: {lacking}<" in empty
    assert "Confirm" not in labels(page)


@pytest.mark.parametrize("subject", ["channel:nothing", "<b>", ""])
def test_a_strange_subject_in_the_address_chooses_nothing(subject: str) -> None:
    page = opened(subject=subject, do="<b>", line="x")

    assert page.selectbox[0].value is None


def test_what_the_engine_would_refuse_is_said_before_it_is_asked() -> None:
    page = named(opened(do="distrust", subject="channel:sms"))
    typed(page, "Why, in a few words", "refuse")

    refused = shown(pressed(page, "See what it does"))

    assert "Not written down: the end is in the past" in refused
    assert "Confirm" not in labels(page)


def test_what_cannot_be_foreseen_is_said() -> None:
    page = named(opened(do="distrust", subject="channel:sms"))
    typed(page, "Why, in a few words", "blind")

    assert "cannot be said beforehand" in shown(pressed(page, "See what it does"))


@pytest.mark.parametrize(
    ("key", "words"),
    [("refuse", "no such channel"), ("nobody", "the monitoring does not answer")],
)
def test_a_refusal_is_said_and_can_be_tried_again(key: str, words: str) -> None:
    page = named(opened(do="distrust", subject="channel:sms"))
    page.session_state[key] = words
    pressed(page, "See what it does")

    refused = shown(pressed(page, "Confirm"))

    assert f"Not written down: {words}" in refused
    assert said(page) is None
    assert "Confirm" in labels(page)


def test_what_is_in_force_can_be_undone_signed_and_confirmed() -> None:
    published(set_aside())
    page = named(opened())
    held = shown(page)

    seen = shown(pressed(page, "Undo: Teams"))
    before = said(page)
    pressed(page, "Confirm")

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


def test_of_two_marks_on_one_thing_each_has_its_own_button() -> None:
    shown_twice = set_aside()
    distrust = shown_twice.marks[0]
    down = replace(distrust, says=Declared.DOWN, by="Bob")
    published(replace(shown_twice, marks=(distrust, down)))
    page = named(opened())

    seen = shown(pressed(page, "Undo: Teams declared down"))
    pressed(page, "Confirm")

    assert "No longer in force: Teams declared down (Bob)." in seen
    assert said(page)["says"] == "down"


def test_that_people_were_told_is_noted_beside_what_to_tell_them() -> None:
    published(snapshot("xooo"))
    page = named(opened())
    before = shown(page)

    seen = shown(pressed(page, "It is sent: note that (ALERT · management)"))
    pressed(page, "Confirm")

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


def test_an_undo_without_a_name_is_not_done() -> None:
    published(set_aside())
    page = opened()

    refused = shown(pressed(pressed(page, "Undo: Teams"), "Confirm"))

    assert "Write your name first." in refused
    assert said(page) is None


def test_a_distrust_at_its_date_can_be_confirmed() -> None:
    due = set_aside(due=True)
    past = tuple(
        replace(mark, until=clock.now().utc.replace(year=2020)) for mark in due.marks
    )
    published(replace(due, marks=past))
    page = named(opened())
    held = shown(page)

    pressed(pressed(page, "Still unsafe: Teams"), "Confirm")

    assert "asks to be confirmed" in held
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
    page = named(opened())
    held = shown(page)

    pressed(pressed(page, f"Still so: {name}"), "Confirm")

    assert held.count("to be confirmed") == 2
    assert said(page) == {**request_, "why": "vu", "for_s": 43200.0, "by": "Anne"}


def test_marks_that_may_be_lost_can_be_confirmed() -> None:
    published(replace(town(), words_lost=True))
    page = named(opened())
    held = shown(page)

    seen = shown(pressed(page, "Confirm: these are all"))
    pressed(page, "Confirm")

    assert "What people declared may be lost" in held
    assert "counts as verified again" in seen
    assert said(page) == {"do": "confirm", "by": "Anne"}


def test_an_exercise_can_be_ended() -> None:
    published(rehearsed(town()))
    page = named(opened())

    pressed(pressed(page, "End the exercise"), "Confirm")

    assert said(page) == {"do": "exercise", "action": "stop", "by": "Anne"}


def test_who_is_known_is_not_asked_for_a_name() -> None:
    page = AppTest.from_function(script, default_timeout=60)
    page.session_state["known"] = "Bram"
    page.query_params["lang"] = "en"
    page.query_params["do"] = "distrust"
    page.query_params["subject"] = "channel:sms"
    ran(page)

    pressed(pressed(page, "See what it does"), "Confirm")

    assert "You are Bram." in [text.value for text in page.text]
    assert said(page)["by"] == "Bram"


def test_hostile_names_are_only_text_in_labels_and_in_what_is_said() -> None:
    bad = "<img src=x onerror=alert(1)> ![](//beacon.invalid/y)"
    held = set_aside(by=bad)
    mark = replace(held.marks[0], subject=f"provider:{bad}", why=bad)
    published(replace(held, marks=(mark,)))

    page = opened()

    assert "<img" not in shown(page)
    (undo,) = [label for label in labels(page) if label.startswith("Undo")]
    assert r"!\[\](" in undo
    assert r"\<img" in undo


def test_another_kind_of_action_is_one_click_away() -> None:
    page = opened()

    (kinds,) = cast("list[Any]", page.get("button_group"))
    kinds.set_value("exercise").run()

    assert not page.exception
    assert page.multiselect[0].label == "Simulate the failure of"


def test_without_a_plan_there_is_a_cover_and_nothing_to_do(rooms: Path) -> None:
    (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text("{", "utf-8")

    assert not opened().button


def test_a_notice_is_acknowledged_signed_and_confirmed_from_the_link_to_it() -> None:
    published(informed())
    page = opened(do="ack", code="K7Q2")

    seen = shown(page)
    nameless = shown(pressed(page, "Confirm"))
    done = shown(pressed(named(page), "Confirm"))

    assert "You acknowledge notice K7Q2" in seen
    assert "Write your name first." in nameless
    assert said(page) == {"do": "ack", "code": "K7Q2", "by": "Anne"}
    assert "notice K7Q2." in done
    assert "code" not in page.query_params
    assert "See what it does" in labels(page)


def test_from_a_link_one_can_go_back_and_what_no_longer_waits_is_said() -> None:
    published(informed())
    page = opened(do="ack", code="K7Q2")
    back = labels(pressed(page, "Back"))
    gone = opened(do="ack", code="M2PX")

    assert "Acknowledge: K7Q2" in back
    assert said(page) is None
    assert "No notice M2PX waits to be acknowledged." in shown(gone)
    assert "Confirm" not in labels(gone)


def test_a_test_goes_to_a_target_that_may_get_one_after_it_is_confirmed() -> None:
    published(informed())
    page = named(opened())
    offered = [each for each in labels(page) if each.startswith("Send a test")]

    seen = shown(pressed(page, "Send a test: duty-outside"))
    before = said(page)
    done = shown(pressed(page, "Confirm"))

    assert len(offered) == 4
    assert "A test, marked as one, is sent to duty-outside." in seen
    assert before is None
    assert said(page) == {"do": "notify-test", "target": "duty-outside", "by": "Anne"}
    assert "The test to duty-outside left at" in done


def test_a_plan_without_notices_has_no_section_of_them() -> None:
    headings = [each.value for each in opened().header]

    assert headings == ["In force now", "What do you want to do?"]
