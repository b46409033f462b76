"""What people ask of the engine: one line of JSON each way on a Unix socket.

The socket lies beside the snapshot, where nobody else may enter. What can be asked is
a table that the engine gives to `serve`; a request nobody understands gets an error.

Source: unix(7); JSON Lines.
"""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

log = logging.getLogger(__name__)

NAME = "engine.sock"
LIMIT_BYTES = 64 * 1024
IDLE_S = 60.0


class NoEngine(Exception):
    """No engine listens here, or it does not answer."""


class RequestRefused(Exception):
    """The request cannot be met; the text, which people read, says why."""


class RequestKind(NamedTuple):
    """What can be asked: the options it takes, and who answers."""

    options: type[Any]  # a msgspec.Struct
    answer: Callable[[Any], Awaitable[dict[str, Any]]]


def ask(
    folder: Path, request: Mapping[str, Any], timeout_s: float = 5.0
) -> dict[str, Any]:
    """Ask the engine whose snapshot is in this folder; a refusal is in `error`.

    Raises:
        NoEngine: none listens, or it does not answer in time.

    """
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(timeout_s)
            with _short(folder) as address:
                line.connect(address)
            line.sendall(msgspec.json.encode(request) + b"\n")
            with line.makefile("rb") as answers:
                answer = answers.readline(LIMIT_BYTES)
        return msgspec.json.decode(answer, type=dict[str, Any])
    except (OSError, msgspec.MsgspecError) as error:
        raise NoEngine(f"no engine answers in {folder}: {error}") from None


@asynccontextmanager
async def serve(folder: Path, kinds: Mapping[str, RequestKind]) -> AsyncIterator[None]:
    """Answer requests while the block runs. The lock says that nobody else does."""
    listening = _listen(folder)
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            talks.add(task)
            task.add_done_callback(talks.discard)
        await _talk(kinds, reader, writer)

    server = await asyncio.start_unix_server(talk, sock=listening, limit=LIMIT_BYTES)
    try:
        yield
    finally:
        server.close()
        for task in talks:
            task.cancel()
        if talks:
            await asyncio.wait(talks, timeout=1.0)
        with suppress(OSError):
            (folder / NAME).unlink()


def _listen(folder: Path) -> socket.socket:
    with suppress(FileNotFoundError):
        (folder / NAME).unlink()
    listening = socket.socket(socket.AF_UNIX)
    try:
        with _short(folder) as address:
            listening.bind(address)
        (folder / NAME).chmod(0o600)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Give the socket an address that fits in 108 bytes, however deep the folder."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


async def _talk(
    kinds: Mapping[str, RequestKind],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Answer one caller until it leaves, is silent for long or says too much."""
    try:
        while line := await _next_line(reader):
            writer.write(msgspec.json.encode(await _answer(kinds, line)) + b"\n")
            await writer.drain()
    except ValueError:  # longer than the limit: where it ends is not known
        writer.write(msgspec.json.encode({"error": "the request is too long"}) + b"\n")
    except (OSError, TimeoutError):
        pass  # the caller has left
    finally:
        writer.close()


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(IDLE_S):
        return await reader.readline()


async def _answer(kinds: Mapping[str, RequestKind], line: bytes) -> dict[str, Any]:
    try:
        request = msgspec.json.decode(line, type=dict[str, Any])
        word = request.pop("do", None)
        if not isinstance(word, str) or word not in kinds:
            raise RequestRefused(f"`do` is one of {', '.join(kinds)}")
        kind = kinds[word]
        return await kind.answer(msgspec.convert(request, kind.options))
    except (RequestRefused, msgspec.MsgspecError) as error:
        return {"error": str(error)}
    except Exception:
        log.exception("a request was not answered: a defect of Secours")
        return {"error": "the engine could not answer: its log says why"}
