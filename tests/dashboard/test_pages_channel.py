import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from dashboard.desk import ago, at
from dashboard.served import stamped
from msgspec.structs import replace
from render.snapshots import change, snapshot
from streamlit.testing.v1 import AppTest

from secours import places
from secours.dashboard.access.policy import KNOWN, Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import channel_history, engine_client, source
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.feed import Wish, feed
from secours.dashboard.pages import VIEWS
from secours.dashboard.views import channel
from secours.engine.published import snapshot_file
from secours.engine.store.database import rollup, schema
from secours.engine.store.store import Store
from secours.model.observed import Evidence, Reason, Result, failed, ok
from secours.render.pages.strip import Window
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.usefixtures("plain_spaces")

DAY = timedelta(days=1)
MOST_S = 0.06  # of the processor, to draw the page; a history may be large
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
    from secours.dashboard.access.visit import Visit
    from secours.dashboard.address import of_viewer
    from secours.dashboard.engine.source import look
    from secours.dashboard.view import localizer_of
    from secours.dashboard.views import channel

    localizer = localizer_of(look)
    assert localizer
    channel.below(localizer, of_viewer("channel"), Visit(acts=True, theme="light"))


def reading_script() -> None:
    from secours.dashboard.access.visit import Visit
    from secours.dashboard.address import of_viewer
    from secours.dashboard.engine.source import look
    from secours.dashboard.view import localizer_of
    from secours.dashboard.views import channel

    localizer = localizer_of(look)
    assert localizer
    channel.below(localizer, of_viewer("channel"), Visit())


