"""What the pages read of all channels at once, from a real history."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from dashboard.desk import ago, at
from msgspec.structs import replace
from render.snapshots import change, channel, standing

from secours import places
from secours.dashboard.engine import history
from secours.dashboard.engine.history import Days, NoHistory, spans_of
from secours.engine.store.database import rollup, schema
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.model.observed import Evidence, Instant, Result, ok
from secours.model.snapshot import Change, State
from secours.render.pages import timeline
from secours.render.pages.strip import Window
from secours.render.pages.timeline import SEEN, START, STOP, Span

DAY_S = 86_400
QUICKLY_S = 3.0  # on a busy machine; it takes a tenth of that


@pytest.fixture(autouse=True)
def store(rooms: Path) -> Iterator[Store]:
    assert rooms
    with closing(Store(places.data_dir())) as opened:
        yield opened


def keep(store: Store, *changes: Change, notes: tuple[tuple[float, str], ...]) -> None:
    for second, kind in notes:
        store.note(ago(second).utc, "secours", kind, "v1")
    store.changes(changes)
    assert store.wait_written(60.0)


def turned(name: str, letters: str, second: float) -> Change:
    return at(change(name, letters[0], letters[1], 0), second)


def a_day() -> Days:
    return history.days(ago(DAY_S).utc)


def window(now: datetime) -> Window:
    return Window(now - timedelta(days=1), now)


def drawn(found: list[Span]) -> str:
    """Write spans as `o6 x18`: a letter, and how many hours it lasted."""
    letters = {
        State.AVAILABLE: "o",
        State.DEGRADED: "d",
        State.DOWN: "x",
        State.UNKNOWN: "?",
    }
    return " ".join(
        f"{letters[span.state] if span.watched else '-'}{span.lasted_s / 3600:.0f}"
        for span in found
    )


def test_of_each_channel_there_is_what_changed_and_the_last_change_before(
    store: Store,
) -> None:
    keep(
        store,
        turned("sms", "?o", 3 * DAY_S),
        turned("sms", "ox", 2 * DAY_S),
        turned("sms", "xo", 7200),
        turned("radio", "?d", 9 * DAY_S),
        replace(turned("sms", "ox", 600), subject="component"),
        notes=(),
    )

    found = a_day().changes

    assert {name: len(changes) for name, changes in found.items()} == {
        "sms": 2,
        "radio": 1,
    }
    assert [each.before for each in found["sms"]] == [State.DOWN, State.AVAILABLE]


def test_a_channel_is_what_it_was_then_and_what_the_snapshot_says_now(
    store: Store,
) -> None:
    keep(
        store,
        turned("sms", "ox", 2 * DAY_S),
        turned("sms", "xo", 6 * 3600),
        notes=((12 * 3600, STOP), (9 * 3600, START)),
    )
    now = ago(0)
    fallen = channel("sms", standing=standing("x", since=ago(3600)))

    found = spans_of(fallen, a_day(), window(now.utc))

    assert drawn(found) == "x12 -3 x3 o5 x1"
    assert found[0].reason == fallen.standing.reason


def test_after_an_old_snapshot_nobody_watched(store: Store) -> None:
    keep(store, turned("sms", "?o", 2 * DAY_S), notes=())
    now = ago(0).utc
    view = channel("sms", standing=standing("o", since=ago(2 * DAY_S)))

    old = spans_of(view, a_day(), window(now), stamped=now - timedelta(hours=2))
    fresh = spans_of(view, a_day(), window(now), stamped=now - timedelta(seconds=9))

    assert drawn(old) == "o22"
    assert drawn(fresh) == "o24"


def test_without_a_history_nothing_was_watched() -> None:
    assert spans_of(channel("sms"), None, window(ago(0).utc)) == []


def test_that_there_is_none_is_said(rooms: Path, store: Store) -> None:
    store.close()
    for file in places.data_dir().iterdir():
        file.unlink()

    with pytest.raises(NoHistory, match="no_history"):
        a_day()
    assert rooms


def test_an_engine_that_broke_was_last_seen_by_what_it_wrote(store: Store) -> None:
    keep(
        store,
        replace(turned("alert/staff", "?o", 20_000), subject="line"),
        notes=((30_000, START), (10_000, START), (5000, STOP), (4000, START)),
    )

    found = sorted(a_day().lives)

    assert [kind for _, kind in found] == [START, SEEN, START, STOP, START]
    assert found[1][0] == rounded(ago(20_000))


def test_what_was_declared_of_before_the_first_start_watched_nothing(
    store: Store,
) -> None:
    keep(store, turned("sms", "ox", 4 * 3600), notes=((3600, START),))
    fallen = channel("sms", standing=standing("x", since=ago(4 * 3600)))

    found = spans_of(fallen, a_day(), window(ago(0).utc))

    assert drawn(found) == "-20 -3 x1"


def rounded(then: Instant) -> object:
    """Return a moment so that it equals another of the same test."""
    return pytest.approx(then.utc, abs=timedelta(seconds=60))


def last_seen() -> datetime:
    (found,) = (at for at, kind in a_day().lives if kind == SEEN)
    return found


def read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was read be too old."""
    later = time.monotonic() + history.LATELY_S + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)


