"""The page of the stopwatch: how long a person sits there until a plan is made."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from servers.typist import KEYS_A_SECOND

HEAD = """\
# A first plan, by the stopwatch

Made by `make first-plan` on {day}, Python {python}, {cores} cores. A script sits at a
terminal as a person does and answers `secours init`, and edits a plan on the page;
what it names is probed on Kamailio, Postfix with Dovecot and nginx. Seconds
are those of the hands, at {speed:.0f} keys a second, a press of the mouse as {press}
keys, and of the machine; reading is not counted.

| to | keys | hands | machine | together | at most |
|---|---|---|---|---|---|
"""
PRESS = 4  # keys that a press of the mouse takes the time of


class Sitting(NamedTuple):
    """One sitting of a person: the keys typed, and the wait for the machine."""

    what: str
    typed: int
    waited_s: float
    most_s: float

    @property
    def took_s(self) -> float:
        """Return how long they sat there."""
        return self.typed / KEYS_A_SECOND + self.waited_s


def noted(*sittings: Sitting) -> None:
    """Write rows of the page, if one is asked for; others of its rows stay."""
    if not (table := os.environ.get("SECOURS_TABLE")):
        return
    page = Path(table)
    head = HEAD.format(
        day=datetime.now(UTC).date(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        speed=KEYS_A_SECOND,
        press=PRESS,
    )
    body = page.read_text("utf-8").rpartition("|---|\n")[2] if page.exists() else ""
    rows = {line.split(" | ")[0][2:]: line for line in body.splitlines()}
    rows |= {
        each.what: f"| {each.what} | {each.typed} | {each.typed / KEYS_A_SECOND:.0f}"
        f" | {each.waited_s:.0f} | {each.took_s:.0f} | {each.most_s:.0f} |"
        for each in sittings
    }
    page.write_text(head + "\n".join(rows.values()) + "\n", encoding="utf-8")
