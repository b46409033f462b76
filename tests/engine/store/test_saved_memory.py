import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from plans import START, channel, component, fold, moment, plan, result, tick

from secours.core.events import Said
from secours.core.memory import EMPTY, Memory
from secours.engine.store import former_names, saved_memory
from secours.engine.store.database import schema
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.statements import Declared, Mark

NOW = Instant(START + timedelta(seconds=1000), 5.0)  # soon after another boot


def _memory() -> Memory:
    config = plan(channel("mail", "power:grid"), component("power:grid"))
    return fold(config, *(result("mail", letter, i) for i, letter in enumerate("oxx")))


def test_memory_beside_the_snapshot_is_taken_up(tmp_path: Path) -> None:
    memory = _memory()
    (tmp_path / saved_memory.NAME).write_bytes(saved_memory.written(memory, "boot"))

    assert saved_memory.recall(tmp_path, tmp_path / "none", "boot", NOW) == memory


def test_memory_in_which_nothing_changes_by_itself_is_taken_up(tmp_path: Path) -> None:
    memory = fold(plan(channel("radio", probes=())), tick(1.0))
    (tmp_path / saved_memory.NAME).write_bytes(saved_memory.written(memory, "boot"))

    assert saved_memory.recall(tmp_path, tmp_path / "none", "boot", NOW) == memory


def test_memory_of_a_probe_that_never_recovered_is_read_by_the_version_before() -> None:
    assert b'"recovered_s":null' not in saved_memory.written(_memory(), "boot")


def test_memory_in_the_store_is_taken_up_where_the_other_is_gone(
    tmp_path: Path,
) -> None:
    memory = _memory()
    with closing(Store(tmp_path)) as store:
        store.remember(saved_memory.IN_STORE, saved_memory.written(memory, "boot"))

    assert saved_memory.recall(tmp_path / "gone", tmp_path, "boot", NOW) == memory


@pytest.mark.parametrize("boot_id", ["another boot", ""])
def test_of_a_memory_of_another_boot_what_lines_use_and_left_is_taken_up(
    tmp_path: Path, boot_id: str
) -> None:
    (tmp_path / saved_memory.NAME).write_bytes(saved_memory.written(_memory(), "boot"))

    recalled = saved_memory.recall(tmp_path, tmp_path, boot_id, NOW)

    assert recalled == Memory(lines=recalled.lines, faulty=frozenset({"mail"}))
    assert recalled.lines.keys() == {"coordinate/management"}


def _said(why: str, second: float) -> Memory:
    mark = Mark(
        subject="power:grid",
        says=Declared.DOWN,
        by="Ana",
        why=why,
        at=moment(second),
        until=None,
    )
    said = Said(word=mark, at=mark.at)
    return fold(plan(channel("mail", "power:grid"), component("power:grid")), said)


def test_what_people_said_before_a_reboot_still_holds(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.remember(
            saved_memory.IN_STORE, saved_memory.written(_said("storm", 10), "boot")
        )

    memory = saved_memory.recall(tmp_path / "gone", tmp_path, "another boot", NOW)

    mark = memory.words.marks["power:grid"]
    assert (mark.by, mark.why) == ("Ana", "storm")
    assert NOW.since(mark.at) == 990
    assert [held.channel for held in memory.lines.values()] == [None]
    assert memory == Memory(
        words=memory.words, lines=memory.lines, faulty=frozenset({"mail"})
    )


def test_what_was_said_by_a_clock_since_set_back_was_said_just_now(
    tmp_path: Path,
) -> None:
    later = _said("storm", 3600 + (NOW.utc - moment(0).utc).total_seconds())
    (tmp_path / saved_memory.NAME).write_bytes(saved_memory.written(later, "boot"))

    recalled = saved_memory.recall(tmp_path, tmp_path, "another boot", NOW)

    assert recalled.words.marks["power:grid"].at.steady_s == NOW.steady_s


def test_of_two_memories_of_other_boots_the_newer_one_holds(tmp_path: Path) -> None:
    (tmp_path / saved_memory.NAME).write_bytes(
        saved_memory.written(_said("old", 10), "first")
    )
    with closing(Store(tmp_path)) as store:
        store.remember(
            saved_memory.IN_STORE, saved_memory.written(_said("new", 20), "second")
        )

    memory = saved_memory.recall(tmp_path, tmp_path, "third", NOW)

    assert memory.words.marks["power:grid"].why == "new"


def test_words_after_a_clock_was_set_back_outlive_a_reboot(tmp_path: Path) -> None:
    by_wrong_clock, when = _said("before", 10), moment(10)
    at = replace(when, utc=when.utc + timedelta(days=1000))
    with closing(Store(tmp_path)) as store:
        text = saved_memory.written(replace(by_wrong_clock, at=at), "one boot")
        store.remember(saved_memory.IN_STORE, text)
    text = saved_memory.stated(_said("since", 20), "one boot")
    (tmp_path / saved_memory.STATEMENTS).write_bytes(text)

    memory = saved_memory.recall(tmp_path, tmp_path, "another boot", NOW)

    assert memory.words.marks["power:grid"].why == "since"


def test_in_a_newer_history_it_is_not_said_to_be_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tmp_path / schema.NAME)) as database:
        database.execute("PRAGMA user_version = 999")

    saved_memory.recall(tmp_path, tmp_path, "boot", NOW)
    with closing(Store(tmp_path)) as store:
        former_names.keep(store, plan(channel("mail")), NOW)

    assert "lost" not in caplog.text
    assert caplog.text.count("a newer version of Secours; to go back") >= 2
    assert "commands." not in caplog.text  # a slug says nothing to people


def test_memory_that_cannot_be_understood_is_left(tmp_path: Path) -> None:
    (tmp_path / saved_memory.NAME).write_bytes(
        b'{"boot_id":"boot","memory":{"probes":7}}'
    )

    assert saved_memory.recall(tmp_path, tmp_path, "boot", NOW) == EMPTY


def test_what_a_line_left_outlives_the_memory_that_is_older(tmp_path: Path) -> None:
    """The store has the memory of a minute ago, the statements what came since."""
    before = fold(plan(channel("mail"), channel("sms")))
    with closing(Store(tmp_path)) as store:
        store.remember(saved_memory.IN_STORE, saved_memory.written(before, "boot"))
    (tmp_path / saved_memory.STATEMENTS).write_bytes(
        saved_memory.stated(_memory(), "boot")
    )

    for boot_id in ("boot", "another boot"):
        memory = saved_memory.recall(tmp_path / "gone", tmp_path, boot_id, NOW)
        assert memory.faulty == {"mail"}
