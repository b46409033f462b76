"""A short text that this machine recognizes as its own, also after a restart.

It says that it is a test, and nothing about anybody. Its seal holds the time, some
chance and a code that only this machine can make, so that a message is known for ours
without anything being kept, and only while it is young.

Source: RFC 7693 (BLAKE2, keyed); machine-id(5) (derive, do not show).
"""

import base64
import hashlib
import hmac
import re
import secrets
from functools import lru_cache
from pathlib import Path

LIFETIME_S = 3 * 86400.0  # a text that arrives later is left alone
MACHINE_ID = Path("/etc/machine-id")
CODE_BYTES = 5
SEAL = re.compile(r"secours-([a-z2-7]{20})\b")


def new_seal(at_s: float) -> str:
    """Return a seal of this moment, in seconds of UTC."""
    told = int(at_s).to_bytes(4, "big") + secrets.token_bytes(3)
    return "secours-" + base64.b32encode(told + _code(told)).decode().lower()[:20]


def sealed_text(seal: str) -> str:
    """Return what is sent: words that alarm nobody, then the seal."""
    return f"Secours: test automatique, automatic test {seal}"


def is_ours(text: str, at_s: float) -> bool:
    """Tell whether a text holds a seal of ours that is not expired."""
    return any(_true_seal(found[1], at_s) for found in SEAL.finditer(text))


def _true_seal(letters: str, at_s: float) -> bool:
    seal = base64.b32decode(letters.upper() + "====")
    told, code = seal[:-CODE_BYTES], seal[-CODE_BYTES:]
    age_s = at_s - int.from_bytes(told[:4], "big")
    return hmac.compare_digest(code, _code(told)) and -60 <= age_s < LIFETIME_S


def _code(told: bytes) -> bytes:
    return hashlib.blake2b(told, key=_key(), digest_size=CODE_BYTES).digest()


@lru_cache(maxsize=1)
def _key() -> bytes:
    """Return what only this machine knows; for want of it, only this process."""
    try:
        identity = MACHINE_ID.read_bytes().strip()
    except OSError:
        identity = b""
    identity = identity or secrets.token_bytes(16)
    return hashlib.blake2b(identity, person=b"secours-seal").digest()
