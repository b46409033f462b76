"""What people say: of a component, of a channel, of a line of the plan."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from secours.model.observed import Instant
from secours.model.receivers.reach import RollCall


class Declared(StrEnum):
    """What a person says of a component or a channel."""

    DOWN = "down"
    UP = "up"  # never overrides a failure measured after it
    MAINTENANCE = "maintenance"
    DISTRUSTED = "distrusted"  # an intruder reads it: set aside though it works


class Mark(Struct, frozen=True, kw_only=True):
    """A person's word on a component, or on a channel as `channel:NAME`."""

    subject: str
    says: Declared
    by: str
    why: str = ""
    at: Instant
    since: Instant | None = None  # from when on it holds, where that is not `at`
    until: datetime | None = None  # a distrust never lapses: then it asks
    author: str = ""  # the province by its name; "" for the site itself
    again_by: str = ""  # who put it back in force by taking a newer word back
    held_for: tuple[str, ...] = ()  # of a channel that an edit of the plan would have
    # freed: the distrusted components that set it aside until then
    said_of: str = ""  # the name that it was said of, where an edit changed that

    @property
    def began(self) -> Instant:
        """Return from when on it holds."""
        return self.since or self.at


class Pin(Struct, frozen=True, kw_only=True):
    """A channel that a person wants used for one line, `purpose/audience`."""

    line: str
    channel: str
    by: str
    why: str = ""
    at: Instant
    until: datetime | None = None
    again_by: str = ""  # who put it back in force by taking a newer word back


class Trial(Struct, frozen=True, kw_only=True):
    """People tried a channel and say whether it worked: a logged test."""

    channel: str
    worked: bool
    by: str
    remark: str = ""
    reached: Mapping[str, RollCall] = field(default_factory=dict)  # by
    # `group_key`
    at: Instant


class Exercise(Struct, frozen=True, kw_only=True):
    """Components that people play as failed; the real answer stays what it is."""

    fails: tuple[str, ...]
    by: str
    why: str = ""
    at: Instant
    until: datetime | None = None
    notices: bool = False  # people are told of it too, each time marked as one
    author: str = ""  # the province by its name; "" for the site itself
    again_by: str = ""  # who put it back in force by taking a newer word back


class Withdrawn(Struct, frozen=True, kw_only=True):
    """A person takes a word back: the mark, pin or latest test, or the exercise."""

    kind: str  # "mark", "pin", "test" or "exercise"
    subject: str = ""  # for a pin the line, for a test the channel
    says: Declared | None = None  # which mark, where there are two; None for all
    mistaken: bool = False  # a mark that should not have been: what ended before it,
    # and left something unproven, does so again
    by: str
    author: str = ""  # the province by its name; each takes back its own marks only


class Announced(Struct, frozen=True, kw_only=True):
    """People were told to use a channel for one line, and on which channels."""

    line: str
    channel: str  # the one they are to use; "" for none that is usable
    on: tuple[str, ...]  # where they were told; by messenger where there is none
    by: str
    at: Instant


class Confirmed(Struct, frozen=True, kw_only=True):
    """A person looked at the marks that are in force: they are all there are.

    Wanted when marks may be lost with a damaged disk.
    """

    by: str


class WatchAction(StrEnum):
    """What a person does with the watch."""

    TAKEN = "taken"
    HANDED = "handed"  # nobody has it until somebody takes it


class Watch(Struct, frozen=True, kw_only=True):
    """A person takes the watch, is on duty from then on, or hands it over."""

    action: WatchAction
    by: str
    to: str = ""  # who is to take it next, where that was said
    remark: str = ""
    before: str = ""  # who had it before, or handed it over
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
        """Tell whether a person of this name has the watch, in whatever case."""
        return bool(self.holder) and self.holder.casefold() == name.casefold()


Word = Mark | Pin | Trial | Exercise | Withdrawn | Announced | Confirmed | Watch
