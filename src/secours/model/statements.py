"""Statements of people: marks, pins, tests, exercises, and the watch."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from secours.model.observed import Instant
from secours.model.receivers.reach import RollCall


class Declared(StrEnum):
    """Statement of a person about a component or a channel."""

    DOWN = "down"
    UP = "up"  # never overrides a failure measured after it
    MAINTENANCE = "maintenance"
    DISTRUSTED = "distrusted"  # an intruder reads it: set aside though it works


class Mark(Struct, frozen=True, kw_only=True):
    """Statement on a component, or on a channel as `channel:NAME`."""

    subject: str
    says: Declared
    by: str
    why: str = ""
    at: Instant
    since: Instant | None = None  # from when on it holds, where that is not `at`
    until: datetime | None = None  # a distrust never lapses: then it asks
    author: str = ""  # the province by its name; "" for the site itself
    again_by: str = ""  # who put it back in force by taking a newer word back
    held_for: tuple[str, ...] = ()  # distrusted components that set the channel
    # aside before an edit of the plan that would have freed it
    said_of: str = ""  # the former name of the subject, if edited

    @property
    def began(self) -> Instant:
        """Return since when it holds."""
        return self.since or self.at


class Pin(Struct, frozen=True, kw_only=True):
    """Channel that a person wants used for one line, `purpose/audience`."""

    line: str
    channel: str
    by: str
    why: str = ""
    at: Instant
    until: datetime | None = None
    again_by: str = ""  # who put it back in force by taking a newer word back


class Trial(Struct, frozen=True, kw_only=True):
    """Logged test: people tried a channel, and whether it worked."""

    channel: str
    worked: bool
    by: str
    remark: str = ""
    reached: Mapping[str, RollCall] = field(default_factory=dict)  # by
    # `group_key`
    at: Instant

    def __hash__(self) -> int:
        """Return a hash without the roll call, which has none."""
        return hash((self.channel, self.worked, self.by, self.at))

    @property
    def calls(self) -> dict[str, RollCall]:
        """Return the newest roll call of each group, each with its time."""
        return {
            group: call if call.at else replace(call, at=self.at)
            for group, call in self.reached.items()
        }


class Exercise(Struct, frozen=True, kw_only=True):
    """Components played as failed; the real answer is unaffected."""

    fails: tuple[str, ...]
    by: str
    why: str = ""
    at: Instant
    until: datetime | None = None
    notices: bool = False  # people are notified too, always marked as one
    author: str = ""  # the province by its name; "" for the site itself
    again_by: str = ""  # who put it back in force by taking a newer word back


class Withdrawn(Struct, frozen=True, kw_only=True):
    """Withdrawal of a mark, a pin, the latest test, or the exercise."""

    kind: str  # "mark", "pin", "test" or "exercise"
    subject: str = ""  # for a pin the line, for a test the channel
    says: Declared | None = None  # the mark, if there are two; None for all
    mistaken: bool = False  # a wrong mark: proofs that it made void are
    # restored
    by: str
    author: str = ""  # the province by its name; it withdraws its own marks only


class Announced(Struct, frozen=True, kw_only=True):
    """Announcement: people were told to use a channel for one line."""

    line: str
    channel: str  # to use; "" for no usable one
    on: tuple[str, ...]  # of the announcement; by messenger for none
    by: str
    at: Instant


class Confirmed(Struct, frozen=True, kw_only=True):
    """Confirmation that the marks in force are complete.

    Wanted when marks may be lost with a damaged disk.
    """

    by: str


class WatchAction(StrEnum):
    """Action of a person on the watch."""

    TAKEN = "taken"
    HANDED = "handed"  # nobody has it until somebody takes it


class Watch(Struct, frozen=True, kw_only=True):
    """Taking of the watch, which puts a person on duty, or its handover."""

    action: WatchAction
    by: str
    to: str = ""  # the next holder, if named
    remark: str = ""
    before: str = ""  # the former holder
    at: Instant
    since: Instant | None = None  # when it was taken, where that is not `at`

    @property
    def holder(self) -> str:
        """Return who has the watch, "" for nobody."""
        return self.by if self.action is WatchAction.TAKEN else ""

    @property
    def began(self) -> Instant:
        """Return when it was taken, or handed over."""
        return self.since or self.at

    def is_held_by(self, name: str) -> bool:
        """Return whether a person of this name has the watch, ignoring case."""
        return bool(self.holder) and self.holder.casefold() == name.casefold()


OrderedWord = Mark | Exercise | Withdrawn
"""Word that others may give for a site."""

Word = Mark | Pin | Trial | Exercise | Withdrawn | Announced | Confirmed | Watch
