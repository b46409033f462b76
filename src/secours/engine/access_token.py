"""Access token of the screens on this machine, and tokens derived from it.

It lies in the data folder, readable by its user alone, and is made with a new folder:
other users of this machine are strangers. An older folder has none, and asks for none.
"""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from secours import places

NAME = "access.token"
BYTES = 32
LONGEST_BYTES = 256


def obtain(folder: Path) -> str | None:
    """Return the token of a data folder; a new folder gets one, an older has none.

    Raises:
        NoPlace: somebody else owns the folder.
        OSError: the token cannot be read or written.
    """
    places.keep_private(folder)
    if (found := read(folder)) is not None:
        return found
    return None if any(folder.glob("[!.]*")) else make(folder)


def make(folder: Path) -> str:
    """Give a data folder a token, or return the one that it has; raise OSError."""
    fresh = folder / f".{NAME}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(fresh, flags, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(BYTES))
    with suppress(FileExistsError):  # another process was faster
        os.link(fresh, folder / NAME)
    fresh.unlink()
    return (folder / NAME).read_text("ascii").strip()


def read(folder: Path) -> str | None:
    """Return the token of a data folder, None where it has none.

    A damaged file counts as a token that nobody has.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with (folder / NAME).open(encoding="ascii", errors="replace") as file:
            found = file.read(LONGEST_BYTES).strip()
    except FileNotFoundError:
        return None
    return found if len(found) >= BYTES else secrets.token_urlsafe(BYTES)


def derived(token: str, use: str) -> str:
    """Return a one-way derivation of a token for one use."""
    return hmac.new(token.encode(), use.encode(), hashlib.sha256).hexdigest()


def of_screen(token: str) -> str:
    """Return the token that shows only the wall and the plain page."""
    return derived(token, "screen")


def of_standby(token: str) -> str:
    """Return the token with which a standby may read everything, and do nothing."""
    return derived(token, "standby")


def of_gateway(token: str) -> str:
    """Return the token with which an SMS gateway hands over messages, and no more."""
    return derived(token, "gateway")
