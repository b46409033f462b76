"""Signatures of the province: no carrier can write or change its texts.

The signature is over the exact bytes, which travel as they were signed.

Source: RFC 8032 (Ed25519); NATS documentation, "NKeys".
"""

from contextlib import suppress

import msgspec
from msgspec import Struct

from secours.sites import nkeys


class Forged(Exception):
    """The signature is missing or wrong."""


class SignedText(Struct, frozen=True, kw_only=True):
    """A text and its signature."""

    text: str
    signature: bytes


def signed(text: str, seed: str) -> bytes:
    """Return a text in its wire format, signed with a seed, or raise ValueError."""
    signature = nkeys.signature(text.encode(), seed)
    return msgspec.json.encode(SignedText(text=text, signature=signature))


def opened(data: bytes, public: str) -> str:
    """Return a text signed with the seed of this public nkey, or raise Forged."""
    from nacl.exceptions import CryptoError
    from nacl.signing import VerifyKey

    with suppress(msgspec.MsgspecError, CryptoError, ValueError, RecursionError):
        found = msgspec.json.decode(data, type=SignedText)
        VerifyKey(nkeys.key_of(public)).verify(found.text.encode(), found.signature)
        return found.text
    raise Forged
