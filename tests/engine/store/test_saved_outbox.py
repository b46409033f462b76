"""Notices that are under way outlive an engine: the newer of two files holds."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from plans import channel, moment, plan

from secours.engine.store import saved_memory, saved_outbox
from secours.engine.store.database import schema
from secours.engine.store.durable_files import Files
from secours.model.plan import Config
from secours.model.sections.notify import Notify
from secours.notify.hold import Hold
from secours.notify.outbox import Outbox

TOWN = plan(channel("sms"))
BOX = Outbox(boot_id="boot", at=moment(9), edition=7)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    beside, data = tmp_path / "run", tmp_path / "data"
    beside.mkdir()
    data.mkdir()
    return beside, data


def keep(box: Outbox, folders: tuple[Path, Path]) -> None:
    beside, data = folders
    saved_outbox.keep(box, beside, Files(data)).result(20)


def test_where_nothing_was_kept_there_is_nothing(folders: tuple[Path, Path]) -> None:
    assert saved_outbox.recall(*folders) == Outbox()


@pytest.mark.parametrize("lost", [0, 1])
def test_either_place_will_do(folders: tuple[Path, Path], lost: int) -> None:
    keep(BOX, folders)
    (folders[lost] / saved_outbox.NAME).unlink()

    assert saved_outbox.recall(*folders) == BOX


def test_newer_one_holds(folders: tuple[Path, Path]) -> None:
    keep(BOX, folders)
    newer = Outbox(boot_id="boot", at=moment(10), edition=8)
    file = saved_outbox.NAME
    old = (folders[1] / file).read_bytes()
    keep(newer, folders)
    (folders[1] / file).write_bytes(old)

    assert saved_outbox.recall(*folders) == newer


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"at": {"utc": "2026", "steady_s": 0}}'],
)
def test_damaged_one_is_set_aside_and_the_other_holds(
    folders: tuple[Path, Path], damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    keep(BOX, folders)
    (folders[0] / saved_outbox.NAME).write_bytes(damage)

    assert saved_outbox.recall(*folders) == BOX
    assert (folders[0] / "notices.damaged").read_bytes() == damage
    assert "cannot be read" in caplog.text


def a_fifo(path: Path) -> None:
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.mkdir()
    (path / "in-it").touch()


def a_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_file(path: Path) -> None:
    path.write_bytes(b"{")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("thing", [a_fifo, a_folder, a_link_to_a_device, a_file])
@pytest.mark.parametrize("aside", [None, a_folder, a_file])
def test_what_is_no_file_is_set_aside_and_its_place_is_written(
    folders: tuple[Path, Path],
    place: int,
    thing: Callable[[Path], None],
    aside: Callable[[Path], None] | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    keep(BOX, folders)
    path = folders[place] / saved_outbox.NAME
    path.unlink()
    thing(path)
    if aside is not None:
        aside(path.with_suffix(".damaged"))

    assert saved_outbox.recall(*folders) == BOX
    assert "cannot be read" in caplog.text
    keep(newer := Outbox(boot_id="boot", at=moment(10), edition=8), folders)
    (folders[1 - place] / saved_outbox.NAME).unlink()
    assert saved_outbox.recall(*folders) == newer


def test_time_that_is_none_is_damage(folders: tuple[Path, Path]) -> None:
    keep(BOX, folders)
    for folder in folders:
        text = (folder / saved_outbox.NAME).read_text()
        (folder / saved_outbox.NAME).write_text(text.replace("2026-", "0001-"))

    assert saved_outbox.recall(*folders) == Outbox()


def test_only_this_user_may_read_it(folders: tuple[Path, Path]) -> None:
    keep(BOX, folders)

    for folder in folders:
        assert (folder / saved_outbox.NAME).stat().st_mode & 0o077 == 0


# ------------------------------------------------------------------ a first start


def begins(folders: tuple[Path, Path], config: Config | None = None) -> Outbox:
    saved_outbox.hold_at_first_start(config or TOWN, *folders, moment(5))
    return saved_outbox.recall(*folders)


@pytest.mark.parametrize("lost", [0, 1])
def test_an_empty_folder_holds_notices_and_each_place_has_it(
    folders: tuple[Path, Path], lost: int
) -> None:
    begins(folders)
    (folders[lost] / saved_outbox.NAME).unlink()

    assert saved_outbox.recall(*folders).hold == Hold(since=moment(5), version="")


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (1, schema.NAME),
        (1, saved_memory.STATEMENTS),
        (1, saved_outbox.NAME),
        (0, saved_memory.NAME),
    ],
)
def test_where_an_engine_has_lived_no_notices_are_held(
    folders: tuple[Path, Path], place: int, name: str
) -> None:
    (folders[place] / name).write_text("{}")

    assert begins(folders).hold is None


def test_a_plan_that_wants_none_held_begins_without(
    folders: tuple[Path, Path],
) -> None:
    config = replace(TOWN, notify=Notify(held=False))

    assert begins(folders, config) == Outbox()
