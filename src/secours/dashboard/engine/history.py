"""Reading of the history beside the engine that writes it: states, words, results."""

import logging
import math
import time
from collections.abc import (
    Callable,
    Container,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby, zip_longest
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from secours import places
from secours.engine.store.database import rows
from secours.engine.store.database.schema import UNREADABLE
from secours.engine.store.reader import HistoryReader, JournalEntry
from secours.model.observed import Outcome, Result
from secours.model.snapshot import (
    Change,
    ChannelView,
    ComponentView,
    Link,
    PathView,
    Standing,
    State,
)
from secours.render.pages import timeline
from secours.render.pages.strip import Window
from secours.render.pages.timeline import SEEN, SOON, STOP, Span

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

log = logging.getLogger(__name__)

MOST_CHANGES = 100_000
RUN_UP = 500
DAY = timedelta(days=1)
LATELY_S = 20.0  # how old what was read of all channels may be
SLACK = timedelta(minutes=2)  # it reaches back this much further

View = ChannelView | ComponentView | PathView
STATES = {Link.OK: State.AVAILABLE, Link.DOWN: State.DOWN, Link.UNKNOWN: State.UNKNOWN}


class Recent(Generic[Key, Value]):
    """Cache of values that expire after some seconds."""

    def __init__(self, longest_s: float) -> None:
        self.longest_s = longest_s
        self._reading = Lock()
        self._read: dict[Key, tuple[float, Value]] = {}  # and when, by a steady clock

    def get(self, key: Key, read: Callable[[], Value]) -> Value:
        """Return the value of a key, read if expired; exceptions are not cached."""
        with self._reading:
            now_s = time.monotonic()
            since_s = now_s - self.longest_s
            for old in [k for k, (at_s, _) in self._read.items() if at_s < since_s]:
                del self._read[old]
            if key not in self._read:
                self._read[key] = now_s, read()
            return self._read[key][1]

    def forget(self) -> None:
        """Drop all values."""
        with self._reading:
            self._read.clear()


class NoHistory(Exception):
    """Missing or unreadable history; the text is a key of `texts`."""


@contextmanager
def opened() -> Iterator[HistoryReader]:
    """Open the history for reading, or raise NoHistory."""
    try:
        with HistoryReader(places.data_dir()) as reader:
            yield reader
    except FileNotFoundError:
        raise NoHistory("journal.no_history") from None
    except UNREADABLE as error:
        log.warning("the history cannot be read: %s", error)
        raise NoHistory("journal.unreadable") from None


def journal(since: datetime | None, limit: int) -> list[JournalEntry]:
    """Return the changes and notes, newest first, or raise NoHistory."""
    with opened() as reader:
        return reader.journal(since=since, limit=limit)


def changes(since: datetime | None, channels: Container[str] = ()) -> list[Change]:
    """Return the changes, in the order of recording, or raise NoHistory.

    They begin with the oldest outage of these channels that lasted at `since`.
    """
    with opened() as reader:
        if since is not None:
            began = (
                each.at.utc
                for each in reader.changes_of_all("channel", since)
                if each.after == State.DOWN and each.name in channels
            )
            since = min((since, *began))
        return reader.recorded(since=since, limit=MOST_CHANGES)[::-1]


def words_on_watch() -> list[Change]:
    """Return who took and handed over the watch, newest first, or raise NoHistory."""
    with opened() as reader:
        return reader.changes_of("watch", "")


def run_up(probes: list[str], until: datetime) -> dict[str, list[Result]]:
    """Return the last results of each probe, newest first, or raise NoHistory."""
    with opened() as reader:
        return {
            probe: reader.results(probe, until=until, limit=RUN_UP) for probe in probes
        }


FirstFailure = Callable[[list[str], datetime, datetime | None], Outcome | None]


@contextmanager
def first_failures() -> Iterator[FirstFailure]:
    """Yield a function for the first failure of probes, or raise NoHistory."""
    with opened() as reader:

        def first(
            probes: list[str], since: datetime, until: datetime | None
        ) -> Outcome | None:
            failures = [
                failed
                for probe in probes
                if (failed := reader.first_failure(probe, since, until)) is not None
            ]
            earliest = min(failures, key=lambda each: each.at.utc, default=None)
            return earliest.outcome if earliest else None

        yield first


def latest_test(changes: Iterable[Change]) -> Change | None:
    """Return the latest test not withdrawn, of changes with the newest first.

    Each withdrawal is of the test before it.
    """
    taken_back = 0
    for change in changes:
        if change.after == "withdrawn":
            taken_back += 1
        elif not taken_back:
            return change
        else:
            taken_back -= 1
    return None


OfEach = Mapping[str, tuple[Change, ...]]
"""Changes of each node by its name, and the last one before them."""


class Days(Struct, frozen=True, kw_only=True):
    """History of all nodes since a moment."""

    changes: OfEach = field(default_factory=dict)  # of channels
    components: OfEach = field(default_factory=dict)
    paths: OfEach = field(default_factory=dict)
    lives: tuple[tuple[datetime, str], ...] = ()  # signs of the engine, see `silences`


def days(since: datetime) -> Days:
    """Return the history of all nodes since a moment, or a bit more.

    It is cached for some seconds, for all viewers.

    Raises:
        NoHistory: it is unavailable.
    """
    now = datetime.now(UTC)
    count = max(1, math.ceil((now - since - SLACK / 2) / DAY))
    since = now - count * DAY - SLACK
    return _lately.get((places.data_dir(), count), partial(_days, since))


_lately: Recent[tuple[Path, int], Days] = Recent(LATELY_S)


def _days(since: datetime) -> Days:
    with opened() as reader:
        return Days(
            changes=_of_each("channel", reader, since),
            components=_of_each("component", reader, since),
            paths=_of_each("path", reader, since),
            lives=tuple(_all_lives(reader, since)),
        )


def _of_each(subject: str, reader: HistoryReader, since: datetime) -> OfEach:
    by_name = attrgetter("name")
    found = sorted(reader.changes_of_all(subject, since), key=by_name)
    return {name: tuple(of_one) for name, of_one in groupby(found, by_name)}


def _all_lives(
    reader: HistoryReader, since: datetime
) -> Iterator[tuple[datetime, str]]:
    """Yield when the engine started and stopped, and was last seen before a crash."""
    signs = reader.lives(since=since)
    for sign, before in zip_longest(signs, signs[1:]):
        yield rows.utc(sign.at), sign.kind
        if sign.kind == STOP or (before is not None and before.kind == STOP):
            continue
        if (seen := reader.last_sign(sign.at)) is not None:
            yield rows.utc(seen), SEEN


def spans_of(
    view: View,
    days: Days | None,
    window: Window,
    *,
    stamped: datetime | None = None,
) -> list[Span]:
    """Return the states of a node in a window that ends now.

    The last one is that of the snapshot, until it was `stamped`: time after an old one
    is unwatched. Without a history everything is.
    """
    if days is None:
        return []
    end = window.end
    if stamped is not None and end - stamped > SOON:
        end = stamped
    now = timeline.present(_standing(view), end)
    silent = timeline.silences(days.lives, window.start)
    return timeline.spans(_changes(view, days), now, window.start, silent)


def _standing(view: View) -> Standing:
    if isinstance(view, PathView):
        return Standing(state=STATES[view.state])
    return view.standing


def _changes(view: View, days: Days) -> Sequence[Change]:
    if isinstance(view, ChannelView):
        return days.changes.get(view.name, ())
    if isinstance(view, ComponentView):
        return days.components.get(view.name, ())
    return [_as_states(change) for change in days.paths.get(view.name, ())]


def _as_states(change: Change) -> Change:
    """Convert a change of a path to the states of nodes."""
    words = {str(link): str(state) for link, state in STATES.items()}
    before, after = (words.get(word, word) for word in (change.before, change.after))
    return replace(change, before=before, after=after)
