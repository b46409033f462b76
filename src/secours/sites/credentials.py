"""Credentials of a site at the hub: one text, made by `secours hub add`.

It holds the seed of the site's nkey, its certificate and key for TLS, the authority of
the hub's certificate, and the public nkey of the province.

Source: NATS documentation, "NKeys" and "TLS Authentication".
"""

import os
import ssl
from contextlib import suppress
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct


class Credentials(Struct, frozen=True, kw_only=True):
    """Credentials from `secours hub add`."""

    site: str
    seed: str  # of the site's nkey, "SU…"
    certificate: str = ""  # PEM, all that leads to the authority
    key: str = ""  # PEM
    authority: str = ""  # PEM: whose certificates the hub may have
    province: str = ""  # public nkey: whose word is the province's


NOBODY = Credentials(site="", seed="")


def read(text: str) -> Credentials:
    """Return the credentials in a text, "" has none; raise msgspec.MsgspecError."""
    if not text.strip():
        return NOBODY
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(text, type=Credentials)
    raise msgspec.ValidationError("it is not what `secours hub add` made")


def written(credentials: Credentials) -> str:
    """Return them as a text."""
    return msgspec.json.encode(credentials).decode() + "\n"


def tls(credentials: Credentials) -> ssl.SSLContext:
    """Return a site's TLS context, mutual; raise ssl.SSLError if a file is damaged."""
    authority = credentials.authority or None
    context = ssl.create_default_context(cadata=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if credentials.certificate:
        with TemporaryDirectory(prefix="secours-") as folder:  # 0700; ssl reads files
            path = os.path.join(folder, "site.pem")
            with open(path, "w", encoding="utf-8") as file:
                file.write(credentials.key + "\n" + credentials.certificate)
            context.load_cert_chain(path)
    return context
