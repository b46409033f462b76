"""The events of a site at a real hub: none lost, none doubled, whatever befalls it."""

import io
import shutil
import signal
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, PubAck
from nats.js.errors import NotFoundError
from servers import small_disk
from servers.nats_server import NEEDED, RunningHub, client_of, nats_server
from servers.scripted import closed_port
from sites.sending_site import SendingSite, at_hub, doubles, sending, until

from secours.engine.backup import saving
from secours.engine.backup.restoring import restore
from secours.engine.store.database import schema, site_events
from secours.model.observed import Reason
from secours.model.sites.events import EventRow, SiteEvent
from secours.sites import streams, subjects
from secours.sites.envelope import Envelope, body_of
from secours.sites.sending import outbox
from secours.sites.sending.outbox import EventSender, HubRefusal

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
FEW_S = 20.0  # of processor time; a minute by the clock
LOST_S, STEPS = 120.0, 10  # by the clock of the site


def numbers(found: list[Envelope]) -> list[int]:
    return [each.number for each in found]


async def kill(hub: RunningHub) -> None:
    hub.process.send_signal(signal.SIGKILL)
    await hub.process.wait()


async def test_events_come_in_their_order(tmp_path: Path) -> None:
    port = closed_port()
    async with (
        nats_server(tmp_path, port=port) as hub,
        sending(tmp_path / "site", port) as site,
    ):
        site.add(300)
        await site.acknowledged(300)
        site.add(1)
        await site.acknowledged(301)
        found = await at_hub(hub)

    assert numbers(found) == [*range(1, 302)]
    assert {each.epoch for each in found} == {site.numbers.epoch}


async def test_thousands_that_waited_are_sent_in_seconds(tmp_path: Path) -> None:
    port = closed_port()
    async with sending(tmp_path / "site", port) as site:
        site.add(6000)
        await until(lambda: site.events.numbers and site.numbers.newest == 6000)
        async with nats_server(tmp_path, port=port) as hub:
            await until(lambda: site.link.hub and site.link.hub.connected)
            began_s = time.process_time()
            await until(lambda: site.sender.waiting == 0)
            took_s = time.process_time() - began_s
            found = await at_hub(hub)

    assert numbers(found) == [*range(1, 6001)]
    assert took_s < FEW_S


async def test_a_hub_that_is_killed_loses_nothing_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    port = closed_port()
    async with sending(tmp_path / "site", port) as site:
        for _ in range(4):
            async with nats_server(tmp_path, port=port) as hub:
                await until(lambda: site.link.hub and site.link.hub.connected)
                await until(lambda: site.sender.waiting == 0)
                site.add(2000)
                await until(lambda: site.sender.waiting)
                await kill(hub)
        async with nats_server(tmp_path, port=port) as hub:
            await site.acknowledged(8000)
            found = await at_hub(hub)

    assert doubles(found) == []
    assert numbers(found) == [*range(1, 8001)]


@pytest.mark.parametrize(
    "dark_s", [pytest.param(0.0, id="at-once"), pytest.param(10_800.0, id="for-hours")]
)
async def test_what_a_hub_lost_with_its_power_is_sent_again(
    tmp_path: Path, dark_s: float
) -> None:
    port, kept = closed_port(), tmp_path / "jetstream"
    async with sending(tmp_path / "site", port) as site:
        site.later_s = site.left_of_stretch_s - LOST_S / 2
        async with nats_server(tmp_path, port=port) as hub:
            site.add(100)
            await site.acknowledged(100)
            await kill(hub)
        shutil.copytree(kept, tmp_path / "before")
        async with nats_server(tmp_path, port=port) as hub:
            await _live_on(site)
            await kill(hub)
        shutil.rmtree(kept)
        (tmp_path / "before").rename(kept)
        site.later_s += dark_s
        site.add(1)
        await until(lambda: site.numbers.newest == 301)
        async with nats_server(tmp_path, port=port) as hub:
            before = await at_hub(hub)
            await site.acknowledged(301)
            found = await at_hub(hub)

    assert _lasted_s(found[100:300]) >= LOST_S
    assert len(before) < 300
    assert doubles(found) == []
    assert numbers(found) == [*range(1, 302)]


async def _live_on(site: SendingSite) -> None:
    """Let a site live on for what a hub loses, and the hub have all of it."""
    for step in range(STEPS):
        site.add(20)
        await site.acknowledged(120 + 20 * step)
        site.later_s += LOST_S / (STEPS - 1)


