"""Of a backup that was killed nothing is left for long; one that runs is left alone."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from secours.engine.backup import saving, staging

RUNNING = """
import sys
from pathlib import Path
from secours.engine.backup import saving
with saving.fresh_file(Path(sys.argv[1])) as out:
    out.write(b"half")
    out.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


@contextmanager
def writing(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that is about to write this file."""
    command = [sys.executable, "-c", RUNNING, str(file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        yield process


def left_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def made_again(folder: Path) -> None:
    with saving.fresh_file(folder / "next.tar") as out:
        out.write(b"whole")


@pytest.mark.usefixtures("processes")
def test_what_one_that_was_killed_has_left_goes_with_the_next(tmp_path: Path) -> None:
    with writing(tmp_path / "b.tar") as process:
        process.send_signal(signal.SIGKILL)
    (left,) = left_in(tmp_path)
    made_again(tmp_path)

    assert left.startswith(staging.PREFIX)
    assert left_in(tmp_path) == ["next.tar"]


@pytest.mark.usefixtures("processes")
def test_one_that_runs_is_left_alone_and_comes_to_its_end(tmp_path: Path) -> None:
    with writing(tmp_path / "b.tar") as process:
        made_again(tmp_path)
        process.communicate(b"")

    assert process.returncode == 0
    assert left_in(tmp_path) == ["b.tar", "next.tar"]
    assert (tmp_path / "b.tar").read_bytes() == b"half"


@pytest.mark.parametrize(
    "name",
    [".b.tar.1234", f"{staging.PREFIX}mine", "history.backup-mine"],
)
def test_what_somebody_put_there_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "mine").write_text("dear")
    (tmp_path / f"{name}.file").write_text("dear")
    made_again(tmp_path)

    assert left_in(tmp_path) == sorted([name, f"{name}.file", "next.tar"])
    assert left_in(tmp_path / name) == ["mine"]


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    elsewhere.mkdir()
    folder.mkdir()
    (elsewhere / staging.LOCK).write_text("dear")
    (folder / f"{staging.PREFIX}x").symlink_to(elsewhere)
    made_again(folder)

    assert left_in(elsewhere) == [staging.LOCK]


def test_one_that_was_killed_at_once_leaves_nothing_either(tmp_path: Path) -> None:
    (tmp_path / f"{staging.PREFIX}x").mkdir()
    made_again(tmp_path)

    assert left_in(tmp_path) == ["next.tar"]


@pytest.mark.parametrize("at", ["mkdtemp", "open"])
def test_one_that_begins_while_another_clears_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Another finds it before it has its lock, and takes it for one that is dead."""
    owner = tempfile if at == "mkdtemp" else os
    real: Callable[..., str | int] = getattr(owner, at)
    calls: list[None] = []

    def and_another_clears(*args: object, **more: object) -> str | int:
        result = real(*args, **more)
        if not calls:
            calls.append(None)
            staging.clear(tmp_path)
        return result

    monkeypatch.setattr(owner, at, and_another_clears)
    with staging.staging(tmp_path) as place:
        (place / "file").write_text("ours")
        staging.clear(tmp_path)

        assert calls
        assert left_in(tmp_path) == [place.name]
        assert left_in(place) == [staging.LOCK, "file"]
    assert left_in(tmp_path) == []


@pytest.mark.usefixtures("processes")
def test_where_nothing_can_be_locked_a_backup_is_made_and_none_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int, _how: int) -> None:
        raise OSError(37, os.strerror(37))

    with writing(tmp_path / "b.tar") as process:
        process.send_signal(signal.SIGKILL)
    monkeypatch.setattr(fcntl, "flock", refuse)
    made_again(tmp_path)

    assert [name for name in left_in(tmp_path) if name == "next.tar"]
    assert len(left_in(tmp_path)) == 2
