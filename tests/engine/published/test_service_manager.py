"""What systemd is told, over a socket as systemd makes it."""

import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace
from plans import channel, plan

from secours.engine.published.current import of_plan
from secours.engine.published.service_manager import EVERY_S, ServiceManager
from secours.model.snapshot import Snapshot

SECRET = "hunter-2-in-a-label"


@pytest.fixture(params=["path", "abstract"])
def systemd(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    name = f"secours-{uuid4()}"
    bound, named = str(tmp_path / "notify"), str(tmp_path / "notify")
    if request.param == "abstract":
        bound, named = f"\0{name}", f"@{name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(bound)
        sock.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", named)
        yield sock


def shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return of_plan(plan(channel("mail"), channel(SECRET)))


def later(shot: Snapshot, by_s: float) -> Snapshot:
    return replace(shot, at=replace(shot.at, steady_s=shot.at.steady_s + by_s))


def test_the_first_stamp_says_ready_and_each_that_we_live(
    systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shot(tmp_path, monkeypatch)
    manager = ServiceManager()

    manager.stamped(first)
    manager.stamped(later(first, EVERY_S / 2))  # too soon to be told again
    manager.stamped(later(first, EVERY_S))
    manager.stop()

    status = "STATUS=2 channels: 2 unknown"
    assert systemd.recv(4096).decode() == f"READY=1\nWATCHDOG=1\n{status}"
    assert systemd.recv(4096).decode() == f"WATCHDOG=1\n{status}"
    assert systemd.recv(4096) == b"STOPPING=1"
    with pytest.raises(BlockingIOError):
        systemd.recv(4096)


def test_the_status_is_one_line_and_names_nothing_of_the_plan(
    systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = replace(
        shot(tmp_path, monkeypatch),
        config_error=f"line 4: {SECRET}\nWATCHDOG=1",
        trouble=("disk", "lagging"),
    )

    ServiceManager().stamped(refused)

    told = systemd.recv(4096).decode()
    assert told.count("\n") == 2
    assert SECRET not in told
    assert told.endswith("an earlier plan is in force; trouble: disk, lagging")


def test_nobody_is_told_without_systemd_and_an_absent_one_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot = shot(tmp_path, monkeypatch)
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    ServiceManager().stamped(snapshot)
    assert caplog.text == ""

    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    manager = ServiceManager()
    manager.stamped(snapshot)
    manager.stop()

    assert caplog.text.count("systemd cannot be told") == 1


def test_a_manager_that_reads_nothing_holds_nothing_up(
    systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = shot(tmp_path, monkeypatch)
    manager = ServiceManager()

    for seconds in range(1000):  # more than its queue takes
        manager.stamped(later(snapshot, seconds))

    assert systemd.recv(4096).startswith(b"READY=1")
