"""The officer of the province speaks to its sites: the form of *Act*, and what came."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import streamlit as st
from dashboard.act_page import (
    comes,
    keeps,
    labels,
    named,
    opened,
    pressed,
    ran,
    said,
    shown,
)
from dashboard.provincial import order, with_hub
from dashboard.served import rooms, stamped
from msgspec.structs import replace
from render.snapshots import snapshot
from requested import travelling
from site_views import at_this_moment, good, line, picture, site
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.access.policy import LOCAL, Viewer
from secours.dashboard.engine import engine_client
from secours.engine.published import sites_file, snapshot_file
from secours.engine.published.handed_down_file import HandedDownFile
from secours.languages import Text
from secours.model.requests import EngineRequest
from secours.model.sites.handed_down import (
    Addressee,
    HandedDown,
    HandedDownList,
    OrderProgress,
)
from secours.model.sites.views import SiteState

pytestmark = pytest.mark.usefixtures("plain_spaces")

__all__ = ["rooms"]

MOBILE = "carrier:mobile-z"
SMS = good("sms", label=Text("SMS"), needs=((MOBILE,),))
SITES = (
    site("dison", SMS, line("sms"), label=Text("Dison")),
    site("spa", good("chat"), line("chat"), label=Text("Spa")),
    site("office", SMS, good("ours"), line("sms"), label=Text("Office")),
    site("herve", SMS, state=SiteState.NOT_HEARD, label=Text("Herve")),
)
UNDO = {
    "do": "hand-down",
    "sites": ["dison"],
    "word": {"do": "unmark", "subject": MOBILE, "says": "down", "mistaken": True},
}


def say(request: EngineRequest | Mapping[str, Any], **_: object) -> dict[str, Any]:
    st.session_state["said"] = travelling(request)
    return {"ok": True, "kept": "disk", "undo": st.session_state.get("undo")}


def publish(*orders: HandedDown, province: bool = True) -> None:
    snapshot_file.write(stamped(with_hub(snapshot("oooo"))), places.runtime_dir())
    view = picture(*SITES, name="office", province=province)
    sites_file.write(at_this_moment(view, 1.0), places.runtime_dir())
    HandedDownFile(places.runtime_dir()).put(HandedDownList(orders=orders))


@pytest.fixture(autouse=True)
def _published(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish()
    monkeypatch.setattr(engine_client, "say", say)
    comes(Viewer(kind=LOCAL), monkeypatch)
    keeps("", monkeypatch)


def groups(page: AppTest) -> list[Any]:
    return cast("list[Any]", page.get("button_group"))


def to(page: AppTest, whom: str) -> AppTest:
    """Say for whom it is, by its name in the code."""
    groups(page)[0].set_value(whom).run()
    assert not page.exception
    return page


def deed(page: AppTest, name: str) -> AppTest:
    groups(page)[1].set_value(name).run()
    assert not page.exception
    return page


def about(page: AppTest, subject: str) -> AppTest:
    page.selectbox[0].select(subject)
    return ran(page)


DOWN = {"do": "mark", "subject": MOBILE, "says": "down"}


def test_only_the_province_is_asked_for_whom_it_is() -> None:
    assert groups(opened())[0].label == "For whom?"
    publish(province=False)
    assert [each.label for each in groups(opened())] == ["What about it?"]


def test_a_word_for_this_site_is_said_here_as_ever() -> None:
    page = deed(opened(subject="channel:sms"), "down")

    pressed(named(page))

    assert said(page)["do"] == "mark"


def test_a_mark_for_all_is_seen_before_it_is_confirmed_and_then_signed() -> None:
    page = to(opened(), "all")
    assert not [each for each in page.selectbox[0].options if "ours" in each]
    page = deed(about(page, MOBILE), "down")
    seen, before = shown(page), said(page)

    after = shown(pressed(named(page)))

    assert "mobile-z counts as down for 12 h" in seen
    assert "It goes to all sites, as the word of" in seen
    assert "Known in the plan of 1 of 2 sites that are heard." in seen
    assert "Use now what would be lost with it: Dison" in seen
    assert "Not in the plan, so refused by: Spa" in seen
    assert "Not heard now, get it when the hub reaches them: Herve" in seen
    assert before is None
    assert said(page) == {
        "do": "hand-down",
        "sites": ["all"],
        "word": {**DOWN, "for_s": 43200.0},
        "by": "Anne",
    }
    assert "mobile-z · Down → all sites" in after


def test_who_sends_a_word_sees_that_two_claim_to_be_a_site() -> None:
    two = [
        site("spa", SMS, state=SiteState.DOUBLE, epoch=epoch, label=Text("Spa"))
        for epoch in "AB"
    ]
    view = picture(SITES[0], *two, name="office", province=True)
    sites_file.write(at_this_moment(view, 1.0), places.runtime_dir())

    seen = shown(deed(about(to(opened(), "all"), MOBILE), "down"))

    assert "Two say that they are this site, and one of them alone gets it: Spa" in seen


def test_an_exercise_goes_to_chosen_sites_and_has_an_end() -> None:
    page = to(opened(), "some")
    assert page.multiselect[0].options == ["Dison", "Herve", "Spa"]
    page = about(page, "channel:sms")
    page = deed(page, "exercise")
    nobody = shown(pressed(named(page)))
    page.multiselect[0].select("dison")
    page = ran(page)
    seen = shown(page)

    pressed(named(page))

    assert "Choose first: Which sites" in nobody
    assert "EXERCISE for 2 h: simulated failure of SMS (sms)" in seen
    assert "It goes to Dison, as the word of" in seen
    assert "Not in the plan" not in seen
    assert said(page)["sites"] == ["dison"]
    assert said(page)["word"] == {
        "do": "exercise",
        "action": "start",
        "fails": ["channel:sms"],
        "for_s": 7200.0,
    }


def test_a_site_takes_no_pin_and_no_test_of_the_province() -> None:
    page = about(to(opened(), "all"), "channel:sms")

    assert len(groups(page)[1].options) == 5  # four marks, and the exercise


def test_what_was_handed_down_is_undone_by_one_click() -> None:
    page = opened()
    page.session_state["undo"] = UNDO
    page = deed(about(to(page, "all"), MOBILE), "down")
    pressed(named(page))

    after = shown(pressed(page, "Undo"))

    assert said(page) == {**UNDO, "by": "Anne"}
    assert "Taken back at" in after


def test_what_each_site_made_of_it_is_seen_and_it_can_be_taken_back() -> None:
    taken = Addressee(site="dison", progress=OrderProgress.ANSWERED, outcome="taken")
    refused = Addressee(
        site="spa",
        progress=OrderProgress.ANSWERED,
        outcome="unknown-subject",
        why="mobile-z",
    )
    waits = Addressee(site="herve", progress=OrderProgress.AT_HUB)
    publish(order(DOWN, taken, refused, waits))
    page = opened()
    seen = shown(page)

    (back,) = [each for each in labels(page) if each.startswith("Take back: ")]
    foreseen = shown(pressed(page, back))
    pressed(named(page))

    assert "taken in: Dison" in seen
    assert "has no mobile-z: Spa" in seen
    assert "at the hub, not yet taken: Herve" in seen
    assert "only the word of" in foreseen
    assert said(page) == {
        "do": "hand-down",
        "sites": ["dison", "herve"],
        "word": {"do": "unmark", "subject": MOBILE, "says": "down"},
        "takes_back": 7,
        "by": "Anne",
    }


def test_what_was_taken_back_has_no_button() -> None:
    clear = {"do": "unmark", "subject": MOBILE, "says": "down"}
    both = Addressee(site="dison")
    publish(order(clear, both, number=8), order(DOWN, both))

    assert not [each for each in labels(opened()) if each.startswith("Take back")]


def test_hostile_words_of_sites_are_only_text() -> None:
    hostile = "<img src=//x.invalid onerror=alert(1)>**b**"
    named_so = replace(SITES[0], label=Text(hostile))
    view = picture(named_so, name="office", province=True)
    sites_file.write(at_this_moment(view, 1.0), places.runtime_dir())
    answer = Addressee(
        site="dison",
        progress=OrderProgress.ANSWERED,
        outcome="unknown-subject",
        why=hostile,
    )
    sent = order({}, answer, what=hostile, by=hostile)
    HandedDownFile(places.runtime_dir()).put(HandedDownList(orders=(sent,)))

    page = deed(about(to(opened(), "all"), MOBILE), "down")

    assert "<img" not in shown(page)
