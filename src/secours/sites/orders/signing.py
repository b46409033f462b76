"""What the province signs, so that whoever carries it can neither write nor change it.

The signature is over the exact bytes, which travel as they were signed.

Source: RFC 8032 (Ed25519); NATS documentation, "NKeys".
"""

import base64
from contextlib import suppress

import msgspec
from msgspec import Struct

KEY_BYTES, CHECKSUM_BYTES = 32, 2


class Forged(Exception):
    """It is not signed by whom it should be."""


class SignedText(Struct, frozen=True, kw_only=True):
    """A text and its signature."""

    text: str
    signature: bytes


def signed(text: str, seed: str) -> bytes:
    """Return a text as it travels, signed with the seed of an nkey.

    Raises:
        nkeys.NkeysError: it is no seed.

    """
    import nkeys

    signature = nkeys.from_seed(seed.encode()).sign(text.encode())
    return msgspec.json.encode(SignedText(text=text, signature=signature))


def opened(data: bytes, public: str) -> str:
    """Return a text that was signed with the seed of this public nkey.

    Raises:
        Forged: it was not, or is no signed text.

    """
    from nacl.exceptions import CryptoError
    from nacl.signing import VerifyKey

    with suppress(msgspec.MsgspecError, CryptoError, ValueError, RecursionError):
        found = msgspec.json.decode(data, type=SignedText)
        VerifyKey(_raw(public)).verify(found.text.encode(), found.signature)
        return found.text
    raise Forged


def public_of(seed: str) -> str:
    """Return the public nkey of a seed.

    Raises:
        nkeys.NkeysError: it is no seed.

    """
    import nkeys

    public: bytes = nkeys.from_seed(seed.encode()).public_key
    return public.decode()


def _raw(public: str) -> bytes:
    """Return the key in a public nkey: a letter for its kind, the key, a checksum."""
    found = base64.b32decode(public + "=" * (-len(public) % 8))
    if len(found) != 1 + KEY_BYTES + CHECKSUM_BYTES:
        raise ValueError(public)
    return found[1 : 1 + KEY_BYTES]
