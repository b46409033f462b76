"""`openssl s_server` on a free loopback port: it demands a certificate of its client.

    async with demanding(folder) as port: ...
    async with demanding(folder, "-tls1_2") as port: ...

Over TLS 1.3 it says so by an alert after the handshake. Break it by stopping it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.certificates import certify, trusted_file
from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import closed_port

NEEDED = needs("openssl", "openssl")


@asynccontextmanager
async def demanding(folder: Path, *options: str) -> AsyncIterator[int]:
    """Run it while the block lasts."""
    port = closed_port()
    certify(folder)
    command = [found("openssl"), "s_server", "-www", "-accept", f"127.0.0.1:{port}"]
    command += ["-Verify", "1", "-CAfile", trusted_file(folder), *options]
    command += ["-cert", str(folder / "cert.pem"), "-key", str(folder / "key.pem")]
    async with running(command, port=port, log=folder / "openssl.log"):
        yield port