def _lasted_s(events: Sequence[Envelope]) -> float:
    """Return how long it took until all happened, by their own times."""
    changes = [found for each in events if (found := body_of(each, SiteEvent).change)]
    return changes[-1].at.since(changes[0].at)


async def test_a_hub_that_begins_anew_has_what_is_still_there(tmp_path: Path) -> None:
    port = closed_port()
    async with sending(tmp_path / "site", port) as site:
        async with nats_server(tmp_path, port=port):
            site.add(10)
            await site.acknowledged(10)
        shutil.rmtree(tmp_path / "jetstream")
        site.add(5)
        async with nats_server(tmp_path, port=port) as hub:
            await site.acknowledged(15)
            found = await at_hub(hub)

    assert numbers(found) == [*range(1, 16)]


async def test_acknowledgements_that_were_lost_double_nothing(tmp_path: Path) -> None:
    port = closed_port()
    async with nats_server(tmp_path, port=port) as hub:
        async with sending(tmp_path / "site", port) as site:
            site.add(50)
            await site.acknowledged(50)
            epoch = site.numbers.epoch
        async with sending(tmp_path / "site", port) as site:
            await site.link.stop()
            site.events.acknowledged(epoch, 20)  # as if the rest had not come
            await until(lambda: site.events.numbers and site.numbers.acknowledged == 20)
            await forget_what_came_lately(hub)
            site.link.follow(None)
            site.link.follow(site.sites)
            site.add(1)
            await site.acknowledged(51)
        found = await at_hub(hub)

    assert numbers(found) == [*range(1, 52)]


async def test_what_came_by_a_former_connection_is_not_sent_again(
    tmp_path: Path,
) -> None:
    port = closed_port()
    async with (
        nats_server(tmp_path, port=port) as hub,
        sending(tmp_path / "site", port) as site,
    ):
        site.add(10)
        await site.acknowledged(10)
        epoch = site.numbers.epoch
        (last,) = site.events.after(epoch, 9, 1) or ()
        late = site.writer.event("dison", replace(last, number=11), epoch)
        async with client_of(hub) as client:
            await client.jetstream().publish(subjects.event("dison"), late)
        site.add(1)
        await site.acknowledged(11)
        found = await at_hub(hub)

    assert numbers(found) == [*range(1, 12)]


async def forget_what_came_lately(hub: RunningHub) -> None:
    """Let the hub know no longer what it has had, as it does after two minutes."""
    async with client_of(hub) as client:
        stream = client.jetstream()
        info = await stream.stream_info(subjects.EVENTS)
        info.config.duplicate_window = 0.1
        await stream.update_stream(info.config)


async def test_a_site_on_a_new_disk_is_another_epoch(tmp_path: Path) -> None:
    port = closed_port()
    async with nats_server(tmp_path, port=port) as hub:
        for folder in ("old", "new"):
            async with sending(tmp_path / folder, port) as site:
                site.add(20)
                await site.acknowledged(20)
        found = await at_hub(hub)

    assert numbers(found) == [*range(1, 21), *range(1, 21)]
    assert len({each.epoch for each in found}) == 2


async def test_a_site_put_back_to_an_older_day_is_another_epoch(tmp_path: Path) -> None:
    port = closed_port()
    async with nats_server(tmp_path, port=port) as hub:
        async with sending(tmp_path / "site", port) as site:
            site.add(20)
            await site.acknowledged(20)
            old = site.numbers.epoch
        shutil.copytree(tmp_path / "site", tmp_path / "older")
        async with sending(tmp_path / "site", port) as site:
            site.add(20)
            await site.acknowledged(40)
        async with sending(tmp_path / "older", port) as site:
            site.add(3)
            await until(lambda: site.events.numbers and site.numbers.epoch != old)
            await until(lambda: site.sender.waiting == 0)
            new = site.numbers.epoch
        found = await at_hub(hub)

    assert [each.number for each in found if each.epoch == old] == [*range(1, 41)]
    assert [each.number for each in found if each.epoch == new] == [1, 2, 3]


async def test_two_of_one_name_both_come_through(tmp_path: Path) -> None:
    port = closed_port()
    async with (
        nats_server(tmp_path, port=port) as hub,
        sending(tmp_path / "one", port) as one,
        sending(tmp_path / "two", port) as two,
    ):
        for number in range(1, 4):
            one.add(1)
            two.add(1)
            await one.acknowledged(number)
            await two.acknowledged(number)
        found = await at_hub(hub)

    assert doubles(found) == []
    for site in (one, two):
        mine = [each.number for each in found if each.epoch == site.numbers.epoch]
        assert sorted(mine) == [1, 2, 3]


