"""Record of a database begun anew."""

import sqlite3
from datetime import datetime

import msgspec

from secours.engine.store.database import rows

NAME = "begun"  # in the table `kept`
DAMAGED, GONE = "store-damaged", "store-gone"


class Reset(msgspec.Struct, frozen=True):
    """Date and reason of a new database, and the place of the old one."""

    at: datetime
    why: str  # DAMAGED or GONE
    aside: str  # the name of its file; in its place nothing may be


def read(connection: sqlite3.Connection) -> Reset | None:
    """Return when and why a database was begun anew, None if it was not."""
    return rows.kept(connection, NAME, Reset, repr)
