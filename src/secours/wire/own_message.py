"""Our own test messages, and the marks that identify them.

Each says that it is a test, and nothing about anybody, and holds a mark. Only messages
with an unexpired mark of ours are ever removed. There are three marks, by what a
channel can carry and how long its messages may stay:

- a random token, where an API names the message it took and the same run removes it;
- a signed mark, in mail, which this user of this machine recognises after a restart.
  Nobody else can make one: a forwarded or quoted one does not turn theirs into ours;
- a short mark, in the 160 letters of a text message, for which nothing is stored.

Source: RFC 2104 (HMAC); RFC 7693 (BLAKE2, keyed); machine-id(5) (derive, do not show).
"""

import asyncio
import base64
import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from secours import places
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.runs import Stop
from secours.wire.progress import awaited

PREFIX = "secours-"  # of a token and of a short mark
SIGNED_PREFIX = "secours1-"
SELDOM_S = 300.0  # between two tests that send a message

TOKEN_LIFETIME_S = 600.0  # no run lasts longer
PAUSE_S = 0.3  # between two looks
PAUSE_SHARE = 0.1  # of what was waited: what comes late is looked for less often

KEY_FILE = "stamp.key"
KEY_BYTES = 32
SIGNED_LIFETIME_S = 7 * 86400  # after the run that made it stopped waiting
SIGNED = re.compile(
    rf"{SIGNED_PREFIX}([0-9a-f]{{24}})-([0-9a-f]{{8,10}})-([0-9a-f]{{32}})(?![0-9a-f])"
)

SHORT_LIFETIME_S = 3 * 86400.0  # a text message that arrives later is left alone
MACHINE_ID = Path("/etc/machine-id")
CODE_BYTES = 5
SHORT = re.compile(rf"{PREFIX}([a-z2-7]{{20}})\b")


def text_with(mark: str) -> str:
    """Return the text to send: harmless words, then the mark."""
    return f"Secours: test automatique, automatic test {mark}"


def seldom_with(
    option: str, interval_s: float = SELDOM_S
) -> Callable[[Any], float | None]:
    """Return a `default_interval_s`: longer where this option makes the test send."""
    return lambda settings: None if getattr(settings, option) is None else interval_s


class OwnMessage(Struct, frozen=True):
    """A message with a random token, new for each run, or a notice with its mark."""

    token: str = field(default_factory=lambda: PREFIX + secrets.token_hex(12))
    sent_s: float = field(default_factory=time.monotonic)
    expires: bool = True  # a notice is never removed, and may be read back late

    @property
    def text(self) -> str:
        """Return the text to send."""
        return text_with(self.token)

    def is_in(self, said: object) -> bool:
        """Tell whether this is our own message, not expired."""
        young = not self.expires or self._waited_s() < TOKEN_LIFETIME_S
        return young and isinstance(said, str) and self.token in said

    def delivered(self, **facts: str | int | float) -> Outcome:
        """Return that it was read back, and how long that took since it was made."""
        return ok(Evidence.DELIVERED, latency_s=self._waited_s(), **facts)

    async def until_found(
        self,
        look: Callable[[], Awaitable[bool]],
        proven: Evidence = Evidence.AUTHENTICATED,
    ) -> None:
        """Look until it is there, or raise Stop: `not-delivered`, so far `proven`."""
        with awaited(proven, self.sent_s):
            while True:
                if await look():
                    return
                await asyncio.sleep(max(PAUSE_S, PAUSE_SHARE * self._waited_s()))

    def _waited_s(self) -> float:
        return time.monotonic() - self.sent_s


async def tidy(outcome: Outcome, removing: Awaitable[object]) -> tuple[Outcome, bool]:
    """Remove our message after `outcome` was proven, and tell whether that worked.

    The outcome stands if the removal is refused, or time is up meanwhile. A message
    that stays is the fact `left`.

    Raises:
        Stop: time is up and the outcome stands, or we are told to wait.
    """
    stays = replace(outcome, facts={**outcome.facts, "left": 1})
    try:
        await removing
    except asyncio.CancelledError:
        raise Stop(stays) from None
    except (OSError, EOFError):
        return stays, False
    except Stop as stop:
        if stop.outcome.reason is Reason.DEFERRED:
            raise
        return stays, False
    return outcome, True


class SignedMark(NamedTuple):
    """Mark of one of our runs, and until when that waits for its message."""

    text: str
    until: float  # seconds since 1970

    def left_behind(self, now: float) -> bool:
        """Tell whether its run is over, and the mark unexpired."""
        return self.until < now < self.until + SIGNED_LIFETIME_S


def signed_mark(until: float) -> SignedMark:
    """Make the mark of a run that waits until then."""
    run = f"{SIGNED_PREFIX}{secrets.token_hex(12)}-{int(until):08x}"
    return SignedMark(f"{run}-{_signature(run)}", float(int(until)))


def signed_mark_in(text: str) -> SignedMark | None:
    """Find a signed mark of ours in a text."""
    for found in SIGNED.finditer(text):
        run, _, signature = found[0].rpartition("-")
        if hmac.compare_digest(signature, _signature(run)):
            return SignedMark(found[0], float(int(found[2], 16)))
    return None


def _signature(run: str) -> str:
    return hmac.digest(_kept_key(), run.encode(), "sha256").hex()[:32]


@lru_cache(maxsize=1)
def _kept_key() -> bytes:
    """Return our key; one that cannot be stored lasts for this process only."""
    with suppress(OSError, places.NoPlace):
        file = places.ours_alone(places.data_dir()) / KEY_FILE
        with suppress(FileExistsError):
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "wb") as empty:
                empty.write(secrets.token_bytes(KEY_BYTES))
        if len(key := file.read_bytes()) == KEY_BYTES:
            return key
    return secrets.token_bytes(KEY_BYTES)


def short_mark(at_s: float) -> str:
    """Make a short mark of this moment, in seconds of UTC.

    It holds the time, random bits and a code that only this machine can make.
    """
    told = int(at_s).to_bytes(4, "big") + secrets.token_bytes(3)
    return PREFIX + base64.b32encode(told + _code(told)).decode().lower()[:20]


def has_short_mark(text: str, at_s: float) -> bool:
    """Tell whether a text holds an unexpired short mark of ours."""
    return any(_is_ours(found[1], at_s) for found in SHORT.finditer(text))


def _is_ours(letters: str, at_s: float) -> bool:
    mark = base64.b32decode(letters.upper() + "====")
    told, code = mark[:-CODE_BYTES], mark[-CODE_BYTES:]
    age_s = at_s - int.from_bytes(told[:4], "big")
    return hmac.compare_digest(code, _code(told)) and -60 <= age_s < SHORT_LIFETIME_S


def _code(told: bytes) -> bytes:
    return hashlib.blake2b(told, key=_machine_key(), digest_size=CODE_BYTES).digest()


@lru_cache(maxsize=1)
def _machine_key() -> bytes:
    """Return a key of this machine; without one, of this process."""
    try:
        identity = MACHINE_ID.read_bytes().strip()
    except OSError:
        identity = b""
    identity = identity or secrets.token_bytes(16)
    return hashlib.blake2b(identity, person=b"secours-seal").digest()
