"""Break and heal from a second terminal: a Unix socket that takes lines of JSON.

A request is `{"do": "break" | "heal", "name": NAME}`, `{"do": "state"}`, or, for the
programme, `{"do": "play" | "tour" | "next" | "pause"}`. The answer has `ok`; if false,
`error` has the reason, `names` the known names, and `nearest` the one probably
meant.
"""

import fcntl
import json
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from secours.demo.programme import Programme
from secours.demo.servers.line_server import LineServer
from secours.demo.town import ALL, Town
from secours.message import Refusal
from secours.outside_text import plain

Request = dict[str, Any]
ANSWER_S = 5.0
ANSWER_LIMIT_BYTES = 1 << 16


class NoDemo(Refusal):
    """No demo listens at this socket."""


class DemoRuns(Refusal):
    """Another demo listens at this socket."""


def ask(socket_path: Path, request: Request) -> Request:
    """Send one request to the demo that runs; return its answer, or raise NoDemo."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(ANSWER_S)
        try:
            with _beside(socket_path) as (_, address):
                sock.connect(address)
            sock.sendall(json.dumps(request).encode() + b"\n")
            with sock.makefile("rb") as answers:
                line = answers.readline(ANSWER_LIMIT_BYTES)
            answer: Request = json.loads(line)
        except TimeoutError:
            raise NoDemo("commands.demo.silent") from None
        except (OSError, ValueError):
            raise NoDemo("commands.demo.none") from None
    return answer


@asynccontextmanager
async def serve(
    town: Town, socket_path: Path, programme: Programme | None = None
) -> AsyncIterator[None]:
    """Take requests for a town during the block.

    A break or heal by hand stops the programme: a timetable that went on would undo
    it.

    Raises:
        DemoRuns: another demo listens there.
    """

    async def reply(line: bytes) -> bytes:
        return json.dumps(await _answer(town, line, programme)).encode() + b"\n"

    lines = LineServer(reply)
    sock = _listen(socket_path)
    try:
        await lines.open(sock)
        yield
    finally:
        _remove(socket_path)  # while it is ours: nobody takes it over
        await lines.close()


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


@contextmanager
def _beside(path: Path) -> Iterator[tuple[int, str]]:
    """Open the folder of a socket; yield it and an address within 108 bytes."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder, f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _listen(path: Path) -> socket.socket:
    """Listen for this user alone; the socket of a dead demo is removed."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _beside(path) as (folder, address):
            fcntl.flock(folder, fcntl.LOCK_EX)  # of two that start at once
            if path.is_socket():
                if sock.connect_ex(address) == 0:
                    raise DemoRuns("commands.demo.running", path=str(path))
                path.unlink()
            before = os.umask(0o177)
            try:
                sock.bind(address)
            finally:
                os.umask(before)
            sock.listen()
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


async def _answer(town: Town, line: bytes, programme: Programme | None) -> Request:
    try:
        request = json.loads(line)
    except ValueError:
        request = None
    match request:
        case {"do": "state"}:
            return _state(town)
        case {"do": "break" | "heal" as action, "name": str(name)}:
            if name not in town.names and (action, name) != ("heal", ALL):
                return _no_such(town, name)
            if programme is not None:
                programme.take_over()
            await (town.break_ if action == "break" else town.heal)(name)
            return _state(town)
        case {"do": "play" | "tour" | "next" | "pause" as action} if programme:
            return _played(town, programme, action)
    return {"ok": False, "error": "no such request: 'do' is break, heal or state"}


def _played(town: Town, programme: Programme, action: str) -> Request:
    """Start, step or pause the programme."""
    match action:
        case "play":
            programme.play_timetable()
        case "tour":
            programme.play_tour()
        case _ if not (programme.next if action == "next" else programme.pause)():
            return {"ok": False, "error": "no story is played"}
    return _state(town)


def _state(town: Town) -> Request:
    return {
        "ok": True,
        "broken": list(town.broken),
        "names": list(town.names),
        "words": {name: dict(town.words(name)) for name in town.names},
        "config": str(town.config_path),
    }


def _no_such(town: Town, name: str) -> Request:
    near = get_close_matches(name, town.names, n=1)
    shown = plain(name, 40)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    listed = ", ".join(town.names)
    return {
        "ok": False,
        "error": f"nothing here is called '{shown}'{hint}: there is {listed}",
        "nearest": near[0] if near else None,
        "names": list(town.names),
    }
