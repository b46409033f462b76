import re
from pathlib import Path
from typing import Any

import pytest
from dashboard.served import stamped
from msgspec.structs import replace
from plans import channel, component, plan
from render.snapshots import snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.engine.source import config_path
from secours.engine.published import snapshot_file
from secours.languages import LANGUAGES
from secours.model.plan import Text
from secours.render.pages import needs_picture
from secours.render.wording.localizer import Localizer

PLAN = """
site: {name: Town Hall, language: en}
components:
  power:grid: {label: "Mains *<b>*"}
  carrier:a: {label: Operator A}
  carrier:b: {label: Operator B, depends_on: [power:grid], autonomy: 4h}
channels:
  calls: {label: Calls, purposes: [coordinate], depends_on: [carrier:a, power:grid]}
  radio: {label: Radio, purposes: [coordinate], depends_on: [carrier:b]}
plan:
  - purpose: coordinate
    audience: management
    primary: [calls]
    alternate: [radio]
"""


def script() -> None:
    from secours.dashboard.engine import source
    from secours.dashboard.views import redundancy

    redundancy.show(source.look, source.plan, dict)


@pytest.fixture(autouse=True)
def _published(rooms: Path) -> None:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())
    config_path().write_text(PLAN, "utf-8")


def opened(language: str = "en") -> AppTest:
    page = AppTest.from_function(script, default_timeout=60)
    page.query_params["lang"] = language
    page.run()
    assert not page.exception
    return page


def shown(page: AppTest) -> str:
    assert not page.exception
    words = "".join(each.proto.body for each in page.get("html"))
    words = re.sub(r">\s+<", "><", words)
    return re.sub(r'<td data-head="[^"]*">', "<td>", words)


def said(page: AppTest) -> list[str]:
    return [text.value for text in page.text]


def drawn(page: AppTest) -> str:
    (chart,) = page.get("graphviz_chart")
    proto: Any = chart.proto
    return str(proto.spec)


def test_the_page_says_how_strong_each_line_of_the_plan_is() -> None:
    words = shown(opened())

    assert "COORDINATE · management</h3>" in words
    assert "channels: 2; independent ways: 2" in words
    assert "No single failure cuts everybody off." in words
    assert "Leaves nothing when the batteries are empty" in words
    assert "Mains *&lt;b&gt;* (after 4 h)" in words
    assert "Two failures leave nothing: " in words
    assert words.count('data-shape="degraded"') == 1  # not well: it ends in 4 h


def test_the_page_says_that_this_is_the_plan_as_designed() -> None:
    assert "<p>As designed, nothing failed.</p><section" in shown(opened())
    assert "<p>Tel que prévu, sans aucune panne.</p>" in shown(opened("fr"))


def test_a_line_with_a_channel_that_declares_nothing_is_not_well() -> None:
    nothing = "radio: {label: Radio, purposes: [coordinate]}"
    plan = PLAN.replace(", power:grid]", "]").splitlines()
    plan = [f"  {nothing}" if "  radio:" in line else line for line in plan]
    config_path().write_text("\n".join(plan), "utf-8")

    words = shown(opened())

    assert "What Radio needs is not known" in words
    assert 'data-shape="down"' in words  # it may fall with the operator of the other


def test_what_holds_for_all_channels_is_on_the_page_too() -> None:
    words = shown(opened())

    assert "When a channel is left, and taken back" in words
    assert "Calls, Radio: no test decides: left on a person" in words
    assert "nobody said: Calls, Radio" in words


def test_a_kind_that_is_no_more_is_told_on_the_page() -> None:
    gone = "calls: {kind: sense-chat, label: Calls"
    config_path().write_text(PLAN.replace("calls: {label: Calls", gone), "utf-8")

    assert "<h3>Discontinued</h3></div><ul" in shown(opened())


def test_nothing_is_ticked_at_first() -> None:
    page = opened()

    assert "Nothing is ticked: everything works." in said(page)
    assert not any(box.value for box in page.checkbox)
    assert "✖" not in drawn(page)


def test_a_ticked_component_shows_what_falls_at_once_and_what_later() -> None:
    page = opened()

    words = shown(page.checkbox(key="fails power:grid").check().run())

    at_once, later = words.split("<h3>After 4 h</h3>")
    assert "<td>Radio · 2nd choice" in at_once
    assert "NO USABLE CHANNEL" not in at_once
    assert "NO USABLE CHANNEL" in later
    assert "<td>0 of 2</td>" in later
    assert any(text.startswith("Power is lost: alert now") for text in said(page))


def test_classes_of_components_are_named_in_the_language() -> None:
    words = said(opened("fr"))

    assert {"Courant", "Opérateurs téléphoniques", "Canaux"} <= set(words)
    assert not {"power", "carrier", "channel"} & set(words)


def test_the_hour_bounds_what_is_told_and_what_is_drawn() -> None:
    page = opened()
    page.checkbox(key="fails power:grid").check().run()
    assert "✖ Radio" in drawn(page)

    page.select_slider[0].set_value(3600.0).run()

    assert "After 4 h" not in shown(page)
    assert "✖ Calls" in drawn(page)
    assert "✖ Radio" not in drawn(page)
    assert any(text.startswith("Falls only later") for text in said(page))


def test_a_channel_can_fail_by_itself() -> None:
    words = shown(opened().checkbox(key="fails channel:radio").check().run())

    assert "Falls: Radio." in words
    assert "<td>1 of 2</td>" in words


def test_words_of_the_plan_are_no_markdown_and_no_markup() -> None:
    page = opened()

    assert page.checkbox(key="fails power:grid").label == r"Mains \*\<b\>\*"
    assert "<b>" not in shown(page)


def test_a_plan_that_cannot_be_read_is_said() -> None:
    config_path().write_text("plan: [", "utf-8")

    page = opened()

    assert "The plan cannot be read" in said(page)
    assert not page.checkbox


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_drawn_in_every_language(language: str) -> None:
    words = shown(opened(language))

    assert f'lang="{language}"' in words


def test_the_picture_has_every_need_and_cannot_be_broken_out_of() -> None:
    config = plan(
        channel("sms", "power:grid", ["carrier:a", "carrier:b"]),
        replace(component("power:grid"), label=Text('x"]; evil [label="\\')),
        component("carrier:a"),
        component("carrier:b"),
    )

    dot = needs_picture.picture(
        config, {"carrier:a"}, Localizer(snapshot("oooo"), "en")
    )

    assert '"channel:sms" -> "power:grid";' in dot
    assert '"channel:sms" -> "carrier:b" [style=dashed];' in dot
    assert r'[label="x\"]; evil [label=\"\\"]' in dot
    assert '[label="✖ carrier:a"' in dot
