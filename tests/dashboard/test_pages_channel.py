import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from dashboard.served import stamped
from msgspec.structs import replace
from render.snapshots import change, snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.engine import history, source
from secours.engine import clock
from secours.engine.published import snapshot_file
from secours.engine.store.database import rollup, schema
from secours.engine.store.store import Store
from secours.model.observed import Evidence, Instant, Reason, Result, failed, ok
from secours.model.snapshot import Change

PLAN = """
site: {name: Town}
channels:
  sms:
    purposes: [alert]
    depends_on: [carrier:mobile-a]
    probes: [{type: tcp, name: sip, host: 192.0.2.1, port: 1, cost: COST}]
components:
  carrier:mobile-a: {label: Opérateur A}
plan:
  - {purpose: alert, audience: staff, primary: sms, last_resort: x}
"""


def script() -> None:
    import streamlit as st

    from secours.dashboard.engine import engine_client, history, source
    from secours.dashboard.views import channel

    def test(name: str) -> None:
        if st.session_state.get("refuse"):
            raise engine_client.NotDone("")
        st.session_state["asked_for"] = name

    def act(subject: str) -> None:
        st.session_state["act_on"] = subject

    channel.show(source.look, source.plan, history.channel, test, act)


def reading_script() -> None:
    from secours.dashboard.engine import history, source
    from secours.dashboard.views import channel

    channel.show(source.look, source.plan, history.channel, None)


@pytest.fixture(autouse=True)
def plan(rooms: Path) -> Path:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())
    file = rooms / "probes.yaml"
    file.write_text(PLAN.replace("COST", "false"), "utf-8")
    return file


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store(places.data_dir())) as opened:
        opened.changes(
            (
                at(change("sms", "?", "o", 0), 40_000),
                at(change("sms", "o", "x", 0), 600),
            )
        )
        for second, outcome in (
            (660, ok(Evidence.SERVED, latency_s=0.25)),
            (620.5, failed(Reason.TIMEOUT)),
            (600.5, failed(Reason.TIMEOUT)),
        ):
            found = Result(probe="channels/sms/sip", at=ago(second), outcome=outcome)
            opened.result(found)
        opened.note(ago(50_000).utc, "secours", "stop", "")
        opened.note(ago(40_001).utc, "secours", "start", "v1")
        assert opened.wait_written(60.0)
        yield opened


def ago(second: float) -> Instant:
    now = clock.now()
    return Instant(now.utc - timedelta(seconds=second), now.steady_s - second)


def at(made: Change, second: float) -> Change:
    return replace(made, at=ago(second))


def published(probed_s: float) -> None:
    """Publish a snapshot whose probes began to run so many seconds ago."""
    shown = snapshot("xooo")
    channels = tuple(
        replace(view, probes=tuple(replace(p, at=ago(probed_s)) for p in view.probes))
        for view in shown.channels
    )
    fresh = stamped(replace(shown, channels=channels))
    snapshot_file.write(fresh, places.runtime_dir())


def opened(run: Any = script, name: str = "sms") -> AppTest:
    page = AppTest.from_function(run, default_timeout=60)
    page.query_params["lang"] = "en"
    page.query_params["name"] = name
    page.run()
    assert not page.exception
    return page


def told(page: AppTest) -> str:
    (component,) = page.get("bidi_component")
    proto: Any = component.proto
    return str(json.loads(proto.json)["html"])


def shown(page: AppTest) -> str:
    bodies: list[Any] = list(page.get("html"))
    return "".join(each.proto.body for each in bodies)


def test_a_channel_shows_its_state_its_probes_and_how_to_use_it() -> None:
    html = told(opened())

    assert "On-call SMS" in html
    assert "DOWN" in html
    assert "How: Envoyer au groupe ASTREINTE" in html


def test_the_timeline_is_a_picture_a_sentence_and_a_table(store: Store) -> None:
    page = opened()
    (chart,) = page.get("plotly_chart")
    proto: Any = chart.proto
    drawn = json.loads(proto.spec)["data"][0]

    assert "Down once, for 10 min." in page.text[0].value
    assert "Not measured for 12 h" in page.text[0].value
    assert drawn["type"] == "heatmap"
    assert set(drawn["text"][0]) == {"UNKNOWN", "OK", "DOWN"}
    assert "OK" in shown(page)
    assert "the monitoring did not run" in shown(page)


