from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dashboard.served import stamped
from render.snapshots import change, moment, snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.access import person
from secours.dashboard.access.policy import KNOWN, Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.source import look
from secours.dashboard.feed import Wish, feed
from secours.dashboard.pages import VIEWS
from secours.dashboard.views import incidents, journal
from secours.engine.published import snapshot_file
from secours.engine.store.store import Store
from secours.model.observed import Evidence, Reason, Result, failed, ok
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.usefixtures("plain_spaces")

WRITTEN_WITHIN_S = 60.0
EVER = ("days", "all")  # the entries of the tests are old
VISIT = Visit(viewer=Viewer(kind=KNOWN), acts=True, looks=True)


def script() -> None:
    import streamlit as st

    from secours.dashboard.engine import engine_client
    from secours.dashboard.engine.source import look
    from secours.dashboard.view import localizer_of
    from secours.dashboard.views import journal

    def record(by: str, text: str) -> bool:
        if text == "refuse":
            raise engine_client.NotDone("the note is empty")
        if text == "nobody":
            raise engine_client.NotDone("")
        st.session_state["recorded"] = (by, text)
        return text != "full"

    localizer = localizer_of(look)
    assert localizer
    journal.note(localizer, record, None)


def reading_script() -> None:
    from secours.dashboard.access.visit import Visit
    from secours.dashboard.address import Address
    from secours.dashboard.engine.source import look
    from secours.dashboard.view import localizer_of
    from secours.dashboard.views import journal

    localizer = localizer_of(look)
    assert localizer
    journal.below(localizer, Address("journal"), Visit())


@pytest.fixture(autouse=True)
def _published(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())
    monkeypatch.setattr(person, "remembered", lambda: "")


@pytest.fixture
def store(rooms: Path) -> Iterator[Store]:
    with closing(Store(places.data_dir())) as opened:
        opened.note(moment(90).utc, "Anne", "note", "Appelé le bourgmestre")
        opened.changes(
            (
                change("sms", "o", "x", 600),
                change("sms", "x", "o", 60),
                change("calls", "o", "d", 30),
            )
        )
        probe = "channels/sms/sip"
        opened.result(Result(probe=probe, at=moment(640), outcome=ok(Evidence.SERVED)))
        bad = failed(Reason.TIMEOUT)
        for second in (620, 600):
            opened.result(Result(probe=probe, at=moment(second), outcome=bad))
        opened.note(moment(20).utc, "secours", "start", "v1")
        assert opened.wait_written(WRITTEN_WITHIN_S)
        yield opened


def opened(run: Any = script) -> AppTest:
    page = AppTest.from_function(run, default_timeout=60)
    page.query_params["lang"] = "en"
    return page.run()


def said(page: AppTest) -> list[str]:
    return [text.value for text in page.text]


def drawn(*asked: tuple[str, str]) -> str:
    address = Address("journal", asked)
    return journal.draw(Localizer(snapshot("xooo"), "en"), address, VISIT)


def test_the_journal_shows_what_happened_and_what_was_noted(store: Store) -> None:
    html = drawn(EVER)

    assert "Appelé le bourgmestre" in html
    assert "On-call SMS: OK → DOWN, no answer within 10 s" in html
    assert "monitoring starts (plan v1)" in html
    assert "bourgmestre" not in drawn(("days", "1"))


def test_entries_are_found_by_kind_and_by_words(store: Store) -> None:
    notes = drawn(EVER, ("kind", "note"))
    voice_calls = drawn(EVER, ("text", "voice calls"))

    assert "bourgmestre" in notes
    assert "On-call SMS: OK" not in notes
    assert "Voice calls: OK → DEGRADED" in voice_calls
    assert "bourgmestre" not in voice_calls


