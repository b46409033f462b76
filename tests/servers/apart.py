"""An HTTP server in a process of its own, which a busy test cannot slow."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def http_apart() -> AbstractContextManager[int]:
    """Serve until the block ends, on a free port of this machine."""
    return http_in((), 0, "127.0.0.1")


@contextmanager
def http_in(
    within: Sequence[str], port: int, address: str = "0.0.0.0"
) -> Iterator[int]:
    """Serve until the block ends, run by the command `within`."""
    argv = [*within, sys.executable, __file__, address, str(port)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
    except (EOFError, ConnectionError):
        pass  # the client left first
    finally:
        writer.close()


async def _serve() -> None:
    address, port = sys.argv[1:]
    server = await asyncio.start_server(_talk, address, int(port), backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
