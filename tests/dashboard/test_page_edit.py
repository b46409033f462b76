"""The page that edits the plan: who may do what, over which way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboard.act_page import keeps, labels, named, pressed, published, ran
from render.snapshots import snapshot
from requested import travelling
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.access import visit as visits
from secours.dashboard.access.policy import KNOWN, LOCAL, Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.editing.draft import EditDraft
from secours.dashboard.engine import engine_client
from secours.dashboard.engine.engine_client import NotDone
from secours.engine.control import requests
from secours.model.requests import ChannelEdit, DeviceEdit, EditRequest
from secours.render.wording.localizer import Localizer

PLAN = """\
site: {name: Town hall, language: en}
channels:
  pbx:
    kind: sip-trunk
    label: Exchange *<b>*
    probes: [{type: sip, host: 127.0.0.1, username: a, password: "${file:x}"}]
  radio: {kind: analog-radio, label: Radio}
plan:
  - {purpose: alert, audience: staff, primary: pbx, alternate: radio}
"""
DEVICES = """\
devices:
  horn: {label: {en: Horn, fr: Corne}, voice: [power:grid]}
  pager: {text: {any_of: [power:grid, power:site]}}
audiences: {staff: {groups: {night: {label: Night, devices: [horn]}}}}
"""
COMMAND = "sudo sh -c 'mv x y'"
LOOKED = {"words": ["SMS is now last"], "diff": "-a\n+b", "mistakes": []}
VERSION = {
    "id": "v1",
    "by": "Ana",
    "at": "2026-12-01T10:00:00+00:00",
    "words": ["SMS is now first"],
    "saved": False,
    "last": True,
}
KEPT = {**LOOKED, "saved": False, "command": COMMAND, "undo": None}

Answer = dict[str, Any]
Come = Callable[..., list[EditRequest]]


def script() -> None:
    from secours.dashboard.pages import VIEWS
    from secours.dashboard.view import show

    show(VIEWS["edit"])


@pytest.fixture
def comes(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> Come:
    """Say who looks, over which way, and what the engine answers."""
    (rooms / "probes.yaml").write_text(PLAN, "utf-8")
    published(snapshot("xooo"))

    def come(
        way: Any = "loopback", *, may: bool = True, writable: bool = True
    ) -> list[EditRequest]:
        asked: list[EditRequest] = []
        viewer = Viewer(kind=LOCAL if way == "loopback" else KNOWN)
        visit = Visit(viewer=viewer, acts=True, looks=True, way=way)
        monkeypatch.setattr(visits, "of_page", lambda: visit)
        keeps("", monkeypatch)

        def say(request: EditRequest, _: float) -> Answer:
            asked.append(request)
            looked = {**LOOKED, "may": may, "writable": writable}
            looked |= {} if request.edits else {"of": "x", "versions": [VERSION]}
            return KEPT if request.action == "save" else looked

        monkeypatch.setattr(engine_client, "say", say)
        return asked

    return come


def opened(part: str = "lines", language: str = "en") -> AppTest:
    page = AppTest.from_function(script, default_timeout=60)
    page.query_params["lang"] = language
    page.session_state["edit part"] = f"editing.part.{part}"
    return ran(page)


def texts_of(page: AppTest) -> str:
    return "\n".join([each.value for each in (*page.text, *page.code)])


def changed(page: AppTest) -> AppTest:
    return pressed(pressed(named(page), "Down"), "Look at the changes")


def test_who_is_no_planner_gets_the_difference_to_send(comes: Come) -> None:
    comes(may=False)
    page = changed(opened())

    assert "Save" not in labels(page)
    assert "send them to somebody who may" in texts_of(page)
    assert "-a\n+b" in texts_of(page)


def test_a_plan_that_is_refused_is_refused_with_its_mistakes(
    rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake = {"where": "channels.web", "text": "no address"}
    refused = {"error": "the plan would have mistakes", "mistakes": [mistake]}
    monkeypatch.setattr(requests, "ask", lambda *_: refused)

    with pytest.raises(NotDone, match=r"mistakes; channels\.web: no address"):
        engine_client.say(EditRequest(action="save"))


@pytest.mark.parametrize(("language", "asked"), [("fr", None), ("nl", "nl")])
def test_the_engine_is_asked_in_the_language_of_the_reader_where_that_is_another(
    rooms: Path, monkeypatch: pytest.MonkeyPatch, language: str, asked: str | None
) -> None:
    lines: list[Any] = []

    def ask(_: Path, request: Any, __: float) -> Answer:
        lines.append(travelling(request))
        return {}

    monkeypatch.setattr(requests, "ask", ask)
    localizer = Localizer(snapshot("xooo"), language, 0.0)  # of a site in French
    engine_client.note("Ana", "a note", localizer)
    engine_client.test_now("sms", localizer)

    assert [line.get("language") for line in lines] == [asked, asked]
    assert lines[1]["do"] == "probe"


def test_where_the_file_is_not_writable_the_command_is_shown(comes: Come) -> None:
    asked = comes(writable=False)
    page = changed(opened())
    assert "Secours may not write this file" in texts_of(page)

    pressed(page, "Save")

    assert COMMAND in texts_of(page)
    assert "Changes, not saved yet: 1" in [each.value for each in page.header]
    assert "typed in a form counts once its button is pressed" in texts_of(page)
    assert [each.action for each in asked] == ["look", "save"]
    assert {(each.over, each.language) for each in asked} == {("loopback", "en")}


def test_a_version_that_only_a_command_takes_back_is_not_said_to_be_in_force(
    comes: Come,
) -> None:
    comes(writable=False)
    page = pressed(named(opened("versions")), "Undo")

    assert COMMAND in texts_of(page)
    assert "Saved, and in force" not in texts_of(page)
    assert "not yet in the file: SMS is now first" in texts_of(page)
    Path(places.plan_file()).write_text(PLAN + DEVICES, "utf-8")
    assert COMMAND not in texts_of(ran(page))


def test_nothing_is_saved_without_a_name(comes: Come) -> None:
    asked = comes()
    page = pressed(pressed(opened(), "Down"), "Look at the changes")
    pressed(page, "Save")

    assert [(each.action, each.by) for each in asked] == [("look", "")]


@pytest.mark.parametrize(("way", "fields"), [("loopback", 1), ("tls", 1), ("", 0)])
def test_a_secret_is_asked_only_where_nobody_on_the_way_reads_it(
    comes: Come, way: str, fields: int
) -> None:
    comes(way)
    page = opened("channels")

    secret = [each for each in page.text_input if each.proto.type]
    assert [each.value for each in secret] == [""] * fields
    assert ("typed only on this machine" in texts_of(page)) == (not fields)


@pytest.mark.parametrize(("way", "kept"), [("tls", {"web/url-1-1": "s3"}), ("", {})])
def test_a_token_in_an_address_is_kept_apart(
    comes: Come, way: str, kept: dict[str, str]
) -> None:
    comes(way)
    file, url = Path(places.plan_file()), "https://x.example/?a=b&token="
    web = f"  web: {{kind: website-public, probes: [{{type: http, url: '{url}'}}]}}\n"
    file.write_text(PLAN.replace("plan:\n", f"{web}plan:\n"), "utf-8")
    page = opened("channels")
    page.selectbox(key="edit channel").set_value("web").run()
    (field,) = [each for each in page.text_input if each.value == url]
    field.set_value(f"{url}s3")
    pressed(page, "Apply")

    draft = page.session_state["plan draft"]
    assert draft.secrets == kept
    if kept:
        (probe,) = draft.tree["channels"]["web"]["probes"]
        assert probe["url"] == f"{url}${{typed:url-1-1}}"
        assert probe["url"] in [each.value for each in page.text_input]
        assert "stands for a password or token" in texts_of(page)
    else:
        assert [*draft.errors.values()] != []
    shown = [str(each.value) for each in page.text_input]
    assert (f"{url}s3" in shown) == (not kept)


def test_a_number_that_is_not_changed_stays_as_it_is_written(comes: Come) -> None:
    comes()
    plan = PLAN.replace("kind: sip-trunk", "kind: sip-trunk\n    how: 0470123456")
    Path(places.plan_file()).write_text(plan, "utf-8")
    page = opened("channels")
    page.selectbox(key="edit channel").set_value("pbx").run()
    (label,) = [each for each in page.text_input if each.value == "Exchange *<b>*"]
    assert "0470123456" in [each.value for each in page.text_input]
    label.set_value("Exchange")
    pressed(page, "Apply")

    draft = page.session_state["plan draft"]
    assert draft.edits == (ChannelEdit(name="pbx", values={"label": "Exchange"}),)


def test_a_channel_that_is_made_anew_has_nothing_of_the_one_before(rooms: Path) -> None:
    draft, plan = EditDraft(), PLAN.replace("kind: analog-radio", "kind: xmpp, how: B2")
    draft.begin(plan.replace(", alternate: radio", "").encode())

    draft.put(ChannelEdit(name="radio", values=None))
    draft.put(ChannelEdit(name="radio", values={"kind": "signal"}))
    draft.put(ChannelEdit(name="radio", values={"label": "Group"}))
    assert draft.tree["channels"]["radio"] == {"kind": "signal", "label": "Group"}
    assert not draft.is_new("pbx")

    draft.put(ChannelEdit(name="radio", values=None))
    assert draft.edits == (ChannelEdit(name="radio", values=None),)
    draft.put(ChannelEdit(name="fresh", values={"kind": "signal"}))
    draft.put(ChannelEdit(name="fresh", values=None))
    assert draft.edits == (ChannelEdit(name="radio", values=None),)


@pytest.fixture
def horn(comes: Come) -> AppTest:
    """Open the form of a device of the plan's own."""
    comes()
    Path(places.plan_file()).write_text(PLAN + DEVICES, "utf-8")
    return of_device(opened("people"), "horn")


