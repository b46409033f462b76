"""Orders of the province to sites, published for screens and commands."""

from pathlib import Path

import msgspec

from secours.engine import state_file
from secours.engine.published import snapshot_file
from secours.model.sites.handed_down import HandedDown, HandedDownList

NAME = "sent-to-sites.json"


class HandedDownFile:
    """File of the orders, published at each change or when it is gone."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        self._written: HandedDownList | None = None

    def put(self, handed_down: HandedDownList) -> None:
        """Publish these, of words no more than their subject, or raise OSError."""
        if handed_down is self._written and self._file.exists():
            return
        orders = (
            msgspec.structs.replace(order, text="") for order in handed_down.orders
        )
        text = msgspec.json.encode(HandedDownList(orders=tuple(orders)))
        state_file.replace(self._file, text)
        self._written = handed_down

    def remove(self) -> None:
        """Remove the file of an earlier engine, or raise OSError."""
        self._file.unlink(missing_ok=True)


def read(folder: Path) -> tuple[HandedDown, ...]:
    """Return orders handed down, newest first; [] without a file; or raise Corrupt."""
    try:
        return snapshot_file.understood(folder / NAME, HandedDownList).orders
    except FileNotFoundError:
        return ()
