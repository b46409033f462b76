"""What the first says to its standby: all that is known, and what people said.

An answer bears a seal made with the standby's token and a number that the standby chose
for this one question. Whatever else may answer in the place of the first, a cache, a
portal, an older answer sent again, cannot have made it.

Source: RFC 2104 (HMAC).
"""

import hashlib
import hmac
import math
import socket
from collections.abc import Callable

import msgspec

from secours.engine import clock
from secours.engine.orders import ledger
from secours.engine.orders.ledger import Ledger
from secours.engine.published import snapshot_file
from secours.engine.published.current import Look
from secours.engine.store import saved_memory
from secours.engine.store.saved_memory import Kept
from secours.model.snapshot import Snapshot
from secours.places import data_dir, runtime_dir

SCHEMA = 1  # a higher one where what is said means something else
SEAL = "X-Secours-Seal"
NONCE = "nonce"
CONFLICT, INSTANCE = 409, "instance"  # of one that follows another itself: which it is
LONGEST_NONCE = 64


class Unknown(Exception):
    """There is nothing to say: no fresh engine, or not all that people said."""


class Follows(Exception):
    """It says only what another one says."""

    def __init__(self, instance: str) -> None:
        super().__init__(instance)
        self.instance = instance


class ReportHead(msgspec.Struct, frozen=True, kw_only=True):
    """What a standby of any version understands."""

    schema: int


class Report(ReportHead, frozen=True, kw_only=True):
    """The newest snapshot of the first, how old it was, and what people said there."""

    name: str  # of its machine
    age_s: float
    snapshot: Snapshot
    said: Kept
    orders: Ledger = Ledger()  # which of the province it has taken


def seal(token: str, nonce: str, body: bytes) -> str:
    """Return what shows that whoever has the token answered this one question."""
    sealed = nonce.encode() + b"\n" + body
    return hmac.new(token.encode(), sealed, hashlib.sha256).hexdigest()


def written(look: Callable[[], Look]) -> bytes:
    """Write what is known now.

    The memory is read after the snapshot, so that it has each word that led to it.

    Raises:
        Follows: what is known is of another one.
        Unknown: nothing is, or not what people said.

    """
    seen = look()
    standby = seen.snapshot.standby if seen.snapshot else None
    if standby is not None and not standby.probing:
        raise Follows(standby.instance)
    if seen.snapshot is None or not math.isfinite(seen.age_s):
        raise Unknown
    said = saved_memory.beside(runtime_dir())
    if said is None or not _has_all(said, seen.snapshot):
        raise Unknown
    words = saved_memory.stated(said.memory, said.boot_id)
    return msgspec.json.encode(
        {
            "schema": SCHEMA,
            "name": socket.gethostname(),
            "age_s": seen.age_s,
            "snapshot": msgspec.Raw(snapshot_file.encoded(seen.snapshot)),
            "said": msgspec.Raw(words),
            "orders": ledger.recall(data_dir()),
        }
    )


def _has_all(said: Kept, shot: Snapshot) -> bool:
    """Tell whether a memory is at least as new as a snapshot."""
    at = said.memory.at
    return (
        at is not None
        and said.boot_id == shot.boot_id == clock.boot_id()
        and at.steady_s >= shot.at.steady_s
    )