@pytest.fixture(autouse=True)
def plan(rooms: Path) -> Path:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())
    file = rooms / "probes.yaml"
    file.write_text(PLAN.replace("COST", "false"), "utf-8")
    return file


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that fills with the channels whose test was asked for."""
    found: list[str] = []

    def asked(channel: str, *, localizer: Localizer) -> None:
        assert localizer.language
        found.append(channel)

    monkeypatch.setattr(engine_client, "test_now", asked)
    return found


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


def published(probed_s: float) -> None:
    """Publish a snapshot whose probes began to run so many seconds ago."""
    shown = snapshot("xooo")
    channels = tuple(
        replace(view, probes=tuple(replace(p, at=ago(probed_s)) for p in view.probes))
        for view in shown.channels
    )
    fresh = stamped(replace(shown, channels=channels))
    snapshot_file.write(fresh, places.runtime_dir())


def drawn(*asked: tuple[str, str], acts: bool = False) -> str:
    """Return what the page says, as the server draws it: there is no Streamlit."""
    visit = Visit(viewer=Viewer(kind=KNOWN), acts=acts, looks=True)
    address = Address("channel", (("name", "sms"), ("lang", "en"), *asked))

    def draw(*of: Any) -> Any:
        return channel.draw(Localizer(*of), address, visit)

    return str(feed(source.look, draw, Wish(language="en"))["html"])


def opened(run: Any = script, **asked: str) -> AppTest:
    page = AppTest.from_function(run, default_timeout=60)
    for name, value in {"lang": "en", "name": "sms", **asked}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def asked_of(page: AppTest) -> tuple[tuple[str, str], ...]:
    """Return what the address of a browser asks for."""
    written = page.query_params.items()
    return tuple((name, "".join(value)) for name, value in written)


def every_s(page: AppTest) -> float | None:
    """Return how often the page at the address of a browser would be drawn."""
    seen = source.look()
    assert seen.snapshot
    localizer = Localizer(seen.snapshot, "en", seen.age_s)
    return channel.every_s(localizer, Address("channel", asked_of(page)))


def window(days: int = 1) -> Window:
    end = ago(0).utc
    return Window(end - days * DAY, end)


# ------------------------------------------------------------------ what it says


def test_a_channel_shows_its_state_its_probes_and_how_to_use_it() -> None:
    html = drawn()

    assert "On-call SMS" in html
    assert "DOWN" in html
    assert "How: Envoyer au groupe ASTREINTE" in html


def test_the_timeline_is_a_strip_a_sentence_and_a_table(store: Store) -> None:
    html = drawn()

    assert "Down once, for 10 min." in html
    assert "Not measured for 12 h" in html
    assert 'class="s-strip"' in html
    for look in ("unwatched", "available", "down"):
        assert f'data-state="{look}"' in html
    assert "the monitoring did not run" in html


def test_it_says_how_fast_it_answers_and_fails_and_what_it_needs(store: Store) -> None:
    html = drawn()

    assert "sip: 33.3% of 3" in html
    assert "sip: half within 250 ms, 95% within 250 ms (1 test)" in html
    assert "s from the first failed test" in html
    assert "by the plan at most 85 s" in html
    assert "Opérateur A" in html
    assert "nobody has noted a test" in html


def test_another_period_can_be_shown(store: Store) -> None:
    assert "Not measured for 89 d" in drawn(("days", "90"))


def test_without_a_history_the_present_is_still_shown() -> None:
    html = drawn()

    assert "There is no history yet." in html
    assert "DOWN" in html


def test_a_channel_leads_to_what_can_be_done_with_it_who_may_act() -> None:
    assert "act?lang=en&amp;do=distrust&amp;subject=channel%3Asms" in drawn(acts=True)
    assert "act?" not in drawn()


def test_a_channel_that_is_not_in_the_plan_is_said() -> None:
    html = drawn(("name", "<b>x"))

    assert "No channel of the plan is called &lt;b&gt;x." in html


def test_without_a_name_it_is_the_first_channel() -> None:
    assert "On-call SMS" in drawn(("name", ""))


# ------------------------------------------------------------------ a test


def test_a_test_is_asked_for_and_its_result_awaited(asked_for: list[str]) -> None:
    published(probed_s=3.0)
    page = opened()
    before_s = every_s(page)

    page.button[0].click().run()
    tested = next(each for each in asked_of(page) if each[0] == "tested")
    waiting, while_waiting_s = drawn(tested), every_s(page)
    published(probed_s=0.0)
    done = drawn(tested)

    assert asked_for == ["sms"]
    assert (before_s, while_waiting_s, every_s(page)) == (None, 1.0, None)
    assert "being tested" in waiting
    assert "Test of now" in done
    assert "being tested" not in done


def test_a_test_that_nobody_takes_on_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str, **__: Any) -> None:
        raise NotDone("")

    monkeypatch.setattr(engine_client, "test_now", refuse)
    page = opened()

    page.button[0].click().run()

    said = [text.value for text in page.text]
    assert said == ["Not tested: the monitoring does not answer"]
    assert "tested" not in page.query_params


def test_what_costs_money_is_not_tested_by_one_click(
    plan: Path, asked_for: list[str]
) -> None:
    plan.write_text(PLAN.replace("COST", "true"), "utf-8")

    page = opened()
    before = page.button[0].disabled
    page.checkbox[0].check().run()

    assert before
    assert not page.button[0].disabled
    assert asked_for == []


def test_a_page_for_reading_has_no_test() -> None:
    assert not opened(reading_script).button


def test_the_view_says_how_often_it_is_drawn() -> None:
    assert VIEWS["channel"].every_s is channel.every_s


# ------------------------------------------------------------------ to explore


def test_no_chart_is_made_before_it_is_asked_for(store: Store) -> None:
    assert not opened().get("plotly_chart")


def test_a_chart_that_is_asked_for_has_each_probe(store: Store) -> None:
    (chart,) = opened(explore="1", days="7").get("plotly_chart")
    proto: Any = chart.proto

    assert "sip: half within" in proto.spec
    assert '"tickformatstops"' in proto.spec


def test_without_results_there_is_no_chart_but_words() -> None:
    page = opened(explore="1")

    assert not page.get("plotly_chart")
    assert page.text[0].value == "There is no history yet."


def test_results_are_summed_up_a_stretch_after_another(store: Store) -> None:
    view = snapshot("xooo").channels[0]

    buckets = channel_history.buckets(view, window())["sip"]

    assert sum(each.judged for each in buckets) == 3
    assert sum(each.passed for each in buckets) == 1
    assert [each.usual_s for each in buckets if each.usual_s] == [0.25]
    assert all(one.at < other.at for one, other in pairwise(buckets))


def test_of_what_was_long_ago_only_sums_are_left(store: Store) -> None:
    with closing(schema.open_to_write(places.data_dir())) as database:
        rollup.roll(database, ago(-7200).utc)
        database.execute("DELETE FROM result")
    view = snapshot("xooo").channels[0]

    buckets = channel_history.buckets(view, window(90))["sip"]

    assert sum(each.judged for each in buckets) == 3
    assert [each.slow_s for each in buckets if each.slow_s] == [0.25]
    assert channel_history.buckets(view, window(7)) == {"sip": []}


# ------------------------------------------------------------------ the history


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "still there"])
def test_what_was_summed_up_counts_once_with_what_came_since(
    store: Store, gone: bool
) -> None:
    with closing(schema.open_to_write(places.data_dir())) as database:
        rollup.roll(database, ago(300).utc)
        if gone:
            database.execute("DELETE FROM result")
    found = Result(probe="channels/sms/sip", at=ago(1), outcome=ok(Evidence.SERVED))
    store.result(found)
    store.note(ago(0).utc, "x", "note", "x")
    assert store.wait_written(60.0)

    known = channel_history.channel(snapshot("xooo").channels[0], window())

    assert known.passed == {"sip": (2, 4)}


def test_the_run_up_of_each_failure_is_read(store: Store) -> None:
    known = channel_history.channel(snapshot("xooo").channels[0], window())

    assert [len(runs[0]) for _, runs in known.failures] == [3]


def test_the_page_is_drawn_quickly_of_a_long_history(store: Store) -> None:
    probe = "channels/sms/sip"
    with closing(schema.open_to_write(places.data_dir())) as database:
        long_kept(database, probe)

    spent_s = []
    for _ in range(5):
        channel_history._lately.forget()
        began = time.process_time()
        html = drawn(("days", "90"))
        spent_s.append(time.process_time() - began)

    assert "sip: 100% of 518" in html
    assert min(spent_s) < MOST_S


def long_kept(database: Any, probe: str) -> None:
    """Keep 90 days of a probe: a week of results, and what they come to."""
    [(number,)] = database.execute("SELECT id FROM text WHERE text = ?", (probe,))
    [row] = database.execute("SELECT * FROM result WHERE probe = ? LIMIT 1", (number,))
    now = int(ago(0).utc.timestamp() * 1000)
    result = f"INSERT OR IGNORE INTO result VALUES ({','.join('?' * len(row))})"
    database.execute("BEGIN")
    for n in range(1, 40_000):
        database.execute(result, (number, now - n * 15_000, *row[2:]))
    for n in range(1, 90 * 288):
        start = (now // 300_000 - n) * 300_000
        database.execute(
            "INSERT OR REPLACE INTO rollup VALUES (?, ?, ?, 20, 0, 0, 0, 20, 1, 1)",
            (number, 300_000, start),
        )
    database.execute("COMMIT")


def test_a_plan_that_cannot_be_read_is_no_plan(plan: Path) -> None:
    assert source.plan() is not None

    plan.write_text("nonsense: [", "utf-8")
    unreadable = source.plan()
    plan.unlink()

    assert unreadable is None
    assert source.plan() is None