@pytest.mark.parametrize("last", [False, True], ids=["among-others", "the-last"])
async def test_an_event_that_no_hub_takes_is_passed_over(
    tmp_path: Path, *, last: bool
) -> None:
    port = closed_port()
    async with nats_server(tmp_path, port=port) as hub:
        async with sending(tmp_path / "site", port) as site:
            await until(lambda: site.events.numbers)
            await site.link.stop()
            site.add(7)
            await until(lambda: site.numbers.newest == 7)
        with closing(schema.open_to_write(tmp_path / "site")) as database:
            larger = "UPDATE site_event SET body = zeroblob(300000) WHERE number = ?"
            for number in (2, 3, 7) if last else (2, 3):
                database.execute(larger, (number,))
        for _ in range(2):
            async with sending(tmp_path / "site", port) as site:
                await site.acknowledged(7)
                await until(lambda: site.sender.waiting == 0)
        found = await at_hub(hub)

    assert numbers(found) == ([1, 4, 5, 6] if last else [1, 4, 5, 6, 7])


async def test_why_a_hub_refuses_events_is_said_at_once(tmp_path: Path) -> None:
    port = closed_port()
    async with (
        nats_server(tmp_path, port=port) as hub,
        sending(tmp_path / "site", port) as site,
    ):
        await allow(hub, 3)
        site.add(30)
        began_s = time.monotonic()
        await until(lambda: site.sender.refused)
        took_s = time.monotonic() - began_s
        refused = site.sender.refused
        await allow(hub, -1)
        await site.acknowledged(30)
        assert site.sender.refused is None
        found = await at_hub(hub)

    assert refused == HubRefusal(Reason.REFUSED, {"said": "maximum messages exceeded"})
    assert took_s < outbox.ACK_WITHIN_S
    assert numbers(found) == [*range(1, 31)]


@pytest.mark.parametrize(("patience_s", "warned"), [(3600.0, False), (0.0, True)])
async def test_hub_whose_streams_are_not_made_yet_is_no_warning_at_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    patience_s: float,
    warned: bool,
) -> None:
    port, look, looks = closed_port(), EventSender._look_at_hub, [0]

    async def counted(sender: EventSender, *asked: Any) -> Any:
        looks[0] += 1
        return await look(sender, *asked)

    monkeypatch.setattr(EventSender, "_look_at_hub", counted)
    monkeypatch.setattr(outbox, "READY_WITHIN_S", patience_s)
    async with (
        nats_server(tmp_path, port=port, made=False) as hub,
        sending(tmp_path / "site", port) as site,
    ):
        site.add(1)
        await until(lambda: looks[0] > 1)
        refused = site.sender.refused
        async with client_of(hub) as client:
            await streams.ensure(client.jetstream())
        await site.acknowledged(1)

    assert ("takes no events" in caplog.text) is warned
    assert (refused is not None) is warned


async def test_events_that_cannot_be_read_for_a_moment_are_sent_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, read, fails = closed_port(), site_events.after, [True]

    def after(*asked: Any) -> list[EventRow]:
        if fails and fails.pop():
            raise sqlite3.OperationalError("disk I/O error")
        return read(*asked)

    monkeypatch.setattr(site_events, "after", after)
    async with (
        nats_server(tmp_path, port=port) as hub,
        sending(tmp_path / "site", port) as site,
    ):
        site.add(1)
        await site.acknowledged(1)
        found = await at_hub(hub)

    assert not fails
    assert numbers(found) == [1]


def what_it_says(site: SendingSite) -> str:
    """Return why the hub refuses what a site sends, in its own words."""
    refused = site.sender.refused
    return str(refused.facts.get("said", "")) if refused else ""


async def allow(hub: RunningHub, most: int) -> None:
    """Let the hub take so many events in all, and refuse what is more."""
    async with client_of(hub) as client:
        stream = client.jetstream()
        config = (await stream.stream_info(subjects.EVENTS)).config
        config.max_msgs, config.discard = most, DiscardPolicy.NEW
        await stream.update_stream(config)


