"""SCRAM: login without sending the password, and proof that the server knew it too.

Source: RFC 5802 sections 3 (algorithm), 5.1 (attributes) and 7 (syntax); RFC 7677
(SHA-256, iterations).
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import unicodedata

from secours.wire.progress import Nonsense

MOST_ITERATIONS = 1_000_000  # more only keeps us busy
DIGITS = 20  # of a number that is read
HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}  # the best first
NO_BINDING = "n,,"


class Scram:
    """One login: `first`, then `final` with the challenge, then `verify`."""

    def __init__(self, mechanism: str, username: str, password: str) -> None:
        """Set the login; `mechanism` is one of `HASHES`."""
        self._hash = HASHES[mechanism]
        self._password = unicodedata.normalize("NFKC", password).encode()
        name = unicodedata.normalize("NFKC", username)
        name = name.replace("=", "=3D").replace(",", "=2C")
        self._nonce = secrets.token_urlsafe(18)
        self._bare = f"n={name},r={self._nonce}"
        self._signature = b""

    def first(self) -> bytes:
        """Return the first message: our name and nonce."""
        return (NO_BINDING + self._bare).encode()

    async def final(self, challenge: bytes) -> bytes:
        """Return the proof that we know the password, or raise Nonsense."""
        said = _attributes(challenge)
        nonce, salt = said.get("r", ""), said.get("s", "")
        rounds = said.get("i", "")[:DIGITS]
        if not nonce.startswith(self._nonce) or not rounds.isdecimal():
            raise Nonsense(problem="no-challenge")
        if not 0 < int(rounds) <= MOST_ITERATIONS:
            raise Nonsense(problem="too-many-iterations", count=int(rounds))
        salted = await asyncio.to_thread(
            hashlib.pbkdf2_hmac, self._hash, self._password, decoded(salt), int(rounds)
        )
        binding = base64.b64encode(NO_BINDING.encode()).decode()
        without_proof = f"c={binding},r={nonce}"
        signed = f"{self._bare},{challenge.decode()},{without_proof}".encode()
        key = self._mac(salted, b"Client Key")
        signature = self._mac(hashlib.new(self._hash, key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self._signature = self._mac(self._mac(salted, b"Server Key"), signed)
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def verify(self, last: bytes) -> bool:
        """Tell whether the server's last message proves that it knew the password."""
        shown = decoded(_attributes(last).get("v", ""))
        return bool(shown) and hmac.compare_digest(shown, self._signature)

    def _mac(self, key: bytes, text: bytes) -> bytes:
        return hmac.digest(key, text, self._hash)


def _attributes(message: bytes) -> dict[str, str]:
    """Read `r=...,s=...`; a value may hold `=`; raise Nonsense if it is no text."""
    try:
        parts = [part.partition("=") for part in message.decode().split(",")]
    except UnicodeDecodeError:
        raise Nonsense(problem="no-challenge") from None
    return {name: value for name, _, value in parts}


def decoded(text: str) -> bytes:
    """Decode base64; raise Nonsense if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Nonsense(problem="no-challenge") from None
