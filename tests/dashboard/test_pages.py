import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboard.served import stamped
from render.snapshots import snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard import refresh
from secours.engine.published import snapshot_file


def wall_script() -> None:
    from secours.dashboard.engine import source
    from secours.dashboard.views import wall

    wall.show(source.look)


def status_script() -> None:
    from secours.dashboard.engine import source
    from secours.dashboard.views import status

    status.show(source.look, acts=True)


def reading_script() -> None:
    from secours.dashboard.engine import source
    from secours.dashboard.views import status

    status.show(source.look, acts=False)


def opened(script: Callable[[], None]) -> AppTest:
    return AppTest.from_function(script, default_timeout=60)


def told(page: AppTest) -> dict[str, Any]:
    """Return what the component was given."""
    assert not page.exception
    (component,) = page.get("bidi_component")
    proto: Any = component.proto
    fed: dict[str, Any] = json.loads(proto.json)
    return fed


@pytest.fixture(autouse=True)
def _published(rooms: Path) -> None:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())


def test_the_wall_shows_what_to_use() -> None:
    fed = told(opened(wall_script).run())

    assert "Appels vocaux" in fed["html"]
    assert fed["full"] is True


def test_the_wall_takes_language_and_line_from_the_address() -> None:
    page = opened(wall_script)
    page.query_params["lang"] = "en"
    page.query_params["line"] = "2"

    fed = told(page.run())

    assert "COORDINATE" in fed["html"]
    assert "ALERT<" not in fed["html"]


@pytest.mark.parametrize("line", ["x", "-1", "\u0661", "1e9", ""])
def test_a_strange_line_breaks_nothing(line: str) -> None:
    page = opened(wall_script)
    page.query_params["line"] = line

    assert told(page.run())["html"]


def test_the_status_shows_every_channel() -> None:
    fed = told(opened(status_script).run())

    for view in snapshot().channels:
        assert view.label.in_("fr") in fed["html"].replace("&#39;", "'")
    assert fed["full"] is False


def test_the_status_can_be_narrowed_and_the_address_remembers() -> None:
    page = opened(status_script)
    page.query_params["lang"] = "en"
    page.query_params["state"] = "unavailable"

    narrowed = told(page.run())["html"]
    page.selectbox[0].select("").run()
    page.selectbox[1].select("coordinate").run()
    page.text_input[0].input("radio").run()
    found = told(page)["html"]

    assert "1 of 8 shown" in narrowed
    assert narrowed.count('href="channel?') == 1
    assert "1 of 8 shown" in found
    assert 'href="channel?name=radio' in found
    assert "1 DOWN" in found
    assert "state" not in page.query_params
    assert page.query_params["purpose"] == "coordinate"
    assert page.query_params["text"] == "radio"


def test_the_status_leads_to_actions_only_who_may_act() -> None:
    acting = told(opened(status_script).run())["html"]
    reading = told(opened(reading_script).run())["html"]

    assert "actions?lang=fr&amp;subject=channel%3Asms" in acting
    assert "actions?" not in reading


def test_a_page_without_data_shows_a_cover(rooms: Path) -> None:
    (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text("{", "utf-8")

    fed = told(opened(wall_script).run())

    assert fed["html"] == ""
    assert "DISPLAY ERROR" in fed["stale_html"]


@pytest.mark.parametrize(
    ("written", "seconds"), [("0.5", 0.5), ("0", 0.2), ("x", 5.0), ("", 5.0)]
)
def test_the_refresh_may_be_shortened(
    monkeypatch: pytest.MonkeyPatch, written: str, seconds: float
) -> None:
    monkeypatch.setenv("SECOURS_REFRESH_S", written)

    assert refresh.refresh_s() == seconds
