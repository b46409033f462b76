import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dashboard.served import stamped
from render.snapshots import snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard import pages, view
from secours.dashboard.access import policy, visit
from secours.dashboard.access.policy import KNOWN, LOCAL, SEES_WALL, Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import replays
from secours.dashboard.feed import Fed
from secours.engine.published import snapshot_file

HOW = "Envoyer au groupe ASTREINTE"


def page_script() -> None:
    import streamlit as st

    from secours.dashboard import pages, view

    view.show(pages.VIEWS[st.session_state["page"]])


def drawn(name: str, **asked: str) -> dict[str, Any]:
    """Return what the component of a page is given."""
    page = AppTest.from_function(page_script, default_timeout=60)
    page.session_state["page"] = name
    for each, value in asked.items():
        page.query_params[each] = value
    page.run()
    assert not page.exception
    (component,) = page.get("bidi_component")
    proto: Any = component.proto
    given: dict[str, Any] = json.loads(proto.json)
    return given


def first(name: str, kind: str = LOCAL, **asked: str) -> Fed:
    """Return what the server puts into a page for such a viewer."""
    came = visit.visit_of(Viewer(kind=kind), asked.get("theme"))
    return view.fed(pages.VIEWS[name], Address(name, tuple(asked.items())), came)


def at_no_time(fed: Fed) -> Fed:
    """Leave out what is another a second later."""
    timeless = {name: fed[name] for name in fed if name not in ("age", "server")}
    return {**timeless, "html": re.sub(r"\d+", "0", fed["html"])}


@pytest.fixture(autouse=True)
def _published(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(visit, "visitor", lambda: Viewer(kind=LOCAL))
    visit.rules.cache_clear()
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())
    yield
    visit.rules.cache_clear()


@pytest.mark.parametrize("name", pages.VIEWS)
def test_the_script_draws_what_the_server_has_put_into_the_page(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "PATIENCE_S", 60.0)  # else it may still be played
    asked = {"lang": "nl", "theme": "light"}
    script, server = drawn(name, **asked), first(name, **asked)

    assert script["html"]
    assert at_no_time(script) == at_no_time(server)


def test_the_wall_shows_what_to_use() -> None:
    fed = drawn("wall")

    assert "Appels vocaux" in fed["html"]
    assert fed["full"] is True


def test_the_wall_takes_language_and_line_from_the_address() -> None:
    fed = drawn("wall", lang="en", line="2")

    assert "COORDINATE" in fed["html"]
    assert "ALERT<" not in fed["html"]


def test_the_wall_has_colours_of_its_own() -> None:
    came = visit.visit_of(Viewer(kind=LOCAL), "light")

    assert view.fed(pages.VIEWS["wall"], Address("wall"), came)["light"] is False
    assert view.fed(pages.VIEWS["now"], Address("now"), came)["light"] is True


@pytest.mark.parametrize("line", ["x", "-1", "\u0661", "1e9", ""])
def test_a_strange_line_breaks_nothing(line: str) -> None:
    assert first("wall", line=line)["html"]


OWN = [name for name in pages.VIEWS if name not in ("wall", "sites", "site")]


@pytest.mark.parametrize("name", OWN)
def test_a_page_has_the_entries_and_says_which_it_is(name: str) -> None:
    html = first(name, lang="en")["html"]

    menu = html.partition("s-entries")[2].partition("</nav>")[0]
    assert re.findall(r">([^<]+)</a>", menu) == [
        "Now",
        "Channels",
        "Plan",
        "Journal",
        "Act",
    ]
    assert menu.count('aria-current="page"') == 1
    assert html.count("<h1") == 1


def test_the_entry_to_act_is_there_for_who_may_act(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acting = first("now")["html"]
    visit.rules.cache_clear()
    monkeypatch.setenv("SECOURS_READ_ONLY", "1")
    reading = first("now")["html"]

    assert 'href="act?' in acting
    assert 'href="act?' not in reading
    assert 'href="plan?' in reading


def test_the_other_colours_are_one_link_away_that_keeps_what_is_asked_for() -> None:
    html = first("channels", lang="en", text="radio & tv", theme="light")["html"]

    assert 'href="channels?lang=en&amp;text=radio+%26+tv&amp;theme=dark"' in html


def test_a_stranger_is_shown_one_page_and_less_of_it() -> None:
    snapshot_file.write(stamped(snapshot("oooo")), places.runtime_dir())
    html = first("now", policy.STRANGER)["html"]

    assert "SMS d\u2019astreinte" in html
    assert HOW not in html
    assert HOW in first("now")["html"]
    for name in ("channels", "plan", "journal", "act"):
        assert f'href="{name}?' not in html


@pytest.mark.parametrize("name", pages.VIEWS)
def test_who_may_open_which_page(name: str) -> None:
    every, stranger = pages.VIEWS[name], Visit(looks=True, sees_wall=True)
    nobody, screen = Visit(), Visit(sees_wall=True)
    known = visit.visit_of(Viewer(kind=KNOWN, name="Anne"))

    assert view.may_open(every, known)
    assert view.may_open(every, stranger) is (name in ("wall", "now"))
    assert view.may_open(every, screen) is (name == "wall")
    assert not view.may_open(every, nobody)


def test_a_screen_is_shown_the_wall_whole_and_a_stranger_less() -> None:
    snapshot_file.write(stamped(snapshot("oooo")), places.runtime_dir())

    assert HOW in first("wall", SEES_WALL)["html"]
    assert HOW not in first("wall", policy.STRANGER)["html"]


def test_a_page_without_data_shows_a_cover(rooms: Path) -> None:
    (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text("{", "utf-8")

    fed = drawn("wall")

    assert fed["html"] == ""
    assert "DISPLAY ERROR" in fed["stale_html"]


@pytest.mark.parametrize("moved", pages.MOVED)
def test_an_address_of_before_leads_to_a_page(moved: str) -> None:
    assert moved not in pages.VIEWS
    assert pages.MOVED[moved] in pages.VIEWS


@pytest.mark.parametrize(
    ("written", "seconds"), [("0.5", 0.5), ("0", 0.2), ("x", 5.0), ("", 5.0)]
)
def test_the_refresh_may_be_shortened(
    monkeypatch: pytest.MonkeyPatch, written: str, seconds: float
) -> None:
    monkeypatch.setenv("SECOURS_REFRESH_S", written)

    assert view.refresh_s() == seconds
