"""Nkeys: identity of a site at the hub, and of the province at sites.

An nkey is an Ed25519 key in letters: the kind of key, the key, and a checksum, in base
32. A seed also has the kind of its key.

Source: NATS documentation, "NKeys"; RFC 8032 (Ed25519); RFC 4648, section 6 (base 32).
"""

import secrets
from base64 import b32decode, b32encode, b64encode
from binascii import crc_hqx
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from nacl.signing import SigningKey
    from nats.aio.client import Client

SEED, USER = 18 << 3, 20 << 3  # the first five bits are the letters S and U
OF_USER = bytes([SEED | USER >> 5, (USER & 31) << 3])  # a kind has eight bits
KEY_BYTES, CHECKSUM_BYTES = 32, 2


class NewKey(Struct, frozen=True):
    """An nkey of a user."""

    seed: str  # the secret, "SU…"
    public: str  # "U…"


def new_key() -> NewKey:
    """Make an nkey."""
    seed = _written(OF_USER + secrets.token_bytes(KEY_BYTES))
    return NewKey(seed, public_of(seed))


def public_of(seed: str) -> str:
    """Return the public nkey of a seed; raise ValueError if it is no user's seed."""
    return _written(bytes([USER]) + bytes(_signing(seed).verify_key))


def key_of(public: str) -> bytes:
    """Return the key in a public nkey; raise ValueError if it is no user's."""
    return _read(public, bytes([USER]))


def signature(text: bytes, seed: str) -> bytes:
    """Sign a text with a seed; raise ValueError if it is no user's seed."""
    return _signing(seed).sign(text).signature


def shown_by(client: "Client", seed: str) -> Callable[[str], bytes]:
    """Set a client's nkey; return what proves it to a server, or raise ValueError."""
    client._public_nkey = public_of(seed)  # its own way there needs another package
    return lambda nonce: b64encode(signature(nonce.encode(), seed))


def _signing(seed: str) -> "SigningKey":
    from nacl.signing import SigningKey

    return SigningKey(_read(seed, OF_USER))


def _written(known: bytes) -> str:
    return b32encode(known + _checksum(known)).decode().rstrip("=")


def _read(text: str, kind: bytes) -> bytes:
    known = b32decode(text + "=" * (-len(text) % 8))
    body, checksum = known[:-CHECKSUM_BYTES], known[-CHECKSUM_BYTES:]
    is_whole = len(body) == len(kind) + KEY_BYTES and _checksum(body) == checksum
    if not is_whole or not body.startswith(kind):
        raise ValueError("it is no such nkey")
    return body[len(kind) :]


def _checksum(known: bytes) -> bytes:
    return crc_hqx(known, 0).to_bytes(CHECKSUM_BYTES, "little")
