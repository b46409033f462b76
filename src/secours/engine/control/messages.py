"""Words as people send them to the engine over the socket."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

NAME_LIMIT = 60  # characters


class WordAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word that may undo another one: only if nothing was said since."""

    after: str | None = None  # what was said last of the same thing, as `undo` has it
    after_until: Annotated[datetime, msgspec.Meta(tz=True)] | None = (
        None  # when that ends by itself
    )


class MarkAsked(WordAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A component or channel is down, up, in maintenance or distrusted."""

    subject: str
    says: str
    by: str
    why: str = ""
    since: str | None = None  # when it fell, where that is not now
    until: str | None = None
    for_s: float | None = None
    restored: bool = False  # as it was before something else was said of it: `since`
    # is then from when on it held, whatever it says


class UnmarkAsked(WordAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word on a component or channel no longer holds."""

    subject: str
    by: str
    says: str | None = None  # which mark, where there are two
    mistaken: bool = False  # it should not have been


class PinAsked(WordAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of the plan is to use this channel."""

    channel: str
    by: str
    line: str = ""
    purpose: str = ""
    audience: str = ""
    why: str = ""
    until: str | None = None
    for_s: float | None = None


class UnpinAsked(WordAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of the plan is to follow the plan again."""

    by: str
    line: str = ""
    purpose: str = ""
    audience: str = ""


class GroupCalled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A count of those who answered, of those of a group who were asked."""

    group: str
    answered: int
    asked: int


class TestAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """People tried a channel."""

    __test__ = False  # not one of pytest's

    channel: str
    worked: bool
    by: str
    remark: str = ""
    reached: tuple[GroupCalled, ...] = ()


class UntestAsked(WordAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The latest logged test of a channel no longer counts."""

    channel: str
    by: str


class ExerciseAsked(WordAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """People play a failure, or stop playing it."""

    action: str  # start or stop
    by: str
    fails: tuple[str, ...] = ()
    why: str = ""
    until: str | None = None
    for_s: float | None = None
    notices: bool = False


class ConfirmAsked(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True
):
    """The marks in force are complete, though some may have been lost."""

    by: str


class AnnouncedAsked(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True
):
    """People were told to use a channel for a line, on these channels.

    Without a channel to use, that was told, on these channels or by messenger.
    """

    channel: str
    on: tuple[str, ...]
    by: str
    line: str = ""
    purpose: str = ""
    audience: str = ""


class WatchAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person takes the watch, or hands it over."""

    action: str  # take or hand
    by: str
    to: str = ""
    remark: str = ""


class UndoAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Take back the newest word, or the newest on one subject."""

    by: str
    subject: str = ""


Asked = (
    MarkAsked
    | UnmarkAsked
    | PinAsked
    | UnpinAsked
    | TestAsked
    | UntestAsked
    | ExerciseAsked
    | ConfirmAsked
    | AnnouncedAsked
    | WatchAsked
)

KINDS: Mapping[str, type[Any]] = {
    "mark": MarkAsked,
    "unmark": UnmarkAsked,
    "pin": PinAsked,
    "unpin": UnpinAsked,
    "test": TestAsked,
    "untest": UntestAsked,
    "exercise": ExerciseAsked,
    "confirm": ConfirmAsked,
    "announced": AnnouncedAsked,
    "watch": WatchAsked,
}
