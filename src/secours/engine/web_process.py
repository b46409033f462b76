"""Serve the plain page from a process beside the engine: it may not slow probing.

The engine opens the socket and keeps it, so that nothing is lost while the process is
started again. `web` is what runs in it; it holds nothing, so it needs no goodbye.
"""

import os
import signal
import socket
import sys
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

from secours.engine import supervise
from secours.engine.supervise import Child

LONGEST_PAUSE_S = 15.0


def beside(
    listening: socket.socket | None, config: Path, base_path: str = ""
) -> AbstractAsyncContextManager[None]:
    """Keep a process serving on this socket while inside, if there is one.

    All that it serves is under `base_path`.
    """
    if listening is None:
        return nullcontext()
    child = _child(listening.fileno(), config, base_path)
    return supervise.kept(supervise.keep(child))


def _child(listening: int, config: Path, base_path: str) -> Child:
    where = ("--fd", str(listening), "--config", str(config))
    parent = ("--parent", str(os.getpid()))
    under = ("--base-path", base_path)
    return Child(
        name="plain page",
        argv=(sys.executable, "-m", "secours.web.app", *where, *parent, *under),
        passes=(listening,),
        dies_with_us=False,  # it sees to that itself: the engine has threads
        ended_by=signal.SIGKILL,
        longest_pause_s=LONGEST_PAUSE_S,
    )
