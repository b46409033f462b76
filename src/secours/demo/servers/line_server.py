"""A server of lines: each is answered; closing it ends all connections."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

LINE_LIMIT_BYTES = 1 << 12


class LineServer:
    """Answers each line with `reply(line)`; after `goodbye` it hangs up."""

    def __init__(
        self, reply: Callable[[bytes], Awaitable[bytes]], goodbye: bytes | None = None
    ) -> None:
        """Store the replies; `open` starts."""
        self._reply = reply
        self._goodbye = goodbye
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self, sock: socket.socket) -> None:
        """Answer on a bound socket, of TCP or Unix."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: asyncio.StreamReaderProtocol(
                asyncio.StreamReader(limit=LINE_LIMIT_BYTES), self._talk
            ),
            sock=sock,
        )

    async def close(self) -> None:
        """Disconnect everybody and stop listening; also if never opened."""
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None, "asyncio runs each client as a task"
        self._talks.add(task)
        try:
            # A disconnect or a line too long ends only its connection.
            with suppress(OSError, ValueError, asyncio.CancelledError):
                await self._answer(reader, writer)
        finally:
            self._talks.discard(task)
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        answer = b""
        while answer != self._goodbye and (line := await reader.readline()):
            answer = await self._reply(line)
            writer.write(answer)
            await writer.drain()
