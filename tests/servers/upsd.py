"""upsd of Network UPS Tools with dummy-ups, on a free loopback port, in its own folder.

Debian's `nut-server` has both, `libnss3-tools` what makes the certificate of STARTTLS.
The UPS is `mains`; who logs in is `secours` with `PASSWORD`, which has a quote in it.
`Upsd.says` lets the UPS say other values, `silence` stops its driver, `lose` ends it.
"""

import asyncio
import getpass
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from subprocess import run

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import load_pem_x509_certificate
from servers import certificates
from servers.daemons import listening
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

DRIVER, SERVER = "/lib/nut/dummy-ups", "/lib/nut/upsd"
UPS, USER, PASSWORD = "mains", "secours", r"hush \ nut"
NSS = "of-the-store"
GRACE_S = 60.0
STALE_S = 2  # MAXAGE: an answer of the driver that is older counts for nothing
WELL = {"ups.status": "OL", "battery.runtime": "1800", "battery.charge": "100"}


def needed() -> pytest.MarkDecorator:
    """Skip without it, and say what to install; CI may not skip."""
    return needs(DRIVER, "nut-server")


class Upsd:
    """A running server; `port` is where it listens."""

    def __init__(self, port: int, driver: asyncio.subprocess.Process) -> None:
        self.port, self._driver = port, driver

    async def says(self, values: Mapping[str, str]) -> None:
        """Let the UPS say these values, and wait until the server has them."""
        for name, value in values.items():
            await self._set(name, value)

    async def _set(self, name: str, value: str) -> None:
        login = (
            'USERNAME "admin"',
            'PASSWORD "admin"',
            f'SET VAR {UPS} {name} "{value}"',
        )
        answers = await self._ask(*login)
        assert answers[-1].startswith("OK"), answers
        await self.answers(f'VAR {UPS} {name} "{value}"', name)

    async def answers(self, wanted: str, name: str = "ups.status") -> None:
        """Wait until this begins what the server answers of a value."""

        async def answered() -> bool:
            (answer,) = await self._ask(f"GET VAR {UPS} {name}")
            return answer.startswith(wanted)

        await _happens(answered)

    async def silence(self) -> None:
        """Stop the driver, and wait until the server has noticed."""
        self._driver.send_signal(signal.SIGSTOP)
        await self.answers("ERR DATA-STALE")

    async def lose(self) -> None:
        """End the driver, and wait until the server has noticed."""
        await _ended(self._driver)
        await self.answers("ERR DRIVER-NOT-CONNECTED")

    async def _ask(self, *commands: str) -> list[str]:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            answers = []
            for command in commands:
                writer.write(f"{command}\n".encode())
                answers.append((await reader.readline()).decode().rstrip("\n"))
            return answers
        finally:
            writer.transport.abort()


@asynccontextmanager
async def upsd(
    folder: Path, values: Mapping[str, str] = WELL, *, tls: bool = False
) -> AsyncIterator[Upsd]:
    """Run both while the block lasts; wait until the server says what the UPS says."""
    port = closed_port()
    _configure(folder, port, values, tls=tls)
    driver = await _start(folder, DRIVER, "-a", UPS)
    server = None
    try:
        await _happens(partial(asyncio.to_thread, (folder / f"dummy-ups-{UPS}").exists))
        server = await _start(folder, SERVER)
        made = Upsd(port, driver)
        await _happens(partial(listening, port))
        await made.answers(f'VAR {UPS} ups.status "{values["ups.status"]}"')
        yield made
    finally:
        for process in filter(None, (server, driver)):
            await _ended(process)


def _configure(
    folder: Path, port: int, values: Mapping[str, str], *, tls: bool
) -> None:
    (folder / "ups.conf").write_text(
        f"[{UPS}]\ndriver = dummy-ups\nport = {UPS}.dev\nmode = dummy-once\n"
        "pollinterval = 1\n"
    )
    lines = [f"{name}: {value}" for name, value in values.items()]
    (folder / f"{UPS}.dev").write_text("\n".join(lines) + "\n")
    conf = [f"LISTEN {LOOPBACK} {port}", f"MAXAGE {STALE_S}"]
    if tls:
        conf += [f'CERTPATH "{folder}"', f'CERTIDENT "server" "{NSS}"']
        _store(folder)
    password = PASSWORD.replace("\\", "\\\\")
    users = (
        f'[{USER}]\npassword = "{password}"\nupsmon secondary\n'
        "[admin]\npassword = admin\nactions = SET\n"
    )
    (folder / "upsd.conf").write_text("\n".join(conf) + "\n")
    (folder / "upsd.users").write_text(users)


def _store(folder: Path) -> None:
    """Make the store of certificates that NSS reads, with ours in it."""
    certificates.certify(folder)
    key = serialization.load_pem_private_key((folder / "key.pem").read_bytes(), None)
    issued = load_pem_x509_certificate((folder / "cert.pem").read_bytes())
    (folder / "word").write_text(NSS)
    made = pkcs12.serialize_key_and_certificates(
        b"server",
        key,  # type: ignore[arg-type]  # the key of a certificate is one that signs
        issued,
        None,
        serialization.BestAvailableEncryption(NSS.encode()),
    )
    (folder / "server.p12").write_bytes(made)
    store, pack = ("-d", f"sql:{folder}"), str(folder / "server.p12")
    word = str(folder / "word")
    for command in (
        (found("certutil"), "-N", *store, "-f", word),
        (found("pk12util"), "-i", pack, *store, "-k", word, "-w", word),
    ):
        run(command, check=True, capture_output=True)


async def _start(folder: Path, *command: str) -> asyncio.subprocess.Process:
    places = ("NUT_CONFPATH", "NUT_STATEPATH", "NUT_PIDPATH", "NUT_ALTPIDPATH")
    with (folder / "nut.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(*command, "-F", "-u", getpass.getuser()),
            env={**os.environ, **dict.fromkeys(places, str(folder))},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


async def _happens(event: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(GRACE_S):
        while not await event():  # noqa: ASYNC110 -- no event of ours: it is asked
            await asyncio.sleep(0.02)


async def _ended(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
