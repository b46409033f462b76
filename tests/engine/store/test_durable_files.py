"""Small files of a data folder, where two of a process write the same."""

from pathlib import Path

from secours.engine.store.durable_files import Files


def test_files_of_two_writers_are_written_in_the_order_of_arrival(
    tmp_path: Path,
) -> None:
    standby, engine = Files(tmp_path), Files(tmp_path)
    older = standby.keep("said.json", b"a" * (32 << 20))
    newer = engine.keep("said.json", b"b")

    assert (older.result(), newer.result()) == (True, True)
    assert (tmp_path / "said.json").read_bytes() == b"b"
