"""What an older version wrote is read as it was meant.

The files in `older` are what an engine left that watched two local servers: one of them
fell, and people distrusted, tried, played, pinned, announced and maintained something.
They stay as they are: where the core comes to say something else of the same events, a
newer set is put beside them for the journal to be verified on.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from secours import config, places
from secours.cli import run
from secours.core.step import definition
from secours.engine import state_file
from secours.engine.published import snapshot_file
from secours.engine.store import event_log, saved_memory
from secours.engine.store.database import schema
from secours.engine.store.reader import HistoryReader
from secours.model.observed import Instant, Verdict
from secours.model.snapshot import Link, State
from secours.model.statements import Declared

OLDER = Path(__file__).parent / "older"
BOOT = "a7d8c264-a89f-4c4d-a0ad-2056c0410dc4"  # on which it ran
LINE = "coordinate/management"
SETS = ("faulty", "watched", "awaited", "contradictions")  # without an order
DERIVED = {"newest_failure_s"}  # at each settling, and kept no more
NOTHING: tuple[Any, ...] = (None, 0, "", [], Verdict.UNKNOWN.value)  # may be left out
EVENTS = {
    event_log.MEMORY,
    event_log.PLAN,
    event_log.RESUMED,
    *("mark", "withdrawn", "test", "exercise", "pin", "announced"),
}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Give what an engine left: the folder in memory and the one of the store."""
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    published, store = places.runtime_dir(), tmp_path / "data"
    store.mkdir()
    for name in (snapshot_file.SNAPSHOT, saved_memory.NAME):
        shutil.copy(OLDER / name, published)
    shutil.copy(OLDER / saved_memory.STATEMENTS, store)
    with closing(sqlite3.connect(store / schema.NAME)) as database:
        database.executescript((OLDER / "history.sql").read_text("utf-8"))
    return published, store


def test_its_memory_is_taken_up_whole(folders: tuple[Path, Path]) -> None:
    published, store = folders
    text = (published / saved_memory.NAME).read_bytes()
    now = msgspec.json.decode(text, type=saved_memory.SavedMemory).memory.at
    assert now is not None

    memory = saved_memory.recall(published, store, BOOT, now)

    again = saved_memory.written(memory, BOOT)
    assert _kept_in(msgspec.json.decode(again), msgspec.json.decode(text))
    mail = memory.probes["channels/mail/tcp"]
    assert (mail.verdict, mail.recent) == (Verdict.FAILED, "offf")
    assert memory.channels["mail"].state is State.DOWN
    assert memory.lines[LINE].channel == "radio"
    assert memory.words.pins[LINE].by == "Ann"
    assert memory.words.marks["cloud:x"].says is Declared.MAINTENANCE
    assert memory.words.announced[0].on == ("chat",)
    assert memory.explanations[0].suspects == (("channel:mail",),)


def _kept_in(new: Any, old: Any, name: str = "") -> bool:
    """Tell whether all that was written is there; a newer version may add to it."""
    if isinstance(old, dict):
        said = {key for key, value in old.items() if value not in NOTHING} | new.keys()
        known = old.keys() & said - DERIVED
        return all(_kept_in(new[key], old[key], key) for key in known)
    if name in SETS:
        return sorted(new) == sorted(old)
    if isinstance(old, list):
        return len(new) == len(old) and all(map(_kept_in, new, old))
    return bool(new == old)


def test_of_its_memory_words_outlive_a_reboot(folders: tuple[Path, Path]) -> None:
    published, store = folders
    (published / saved_memory.NAME).unlink()
    now = snapshot_file.read(published)[0].at

    memory = saved_memory.recall(
        published, store, "another boot", Instant(now.utc, 5.0)
    )

    assert memory.words.pins[LINE].channel == "radio"
    assert memory.words.trials["radio"].worked
    assert memory.faulty == {"mail", "chat"}


def test_its_snapshot_and_every_event_of_its_log_are_read(
    folders: tuple[Path, Path],
) -> None:
    published, store = folders
    shot, _ = snapshot_file.read(published)
    life = round(shot.started.utc.timestamp() * 1000)

    with HistoryReader(store) as history:
        events = list(history.events(life, 1, shot.event))

    assert shot.own_link is Link.UNKNOWN
    written = (published / snapshot_file.SNAPSHOT).read_bytes()
    again = state_file.encoded(shot)
    assert _kept_in(msgspec.json.decode(again), msgspec.json.decode(written))
    assert [each.number for each in events] == [*range(1, shot.event + 1)]
    assert {each.kind for each in events if not each.gathered} == EVENTS


def test_its_tests_are_those_of_its_plan_today(folders: tuple[Path, Path]) -> None:
    shot, _ = snapshot_file.read(folders[0])
    kept = msgspec.json.decode(
        (folders[0] / saved_memory.NAME).read_bytes(), type=saved_memory.SavedMemory
    )
    with HistoryReader(folders[1]) as history:
        plan = config.read(history.plan(shot.plan_version) or b"", "plan")

    assert kept.memory.probes.keys() == {probe.id for probe in plan.probes()}
    for probe in plan.probes():
        assert kept.memory.probes[probe.id].definition == definition(plan, probe)


def test_its_journal_is_verified(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["journal", "--verify"])

    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert "replayed, give the same" in said.out
