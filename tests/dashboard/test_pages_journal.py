import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dashboard.served import stamped
from render.snapshots import change, moment, snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.engine.published import snapshot_file
from secours.engine.store.store import Store
from secours.model.observed import Evidence, Reason, Result, failed, ok

WRITTEN_WITHIN_S = 60.0


def script() -> None:
    import streamlit as st

    from secours.dashboard.engine import engine_client, history, source
    from secours.dashboard.views import journal

    def record(by: str, text: str) -> bool:
        if text == "refuse":
            raise engine_client.NotDone("the note is empty")
        if text == "nobody":
            raise engine_client.NotDone("")
        st.session_state["recorded"] = (by, text)
        return text != "full"

    journal.show(source.look, history.journal, history.run_up, record)


def reading_script() -> None:
    from secours.dashboard.engine import history, source
    from secours.dashboard.views import journal

    journal.show(source.look, history.journal, history.run_up, None)


@pytest.fixture(autouse=True)
def _published(rooms: Path) -> None:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())


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


def opened(run: Any = script, **address: str) -> AppTest:
    page = AppTest.from_function(run, default_timeout=60)
    for name, value in {"lang": "en", **address}.items():
        page.query_params[name] = value
    return page.run()


def everything(page: AppTest) -> AppTest:
    """Show the whole period; the entries of the tests are old."""
    assert not page.exception
    return page.selectbox[0].select_index(3).run()


def shown(page: AppTest) -> str:
    assert not page.exception
    return "".join(each.proto.body for each in page.get("html"))


def said(page: AppTest) -> list[str]:
    return [text.value for text in page.text]


def test_the_journal_shows_what_happened_and_what_was_noted(store: Store) -> None:
    table = shown(everything(opened()))

    assert "Appelé le bourgmestre" in table
    assert "On-call SMS: OK → DOWN, no answer within 10 s" in table
    assert "monitoring starts (plan v1)" in table


def test_entries_are_found_by_kind_and_by_words(store: Store) -> None:
    page = everything(opened())

    notes = shown(page.multiselect[0].select("note").run())
    page.multiselect[0].unselect("note").run()
    voice_calls = shown(page.text_input[1].input("voice calls").run())

    assert "bourgmestre" in notes
    assert "On-call SMS: OK" not in notes
    assert "Voice calls: OK → DEGRADED" in voice_calls
    assert "bourgmestre" not in voice_calls


def test_an_incident_is_offered_with_its_times(store: Store) -> None:
    facts = shown(everything(opened()))

    assert "Detection (confirmed down)</dt><dd><time" in facts
    assert "2026-11-24 02:03:47 UTC" in facts  # the first failed test
    assert "2026-11-24 02:03:27 UTC" in facts  # the last good one
    assert "management" in facts


def test_the_journal_can_be_taken_along(store: Store) -> None:
    page = everything(opened())

    buttons: list[Any] = list(page.get("download_button"))
    labels = [button.label for button in buttons]

    assert labels == ["Page to print", "CSV", "JSON", "Page to print", "JSON"]


def test_a_note_needs_a_name_and_words(store: Store) -> None:
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
    store: Store, text: str, answer: str
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


def test_a_page_for_reading_has_nothing_to_write_with(store: Store) -> None:
    page = opened(reading_script)

    assert not page.exception
    assert not page.button
    assert not page.text_area
    assert [each.label for each in page.text_input] == ["With the words"]


def test_a_missing_history_is_said() -> None:
    assert "There is no history yet." in said(opened())


def test_a_history_of_a_newer_version_is_left_alone(store: Store) -> None:
    import sqlite3

    from secours.engine.store.database import schema

    with closing(sqlite3.connect(places.data_dir() / schema.NAME)) as database:
        database.execute("PRAGMA user_version=99")

    assert "The history cannot be read." in said(opened())


def test_old_data_are_said_below_the_journal_and_do_not_hide_it() -> None:
    page = opened()
    (component,) = page.get("bidi_component")
    proto: Any = component.proto
    fed = json.loads(proto.json)

    assert fed["band"] is True
    assert "STALE DATA" in fed["stale_html"]
    assert "data-secours-age" in fed["html"]


def test_without_a_plan_there_is_a_cover_and_no_journal(rooms: Path) -> None:
    (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text("{", "utf-8")

    page = opened()

    assert not page.exception
    assert not page.text_area
