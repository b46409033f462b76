"""Commands that run in forks of a process which has imported what they need.

A fork has its own folder, environment and output, as a process has that is started.
Most of what a short command costs is the import of its modules: that is done once.
"""

import asyncio
import atexit
import importlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from socketserver import ForkingMixIn, StreamRequestHandler, UnixStreamServer
from typing import Any

from secours import cli

TESTS = Path(__file__).parents[1]
FORK = multiprocessing.get_context("fork")
MOST = 1 << 24  # that a command writes
ALSO = ("secours.engine.process", "secours.probes.tcp")  # imported when it is needed


async def run(argv: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> Any:
    """Run a command to its end; return its code and what it wrote."""
    sys.audit("os.fork")  # it is one, though of another process
    reader, writer = await asyncio.open_unix_connection(_socket())
    asked = {"argv": argv, "folder": str(folder), "env": dict(env)}
    try:
        writer.write(json.dumps(asked).encode() + b"\n")
        return json.loads(await reader.read())
    finally:  # else who gives up has a later test fail, of what was left open
        writer.close()
        await writer.wait_closed()


@cache
def _socket() -> str:
    """Start the process that forks, for as long as this one runs."""
    folder = tempfile.mkdtemp()
    path = f"{folder}/socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "servers.forked", path],
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent / 'src'}:{TESTS}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"listens\n"

    def end() -> None:
        os.killpg(process.pid, 9)
        process.communicate()
        shutil.rmtree(folder)

    atexit.register(end)
    return path


class _Server(ForkingMixIn, UnixStreamServer):
    """Forks for each command, and ends with who started it."""

    max_children = 100
    _started_by = os.getppid()

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != self._started_by:
            os._exit(0)


class _Handler(StreamRequestHandler):
    def handle(self) -> None:
        asked = json.loads(self.rfile.readline())
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            numbers = {1: out.fileno(), 2: err.fileno()}
            command = FORK.Process(target=_become, args=(numbers,), kwargs=asked)
            command.start()
            command.join()
            written = [
                os.pread(number, MOST, 0).decode() for number in numbers.values()
            ]
        self.wfile.write(json.dumps([command.exitcode, *written]).encode())


def _become(
    streams: Mapping[int, int], argv: list[str], folder: str, env: dict[str, str]
) -> None:
    for number, file in streams.items():
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None  # it depends on the environment
    warnings.simplefilter("default")
    sys.argv = ["secours", *argv]
    cli.main()


def _serve(path: str) -> None:
    # Imported here, the module of `secours run` would hide the function `cli.run`.
    files = (name.replace("-", "_") for name in cli.COMMANDS if name != "run")
    for name in (*(f"{cli.__name__}.{file}" for file in files), *ALSO):
        importlib.import_module(name)
    with _Server(path, _Handler) as server:
        sys.stdout.write("listens\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    _serve(sys.argv[1])