def test_an_incident_is_shown_with_its_times(store: Store) -> None:
    address = Address("incidents", (EVER,))

    html = incidents.draw(Localizer(snapshot("xooo"), "en"), address, VISIT)

    assert "Detection (confirmed down)</dt><dd><time" in html
    assert "2026-11-24 02:03:47 UTC" in html  # the first failed test
    assert "2026-11-24 02:03:27 UTC" in html  # the last good one
    assert "management" in html


def test_incident_that_began_before_a_period_and_lasts_is_in_it(store: Store) -> None:
    day = Address("incidents", (("days", "1"),))
    localizer = Localizer(snapshot("xooo"), "en")
    assert incidents.looked_for(localizer, day.asked) == ([], None)

    store.changes((change("sms", "o", "x", 10),))
    assert store.wait_written(WRITTEN_WITHIN_S)
    listed, chosen = incidents.looked_for(localizer, day.asked)

    assert [(each.detected, each.over) for each in listed] == [(moment(10).utc, False)]
    assert chosen is not None


def test_a_note_needs_a_name_and_words() -> None:
    page = opened()

    page.text_area[0].input("Hello")
    nameless = said(page.button[0].click().run())
    page.text_input[0].input("Anne").run()
    kept = page.text_area[0].value
    page.text_area[0].input("")
    wordless = said(page.button[0].click().run())

    assert kept == "Hello"
    assert "Write your name first." in nameless
    assert "Write something first." in wordless
    assert "recorded" not in page.session_state


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Hello", "Written down."),
        ("full", "Held in memory only: the disk refuses."),
        ("refuse", "Not written down: the note is empty"),
        ("nobody", "Not written down: the monitoring does not answer"),
    ],
)
def test_a_note_is_recorded_with_the_name_and_says_what_became_of_it(
    text: str, answer: str
) -> None:
    page = opened()

    page.text_input[0].input("Anne").run()
    page.text_area[0].input(text)
    page.button[0].click().run()

    assert answer in said(page)
    assert page.text_area[0].value == ("" if text in ("Hello", "full") else text)
    if text == "Hello":
        assert page.session_state["recorded"] == ("Anne", "Hello")
        assert page.text_input[0].value == "Anne"


def test_who_only_reads_has_nothing_to_write_with() -> None:
    page = opened(reading_script)

    assert not page.exception
    assert not page.button
    assert not page.text_area
    assert not page.text_input


def test_a_missing_history_is_said() -> None:
    assert "There is no history yet." in drawn()
    html = incidents.draw(Localizer(snapshot(), "en"), Address("incidents"), VISIT)
    assert "There is no history yet." in html


def test_a_history_of_a_newer_version_is_left_alone(store: Store) -> None:
    import sqlite3

    from secours.engine.store.database import schema

    with closing(sqlite3.connect(places.data_dir() / schema.NAME)) as database:
        database.execute("PRAGMA user_version=99")

    assert "The history cannot be read." in drawn()


@pytest.mark.parametrize("name", ["journal", "incidents", "shift"])
def test_old_data_are_said_below_the_journal_and_do_not_hide_it(name: str) -> None:
    view = VIEWS[name]

    assert view.band
    assert not view.is_open


def test_without_an_engine_the_journal_stands_above_the_band(store: Store) -> None:
    (places.runtime_dir() / snapshot_file.SNAPSHOT).unlink()
    (Path(places.plan_file())).write_text(
        "site: {language: en}\n"
        "channels: {desk: {label: Desk, purposes: [alert]}}\n"
        "plan: [{purpose: alert, audience: staff, primary: desk}]\n"
    )
    address = Address("journal", (EVER,))

    def draw(shown: Any, language: str, age_s: float) -> Any:
        return journal.draw(Localizer(shown, language, age_s), address, VISIT)

    fed = feed(look, draw, Wish(band=True))
    covered = feed(look, draw, Wish())

    assert "bourgmestre" in fed["html"]
    assert "NO DATA YET" in fed["stale_html"]
    assert fed["age"] < 0
    assert covered["html"] == ""
