"""Address of the screens of this machine, for links to them.

The file counts while its writer holds its lock: the kernel frees a dead one's.

Source: flock(2).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from secours import places

NAME = "screens.json"
ADDRESS, PORT = "127.0.0.1", 8501  # where no option says another
LARGEST = 4096  # bytes


class ScreensAddress(Struct, frozen=True, kw_only=True):
    """Address of the screens, and base path."""

    address: str
    port: int
    base_path: str = ""


@contextmanager
def published(where: ScreensAddress, folder: Path) -> Iterator[None]:
    """Publish the address while the block runs, or raise OSError."""
    fresh = folder / f".{NAME}.{os.getpid()}"
    descriptor = os.open(
        fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600
    )
    try:
        os.write(descriptor, msgspec.json.encode(where))
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        fresh.replace(folder / NAME)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def announced(where: ScreensAddress) -> Iterator[None]:
    """Publish the address of the screens, if there is a folder for it."""
    with ExitStack() as stack:
        if folder := places.found_runtime_dir():
            with suppress(OSError):
                stack.enter_context(published(where, folder))
        yield


def read(folder: Path) -> ScreensAddress | None:
    """Return the address of the screens; None if none are known to run."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _understood(os.read(descriptor, LARGEST))
    finally:
        os.close(descriptor)
    return None


def _understood(text: bytes) -> ScreensAddress | None:
    try:
        return msgspec.json.decode(text, type=ScreensAddress)
    except msgspec.MsgspecError:
        return None
