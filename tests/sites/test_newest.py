"""When the newest snapshot is news to other sites."""

import asyncio
from typing import cast

import msgspec
import pytest
from msgspec.structs import replace
from render.snapshots import moment, snapshot

from secours.model.plan import Config
from secours.model.sites.membership import Sites
from secours.model.sites.views import SiteView
from secours.sites.envelope import EnvelopeWriter
from secours.sites.link import HubConnection, SharedWakeup, end
from secours.sites.sending import uplink
from secours.sites.sending.uplink import (
    ALIVE_EVERY_S,
    NEARLY,
    AliveSender,
    Newest,
    PlannedSnapshot,
)

LIMIT_S = 60.0
FIRST = snapshot()
CONFIG, OTHER = Config(site=FIRST.site), Config(site=FIRST.site)


def changes(*shots_later_s: float) -> int:
    """Return how often there were news, of one snapshot stamped again and again."""
    newest = Newest()
    for later_s in shots_later_s:
        newest.put(PlannedSnapshot(CONFIG, replace(FIRST, at=moment(-later_s))))
    return newest.changes


def test_snapshot_that_says_the_same_is_no_news() -> None:
    assert changes(0.0, 1.0, 2.0, 3.0) == 1


def test_first_snapshot_after_a_stall_is_news() -> None:
    """Nothing was said of the site while it stalled."""
    stalled_s = FIRST.screen.max_age_s + 1
    assert changes(0.0, 1.0, 1.0 + stalled_s) == 2


def test_snapshot_of_another_state_is_news() -> None:
    newest = Newest()
    newest.put(PlannedSnapshot(CONFIG, FIRST))
    newest.put(PlannedSnapshot(CONFIG, replace(FIRST, trouble="disk")))
    newest.put(PlannedSnapshot(OTHER, replace(FIRST, trouble="disk")))

    assert newest.changes == 3


async def test_who_is_woken_goes_on_when_it_is_nearly_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uplink, "REST_S", 0.0)
    newest = Newest()
    long_s = 3600.0
    soon, late = (
        asyncio.create_task(newest.wait(0, nearly_s, long_s))
        for nearly_s in (0.0001, long_s)
    )
    while not soon.done():
        newest.wake()
        await asyncio.sleep(0)

    assert not late.done()
    newest.put(PlannedSnapshot(CONFIG, FIRST))
    async with asyncio.timeout(LIMIT_S):
        await late


class Said:
    """A connection to a hub that only notes what is said."""

    def __init__(self) -> None:
        self.sites = Sites(name="dison", hub=("nats://127.0.0.1",))
        self.client, self.wakeup = self, SharedWakeup()
        self.subjects: list[str] = []

    async def publish(self, subject: str, _: bytes) -> None:
        self.subjects.append(subject)


async def test_site_says_that_it_lives_when_the_hub_has_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newest, connection, now_s = Newest(), Said(), 0.0
    monkeypatch.setattr(uplink, "REST_S", 0.0)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now_s)
    alive = AliveSender(
        EnvelopeWriter(lambda: moment(-now_s), "boot", lambda: "epoch"),
        msgspec.json.encode,
        newest,
        lambda *_: SiteView(name="dison"),
        lambda: None,
    )
    newest.put(PlannedSnapshot(CONFIG, FIRST))
    talking = asyncio.create_task(alive.talk(cast(HubConnection, connection)))
    await _all_else()
    for times in (1, 2, 3):
        newest.put(PlannedSnapshot(CONFIG, replace(FIRST, at=moment(-now_s))))
        await _all_else()
        assert len(connection.subjects) == times
        now_s += (NEARLY + 0.1) * ALIVE_EVERY_S
        connection.wakeup.wake()
    monkeypatch.undo()
    await end([talking])


async def _all_else() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("old_s", "said"),
    [(1.0, ["secours.dison.alive"]), (FIRST.screen.max_age_s + 1, [])],
    ids=["fresh", "of an engine that stalls"],
)
async def test_only_a_fresh_snapshot_says_that_a_site_lives(
    old_s: float, said: list[str]
) -> None:
    newest, connection = Newest(), Said()
    writer = EnvelopeWriter(lambda: moment(-old_s), "boot", lambda: "epoch")
    view = SiteView(name="dison")
    alive = AliveSender(
        writer, msgspec.json.encode, newest, lambda *_: view, lambda: None
    )
    newest.put(PlannedSnapshot(CONFIG, FIRST))
    talking = asyncio.create_task(alive.talk(cast(HubConnection, connection)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await end([talking])

    assert connection.subjects == said
