"""Which channels of the history have another name now.

The rows stay as they were written, for the log to tell the same again; who reads them
for people reads them under the new names. That holds on when the plan says `was` no
longer.
"""

import logging
import sqlite3

import msgspec

from secours.core.renaming import Names, renames
from secours.engine.store.database.schema import Newer
from secours.engine.store.reader import FORMER_NAMES, HistoryReader
from secours.engine.store.store import Store
from secours.model.plan import Config

log = logging.getLogger(__name__)


def keep(store: Store, config: Config) -> None:
    """Keep what a plan renames, with what plans before it did."""
    fresh = renames(config)
    before = _known(store)
    known = {old: fresh.get(new, new) for old, new in before.items()}
    known |= fresh
    known = {old: new for old, new in known.items() if old not in config.channels}
    if known != before:
        store.remember(FORMER_NAMES, msgspec.json.encode(known))


def _known(store: Store) -> Names:
    try:
        with HistoryReader(store.folder) as history:
            return history.names
    except FileNotFoundError:
        return {}
    except (OSError, sqlite3.Error, Newer) as error:
        log.warning("the former names of channels cannot be read: %s", error)
        return {}
