"""Printer and folder that get the sheet of the plan without anybody asking."""

import re
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from secours.message import BadValue
from secours.model.secret import Secret

PORT = 631  # RFC 8010 section 4
PATH = "/ipp/print"  # RFC 8011 section 4.4.1, as IPP Everywhere has it
NEEDS = "plan.option.needs"
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

Occasion = Literal["mains-lost", "own-link", "nothing-left", "plan-changed", "monday"]
OCCASIONS: tuple[Occasion, ...] = get_args(Occasion)


class Printing(Struct, frozen=True, kw_only=True):
    """Settings of paper that prints itself."""

    printer: str | None = None
    """Address of the printer, such as ipps://printer.example.org/ipp/print."""
    username: str | None = None
    """User to sign in as at the printer."""
    password: Secret | None = None
    """Password of the user, named as ${NAME}."""
    ca: str | None = None
    """PEM file with the authorities to trust, instead of those of the system."""
    copies: Annotated[int, Meta(ge=1, le=20)] = 1
    """Number of copies that are printed each time."""
    on: tuple[Occasion, ...] = OCCASIONS
    """Occasions on which the sheet is printed; without it all."""
    at: str = "07:00"
    """Time of day at which it is printed on a Monday, on the site's clock."""
    how: bool = False
    """True where the paper says how to use each channel, with its numbers."""
    keep: str | None = None
    """Folder in which the sheet is kept as a PDF file, such as that of a memory
    stick."""

    def __post_init__(self) -> None:
        if self.printer is None and self.keep is None:
            raise BadValue("plan.print.nowhere")
        if self.printer is not None and not _is_printer(self.printer):
            raise BadValue("plan.print.printer", option="printer")
        if self.password is None and self.username is not None:
            raise BadValue(NEEDS, option="username", other="password")
        if self.username is None and self.password is not None:
            raise BadValue(NEEDS, option="password", other="username")
        if not CLOCK.fullmatch(self.at):
            raise BadValue("plan.print.at", option="at")
        if self.keep is not None and not self.keep.startswith("/"):
            raise BadValue("plan.print.keep", option="keep")

    @property
    def host(self) -> str:
        """Return the name of the printer's host."""
        return urlsplit(self.printer or "").hostname or ""

    @property
    def uri(self) -> str:
        """Return the whole address of the printer."""
        parts = urlsplit(self.printer or "")
        netloc = parts.netloc if parts.port else f"{parts.netloc.rstrip(':')}:{PORT}"
        return f"{parts.scheme}://{netloc}{parts.path.rstrip('/') or PATH}"


def _is_printer(address: str) -> bool:
    try:
        parts = urlsplit(address)
        rest = (parts.username, parts.query, parts.fragment)
        fits = parts.scheme in ("ipp", "ipps") and bool(parts.hostname)
        whole = address.isascii() and address.isprintable() and len(address) <= 200
        return fits and whole and parts.port != 0 and not any(rest)
    except ValueError:  # no port, or no address of IPv6
        return False