def of_device(page: AppTest, name: str) -> AppTest:
    page.selectbox(key="edit device").set_value(name)
    return ran(page)


def applied(page: AppTest) -> Any:
    """Apply the form of the device, the last one; return the draft."""
    [each for each in page.button if each.label == "Apply"][-1].click()
    return ran(page).session_state["plan draft"]


def test_a_device_is_reached_by_another_service(horn: AppTest) -> None:
    (services,) = [e for e in horn.multiselect if e.label == "It is reached by"]
    services.set_value([]).run()
    errors = applied(horn).errors
    assert [key.split()[-2] for key in errors] == ["services"]

    (services,) = [e for e in horn.multiselect if e.label == "It is reached by"]
    services.set_value(["text"]).run()
    draft = applied(horn)
    assert (draft.errors, draft.tree["devices"]["horn"]) == (
        {},
        {"label": {"en": "Horn", "fr": "Corne"}, "text": []},
    )


def test_a_device_keeps_what_only_the_file_says(horn: AppTest) -> None:
    assert "Name on the screens" not in [each.label for each in horn.text_input]
    page = of_device(horn, "pager")
    assert "Alternatives are written for its needs (text messages)" in texts_of(page)
    (time,) = [each for each in page.text_input if each.value == "14d"]
    time.set_value("")
    assert applied(page).edits == ()
    (name,) = [each for each in page.text_input if each.value == "Pager"]
    name.set_value("Beeper")
    draft = applied(page)

    assert draft.edits == (DeviceEdit(name="pager", values={"label": "Beeper"}),)
    pressed(page, "As in the catalogue again")
    assert "pager" not in page.session_state["plan draft"].tree["devices"]


