"""Address of the first, the standby's token, and the authorities to trust.

Its answers hold how channels are used, and the token lets others read them: beyond this
machine only HTTPS is used.
"""

from urllib.parse import urlsplit

from msgspec import Struct

from secours.message import Refusal
from secours.wire.net.addresses import is_loopback

PATH = "/api/v1/standby"


class NoFirst(Refusal):
    """The first cannot be followed."""


class First(Struct, frozen=True, kw_only=True):
    """The Secours that is followed."""

    url: str  # without a slash at its end
    token: str  # as `secours link` of the first prints it for a standby
    ca: str | None = None  # a file with the authorities to trust, None for the usual

    @property
    def host(self) -> str:
        """Return its host, and its port where that is not the usual one."""
        return host_of(self.url)


def host_of(url: str) -> str:
    """Return the host of an address, and its port if given."""
    return urlsplit(url).netloc


def first_at(url: str, token: str, ca: str | None = None) -> First:
    """Return the first at an address; raise NoFirst if that is not acceptable."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise NoFirst("commands.follow.no-url", url=url) from None
    secret = parts.username is not None or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not host or secret:
        raise NoFirst("commands.follow.no-url", url=url)
    if parts.scheme == "http" and not is_loopback(host):
        raise NoFirst("commands.follow.open", host=host)
    if not token:
        raise NoFirst("commands.follow.no-token")
    return First(url=url.rstrip("/"), token=token, ca=ca)
