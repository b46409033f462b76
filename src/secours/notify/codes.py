"""Acknowledgement of a notice: a code to say or type, or the token of a link.

Source: Crockford's base 32, which has no letter that looks like another or a digit.
"""

import hashlib
import secrets
from collections.abc import Container

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MEANT = str.maketrans("OIL", "011")  # what people may read in their place
LENGTH = 6
TOKEN_BYTES = 16


def new_code(others: Container[str]) -> str:
    """Return a code that no other notice has."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        if code not in others:
            return code


def meant(written: str) -> str:
    """Return the code meant by a person's spelling."""
    return "".join(filter(str.isalnum, written.upper())).translate(MEANT)


def new_token() -> str:
    """Return an unguessable token."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """Return the hash kept of a token: no link can be made from it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
