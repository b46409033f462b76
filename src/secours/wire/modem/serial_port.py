"""A serial port for one probe at a time, over all processes.

A port that another program has exclusively is left to it, also as root, and the outcome
names the program.

Source: ioctl_tty(2) (TIOCEXCL); flock(2).
"""

import asyncio
import errno
import fcntl
import os
import termios
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.util import find_spec
from urllib.parse import quote

from secours import places
from secours.model.observed import Reason, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire import remedies
from secours.wire.modem.serial_devices import claimant, holder

# Said when a plan names a modem. It is imported when a line is opened: half a
# configuration has no modem, and the command line starts without it.
if find_spec("serialx") is None:
    raise ModuleNotFoundError("No module named 'serialx'", name="serialx")

TURN_S = 0.05  # between two looks at a port that another probe has
CLOSE_S = 0.2
TIOCGEXCL = 0x80045440  # asm-generic/ioctls.h; the module termios lacks it

GONE = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTDIR})
NOT_SERIAL = frozenset({errno.ENOTTY, errno.EISDIR, errno.EINVAL})

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def open_port(port: str, baud: int) -> AsyncIterator[Streams]:
    """Open a serial port exclusively in our turn, and close it at the end.

    Raises:
        Stop: no such device, or another program has it.
        OSError: it may not be opened.
    """
    async with _turn(port):
        reader, writer = await _open(port, baud)
        try:
            yield reader, writer
        except OSError as error:
            raise _told_apart(error, port) from None
        finally:
            await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close the port before our turn ends; a driver that hangs may keep it."""
    writer.transport.abort()
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(CLOSE_S):
            await writer.wait_closed()


async def _open(port: str, baud: int) -> Streams:
    import serialx

    try:
        with _ours(port):
            return await serialx.open_serial_connection(port, baud)
    except serialx.UnsupportedSetting:
        facts = {"problem": "no-such-speed", "baud": baud}
        raise Stop(unknown(Reason.BROKEN, **facts)) from None
    except termios.error as error:
        raise _told_apart(OSError(*error.args), port) from None
    except OSError as error:
        raise _told_apart(error, port) from None


def _told_apart(error: OSError, port: str) -> Exception:
    """Return the outcome for an error of opening a device."""
    if "://" in port and error.errno not in (errno.EBUSY, errno.EIO):
        return error  # a terminal server on the network
    if error.errno == errno.EBUSY:
        return _busy(port, holder(port))
    if error.errno in GONE:
        return Stop(unknown(Reason.NO_DEVICE, what=plain(port)))
    if error.errno in NOT_SERIAL:
        facts = {"problem": "no-serial-port", "what": plain(port)}
        return Stop(unknown(Reason.NO_DEVICE, **facts))
    if error.errno in (errno.EACCES, errno.EPERM):
        return Stop(unknown(Reason.PERMISSION, **remedies.of_device(port, error)))
    return error


def _busy(port: str, who: str) -> Stop:
    """Return that a device is held, and by whom: unseen often by ModemManager."""
    facts = {"what": plain(port), "holder": plain(who or "ModemManager?")}
    return Stop(unknown(Reason.DEVICE_BUSY, **facts))


@contextmanager
def _ours(port: str) -> Iterator[None]:
    """Refuse a port that another program opened exclusively; root would get in.

    It stays open meanwhile: closing a port hangs up.

    Raises:
        Stop: another program has it.
        OSError: it cannot be opened.
    """
    if "://" in port:  # a terminal server on the network
        yield
        return
    if who := claimant(port):
        raise _busy(port, who)
    line = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        if not os.isatty(line):
            raise OSError(errno.ENOTTY, "no serial port")
        if _exclusive(line):
            raise _busy(port, holder(port))
        yield
    finally:
        os.close(line)


def _exclusive(line: int) -> bool:
    try:
        return any(fcntl.ioctl(line, TIOCGEXCL, bytes(4)))
    except OSError:  # a driver that does not know the question
        return False


@asynccontextmanager
async def _turn(port: str) -> AsyncIterator[None]:
    """Wait for our turn on a device: `check` and the engine may want it at once.

    Raises:
        Stop: another probe still spoke on it at the deadline.
    """
    try:
        folder = places.ours_alone(places.runtime_root() / "lines")
    except places.NoPlace:  # then the lock on the port itself has to do
        yield
        return
    lock = os.open(folder / _file_name(port), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _locked(lock):  # noqa: ASYNC110 -- processes share no Event
            await asyncio.sleep(TURN_S)
    except asyncio.CancelledError:
        who = holder(str(folder / _file_name(port)))
        os.close(lock)
        raise _busy(port, who) from None
    try:
        yield
    finally:
        os.close(lock)


def _file_name(port: str) -> str:
    """Name a device the same under each of its links."""
    return quote(os.path.realpath(port), safe="")[-200:]


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
