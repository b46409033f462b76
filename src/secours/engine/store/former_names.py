"""Channels and components of the history that have another name now.

The rows stay as they were written, for the log to tell the same again; who reads them
for people reads them under the new names. That holds on when the plan says `was` no
longer, and of what was written until then when another one gets the old name.
"""

import logging
import sqlite3

import msgspec

from secours.core.renaming import Names, renames
from secours.engine.store.database import rows
from secours.engine.store.database.schema import Newer
from secours.engine.store.reader import (
    FORMER_NAMES,
    GIVEN_BACK,
    GivenBack,
    HistoryReader,
)
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.plan import Config

log = logging.getLogger(__name__)


def keep(store: Store, config: Config, now: Instant) -> None:
    """Keep what a plan renames, with what plans before it did."""
    fresh, there = renames(config), config.channels.keys() | config.components.keys()
    before, back = _known(store)
    known = {old: fresh.get(new, new) for old, new in before.items()}
    known |= fresh
    until = rows.ms(now.utc)
    given = [msgspec.structs.replace(e, new=fresh.get(e.new, e.new)) for e in back]
    given += (GivenBack(old, new, until) for old, new in known.items() if old in there)
    given = [each for each in given if each.old != each.new]
    known = {old: new for old, new in known.items() if old not in there}
    if known != before:
        store.remember(FORMER_NAMES, msgspec.json.encode(known))
    if given != list(back):
        store.remember(GIVEN_BACK, msgspec.json.encode(given))


def _known(store: Store) -> tuple[Names, tuple[GivenBack, ...]]:
    try:
        with HistoryReader(store.folder) as history:
            return history.names, history.given_back
    except FileNotFoundError:
        return {}, ()
    except (OSError, sqlite3.Error, Newer) as error:
        log.warning("the former names cannot be read: %s", error)
        return {}, ()
