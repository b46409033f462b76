"""New nkeys: by which the hub knows a site, and sites the province.

Source: NATS documentation, "NKeys".
"""

import secrets

from msgspec import Struct


class NewKey(Struct, frozen=True):
    """An nkey of a user."""

    seed: str  # the secret, "SU…"
    public: str  # "U…"


def new_key() -> NewKey:
    """Make an nkey."""
    import nkeys

    seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    public = nkeys.from_seed(bytearray(seed)).public_key
    return NewKey(seed.decode(), public.decode())
