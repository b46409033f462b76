from contextlib import closing
from pathlib import Path

from plans import channel, component, fold, plan, result

from secours.core.memory import EMPTY, Memory
from secours.engine import kept
from secours.engine.store import Store


def _memory() -> Memory:
    config = plan(channel("mail", "power:grid"), component("power:grid"))
    return fold(config, *(result("mail", letter, i) for i, letter in enumerate("oxx")))


def test_memory_beside_the_snapshot_is_taken_up(tmp_path: Path) -> None:
    memory = _memory()
    (tmp_path / kept.NAME).write_bytes(kept.written(memory, "boot"))

    assert kept.recall(tmp_path, tmp_path / "none", "boot") == memory


def test_memory_in_the_store_is_taken_up_where_the_other_is_gone(
    tmp_path: Path,
) -> None:
    memory = _memory()
    with closing(Store(tmp_path)) as store:
        store.remember(kept.IN_STORE, kept.written(memory, "boot"))

    assert kept.recall(tmp_path / "gone", tmp_path, "boot") == memory


def test_memory_of_another_boot_is_left(tmp_path: Path) -> None:
    (tmp_path / kept.NAME).write_bytes(kept.written(_memory(), "boot"))

    assert kept.recall(tmp_path, tmp_path, "another boot") == EMPTY
    assert kept.recall(tmp_path, tmp_path, "") == EMPTY


def test_memory_that_cannot_be_understood_is_left(tmp_path: Path) -> None:
    (tmp_path / kept.NAME).write_bytes(b'{"boot_id":"boot","memory":{"probes":7}}')

    assert kept.recall(tmp_path, tmp_path, "boot") == EMPTY
