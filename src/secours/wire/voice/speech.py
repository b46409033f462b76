"""Speech and keys in a call: programs and accounts that make them possible."""

import re
import shutil
from typing import Any

from secours.model.sections.channel import Path
from secours.wire.sip.options import SipOptions

PROGRAMS = ("baresip", "espeak-ng")  # as their Debian packages are called too
PLAIN = re.compile(r"[^\s\"<>;,\\]*")  # what an account of baresip can hold


def lacking() -> tuple[str, ...]:
    """Return the programs that are not installed."""
    return tuple(name for name in PROGRAMS if shutil.which(name) is None)


def speaks(settings: Any, path: Path | None) -> bool:
    """Tell whether baresip can use an account: no modem, no path, no TLS."""
    if not isinstance(settings, SipOptions) or path or settings.transport == "tls":
        return False
    password = settings.password
    secret = password.reveal() if password and password.is_there else ""
    written = (secret, settings.username or "", settings.registered_user)
    return all(map(PLAIN.fullmatch, written))
