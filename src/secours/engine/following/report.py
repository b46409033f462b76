"""Report of the first to its standby: its snapshot, and people's words.

It bears a seal made with the standby's token and a number that the standby chose for
this one question. Nothing in the place of the first, a cache, a portal, an older answer
sent again, can make it.

Source: RFC 2104 (HMAC).
"""

import hashlib
import hmac
import math
import socket
from collections.abc import Callable

import msgspec

from secours.engine import clock, state_file
from secours.engine.orders import ledger
from secours.engine.published.current import Look
from secours.engine.store import saved_memory
from secours.engine.store.saved_memory import SavedMemory
from secours.model.snapshot import Snapshot
from secours.places import data_dir, runtime_dir

SCHEMA = 1  # raised when a field changes its meaning
SEAL = "X-Secours-Seal"
NONCE = "nonce"
CONFLICT, INSTANCE = 409, "instance"  # where the first is itself a standby: its id
LONGEST_NONCE = 64


class Unknown(Exception):
    """Nothing to report: no fresh engine, or incomplete words."""


class Follows(Exception):
    """It only follows another Secours."""

    def __init__(self, instance: str) -> None:
        super().__init__(instance)
        self.instance = instance


class ReportHead(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a report for standbys of all versions."""

    schema: int


class Report(ReportHead, frozen=True, kw_only=True):
    """The newest snapshot of the first, its age, and people's words there."""

    name: str  # of its machine
    age_s: float
    snapshot: Snapshot
    said: SavedMemory
    orders: ledger.Ledger = ledger.Ledger()  # orders of the province that it has taken


def seal(token: str, nonce: str, body: bytes) -> str:
    """Return the seal of this answer to this one question."""
    sealed = nonce.encode() + b"\n" + body
    return hmac.new(token.encode(), sealed, hashlib.sha256).hexdigest()


def written(look: Callable[[], Look]) -> bytes:
    """Write the present report.

    The memory is read after the snapshot, so that it has each word behind it.

    Raises:
        Follows: the state is of another one.
            Unknown: there is none, or it lacks words.
    """
    latest = look()
    standby = latest.snapshot.standby if latest.snapshot else None
    if standby is not None and not standby.probing:
        raise Follows(standby.instance)
    if latest.snapshot is None or not math.isfinite(latest.age_s):
        raise Unknown
    saved = saved_memory.beside(runtime_dir())
    if saved is None or not _has_all(saved, latest.snapshot):
        raise Unknown
    words = saved_memory.stated(saved.memory, saved.boot_id)
    return msgspec.json.encode(
        {
            "schema": SCHEMA,
            "name": socket.gethostname(),
            "age_s": latest.age_s,
            "snapshot": msgspec.Raw(state_file.encoded(latest.snapshot)),
            "said": msgspec.Raw(words),
            "orders": ledger.recall(data_dir()),
        }
    )


def _has_all(saved: SavedMemory, shot: Snapshot) -> bool:
    """Tell whether a memory is at least as new as a snapshot."""
    at = saved.memory.at
    return (
        at is not None
        and saved.boot_id == shot.boot_id == clock.boot_id()
        and at.steady_s >= shot.at.steady_s
    )