def test_results_and_what_they_came_to_are_signs_of_life(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second in (20_000, 12_000):
        result = Result(
            probe="channels/sms/sip", at=ago(second), outcome=ok(Evidence.SERVED)
        )
        store.result(result)
    keep(store, notes=((10_000, START),))
    of_results = last_seen()
    with closing(schema.open_to_write(places.data_dir())) as database:
        rollup.roll(database, ago(300).utc)
        database.execute("DELETE FROM result")
    read_anew(monkeypatch)
    of_rolled = last_seen()

    assert of_results == rounded(ago(12_000))
    assert timedelta() <= of_results - of_rolled < timedelta(seconds=rollup.FINE_S)


def test_what_was_read_is_for_all_who_look_for_some_seconds(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, turned("sms", "?o", 7200), notes=())
    with ThreadPoolExecutor(8) as many:
        found = list(many.map(lambda _: a_day(), range(16)))
    week = history.days(ago(7 * DAY_S).utc)
    read_anew(monkeypatch)

    assert all(each is found[0] for each in found)
    assert week is not found[0]
    assert a_day() is not found[0]


def test_what_was_read_reaches_as_far_back_as_whoever_asks(store: Store) -> None:
    keep(
        store, turned("sms", "?o", DAY_S + 30), turned("sms", "ox", DAY_S - 5), notes=()
    )
    first = a_day()

    asked = history.days(ago(DAY_S).utc - timedelta(seconds=20))

    assert asked is first
    assert len(asked.changes["sms"]) == 2


def test_a_quarter_of_many_channels_is_read_quickly(store: Store) -> None:
    changes = [
        turned(f"c{n}", "ox" if turn % 2 else "xo", turn * 77_000.0 + n)
        for turn in range(99, -1, -1)
        for n in range(200)
    ]
    keep(store, *changes, notes=((80 * DAY_S, START),))

    began_s = time.thread_time()  # what other tests take meanwhile is not of it
    found = history.days(ago(90 * DAY_S).utc)
    took_s = time.thread_time() - began_s

    assert sum(map(len, found.changes.values())) == 20_000
    assert took_s < QUICKLY_S


def test_a_renamed_channel_has_the_changes_of_its_former_name(store: Store) -> None:
    keep(store, turned("pager", "?o", 7200), turned("siren", "ox", 3600), notes=())
    store.remember("former-names", b'{"pager":"siren"}')
    store.note(ago(0).utc, "x", "note", "x")
    assert store.wait_written(60.0)

    with HistoryReader(places.data_dir()) as reader:
        found = reader.changes_of_all("channel", ago(DAY_S).utc)

    assert [each.name for each in found] == ["siren", "siren"]
    fallen = Span(start=ago(3600).utc, end=ago(0).utc, state=State.DOWN)
    assert drawn(timeline.spans(found, fallen, ago(DAY_S).utc)) == "?22 o1 x1"
