"""Request protocol of the engine: one line of JSON each way on a Unix socket.

The socket lies beside the snapshot, where nobody else may enter. `serve` gets the table
of requests from the engine; an unknown one gets an error. A caller that timed out was
told that it is not done: its request is then dropped, even if read.

Source: unix(7); JSON Lines.
"""

import asyncio
import json
import logging
import os
import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from secours import texts
from secours.engine.state_file import decoded
from secours.languages import LANGUAGES
from secours.message import Fact, Message, Refusal, message, why_and_where
from secours.model.requests import EngineRequest

log = logging.getLogger(__name__)

NAME = "engine.sock"
LIMIT_BYTES = 384 * 1024  # of a request, which may hold a plan
IDLE_S = 60.0
BACKLOG = 1024  # callers that wait for a busy engine; one more is turned away
WRITTEN_WITHIN_S = 2.0  # wait of the engine for the disk, once for each file of a word
ANSWERED_WITHIN_S = 15.0  # an engine that is short of processor time is slow, not gone


class NoEngine(Refusal):
    """No engine listens here, or it does not answer."""


class RequestRefused(Refusal):
    """The request cannot be met."""


RequestTable: TypeAlias = Mapping[
    type[EngineRequest], Callable[[Any], Awaitable[dict[str, Any]]]
]
"""The handler of each kind of request; that of `EngineRequest` takes any other."""


def ask(
    folder: Path,
    request: EngineRequest | Mapping[str, Any],
    timeout_s: float = ANSWERED_WITHIN_S,
) -> dict[str, Any]:
    """Ask the engine of this folder; a refusal is in `error`; or raise NoEngine."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(timeout_s)
            with _short(folder) as address:
                line.connect(address)
            with suppress(BrokenPipeError):  # it was too long, and that is answered
                line.sendall(_encoded(request) + b"\n")
            with line.makefile("rb") as answers:
                answer = answers.readline()
        found: dict[str, Any] = decoded(answer, dict[str, Any])
        return found
    except (FileNotFoundError, ConnectionRefusedError):
        raise NoEngine("commands.engine.absent", folder=str(folder)) from None
    except OSError as error:
        raise _silent(folder, why_and_where(error)) from None
    except msgspec.MsgspecError as error:
        said = message("commands.os.said", said=str(error))
        raise _silent(folder, said) from None


def _encoded(request: EngineRequest | Mapping[str, Any]) -> bytes:
    """Write a request; "?" stands for a byte of a command line that is no text."""
    try:
        return msgspec.json.encode(request)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(request), ensure_ascii=False)
        return text.encode("utf-8", "replace")


def _silent(folder: Path, why: Fact) -> NoEngine:
    return NoEngine("commands.engine.silent", folder=str(folder), why=why)


class Listener:
    """Listens on the socket, and again where that was removed."""

    def __init__(
        self,
        folder: Path,
        table: RequestTable,
        language: Callable[[], str],
    ) -> None:
        self._folder = folder
        self._table, self._language = table, language
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._file: tuple[int, int] | None = None

    def is_in_place(self) -> bool:
        """Tell whether the socket in place is ours."""
        return self._file is not None and self._file == _file(self._folder / NAME)

    async def listen(self) -> None:
        """Listen; running talks go on; raise OSError where the folder refuses."""
        listening = _listen(self._folder)
        before, self._file = self._server, _file(self._folder / NAME)
        # Python 3.13 start_unix_server stats an address that is gone.
        self._server = await asyncio.start_server(
            self._talk, sock=listening, limit=LIMIT_BYTES, backlog=BACKLOG
        )
        if before is not None:
            before.close()

    async def close(self) -> None:
        """Take no more requests, and end the talks."""
        if self._server is not None:
            self._server.close()
        for task in self._talks:
            task.cancel()
        if self._talks:
            await asyncio.wait(self._talks, timeout=1.0)
        with suppress(OSError):
            (self._folder / NAME).unlink()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        with suppress(asyncio.CancelledError):  # by `close`: the talk ends here
            await _talk(self._table, self._language, reader, writer)


@asynccontextmanager
async def serve(
    folder: Path,
    table: RequestTable,
    language: Callable[[], str] = lambda: "en",
) -> AsyncIterator[Listener]:
    """Answer requests while the block runs. The lock excludes other engines.

    Refusals are in the `language` of a request, else in the site's at that time.
    """
    listener = Listener(folder, table, language)
    await listener.listen()
    try:
        yield listener
    finally:
        await listener.close()


def _file(path: Path) -> tuple[int, int] | None:
    """Return the identity of a file, None where none is."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


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
    """Yield an address for the socket within 108 bytes, however deep the folder."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


async def _talk(
    table: RequestTable,
    language: Callable[[], str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Answer one caller until it leaves, is silent for long or says too much."""
    try:
        while (line := await _next_line(reader)) and not _has_left(writer):
            writer.write(await _answer(table, language, line) + b"\n")
            await writer.drain()
    except ValueError:  # longer than the limit: where it ends is not known
        too_long = _refused(language, message("commands.asked.too-long"))
        writer.write(too_long + b"\n")
    except (OSError, TimeoutError):
        pass  # the caller has left
    finally:
        writer.close()


def _has_left(writer: asyncio.StreamWriter) -> bool:
    """Tell whether the caller has closed the connection, and hears no answer."""
    if writer.is_closing():
        return True
    line = select.poll()
    line.register(writer.get_extra_info("socket").fileno(), 0)
    return any(seen & select.POLLHUP for _, seen in line.poll(0))


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(IDLE_S):
        return await reader.readline()


async def _answer(
    table: RequestTable, language: Callable[[], str], line: bytes
) -> bytes:
    try:
        asked = decoded(line, dict[str, Any])
        if (spoken := asked.get("language")) in LANGUAGES:  # by who asked
            language = partial(str, spoken)
        request = _request(asked, table)
        return msgspec.json.encode(await table[type(request)](request))
    except RequestRefused as refused:
        return _refused(language, refused.message)
    except msgspec.MsgspecError as error:
        said = message("commands.asked.malformed", said=str(error))
        return _refused(language, said)
    except Exception:
        log.exception("a request was not answered: a defect of Secours")
        return _refused(language, message("commands.asked.defect"))


def _request(written: dict[str, Any], table: RequestTable) -> EngineRequest:
    kinds = {str(kind.__struct_config__.tag): kind for kind in table}
    word = written.get("do")
    if isinstance(word, str) and word in kinds:
        return msgspec.convert(written, kinds[word])
    if EngineRequest in table:
        return EngineRequest()
    raise RequestRefused("commands.asked.unknown", names=", ".join(kinds))


def _refused(language: Callable[[], str], why: Message) -> bytes:
    return msgspec.json.encode({"error": texts.in_words(language(), why)})
