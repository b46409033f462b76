"""The command `secours` run as people run it: a process with a folder of its own."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import forked

from secours.engine.published import snapshot_file
from secours.engine.published.snapshot_file import SNAPSHOT
from secours.model.observed import Instant

LIMIT_S = 60.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Done:
    """What a command that has ended left behind."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """Return what was printed as JSON."""
        return json.loads(self.out)


def _as_at_a_terminal() -> None:
    """Take SIGINT, which a shell lets what it starts in the background ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Command:
    """Runs `python -m secours` in a folder, away from this user's own things."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in this folder."""
        self.folder = folder
        self.files: int | None = None  # how many a command may have open
        self.within: tuple[str, ...] = ()  # the command that runs it, if one does
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SECOURS_")},
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            "PYTHONWARNINGS": "default",
            "LC_ALL": "C.UTF-8",  # what is said where no plan says in which language
            "SECOURS_DATA": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }

    def plan(self, text: str, name: str = "probes.yaml") -> Path:
        """Write a plan."""
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    @property
    def engine_began(self) -> Instant:
        """Return when the engine began whose snapshot is shown."""
        (shown,) = self.folder.glob(f"run/secours/*/{SNAPSHOT}")
        return snapshot_file.read(shown.parent)[0].started

    async def start(self, *argv: str, python: tuple[str, ...] = ()) -> Process:
        """Start a command and leave it running."""
        limited: tuple[str, ...] = ()
        if self.files is not None:
            limited = ("sh", "-c", f'ulimit -n {self.files}; exec "$@"', "sh")
        return await asyncio.create_subprocess_exec(
            *(*self.within, *limited, sys.executable, *python, "-m", "secours", *argv),
            cwd=self.folder,
            env=self.env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            preexec_fn=_as_at_a_terminal,
        )

    async def run(self, *argv: str) -> Done:
        """Run a command to its end, in a fork where nothing speaks against it."""
        if self.files is not None or self.within:
            return await ended(await self.start(*argv))
        async with asyncio.timeout(LIMIT_S):
            return Done(*await forked.run(argv, self.folder, self.env))

    @asynccontextmanager
    async def running(
        self, *argv: str, env: Mapping[str, str] | None = None
    ) -> AsyncIterator[Process]:
        """Run a command while the block lasts; then it gets a SIGTERM."""
        self.env |= env or {}
        process = await self.start(*argv)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await ended(process)


async def ended(process: Process) -> Done:
    """Wait for the end of a command."""
    try:
        async with asyncio.timeout(LIMIT_S):
            out, err = await process.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


async def until(
    secours: Command, *argv: str, holds: Callable[[Done], bool] = lambda d: d.code != 3
) -> Done:
    """Run a command again and again until it says what is waited for."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            done = await secours.run(*argv)
            if holds(done):
                return done
            await asyncio.sleep(POLL_S)
