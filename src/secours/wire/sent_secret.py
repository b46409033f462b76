"""A secret that options send: its recipient, and its protection on the way.

Source: RFC 3986 section 3 (the parts of an address).
"""

from urllib.parse import urlsplit

from msgspec import Struct

from secours.model.secret import Template

FILE = "ca: FILE"


class SentSecret(Struct, frozen=True, kw_only=True):
    """A secret in options, its recipient, and its protection on the way."""

    option: tuple[str, ...]  # its keys, from the options down
    host: str
    encrypted: bool
    verified: bool = True  # only whom the host's certificate names gets it
    to_encrypt: str = "security: tls"  # what would, as the plan has it
    to_verify: str = FILE


def over_http(option: str, url: str, *, verified: bool = True) -> SentSecret:
    """Return the secret in an option for a web address."""
    parts = urlsplit(url)
    return SentSecret(
        option=tuple(option.split(".", 1)),
        host=parts.hostname or "",
        encrypted=parts.scheme == "https",
        verified=verified,
        to_encrypt="https://",
    )


def holds_secret(url: Template) -> bool:
    """Tell whether an address holds one, beside the name of its host.

    Raises:
        SecretMissing: it could not be read.
        ValueError: it is no address.
    """
    parts = urlsplit(url.reveal())
    user = parts.netloc.rpartition("@")[0]
    beside = f"{user} {parts.path} {parts.query}"
    return bool(parts.password) or any(each in beside for each in url.parts)
