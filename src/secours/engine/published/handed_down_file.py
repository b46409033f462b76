"""What the province has handed down to sites, for screens and commands."""

from pathlib import Path

import msgspec

from secours.engine.published import snapshot_file
from secours.model.sites.handed_down import HandedDown, HandedDownList

NAME = "sent-to-sites.json"


class HandedDownFile:
    """Publishes what was handed down, each time it is otherwise or the file is gone."""

    def __init__(self, folder: Path) -> None:
        """Publish in this folder."""
        self._file = folder / NAME
        self._written: HandedDownList | None = None

    def put(self, known: HandedDownList) -> None:
        """Publish this; of words no more than what they are about.

        Raises:
            OSError: the folder does not take it.

        """
        if known is self._written and self._file.exists():
            return
        orders = (msgspec.structs.replace(order, text="") for order in known.orders)
        text = msgspec.json.encode(HandedDownList(orders=tuple(orders)))
        snapshot_file.replace(self._file, text)
        self._written = known

    def remove(self) -> None:
        """Take away what an engine before us published.

        Raises:
            OSError: the folder does not let it go.

        """
        self._file.unlink(missing_ok=True)


def read(folder: Path) -> tuple[HandedDown, ...]:
    """Return what was handed down, the newest first; nothing where nothing was.

    Raises:
        Corrupt: it cannot be understood.

    """
    file = folder / NAME
    try:
        return msgspec.json.decode(file.read_bytes(), type=HandedDownList).orders
    except FileNotFoundError:
        return ()
    except msgspec.MsgspecError as error:
        facts = {"file": str(file), "said": str(error)}
        raise snapshot_file.Corrupt("commands.snapshot.corrupt", **facts) from None
