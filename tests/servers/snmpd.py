"""snmpd of Net-SNMP, unprivileged, on a free loopback port, with values of our own.

The community is `public-word`; the users of v3 are `probe` (SHA-256 and AES), `plain`
(SHA, no privacy), and `short192`, `short256`, `cisco256` (SHA, and AES whose keys are
longer). `says_ups` gives it values of the UPS-MIB. Break it with another community or
key (silence, or a refusal), with `MISSING`, or with SIGSTOP.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port, udp_server

NEEDED = needs("snmpd", "snmpd")
WRONG_DIGESTS = bytes((43, 6, 1, 6, 3, 15, 1, 1, 5))  # usmStats, RFC 3414 section 5
SIGNAL, STATE, TEMPERATURE = (f"1.3.6.1.4.1.99999.{n}.0" for n in (1, 2, 3))
UPS_MIB = "1.3.6.1.2.1.33"
MISSING = "1.3.6.1.4.1.99999.7.0"
CONF = f"""
agentaddress udp:127.0.0.1:{{port}}
rocommunity public-word 127.0.0.1
createUser probe SHA-256 "auth-secret" AES "priv-secret"
createUser plain SHA "auth-secret"
createUser short192 SHA "auth-secret" AES-192 "priv-secret"
createUser short256 SHA "auth-secret" AES-256 "priv-secret"
createUser cisco256 SHA "auth-secret" AES-256-C "priv-secret"
rouser probe priv
rouser plain auth
rouser short192 priv
rouser short256 priv
rouser cisco256 priv
override {SIGNAL} integer 42
override {STATE} octet_str "LOCKED"
override {TEMPERATURE} octet_str "23.5"
pass .{UPS_MIB} /bin/sh {{folder}}/ups.sh {{folder}}
"""
ANSWERING = """# sh FOLDER -g OID, snmpd.conf(5), MIB-Specific Extension Commands
if [ "$2" = -g ] && [ -f "$1/ups$3" ]; then
  echo "$3"; echo integer; cat "$1/ups$3"
fi
"""


@asynccontextmanager
async def snmpd(folder: Path) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """Run it while the block lasts; give its port and its process."""
    port = closed_port()
    conf, log = folder / "snmpd.conf", folder / "snmpd.log"
    conf.write_text(CONF.format(port=port, folder=folder))
    (folder / "ups.sh").write_text(ANSWERING)
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *(found("snmpd"), "-f", "-Lo", "-C", "-c", str(conf)),
            env=os.environ
            | {"SNMP_PERSISTENT_DIR": str(folder / "kept"), "MIBS": ""}
            | {"SNMPCONFPATH": str(folder)},
            stdout=written,
            stderr=written,
        )
    try:
        await _says(log, b"NET-SNMP version", process)
        yield port, process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def says_ups(folder: Path, values: Mapping[str, int]) -> None:
    """Let the UPS say these values, by their numbers below upsBattery."""
    for number, value in values.items():
        (folder / f"ups.{UPS_MIB}.1.2.{number}").write_text(f"{value}\n")


@asynccontextmanager
async def without_refusals(port: int) -> AsyncIterator[int]:
    """Stand before an agent, and swallow what it says of a wrong digest, as some do."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((LOOPBACK, port))
        asking.settimeout(1.0)

        def reply(question: bytes) -> bytes | None:
            asking.send(question)
            answer = asking.recv(1 << 16)
            return None if WRONG_DIGESTS in answer else answer

        async with udp_server(reply) as discreet:
            yield discreet


async def _says(log: Path, word: bytes, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60):
        while word not in await asyncio.to_thread(log.read_bytes):
            assert process.returncode is None, log
            await asyncio.sleep(0.02)
