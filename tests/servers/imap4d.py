"""GNU imap4d, a process for each connection, that knows already who connects.

Nobody logs in: it greets with PREAUTH, as where an ident server or SSH vouches.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from servers.debian import found, needs
from servers.scripted import tcp_server

NEEDED = needs("imap4d", "mailutils-imap4d")


@asynccontextmanager
async def preauth(folder: Path) -> AsyncIterator[int]:
    """Serve an empty mailbox while the block lasts."""
    children: list[asyncio.subprocess.Process] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        process = await asyncio.create_subprocess_exec(
            *(found("imap4d"), "--inetd", "--preauth", "--no-config"),
            *("--set", f"mailbox.mail-spool={folder}"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        children.append(process)
        assert process.stdin
        assert process.stdout
        there = asyncio.create_task(_pass_on(reader, process.stdin))
        try:
            await _pass_on(process.stdout, writer)
        finally:
            there.cancel()

    try:
        async with tcp_server(peer) as port:
            yield port
    finally:  # not by a peer, which is cancelled as it waits
        for process in children:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while said := await source.read(1 << 16):
            to.write(said)
            await to.drain()
