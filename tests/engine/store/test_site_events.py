"""What other sites are to hear of, in a real store."""

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from plans import moment

from secours.engine.store.database import schema, site_events
from secours.engine.store.database.insertion import Insertion
from secours.engine.store.database.write_queue import Pending
from secours.engine.store.site_store import StoredEvents, StoredSubjects
from secours.engine.store.store import Store
from secours.model import observed
from secours.model.observed import Evidence, Instant, Outcome, Reason, Result
from secours.model.sites.events import (
    MOST_BODY_BYTES,
    EventRow,
    OutboxNumbers,
    SiteEvent,
)
from secours.model.sites.membership import Shares, Sites
from secours.model.snapshot import Change

GENEROUSLY_S = 60.0
DISON = Sites(name="dison", hub=("nats://127.0.0.1:4222",))
NOW = moment(0)


def change(number: int, **facts: str) -> Change:
    return Change(
        at=moment(number),
        subject="channel",
        name="mail",
        before="available",
        after="down",
        reason=Reason.REFUSED,
        facts=facts,
    )


def until(true: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    end_s = time.monotonic() + GENEROUSLY_S
    while not true():
        assert time.monotonic() < end_s, "it did not happen"
        time.sleep(0.01)


class Site:
    """A store of a site, whose clock is ours to set."""

    def __init__(self, folder: Path, sites: Sites | None = DISON) -> None:
        self.at = NOW
        self.store = Store(folder, now=lambda: self.at)
        self.store.sites = sites
        self.events = StoredEvents(self.store)

    def pass_s(self, seconds: float) -> None:
        later = self.at.utc + timedelta(seconds=seconds)
        self.at = Instant(later, self.at.steady_s + seconds)

    def add(self, *numbers: int) -> OutboxNumbers:
        self.store.changes([change(number) for number in numbers])
        return self.known()

    def known(self) -> OutboxNumbers:
        self.store.note(self.at.utc, "test", "note", "")
        assert self.store.wait_written(GENEROUSLY_S)
        until(lambda: self.events.numbers)
        self.store.event_numbers = None
        self.store.note(self.at.utc, "test", "note", "")
        until(lambda: self.events.numbers)
        assert self.events.numbers
        return self.events.numbers

    def rows(self) -> list[EventRow]:
        return [*(self.events.after(self.known().epoch, 0, 100_000) or ())]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


def shape(row: EventRow) -> SiteEvent:
    return msgspec.json.decode(row.body, type=SiteEvent)


def test_a_change_is_an_event_of_the_site(site: Site) -> None:
    numbers = site.add(1, 2)

    assert (numbers.newest, numbers.acknowledged) == (2, 0)
    assert [row.number for row in site.rows()] == [1, 2]
    assert shape(site.rows()[0]).change == change(1)
    assert site.rows()[0].at == moment(1)


def test_what_is_too_long_for_an_event_is_left_at_home(site: Site) -> None:
    most, words = change(1, note="x" * 6500), change(2, note="x" * 300_000)
    site.store.changes([most, words])

    first, second = site.rows()
    assert shape(first).change == most
    assert shape(second).change == change(2)
    assert len(second.body) <= MOST_BODY_BYTES


def test_what_a_peer_said_stays_at_home(site: Site) -> None:
    site.store.changes(
        [change(1, said="Dear Ann", code="5"), change(2, said="cut", by="Ann")]
    )

    first, second = map(shape, site.rows())
    assert first.change
    assert first.change.facts == {"code": "5"}
    assert second.change
    assert second.change.facts == {"said": "cut", "by": "Ann"}


@pytest.mark.parametrize(
    "sites",
    [
        pytest.param(None, id="by-itself"),
        pytest.param(
            Sites(name="dison", hub=DISON.hub, share=(Shares.STATES,)), id="no-journal"
        ),
    ],
)
def test_nothing_is_written_that_nobody_is_to_hear(
    sites: Sites | None, tmp_path: Path
) -> None:
    site = Site(tmp_path, sites)
    site.store.changes([change(1)])
    site.store.close()

    with closing(schema.open_to_read(tmp_path)) as database:
        (events,) = database.execute("SELECT count(*) FROM site_event").fetchone()
        (epochs,) = database.execute("SELECT count(*) FROM site_epoch").fetchone()
    assert (events, epochs) == (0, int(sites is not None))


def test_the_epoch_stays_and_numbers_go_on_over_a_restart(tmp_path: Path) -> None:
    first = Site(tmp_path)
    before = first.add(1)
    first.events.acknowledged(before.epoch, 1)
    first.store.close()

    second = Site(tmp_path)
    assert second.known() == OutboxNumbers(before.epoch, 1, 1)
    assert second.add(2).newest == 2
    second.store.close()


def test_what_was_acknowledged_is_there_for_a_while(site: Site) -> None:
    epoch = site.add(1, 2, 3).epoch
    site.events.acknowledged(epoch, 2)
    assert site.known().acknowledged == 2
    assert [row.number for row in site.rows()] == [1, 2, 3]

    site.pass_s(16 * 60)
    site.events.acknowledged(epoch, 3)
    assert site.known().acknowledged == 3
    site.pass_s(5 * 60)
    assert [row.number for row in site.rows()] == [3]
    assert site.known().newest == 3


def test_what_was_acknowledged_last_is_there_however_long_the_hub_is_gone(
    site: Site,
) -> None:
    epoch = site.add(1, 2).epoch
    site.events.acknowledged(epoch, 2)
    assert site.known().acknowledged == 2

    site.pass_s(3 * 60 * 60)
    assert [row.number for row in site.rows()] == [1, 2]
    site.events.acknowledged(epoch, 1)  # the power took the other from it
    assert site.known().acknowledged == 1


def test_what_a_hub_lost_waits_again(site: Site) -> None:
    epoch = site.add(1, 2, 3).epoch
    site.events.acknowledged(epoch, 3)
    assert site.known().acknowledged == 3
    site.events.acknowledged(epoch, 1)

    assert site.known().acknowledged == 1
    site.pass_s(16 * 60)
    site.events.acknowledged(epoch, 2)
    assert site.known().acknowledged == 2
    site.pass_s(5 * 60)
    assert [row.number for row in site.rows()] == [2, 3]


def test_numbers_are_read_again_only_where_they_may_be_others(tmp_path: Path) -> None:
    asked: list[str] = []
    with closing(schema.open_to_write(tmp_path)) as connection:
        connection.set_trace_callback(asked.append)
        insertion = Insertion(connection)
        first = insertion.among(DISON, NOW)
        assert asked
        asked.clear()

        assert insertion.among(DISON, NOW) == first
        assert not asked
        insertion.insert(Pending(changes=deque([(change(1), None)])), DISON)
        assert insertion.among(DISON, NOW).newest == first.newest + 1


def test_a_new_epoch_numbers_anew_what_the_hub_has_not(site: Site) -> None:
    before = site.add(1, 2, 3)
    site.events.acknowledged(before.epoch, 1)
    site.events.end_epoch(before.epoch)

    after = site.known()
    assert after.epoch != before.epoch
    assert (after.newest, after.acknowledged) == (2, 0)
    assert [shape(row).change for row in site.rows()] == [change(2), change(3)]
    assert site.events.after(before.epoch, 0, 10) == []


def test_too_many_lose_the_oldest_rollups_first(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_events, "MOST", 5)
    for stretch in range(4):
        site.store.result(result(10 + 300 * stretch))
        site.add(2 * stretch, 2 * stretch + 1)
        site.pass_s(300)
        site.known()

    held = [(row.number, shape(row).rollup is None) for row in site.rows()]
    assert held == [(5, True), (7, True), (8, True), (10, True), (11, True)]
    assert site.known().newest == 12  # the sums had 3, 6, 9 and 12: gaps are seen


def result(second: float, outcome: Outcome | None = None, probe: str = "") -> Result:
    return Result(
        probe=probe or "channels/mail/smtp",
        at=moment(second),
        outcome=outcome or observed.ok(Evidence.SERVED),
    )


def test_five_minutes_of_tests_are_summed_up(site: Site) -> None:
    site.known()
    for second in (10, 20):
        site.store.result(result(second))
    site.store.result(result(30, observed.failed(Reason.REFUSED)))
    site.store.result(result(40, probe="components/power:grid/icmp"))
    site.store.result(result(50, probe="paths/lan/dns"))
    site.pass_s(300)

    (row,) = site.rows()
    rollup = shape(row).rollup
    assert rollup
    assert {name: (t.ok, t.failed) for name, t in rollup.of.items()} == {
        "channel:mail": (2, 1),
        "power:grid": (1, 0),
        "path:lan": (1, 0),
    }
    assert (rollup.since, rollup.lasting_s) == (NOW.utc, 300)


def test_sums_of_very_many_tests_come_in_parts(site: Site) -> None:
    site.known()
    names = [f"channel-of-a-long-name-{n}" for n in range(300)]
    for name in names:
        site.store.result(result(10, probe=f"channels/{name}/smtp"))
    site.pass_s(300)

    parts = site.rows()
    rollups = [found for row in parts if (found := shape(row).rollup)]
    assert [row.number for row in parts] == [*range(1, len(rollups) + 1)]
    assert 2 < len(rollups) < 6
    assert max(len(row.body) for row in parts) <= MOST_BODY_BYTES
    assert sorted(node for each in rollups for node in each.of) == sorted(
        f"channel:{name}" for name in names
    )


def test_a_month_is_the_most(site: Site) -> None:
    site.add(1)
    site.pass_s(31 * 86400)
    site.known()
    file = site.store.folder / schema.NAME
    with closing(sqlite3.connect(file)) as database, database:
        site_events.forget(database, site.at.utc)

    assert site.rows() == []


def test_the_subjects_are_known_to_the_next_life(tmp_path: Path) -> None:
    first = Site(tmp_path)
    assert StoredSubjects(first.store).recall() == frozenset()
    StoredSubjects(first.store).remember(frozenset({"secours.dison.state.a.b"}))
    first.store.close()

    second = Site(tmp_path)
    found = StoredSubjects(second.store).recall()
    second.store.close()
    assert found == {"secours.dison.state.a.b"}
