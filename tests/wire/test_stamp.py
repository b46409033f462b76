from collections.abc import Iterator
from pathlib import Path

import pytest

from secours.wire import stamp


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "store"))
    stamp._key.cache_clear()
    yield tmp_path / "store"
    stamp._key.cache_clear()


def test_stamp_is_ours_also_after_a_restart(folder: Path) -> None:
    made = stamp.make(1_800_000_000.0)
    stamp._key.cache_clear()

    assert stamp.read(f"Re: Secours test {made.text}, read it?") == made
    assert (folder / stamp.KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_stamp_of_somebody_else_is_not_ours(folder: Path) -> None:
    made = stamp.make(1_800_000_000.0)
    changed = made.text.replace(f"{1_800_000_000:08x}", f"{1_900_000_000:08x}")
    (folder / stamp.KEY_FILE).unlink()
    stamp._key.cache_clear()

    assert stamp.read(made.text) is None
    assert stamp.read(changed) is None
    assert stamp.read("secours1-") is None


def test_stamp_with_another_date_is_not_ours() -> None:
    made = stamp.make(1_800_000_000.0)

    assert stamp.read(made.text.replace(f"{1_800_000_000:08x}", "7fffffff")) is None
    assert stamp.read(made.text[:-1]) is None
    assert stamp.read(made.text + "0") is None


def test_message_is_left_behind_from_the_end_of_its_run_until_it_expires() -> None:
    made = stamp.make(1000.0)

    assert not made.left_behind(999.0)
    assert made.left_behind(1001.0)
    assert made.left_behind(1000.0 + stamp.LIFETIME_S - 1)
    assert not made.left_behind(1000.0 + stamp.LIFETIME_S + 1)


def test_without_a_place_to_keep_it_the_key_is_that_of_the_process(
    folder: Path,
) -> None:
    folder.mkdir(mode=0o755)  # somebody else may enter
    folder.chmod(0o755)
    made = stamp.make(1000.0)

    assert stamp.read(made.text) == made
    assert list(folder.iterdir()) == []
