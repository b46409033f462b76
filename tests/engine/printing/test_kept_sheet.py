# ruff: noqa: RUF001 -- the curly apostrophe is how it is said

"""The sheet in a folder on a stick, which people pull and put back."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from config.plan_files import read
from msgspec.structs import replace
from render.snapshots import snapshot

from secours.engine import clock
from secours.engine.printing import kept_sheet
from secours.engine.printing.kept_sheet import FILE, KeptSheet
from secours.engine.store import durable_files
from secours.model.observed import Instant, Reason
from secours.render.wording.trouble import PaperWords

PATIENCE_S = 60.0
MEMORY = Path("/dev/shm")  # a file system of its own, as a stick is
PLAN = """
print: {{keep: "{folder}"}}
channels: {{desk: {{purposes: [alert], depends_on: [], how: Ring 4711}}}}
"""


class Stick:
    """A stick in its place, pulled, and put back."""

    def __init__(self, place: Path, its: Path) -> None:
        self.place, self._its = place, its

    def put_in(self) -> None:
        if self.place.is_dir():
            self.place.rmdir()
        self.place.symlink_to(self._its)

    def pull(self) -> None:
        self.place.unlink()
        self.place.mkdir()  # its mount point, on our own disk

    @property
    def file(self) -> Path:
        return self._its / FILE


class Desk:
    """An engine as far as a kept sheet knows one."""

    def __init__(self, folder: Path, stick: Stick) -> None:
        self.stick, self.later_s = stick, 0.0
        self.config = read(folder, PLAN.format(folder=stick.place))
        self.kept = KeptSheet(self.now, folder)

    def now(self) -> Instant:
        return clock.now().later(self.later_s)

    async def until(self, holds: Callable[[], object], **given: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                shown = snapshot(given.get("alert", "oooo"))
                self.kept.stamped(self.config, replace(shown, at=self.now()))
                await asyncio.sleep(0.02)

    @property
    def reason(self) -> str:
        return self.kept.trouble.outcome.reason if self.kept.trouble else ""


@pytest.fixture
def stick(tmp_path: Path) -> Stick:
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("the tests are on a file system in memory")
    return Stick(tmp_path / "usb", MEMORY)


@asynccontextmanager
async def desk(folder: Path, stick: Stick) -> AsyncIterator[Desk]:
    with TemporaryDirectory(dir=MEMORY) as its:
        stick._its = Path(its)
        made = Desk(folder, stick)
        try:
            yield made
        finally:
            await made.kept.stop()


async def test_it_is_written_whole(tmp_path: Path, stick: Stick) -> None:
    async with desk(tmp_path, stick) as ours:
        stick.put_in()
        await ours.until(stick.file.exists)

        assert stick.file.read_bytes().startswith(b"%PDF-")
        assert stick.file.read_bytes().endswith(b"%%EOF\n")
        assert [each.name for each in stick.place.iterdir()] == [FILE]


async def test_a_stick_that_is_pulled_is_told_and_its_place_is_not_filled(
    tmp_path: Path, stick: Stick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sheet, "AGAIN_S", 0.1)
    async with desk(tmp_path, stick) as ours:
        stick.put_in()
        await ours.until(stick.file.exists)
        stick.file.unlink()
        stick.pull()
        ours.later_s += kept_sheet.EVERY_S
        await ours.until(lambda: ours.reason == Reason.NO_DEVICE)

        assert list(stick.place.iterdir()) == []
        stick.put_in()
        await ours.until(stick.file.exists)
        await ours.until(lambda: not ours.reason)


async def test_links_on_a_stick_lead_to_no_file_of_ours(
    tmp_path: Path, stick: Stick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sheet, "AGAIN_S", 0.1)
    (ours_alone := tmp_path / "store.db").write_text("history")
    async with desk(tmp_path, stick) as ours:
        stick.put_in()
        for name in (FILE, f".{FILE}.{os.getpid()}"):
            (stick.place / name).symlink_to(ours_alone)
        await ours.until(lambda: not stick.file.is_symlink())

        assert ours_alone.read_text() == "history"
        assert stick.file.read_bytes().startswith(b"%PDF-")


async def test_a_folder_that_is_not_there_is_not_made(
    tmp_path: Path, stick: Stick
) -> None:
    async with desk(tmp_path, stick) as ours:
        await ours.until(lambda: ours.reason == Reason.NO_DEVICE)

        assert not stick.place.exists()


async def test_it_is_written_anew_as_it_ages(tmp_path: Path, stick: Stick) -> None:
    async with desk(tmp_path, stick) as ours:
        stick.put_in()
        await ours.until(stick.file.exists)
        first = stick.file.stat().st_ino
        ours.later_s += kept_sheet.EVERY_S - 30.0
        for _ in range(5):
            await ours.until(iter([False, True]).__next__)
        assert stick.file.stat().st_ino == first
        ours.later_s += 30.0
        await ours.until(lambda: stick.file.stat().st_ino != first)


async def test_a_disk_that_hangs_is_told_and_holds_up_no_stamp(
    tmp_path: Path, stick: Stick, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hanging(*_: object) -> None:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()

    monkeypatch.setattr(kept_sheet, "put", hanging)
    async with desk(tmp_path, stick) as ours:
        await ours.until(lambda: ours.kept._task)
        ours.later_s += kept_sheet.LATE_S
        await ours.until(lambda: ours.reason == Reason.TIMEOUT)
        gate.set()
        await ours.until(lambda: not ours.reason)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "il n’y a plus de place"),
        (OSError(30, "Read-only file system"), "en lecture seule"),
        (OSError(13, "Permission denied"), "n’a pas le droit d’y écrire"),
        (OSError(5, "Input/output error"), "« Input/output error »"),
    ],
)
async def test_a_disk_that_takes_nothing_is_told_in_words(
    tmp_path: Path,
    stick: Stick,
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    said: str,
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(durable_files, "write", refused)
    async with desk(tmp_path, stick) as ours:
        stick.put_in()
        await ours.until(lambda: ours.reason == Reason.REPORTED)

        assert ours.kept.trouble
        assert said in PaperWords(ours.kept.trouble).in_("fr")
