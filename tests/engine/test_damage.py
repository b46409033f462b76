"""A bad edit and a dead engine, a power loss and a damaged disk: what is left?"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine.town import PLAN, Town, available

from secours.config import BadConfig
from secours.engine import clock, last_good_plan
from secours.engine.control import requests
from secours.engine.process import run_engine
from secours.engine.store import durable_files, saved_memory
from secours.engine.store.database.schema import NAME as STORE
from secours.engine.store.reader import HistoryReader
from secours.engine.store.saved_memory import STATEMENTS
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared

LINE = "coordinate/management"


async def _ask(town: Town, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(requests.ask, town.publish_in, request)


async def _distrusted(town: Town) -> None:
    answer = await _ask(
        town, do="mark", subject="mail", says="distrusted", by="Ana", for_s=3600
    )
    assert answer["ok"]


def _marks(snapshot: Snapshot) -> list[tuple[str, Declared]]:
    return [(mark.subject, mark.says) for mark in snapshot.marks]


def _verified(snapshot: Snapshot) -> bool | None:
    use = snapshot.recommendations[0].use
    return use.verified if use else None


def _again(before: Snapshot) -> Callable[[Snapshot, float], bool]:
    """Tell whether another engine has measured since."""
    return lambda now, age_s: now.started != before.started and available(now, age_s)


# ------------------------------------------------------------------ the last good plan


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("damaged", [(), (STORE,), (last_good_plan.NAME,)])
async def test_after_a_bad_edit_a_killed_engine_starts_with_the_last_good_plan(
    town: Town, damaged: tuple[str, ...]
) -> None:
    town.start()
    first = await town.until(available)
    good = town.plan.read_text()
    town.plan.write_text(good.replace("channels:", "chanels:"))
    await town.until(lambda s, _age: s.config_error)

    town.lose_power(*damaged)
    town.start()
    seen = await town.until(_again(first))
    town.plan.write_text(good.replace("Write", "Write in red"))
    kept = town.store_in / last_good_plan.NAME
    after = await town.until(
        lambda s, _age: (
            s.config_error is None and kept.read_text().endswith(town.plan.read_text())
        )
    )

    assert "chanels" in str(seen.config_error)
    assert seen.plan_version == first.plan_version
    assert after.channel("mail").how.in_("en") == "Write in red"


@pytest.mark.usefixtures("processes")
async def test_the_last_good_plan_of_another_file_is_not_this_one(
    town: Town, tmp_path: Path
) -> None:
    town.start()
    await town.until(available)
    town.lose_power()
    typo = tmp_path / "typo.yaml"

    with pytest.raises(BadConfig):
        await run_engine(
            typo, store_in=town.store_in, publish_in=tmp_path, stop=asyncio.Event()
        )


def test_a_last_good_plan_that_is_none_any_more_is_left(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    head = b"# " + os.fsencode(file) + b"\n"
    (tmp_path / last_good_plan.NAME).write_bytes(head + b"chanels: {}\n")

    assert last_good_plan.load(tmp_path, file) is None

    (tmp_path / last_good_plan.NAME).write_bytes(head + PLAN.format(port=1).encode())
    plan = last_good_plan.load(tmp_path, file)
    assert plan is not None
    assert list(plan.channels) == ["mail"]


# ------------------------------------------------------------------ people's words


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("damaged", [(), (STORE,), (STATEMENTS,)])
async def test_a_distrust_outlives_a_power_loss_with_a_damaged_disk(
    town: Town, damaged: tuple[str, ...]
) -> None:
    town.start()
    before = await town.until(available)
    await _distrusted(town)

    town.lose_power(*damaged)
    town.start()
    seen = await town.until(lambda s, _age: s.started != before.started)

    assert _marks(seen) == [("channel:mail", Declared.DISTRUSTED)]
    assert not seen.words_lost


@pytest.mark.usefixtures("processes")
async def test_a_word_that_the_store_did_not_take_is_there_anyway(town: Town) -> None:
    town.start()
    before = await town.until(available)
    await _ask(town, do="journal", by="Ana", text="there is a history")
    with closing(sqlite3.connect(town.store_in / STORE, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        answer = await _ask(town, do="mark", subject="mail", says="down", by="Ana")
        town.lose_power()
        held.execute("ROLLBACK")
    town.start()
    seen = await town.until(lambda s, _age: s.started != before.started)

    assert answer["kept"] == "memory"
    assert _marks(seen) == [("channel:mail", Declared.DOWN)]


@pytest.mark.usefixtures("processes")
async def test_where_all_words_are_lost_nothing_is_verified_until_it_is_confirmed(
    town: Town,
) -> None:
    town.start()
    before = await town.until(available)
    await _distrusted(town)
    town.lose_power(STATEMENTS)
    with closing(sqlite3.connect(town.store_in / STORE)) as store, store:
        store.execute("UPDATE kept SET text = x'00' WHERE name = 'memory'")

    town.start()
    lost = await town.until(_again(before))
    town.lose_power()  # it is not forgotten by dying again
    town.start()
    still = await town.until(_again(lost))
    answer = await _ask(town, do="confirm", by="Bob")
    sure = await town.until(lambda s, _age: not s.words_lost)
    twice = await _ask(town, do="confirm", by="Bob")

    assert (lost.words_lost, _verified(lost)) == (True, False)
    assert (still.words_lost, _verified(still)) == (True, False)
    assert (answer["kept"], _verified(sure)) == ("disk", True)
    assert "nothing to confirm" in twice["error"]
    with HistoryReader(town.store_in) as history:
        journal = [
            (e.kind, e.by, e.change and e.change.after) for e in history.journal()
        ]
    assert ("words-lost", "secours", None) in journal
    assert ("change", "Bob", "confirmed") in journal


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("gone", [True, False])
async def test_with_store_and_statements_gone_marks_may_be_lost(
    town: Town, *, gone: bool
) -> None:
    town.start()
    before = await town.until(available)
    await _distrusted(town)
    town.lose_power(STORE, STATEMENTS)
    if gone:
        (town.store_in / STORE).unlink()
        (town.store_in / STATEMENTS).unlink()

    town.start()
    seen = await town.until(_again(before))

    assert (seen.words_lost, _verified(seen)) == (True, False)


@pytest.mark.usefixtures("processes")
async def test_on_a_first_start_nothing_is_lost(town: Town) -> None:
    town.start()
    seen = await town.until(available)

    assert (seen.words_lost, _verified(seen)) == (False, True)


@pytest.mark.usefixtures("processes")
async def test_what_a_line_has_in_use_is_kept_beside_the_store(town: Town) -> None:
    town.start()
    await town.until(available)
    kept = town.store_in / STATEMENTS
    await town.until(lambda *_: kept.exists() and LINE.encode() in kept.read_bytes())
    town.lose_power(STORE)

    recalled = saved_memory.recall(town.plan, town.store_in, "", clock.now())

    assert recalled.lines[LINE].channel == "mail"


# ------------------------------------------------------------------ files


def test_a_file_is_forced_to_the_disk_before_it_is_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def forced(descriptor: int) -> None:
        done.append(
            "folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file"
        )
        fsync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        done.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", forced)
    monkeypatch.setattr(Path, "replace", renamed)

    durable_files.write(tmp_path / "made" / "name", b"text")

    assert done == ["file", "rename", "folder"]
    assert (tmp_path / "made" / "name").read_bytes() == b"text"
    assert os.listdir(tmp_path / "made") == ["name"]
    assert (tmp_path / "made" / "name").stat().st_mode & 0o777 == 0o600


def test_files_are_written_in_their_order_and_a_refusal_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, go = durable_files.Files(tmp_path), threading.Event()
    monkeypatch.setattr(os, "fsync", lambda _descriptor: go.wait())

    waiting = [files.keep("name", text) for text in (b"old", b"new")]
    assert not any(each.done() for each in waiting)
    go.set()

    assert [each.result() for each in waiting] == [True, True]
    assert (tmp_path / "name").read_bytes() == b"new"
    (tmp_path / "taken").mkdir()
    assert files.keep("taken", b"x").result() is False
    assert files.refused
    assert files.keep("name", b"x").result() is True
    assert not files.refused
