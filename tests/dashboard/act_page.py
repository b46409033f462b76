"""The page of what can be done, opened and pressed without a browser."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
import streamlit as st
from dashboard.served import stamped
from render.snapshots import snapshot
from requested import travelling
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.access import person
from secours.dashboard.access import visit as visits
from secours.dashboard.access.policy import Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.engine import engine_client
from secours.dashboard.engine.preview import Preview
from secours.engine.published import snapshot_file
from secours.model.requests import EngineRequest, StatementRequest
from secours.model.snapshot import Snapshot
from secours.render.wording.localizer import Localizer

WHY, NAME = "Why, in a few words", "Your name, for the journal"


def script() -> None:
    from secours.dashboard.pages import VIEWS
    from secours.dashboard.view import show

    show(VIEWS["act"])


def say(
    request: EngineRequest | Mapping[str, Any], *, localizer: Localizer
) -> dict[str, Any]:
    assert localizer.language == "en"  # of who asks, not of the site
    if refused := st.session_state.get("refuse"):
        raise engine_client.NotDone(refused)
    if "nobody" in st.session_state:
        raise engine_client.NotDone("")
    st.session_state["said"] = travelling(request)
    line = {"purpose": "alert", "audience": "staff", "use": "calls"}
    answer = [{**line, "state": "available", "pinned": False}]
    undo = st.session_state.get("undo")
    return {"kept": "disk", "recommendations": answer, "undo": undo}


def foresee(request: StatementRequest, localizer: Localizer) -> Preview | None:
    assert request.by
    if st.session_state.get("foreseen") == "refused":
        raise engine_client.NotDone("the end is in the past")
    if st.session_state.get("foreseen") == "nothing":
        return None
    return Preview(localizer.snapshot, snapshot("xooo"))


def published(shown: Snapshot) -> None:
    snapshot_file.write(stamped(shown), places.runtime_dir())


def comes(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Say who looks at the pages."""
    visit = Visit(viewer=viewer, acts=True, looks=True)
    monkeypatch.setattr(visits, "of_page", lambda: visit)


def keeps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Say which name the browser comes with, as it is written in a cookie."""
    context = SimpleNamespace(cookies={person.COOKIE: name} if name else {})
    monkeypatch.setattr(st, "context", context)


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
    """Type a name, which is handed over with the button."""
    typed(page, NAME, name)
    return page


def pressed(page: AppTest, label: str = "Confirm") -> AppTest:
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


def deeds(page: AppTest) -> Any:
    (found,) = cast("list[Any]", page.get("button_group"))
    return found


def done(page: AppTest, name: str) -> AppTest:
    """Choose a deed, by its name in the code."""
    deeds(page).set_value(name).run()
    assert not page.exception
    return page


def said(page: AppTest) -> Any:
    return page.session_state.get("said", None)
