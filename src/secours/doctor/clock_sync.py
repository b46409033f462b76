"""Is the clock right, and would it be after a power cut?

Source: adjtimex(2), STA_UNSYNC; the kernel's documentation of /sys/class/rtc.
"""

import ctypes
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.engine import clock
from secours.message import message

STA_UNSYNC = 0x0040  # linux/timex.h
HARDWARE = Path("/sys/class/rtc/rtc0/since_epoch")
APART_S = 60.0
REST_BYTES = 256  # of the structure, behind the fields read


class _Timex(ctypes.Structure):
    _fields_ = (
        ("modes", ctypes.c_uint),  # 0: nothing is set
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * REST_BYTES),
    )


def look(_case: Case) -> Iterator[MachineFinding]:
    """Say whether something sets the clock, and whether the machine keeps it."""
    if time.time() < clock.RELEASED.timestamp():
        yield mend("clock", message("commands.doctor.clock.past"), "timedatectl status")
    elif is_synchronised():
        yield fine("clock", message("commands.doctor.clock.right"))
    else:
        said = message("commands.doctor.clock.alone")
        yield mend("clock", said, "timedatectl set-ntp true")
    yield from _of_hardware()


def is_synchronised() -> bool:
    """Return whether the kernel counts the clock as synchronised, or raise OSError."""
    asked = _Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return not asked.status & STA_UNSYNC


def _of_hardware() -> Iterator[MachineFinding]:
    with suppress(OSError, ValueError):
        apart_s = abs(int(HARDWARE.read_text()) - time.time())
        if apart_s > APART_S:
            said = message("commands.doctor.clock.apart", apart=round(apart_s))
            yield mend("clock", said, "hwclock --systohc")
        return
    yield remark("clock", message("commands.doctor.clock.no-hardware"))
