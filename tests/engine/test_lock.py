import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from refusals import refusing

from secours.engine import lock

HOLDER = """
import sys, time
from pathlib import Path
from secours.engine import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_engine_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with (
        lock.hold(tmp_path),
        refusing(f"process {os.getpid()}", lock.LockHeld),
        lock.hold(tmp_path),
    ):
        pass


def test_lock_is_free_after_a_clean_end(tmp_path: Path) -> None:
    with lock.hold(tmp_path):
        assert lock.is_held(tmp_path)
        assert lock.holder(tmp_path) == os.getpid()

    assert not lock.is_held(tmp_path)
    assert lock.holder(tmp_path) is None


def test_asking_does_not_take_the_lock(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.smoke
@pytest.mark.usefixtures("processes")
def test_kernel_frees_the_lock_of_a_killed_engine(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert lock.holder(tmp_path) == holder.pid
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    with lock.hold(tmp_path):
        assert lock.is_held(tmp_path)


def test_one_folder_that_refuses_leaves_the_other_to_lock(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")

    with lock.hold(no_folder, tmp_path / "memory"):
        assert lock.is_held(no_folder, tmp_path / "memory")


def test_without_any_lock_nothing_starts(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")

    with (
        pytest.raises(OSError, match=r"Not a directory|File exists"),
        lock.hold(no_folder),
    ):
        pass


def test_a_folder_of_ours_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    folder.mkdir(mode=0o755)

    with lock.hold(folder):
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / lock.NAME).stat().st_mode & 0o077 == 0


def test_after_years_too_with_all_that_is_in_it(tmp_path: Path) -> None:
    names = ("history.sqlite3", "last-good-plan.yaml", "stamp.key", ".statements.json")
    tmp_path.chmod(0o755)
    for name in names:
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o664)

    with lock.hold(tmp_path):
        assert tmp_path.stat().st_mode & 0o777 == 0o700
        for name in names:
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_a_folder_with_things_of_others_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "letter.txt").write_text("not ours")
    (folder / "history.sqlite3").touch(mode=0o644)

    with lock.hold(folder):
        assert folder.stat().st_mode & 0o777 == 0o755
        assert (folder / "history.sqlite3").stat().st_mode & 0o077 == 0