def test_it_says_how_fast_it_answers_and_fails_and_what_it_needs(store: Store) -> None:
    html = shown(opened())

    assert "sip: 33.3% of 3" in html
    assert "sip: half within 250 ms, 95 % within 250 ms (1 test)" in html
    assert "s from the first failed test" in html
    assert "by the plan at most 85 s" in html
    assert "Opérateur A" in html
    assert "nobody has noted a test" in html


def test_another_period_can_be_shown(store: Store) -> None:
    page = opened()

    (periods,) = cast("list[Any]", page.get("button_group"))
    periods.set_value("last 90 days").run()

    assert not page.exception
    assert "Not measured for 89 d" in page.text[0].value


def test_a_test_is_asked_for_and_its_result_awaited() -> None:
    published(probed_s=3.0)
    page = opened()

    page.button[0].click().run()
    waiting = told(page)
    published(probed_s=0.0)
    done = told(page.run())

    assert page.session_state["asked_for"] == "sms"
    assert "being tested" in waiting
    assert "Test of now" in done
    assert "being tested" not in done


def test_a_test_that_nobody_takes_on_is_said() -> None:
    page = opened()
    page.session_state["refuse"] = True

    page.button[0].click().run()

    said = [text.value for text in page.text]
    assert "Not tested: the monitoring does not answer" in said
    assert "being tested" not in told(page)


def test_what_costs_money_is_not_tested_by_one_click(plan: Path) -> None:
    plan.write_text(PLAN.replace("COST", "true"), "utf-8")

    page = opened()
    before = page.button[0].disabled
    page.checkbox[0].check().run()

    assert before
    assert not page.button[0].disabled


def test_a_page_for_reading_has_no_test_and_leads_to_no_action() -> None:
    page = opened(reading_script)

    assert not page.button
    assert "act_on" not in page.session_state


def test_a_channel_leads_to_what_can_be_done_with_it() -> None:
    assert opened().session_state["act_on"] == "channel:sms"


def test_a_channel_that_is_not_in_the_plan_is_said() -> None:
    html = told(opened(name="<b>x"))

    assert "No channel of the plan is called &lt;b&gt;x." in html


def test_another_channel_can_be_chosen() -> None:
    page = opened()

    page.selectbox[0].select_index(1).run()

    assert not page.exception
    assert page.query_params["name"] == "calls"
    assert "Voice calls" in told(page)


def test_without_a_history_the_present_is_still_shown() -> None:
    page = opened()

    assert "There is no history yet." in [text.value for text in page.text]
    assert "DOWN" in told(page)


def test_signs_of_the_engine_are_those_before_each_start(store: Store) -> None:
    found = history.channel("sms", ["channels/sms/sip"], ago(86400).utc)

    assert [kind for _, kind in found.lives] == ["start", "stop"]
    assert [len(runs[0]) for _, runs in found.failures] == [3]


def test_what_was_summed_up_counts_with_what_came_since(store: Store) -> None:
    with closing(schema.open_to_write(places.data_dir())) as database:
        rollup.roll(database, ago(300).utc)
        database.execute("DELETE FROM result")
    found = Result(probe="channels/sms/sip", at=ago(1), outcome=ok(Evidence.SERVED))
    store.result(found)
    store.note(ago(0).utc, "x", "note", "x")
    assert store.wait_written(60.0)

    known = history.channel("sms", ["channels/sms/sip"], ago(86400).utc)

    assert known.passed("channels/sms/sip") == (2, 4)
    assert history.Past().passed("x") == (0, 0)


def test_a_plan_that_cannot_be_read_is_no_plan(plan: Path) -> None:
    assert source.plan() is not None

    plan.write_text("nonsense: [", "utf-8")
    unreadable = source.plan()
    plan.unlink()

    assert unreadable is None
    assert source.plan() is None
