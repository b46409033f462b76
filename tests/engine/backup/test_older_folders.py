"""What an earlier version left is taken over, and a way back is kept."""

import errno
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from engine.backup.left import LEFT, NAMES, unpacked, until, until_migrated, watched
from servers.nats_server import NEEDED, nats_server
from sites.engine_of_a_site import listening

from secours.engine import clock, state_file
from secours.engine.backup import archive, saving, staging
from secours.engine.published import snapshot_file
from secours.engine.store import saved_outbox
from secours.engine.store.database import migration_backups, schema
from secours.engine.store.database.writer import MIGRATED
from secours.engine.store.reader import HistoryReader
from secours.engine.store.verify import await_written, refold
from secours.model.observed import Instant, Reason
from secours.model.snapshot import Snapshot, State

LINE = "coordinate/management"
EVENT = "secours.dison.event"
FIRST_TESTS = ("mail", "chat", "phone")


@pytest.fixture(autouse=True)
def another_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "boot_id", lambda: "another boot")


@pytest.fixture(params=NAMES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return unpacked(request.param, tmp_path)


def _tested(shot: Snapshot) -> bool:
    return all(shot.channel(name).standing.known for name in FIRST_TESTS)


def test_there_are_folders_of_at_least_three_versions() -> None:
    assert {"schema2", "words", "notices", "watch"} <= set(NAMES)


async def test_what_people_said_is_in_force_and_nothing_is_green_untested(
    folder: Path,
) -> None:
    async with watched(folder):
        first = await until(folder, lambda shot: True)
        shot = await until(folder, _tested)

    assert all(
        first.channel(name).standing.state is not State.AVAILABLE
        for name in FIRST_TESTS
    )
    assert shot.channel("chat").standing.aside is Reason.SET_ASIDE
    marks = {(mark.subject, mark.says.value, mark.by) for mark in shot.marks}
    assert marks == {
        ("channel:chat", "distrusted", "Ann"),
        ("cloud:x", "down", "Ann"),
        ("identity:y", "maintenance", "Bob"),
    }
    (pin,) = shot.pins
    assert (pin.line, pin.channel, pin.by) == (LINE, "radio", "Ann")
    assert shot.channel("radio").standing.declared_by == "Cem"
    assert shot.channel("mail").standing.state is State.DOWN
    assert not shot.words_lost


async def test_its_journal_is_there_and_the_log_replays(folder: Path) -> None:
    async with watched(folder):
        await until(folder, _tested)
        await until_migrated(folder)
        newest, _ = snapshot_file.read(folder / "run")
        with HistoryReader(folder / "data") as history:
            await_written(history, newest, 10)
            again = refold(history, newest)
            notes = {(each.by, each.text) for each in history.journal(limit=1000)}
            changes = {(each.name, each.after) for each in history.transitions()}

    assert again.changes == again.journal
    assert again.snapshot == state_file.encoded(newest)
    assert ("Ann", "here we are") in notes
    assert {
        ("mail", "down"),
        (LINE, "radio"),
        ("channel:chat", "distrusted"),
    } <= changes


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_it_becomes_one_of_many_sites(folder: Path) -> None:
    at_hub = folder / "hub"
    at_hub.mkdir()
    async with nats_server(at_hub) as hub, listening(hub) as ear:
        with (folder / "probes.yaml").open("a") as plan:
            plan.write(f"\nsites: {{name: dison, hub: '{hub.url}'}}\n")
        async with watched(folder):
            await ear.until(lambda heard: heard.alive and EVENT in heard.newest)
            await until(folder, lambda shot: bool(shot.hub and shot.hub.waiting == 0))

    last = ear.newest[EVENT]
    assert last.epoch == ear.alive[-1].site.epoch
    assert last.number > 0


@pytest.mark.parametrize("name", ["notices", "watch"])
async def test_its_notices_are_known(name: str, tmp_path: Path) -> None:
    folder = unpacked(name, tmp_path)
    sent = msgspec.json.decode((folder / "data" / saved_outbox.NAME).read_bytes())

    async with watched(folder):
        shot = await until(folder, _tested)

    assert {each.code for each in shot.notices} >= {
        each["dispatch"]["code"] for each in sent["by_id"].values()
    }


async def test_who_had_the_watch_is_known(tmp_path: Path) -> None:
    folder = unpacked("watch", tmp_path)

    async with watched(folder):
        shot = await until(folder, _tested)

    assert shot.watch
    assert shot.watch.by == "Dia"


@pytest.mark.parametrize("name", NAMES)
async def test_what_it_measured_a_moment_ago_still_counts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpacked(name, tmp_path, rebooted=False)
    last, _ = snapshot_file.read(folder / "run")
    monkeypatch.setattr(clock, "boot_id", lambda: last.boot_id)
    soon = Instant(last.at.utc + timedelta(seconds=0.3), last.at.steady_s + 0.3)

    async with watched(folder, soon):
        first = await until(folder, lambda shot: shot.started != last.started)

    mail = first.channel("mail").standing
    assert mail.state is State.DOWN
    assert mail.since == last.channel("mail").standing.since


async def test_before_a_migration_a_backup_is_made_and_noted(tmp_path: Path) -> None:
    folder = unpacked("schema2", tmp_path)

    async with watched(folder):
        await until(folder, _tested)
        await until_migrated(folder)
        with HistoryReader(folder / "data") as history:
            notes = [each for each in history.journal() if each.kind == MIGRATED]

    (noted,) = notes
    backup = folder / "data" / noted.text
    with backup.open("rb") as file:
        manifest = archive.read_manifest(file)
    assert (manifest.store, backup.stat().st_mode & 0o777) == (2, 0o600)
    assert migration_backups.newest(folder / "data", 2) == backup
    assert migration_backups.newest(folder / "data", 1) is None


async def test_without_room_for_it_the_history_waits_and_the_probing_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpacked("schema2", tmp_path)

    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(saving, "before_migration", lambda _: full)

    async with watched(folder):
        shot = await until(folder, lambda shot: _tested(shot) and shot.trouble)
        with closing(schema.open_to_read(folder / "data")) as database:
            version = schema.version(database)

    assert shot.trouble == ("disk",)
    assert version == 2


async def test_what_a_kill_left_of_a_backup_is_cleared_away(tmp_path: Path) -> None:
    folder = unpacked("schema2", tmp_path)
    left = folder / "data" / f"{staging.PREFIX}x"
    left.mkdir()
    (left / staging.LOCK).write_bytes(b"")
    (left / schema.NAME).write_bytes(b"half")

    async with watched(folder):
        await until(folder, _tested)

    assert not left.exists()


async def test_one_of_this_version_is_left_as_it_is(folder: Path) -> None:
    async with watched(folder):
        await until(folder, _tested)
    first = migration_backups.newest(folder / "data", len(schema.versions()))
    async with watched(folder):
        await until(folder, _tested)

    last = migration_backups.newest(folder / "data", len(schema.versions()))
    assert first == last


async def test_only_the_last_two_backups_are_left(tmp_path: Path) -> None:
    folder = unpacked("schema2", tmp_path)
    store = folder / "data"
    older = [
        migration_backups.name(1, clock.now().utc - timedelta(days=400 - n))
        for n in range(3)
    ]
    for name in older:
        (store / name).write_bytes(b"")

    async with watched(folder):
        await until(folder, _tested)

    left = sorted(path.name for path in store.glob("history.version-*"))
    assert len(left) == 2
    assert left[0] == older[2]


async def test_a_marks_date_is_one_of_the_calendar(tmp_path: Path) -> None:
    folder = unpacked("words", tmp_path)

    async with watched(folder, Instant(LEFT + timedelta(days=3), 1000.0)):
        shot = await until(folder, _tested)

    assert [mark.subject for mark in shot.marks] == ["channel:chat"]
