"""Keep the folder in memory: a log-out removes it, with snapshot and socket.

It is then made again, for its owner alone, with its lock and its socket; the next stamp
puts the snapshot into it.

Source: XDG Base Directory Specification 0.8: the folder lives as long as the user is
logged in.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from secours import places
from secours.engine import lock, supervise
from secours.engine.control.requests import Listener

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


@asynccontextmanager
async def kept(folder: Path, listener: Listener) -> AsyncIterator[None]:
    """Make the folder again whenever it is gone, while the block runs."""
    with ExitStack() as locks:
        async with supervise.kept(_keep(folder, listener, locks)):
            yield


async def _keep(folder: Path, listener: Listener, locks: ExitStack) -> None:
    is_told = False
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if listener.is_in_place():
            continue
        try:
            for each in (folder.parent, folder):
                places.ours_alone(each)
            if not lock.is_held(folder):
                locks.enter_context(lock.hold(folder))
            await listener.listen()
        except (OSError, places.NoPlace, lock.LockHeld) as error:
            if not is_told:
                log.error("%s is gone and cannot be made again: %s", folder, error)
            is_told = True
        else:
            log.warning("%s was gone: it is made again", folder)
            is_told = False
