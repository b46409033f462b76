"""The port of a dashboard that died is nobody else's: who connects waits for it."""

import asyncio
import errno
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faults.process_tree import tree
from faults.served_room import PLAN, asked, until_served
from faults.table import Row
from servers.command import Command
from servers.scripted import closed_port
from soak import by_level

AT_LAST_S = 60.0
FIRST = 3  # of what systemd passes
AS_SYSTEMD = 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$@"'
LOCALHOST = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def taken_by_another(port: int) -> bool:
    """Return whether somebody else may listen where `localhost` leads now."""
    for family, address in LOCALHOST:
        with socket.socket(family) as rogue:
            rogue.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                rogue.bind((address, port))
                rogue.listen()
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
            return True
    return False


def servers_of(root: int) -> list[int]:
    """Return the processes that serve pages."""
    lines = ((pid, Path(f"/proc/{pid}/cmdline").read_bytes()) for pid in tree(root))
    return [pid for pid, line in lines if b"secours.dashboard.launch" in line]


def kill(pids: list[int]) -> None:
    """Kill processes, and wait until they are gone."""
    opened = [os.pidfd_open(pid) for pid in pids]
    for pidfd in opened:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    for pidfd in opened:
        assert select.select([pidfd], [], [], AT_LAST_S)[0]
        os.close(pidfd)


@pytest.mark.usefixtures("processes")
async def test_up_holds_the_port_of_a_dashboard_that_was_killed(
    tmp_path: Path, cost: Callable[[Row], None]
) -> None:
    secours, port = Command(tmp_path), closed_port()
    secours.plan(PLAN)
    url, by_ipv6 = f"http://127.0.0.1:{port}/lite", f"http://[::1]:{port}/lite"
    async with secours.running("up", "--port", str(port)) as process:
        await until_served(url)
        took_s = []
        for _ in range(int(by_level(1, 5, 100))):
            served = servers_of(process.pid)
            kill(served)
            began_s = time.monotonic()
            assert served
            assert not taken_by_another(port)
            assert b"<html" in await asyncio.to_thread(asked, url)
            assert b"<html" in await asyncio.to_thread(asked, by_ipv6)
            took_s.append(time.monotonic() - began_s)
    cost(
        Row(
            fault="dashboard killed",
            done=f"SIGKILL of its server {len(took_s)} times: the port was never free,"
            " and who asked at once got the page",
            recovered_s=took_s,
        )
    )


@contextmanager
def up_on(
    held: tuple[socket.socket, ...], secours: Command
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `up` as systemd does that holds its sockets."""
    numbers = range(FIRST, FIRST + len(held))

    def hand_over() -> None:
        copies = [fcntl.fcntl(each, fcntl.F_DUPFD, 100) for each in held]
        for copy, number in zip(copies, numbers, strict=True):
            os.dup2(copy, number)

    command = [sys.executable, "-m", "secours", "up"]
    process = subprocess.Popen(
        ["sh", "-c", AS_SYSTEMD, "sh", *command],
        env=secours.env,
        cwd=secours.folder,
        pass_fds=numbers,
        preexec_fn=hand_over,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(AT_LAST_S)


@pytest.mark.usefixtures("processes")
async def test_sockets_that_systemd_holds_outlive_all_of_secours(
    tmp_path: Path,
) -> None:
    secours = Command(tmp_path)
    secours.plan(PLAN)
    with socket.create_server(("127.0.0.1", 0)) as ipv4:
        port = ipv4.getsockname()[1]
        with socket.create_server(("::1", port), family=socket.AF_INET6) as ipv6:
            held = (ipv4, ipv6)
            url, by_ipv6 = f"http://127.0.0.1:{port}/lite", f"http://[::1]:{port}/lite"
            with up_on(held, secours):
                await until_served(url)
            taken = taken_by_another(port)
            waiting = [
                asyncio.create_task(asyncio.to_thread(asked, each))
                for each in (url, by_ipv6)
            ]
            with up_on(held, secours):
                pages = await asyncio.gather(*waiting)

    assert not taken
    assert all(b"<html" in page for page in pages)
