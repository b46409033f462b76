"""chronyd on a free loopback port, that serves its own clock or is not synchronised.

It never touches the clock of this machine.
"""

import asyncio
import getpass
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

NEEDED = needs("chronyd", "chrony")
START_S = 60.0
UNSYNCHRONISED = 3  # leap indicator
QUESTION = bytes([4 << 3 | 3]) + bytes(47)
CONF = """
port {port}
bindaddress {host}
allow
cmdport 0
bindcmdaddress /
pidfile {folder}/chronyd.pid
"""
OWN_CLOCK = "local stratum 10\n"
SOURCE = """
server 127.0.0.1 port {source} iburst maxsamples 4 minpoll -4 maxpoll -4
maxdistance 16
"""


@asynccontextmanager
async def chrony(
    folder: Path,
    *,
    synchronised: bool,
    host: str = LOOPBACK,
    port: int | None = None,
    source: int | None = None,
) -> AsyncIterator[int]:
    """Run it while the block lasts, with its own clock or a source on another port."""
    port = port or closed_port(socket.SOCK_DGRAM)
    conf, log = folder / "chrony.conf", folder / "chrony.log"
    own = OWN_CLOCK if synchronised else ""
    own = SOURCE.format(source=source) if source else own
    conf.write_text(CONF.format(host=host, port=port, folder=folder) + own)
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *(found("chronyd"), "-x", "-d", "-U", "-u", getpass.getuser()),
            *("-f", str(conf)),
            stdout=written,
            stderr=written,
        )
    try:
        async with asyncio.timeout(START_S):
            while not await asyncio.to_thread(_answers, host, port, synchronised):
                assert process.returncode is None, log.read_text()
        yield port
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _answers(host: str, port: int, synchronised: bool) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        asking.connect((host, port))
        with suppress(OSError):
            asking.send(QUESTION)
            leap = asking.recv(48)[0] >> 6
            return not synchronised or leap != UNSYNCHRONISED
    return False
