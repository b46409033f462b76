from pathlib import Path
from typing import Any

import pytest
from dashboard.act_page import (
    comes,
    done,
    foresee,
    keeps,
    named,
    opened,
    pressed,
    published,
    said,
    say,
    shown,
)
from render.hearing import heard, hears
from render.snapshots import snapshot
from streamlit.testing.v1 import AppTest

from secours.dashboard.access.policy import LOCAL, Viewer
from secours.dashboard.engine import engine_client, preview

BOTH = heard("oo", people={"field": 20, "home": None})


@pytest.fixture(autouse=True)
def _published(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(hears(snapshot("oooo"), 0, {"sms": BOTH}))
    monkeypatch.setattr(engine_client, "say", say)
    monkeypatch.setattr(preview, "foresee", foresee)
    comes(Viewer(kind=LOCAL), monkeypatch)
    keeps("", monkeypatch)


def count(page: AppTest, place: int, number: int) -> None:
    page.number_input[place].set_value(number)


def test_act_asks_how_many_of_each_group_answered_a_test() -> None:
    page = done(opened(subject="channel:sms"), "worked")
    asked = [(each.label, each.value) for each in page.number_input]

    count(page, 0, 18)
    pressed(named(page))

    assert asked == [
        ("Field: how many answered", None),
        ("Field: of how many", 20),
        ("At home: how many answered", None),
        ("At home: of how many", None),
    ]
    request: dict[str, Any] = said(page)
    assert request["reached"] == [
        {"group": "management/field", "answered": 18, "asked": 20}
    ]
    assert "On-call SMS · Tried: it works · answered: Field 18 of 20" in shown(page)


def test_act_sends_no_roll_call_where_nobody_was_counted() -> None:
    page = pressed(named(done(opened(subject="channel:sms"), "worked")))

    assert "reached" not in said(page)


def test_act_asks_for_no_roll_call_of_what_is_no_test() -> None:
    page = done(opened(subject="channel:sms"), "maintenance")

    assert not page.number_input


def test_roll_call_without_how_many_were_asked_is_handed_to_the_engine() -> None:
    page = done(opened(subject="channel:sms"), "failed")
    count(page, 2, 0)

    pressed(named(page))

    assert said(page)["reached"] == [
        {"group": "management/home", "answered": 0, "asked": 0}
    ]
