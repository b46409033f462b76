"""A stamp on our own messages, so that only those are ever removed.

A stamp names the run it belongs to and until when that run waits for its message, and
is signed with a key that only this user of this machine has: nobody else can make one,
and whoever forwards or quotes another's mail does not turn it into ours. It says
nothing about anybody. A stamp that has expired is no longer ours.

Source: RFC 2104 (HMAC).
"""

import hmac
import os
import re
import secrets
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from secours import places

KEY_FILE = "stamp.key"
KEY_BYTES = 32
LIFETIME_S = 7 * 86400  # after the run that made it stopped waiting
STAMP = re.compile(
    r"secours1-([0-9a-f]{24})-([0-9a-f]{8,10})-([0-9a-f]{32})(?![0-9a-f])"
)


class Stamp(NamedTuple):
    """A stamp that is ours: of which run, and until when that run waits."""

    text: str
    until: float  # seconds since 1970

    def left_behind(self, now: float) -> bool:
        """Tell whether its run is over, and it has not expired."""
        return self.until < now < self.until + LIFETIME_S


def make(until: float) -> Stamp:
    """Make the stamp of a run that waits until then."""
    run = f"secours1-{secrets.token_hex(12)}-{int(until):08x}"
    return Stamp(f"{run}-{_signature(run)}", float(int(until)))


def read(text: str) -> Stamp | None:
    """Find a stamp of ours in a text."""
    for found in STAMP.finditer(text):
        run, _, signature = found[0].rpartition("-")
        if hmac.compare_digest(signature, _signature(run)):
            return Stamp(found[0], float(int(found[2], 16)))
    return None


def _signature(run: str) -> str:
    return hmac.digest(_key(), run.encode(), "sha256").hex()[:32]


@lru_cache(maxsize=1)
def _key() -> bytes:
    """Return our key, made the first time.

    Where it cannot be kept it is one for this process, and what is left behind stays.
    """
    with suppress(OSError, places.NoPlace):
        file = places.ours_alone(places.data_dir()) / KEY_FILE
        with suppress(FileExistsError):
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "wb") as empty:
                empty.write(secrets.token_bytes(KEY_BYTES))
        if len(key := file.read_bytes()) == KEY_BYTES:
            return key
    return secrets.token_bytes(KEY_BYTES)