async def test_a_hub_that_has_enough_of_a_site_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_EVENTS", 5)
    monkeypatch.setattr(streams, "ENOUGH_EVENTS", 4)
    monkeypatch.setattr(streams, "KEPT_EVENTS", 2)
    port = closed_port()
    async with (
        nats_server(tmp_path, port=port) as hub,
        sending(tmp_path / "site", port) as site,
    ):
        for number in range(1, 6):
            site.add(1)
            await site.acknowledged(number)
        site.add(6)  # sent as one, two and three
        await until(lambda: "maximum messages per subject" in what_it_says(site))
        assert site.sender.waiting == 6
        async with client_of(hub) as client:
            await streams.make_room(client.jetstream())
        await site.acknowledged(11)
        assert site.sender.refused is None
        found = await at_hub(hub)

    assert numbers(found) == [*range(4, 12)]


@small_disk.NEEDED
async def test_a_hub_whose_disk_is_full_is_waited_for(tmp_path: Path) -> None:
    port = closed_port()
    with small_disk.mounted(tmp_path / "hub", "4m") as disk:
        async with (
            nats_server(disk, port=port) as hub,
            sending(tmp_path / "site", port) as site,
        ):
            site.add(10)
            await site.acknowledged(10)
            small_disk.fill(disk)
            site.add(500)
            await until(lambda: "no space left" in what_it_says(site))
            assert site.link.hub
            assert site.link.hub.connected
            assert site.sender.waiting
            small_disk.make_room(disk)
            await site.acknowledged(510)
            assert site.sender.refused is None
            found = await at_hub(hub)

    assert doubles(found) == []
    assert sorted(numbers(found)) == [*range(1, 511)]


async def test_what_is_taken_for_a_duplicate_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port, publish, said = closed_port(), JetStreamContext.publish, [0]

    async def taken_for_another(
        stream: JetStreamContext, *sent: Any, **how: Any
    ) -> Any:
        said[0] += 1
        if said[0] in (1, 3):
            return PubAck(stream=subjects.EVENTS, seq=1, duplicate=True)
        return await publish(stream, *sent, **how)

    async with nats_server(tmp_path, port=port) as hub:
        monkeypatch.setattr(JetStreamContext, "publish", taken_for_another)
        async with sending(tmp_path / "site", port) as site:
            for number in (1, 2):
                site.add(1)
                await site.acknowledged(number)
        found = await at_hub(hub)

    assert numbers(found) == [1, 2]
    assert caplog.text.count("duplicate") == 2


async def test_a_hub_of_before_goes_on_and_nothing_is_lost(tmp_path: Path) -> None:
    port, event = closed_port(), subjects.event("dison")
    async with nats_server(tmp_path, port=port, made=False) as hub:
        async with client_of(hub) as client:
            stream = client.jetstream()
            await stream.add_stream(
                name=subjects.EVENTS,
                subjects=["secours.*.event"],
                max_msg_size=10_000,
                duplicate_window=120.0,
                allow_direct=True,
            )
            await stream.add_stream(
                name=subjects.STATES,
                subjects=["secours.*.state.*.*", "secours.*.recommend.*.*"],
                max_msgs_per_subject=1,
                max_msg_size=266_240,
            )
            large = subjects.state("liege", "channel", "sms")
            await stream.publish(large, bytes(200_000))
            async with sending(tmp_path / "site", port) as site:
                await until(lambda: site.events.numbers)
                await site.link.stop()
                site.add(10)
                await until(lambda: site.numbers.newest == 10)
                epoch = site.numbers.epoch
                for row in site.events.after(epoch, 0, 5) or ():
                    await stream.publish(  # as sites did
                        event,
                        site.writer.event("dison", row, epoch),
                        headers={"Nats-Msg-Id": f"dison/{epoch}/{row.number}"},
                    )
            await streams.ensure(stream)
            async with sending(tmp_path / "site", port) as site:
                await site.acknowledged(10)
            with pytest.raises(NotFoundError):
                await stream.stream_info(subjects.STATES)
        found = await at_hub(hub)

    assert numbers(found) == [*range(1, 11)]


async def test_a_backup_that_is_restored_is_another_epoch(tmp_path: Path) -> None:
    port, data = closed_port(), tmp_path / "site"
    async with nats_server(tmp_path, port=port) as hub:
        async with sending(data, port) as site:
            site.add(5)
            await site.acknowledged(5)
            old, at = site.numbers.epoch, site.now().utc
            backup = io.BytesIO()
            saving.save(backup, data, site="Dison", at=at, copy_in=tmp_path)
        backup.seek(0)
        restore(backup, data, None, tmp_path / "probes.yaml", at)
        async with sending(data, port) as site:
            site.add(2)
            await site.acknowledged(2)
            new = site.numbers.epoch
        found = await at_hub(hub)

    assert new != old
    assert [(each.epoch, each.number) for each in found[5:]] == [(new, 1), (new, 2)]
