"""Present names of channels and components in the history.

The rows stay as written, so that the log replays the same; readers for people show the
new names. That holds on when the plan no longer says `was`, and for rows written until
another one got the old name.
"""

import logging

import msgspec

from secours.core.renaming import renames
from secours.engine.store.database import rows
from secours.engine.store.database.schema import UNREADABLE
from secours.engine.store.names_in_time import GivenBack
from secours.engine.store.reader import FORMER_NAMES, GIVEN_BACK, HistoryReader
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.plan import Config

log = logging.getLogger(__name__)


def keep(store: Store, config: Config, now: Instant) -> None:
    """Keep a plan's renames, with those of earlier plans."""
    fresh, there = renames(config), config.channels.keys() | config.components.keys()
    try:
        with HistoryReader(store.folder) as history:
            before, back = history.names, history.given_back
    except FileNotFoundError:
        before, back = {}, ()
    except UNREADABLE as error:  # to write now would lose what is there
        log.warning("the former names cannot be read: %s", error)
        return
    renamed = {old: fresh.get(new, new) for old, new in before.items()}
    renamed |= fresh
    until = rows.ms(now.utc)
    given_back = [msgspec.structs.replace(e, new=fresh.get(e.new, e.new)) for e in back]
    given_back += (
        GivenBack(old, new, until) for old, new in renamed.items() if old in there
    )
    given_back = [each for each in given_back if each.old != each.new]
    renamed = {old: new for old, new in renamed.items() if old not in there}
    if renamed != before:
        store.remember(FORMER_NAMES, msgspec.json.encode(renamed))
    if given_back != list(back):
        store.remember(GIVEN_BACK, msgspec.json.encode(given_back))
