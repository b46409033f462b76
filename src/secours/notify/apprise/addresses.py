"""Addresses checked by Apprise, in a process of its own, without sending.

It gets them on its standard input: the arguments of a process are visible to others.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from importlib.util import find_spec

import msgspec

from secours.notify.carriers import APPRISE, CHILD, PROGRAM_S
from secours.wire.nagios.command import INHERITED


class AddressCheck(StrEnum):
    """Apprise's judgement of an address."""

    GOOD = "good"
    WRONG = "wrong"  # it has not the form that its service wants
    LACKING = "lacking"  # what that kind of address needs is not installed here
    UNKNOWN = "unknown"  # it did not answer
    ABSENT = "absent"  # Apprise is not installed


def readings(addresses: Sequence[str]) -> tuple[AddressCheck, ...]:
    """Ask Apprise for its judgement of each of these."""
    if not addresses:
        return ()
    if find_spec(APPRISE) is None:
        return (AddressCheck.ABSENT,) * len(addresses)
    answer = (AddressCheck.UNKNOWN,) * len(addresses)
    with suppress(OSError, subprocess.TimeoutExpired, msgspec.DecodeError):
        process = subprocess.run(
            (sys.executable, "-I", CHILD, "--check"),
            input=msgspec.json.encode(addresses),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # where it may repeat an address
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
            timeout=PROGRAM_S,
            check=False,
        )
        checks = msgspec.json.decode(process.stdout, type=tuple[AddressCheck, ...])
        answer = checks if len(checks) == len(addresses) else answer
    return answer