def test_a_device_in_use_is_not_taken_out(horn: AppTest) -> None:
    (out,) = [e for e in horn.button if e.label == "Take this device out of the plan"]

    assert out.disabled
    assert "it reaches nobody" in texts_of(horn)
    assert "take it from these first: Night (staff)" in texts_of(horn)


def test_the_first_group_of_an_audience_is_called_everybody(comes: Come) -> None:
    comes()
    Path(places.plan_file()).write_text(PLAN.replace("language: en", "language: fr"))
    page = opened("people", "fr")

    assert page.selectbox(key="edit group management").options == ["tout le monde"]


def test_people_who_are_there_day_and_night_are_said_to_be(comes: Come) -> None:
    comes()
    people = "audiences: {staff: {groups: {ward: {devices: [desk]}}}}\n"
    Path(places.plan_file()).write_text(PLAN + people)

    page = opened("people")
    page.selectbox(key="edit audience").set_value("staff")
    (box,) = ran(page).checkbox
    assert box.label.startswith("Someone is there day and night")
    box.check()
    draft = applied(page)

    (edit,) = draft.edits
    assert edit.values == {"staffed": True}  # others may change the rest meanwhile
    assert draft.config.audiences["staff"].groups[0].staffed


def test_names_in_the_plan_are_no_markup(comes: Come) -> None:
    comes()
    page = opened()

    (order,) = page.radio
    assert order.options[0] == r"1\. Exchange \*\<b\>\*"


def test_a_plan_with_mistakes_has_no_form(comes: Come) -> None:
    comes()
    Path(places.plan_file()).write_text("plan: [", "utf-8")

    assert "has mistakes" in texts_of(opened())


def test_a_last_resort_in_several_languages_is_left_to_the_file(comes: Come) -> None:
    comes()
    label = "Last resort, when no channel is left"
    assert label in [each.label for each in opened().text_input]

    file = Path(places.plan_file())
    words = "alternate: radio, last_resort: {en: Runner, fr: Coursier}"
    file.write_text(PLAN.replace("alternate: radio", words), "utf-8")

    assert label not in [each.label for each in opened().text_input]
