from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dashboard.desk import write_plan
from dashboard.served import stamped
from render.snapshots import snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.access import person
from secours.dashboard.access.policy import KNOWN, Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.views import shift
from secours.engine.published import snapshot_file
from secours.engine.store.store import Store
from secours.render.wording.localizer import Localizer

VISIT = Visit(viewer=Viewer(kind=KNOWN, name="Eve"), acts=True, looks=True)


def script() -> None:
    from collections.abc import Mapping
    from typing import Any

    import msgspec
    import streamlit as st

    from secours.dashboard.engine import engine_client
    from secours.dashboard.engine.source import look
    from secours.dashboard.view import localizer_of
    from secours.dashboard.views import shift
    from secours.model.requests import WatchRequest

    def say(request: WatchRequest) -> Mapping[str, Any]:
        if request.remark == "refuse":
            raise engine_client.NotDone("Anne has the watch")
        st.session_state["signed"] = msgspec.to_builtins(request)
        return {"undo": None}

    localizer = localizer_of(look)
    assert localizer
    shift.handover(localizer, say, None)


def reading_script() -> None:
    from secours.dashboard.access.visit import Visit
    from secours.dashboard.address import Address
    from secours.dashboard.engine.source import look
    from secours.dashboard.view import localizer_of
    from secours.dashboard.views import shift

    localizer = localizer_of(look)
    assert localizer
    shift.below(localizer, Address("shift"), Visit())


@pytest.fixture(autouse=True)
def _published(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())
    monkeypatch.setattr(person, "remembered", lambda: "")


@pytest.fixture
def store(rooms: Path) -> Iterator[Store]:
    with closing(Store(places.data_dir())) as opened:
        opened.note(snapshot().at.utc, "Anne", "note", "Called the mayor")
        assert opened.wait_written(60.0)
        yield opened


def opened(run: Any = script) -> AppTest:
    page = AppTest.from_function(run, default_timeout=60)
    page.query_params["lang"] = "en"
    page.run()
    assert not page.exception
    return page


def said(page: AppTest) -> list[str]:
    return [text.value for text in page.text]


def filled(page: AppTest, button: int, *, remark: str = "", to: str = "") -> AppTest:
    page.text_input[0].input("Bram").run()
    page.text_input[1].input(remark)
    page.text_input[2].input(to)
    return page.button[button].click().run()


def drawn() -> str:
    localizer = Localizer(snapshot("xooo"), "en")
    return shift.draw(localizer, Address("shift"), VISIT)


def test_the_page_says_what_whoever_takes_the_watch_has_to_know(
    store: Store, rooms: Path
) -> None:
    write_plan(rooms)

    html = drawn()

    assert "Nobody has the watch." in html
    assert "On-call SMS" in html
    assert "Called the mayor" in html
    assert "never tried" in html


def test_without_a_history_nor_a_plan_the_rest_is_said() -> None:
    html = drawn()

    assert "There is no history yet." in html
    assert "On-call SMS" in html
    assert "No test is due this week." not in html
    assert "The plan cannot be read" in html


def test_the_watch_is_taken_with_a_name() -> None:
    page = opened()

    nameless = said(page.button[0].click().run())
    assert "signed" not in page.session_state
    filled(page, 0, remark="Calm")

    assert "Write your name first." in nameless
    assert said(page) == ["You have the watch."]
    signed = {"do": "watch", "action": "take", "by": "Bram", "remark": "Calm"}
    assert page.session_state["signed"] == signed
    assert [each.value for each in page.text_input] == ["Bram", "", ""]


def test_the_watch_is_handed_to_somebody() -> None:
    page = filled(opened(), 1, to="Chloe")

    assert said(page) == ["The watch is handed over to Chloe."]
    assert page.session_state["signed"]["action"] == "hand"
    assert page.session_state["signed"]["to"] == "Chloe"


def test_what_the_engine_refuses_stays_in_the_form_and_is_said() -> None:
    page = filled(opened(), 1, remark="refuse", to="Chloe")

    assert said(page) == ["Not written down: Anne has the watch"]
    assert [each.value for each in page.text_input] == ["Bram", "refuse", "Chloe"]


def test_who_only_reads_signs_nothing() -> None:
    page = opened(reading_script)

    assert not page.button
    assert not page.text_input
