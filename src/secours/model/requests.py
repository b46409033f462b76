"""Requests to an engine, as they travel over its socket: `do` is the kind.

A field at its default is not written, as an older engine may not know it.
"""

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

NAME_LIMIT = 60  # characters, of an author


class EngineRequest(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="do",
):
    """Request of any kind."""

    by: str = ""  # who signs it; nobody yet of a draft, and of what only looks

    @property
    def do(self) -> str:
        """Return the kind of request."""
        return str(self.__struct_config__.tag)


class WordRequest(EngineRequest, frozen=True, kw_only=True):
    """A word that may undo another one: only if nothing was said since."""

    after: str | None = None  # what was said last of the same thing, as `undo` has it
    after_until: Annotated[datetime, Meta(tz=True)] | None = None  # when that ends


class TimedRequest(WordRequest, frozen=True, kw_only=True):
    """A word that has an end."""

    why: str = ""
    until: str | None = None
    for_s: float | None = None


class MarkRequest(TimedRequest, tag="mark", frozen=True, kw_only=True):
    """A component or channel is down, up, in maintenance or distrusted."""

    subject: str = ""  # not chosen yet, of a draft
    says: str
    since: str | None = None  # when it fell, where that is not now
    restored: bool = False  # as it was before something else was said of it: `since`
    # is then from when on it held, whatever it says


class UnmarkRequest(WordRequest, tag="unmark", frozen=True, kw_only=True):
    """A word on a component or channel no longer holds."""

    subject: str
    says: str | None = None  # which mark, where there are two
    mistaken: bool = False  # it should not have been


class PinRequest(TimedRequest, tag="pin", frozen=True, kw_only=True):
    """A line of the plan is to use this channel."""

    channel: str = ""
    line: str = ""
    purpose: str = ""
    audience: str = ""


class UnpinRequest(WordRequest, tag="unpin", frozen=True, kw_only=True):
    """A line of the plan is to follow the plan again."""

    line: str = ""
    purpose: str = ""
    audience: str = ""


class GroupCalled(Struct, frozen=True, forbid_unknown_fields=True):
    """Count of those who answered, of those of a group who were asked."""

    group: str
    answered: int
    asked: int


class TestRequest(EngineRequest, tag="test", frozen=True, kw_only=True):
    """People tried a channel."""

    __test__ = False  # not one of pytest's

    channel: str = ""
    worked: bool
    remark: str = ""
    reached: tuple[GroupCalled, ...] = ()


class UntestRequest(WordRequest, tag="untest", frozen=True, kw_only=True):
    """The latest logged test of a channel no longer counts."""

    channel: str


class ExerciseRequest(TimedRequest, tag="exercise", frozen=True, kw_only=True):
    """People play a failure, or stop playing it."""

    action: str  # start or stop
    fails: tuple[str, ...] = ()
    notices: bool = False


class ConfirmRequest(EngineRequest, tag="confirm", frozen=True):
    """The marks that hold are all there are, though some may have been lost."""


class AnnouncedRequest(EngineRequest, tag="announced", frozen=True, kw_only=True):
    """People were told to use a channel for a line, on these channels.

    Without a channel to use they were told so, on these channels or by messenger.
    """

    channel: str
    on: tuple[str, ...]
    line: str = ""
    purpose: str = ""
    audience: str = ""


class WatchRequest(EngineRequest, tag="watch", frozen=True, kw_only=True):
    """A person takes the watch, or hands it over."""

    action: str  # take or hand
    to: str = ""
    remark: str = ""


OrderRequest: TypeAlias = MarkRequest | UnmarkRequest | ExerciseRequest
InverseRequest: TypeAlias = OrderRequest | PinRequest | UnpinRequest | UntestRequest
StatementRequest: TypeAlias = (
    InverseRequest | TestRequest | ConfirmRequest | AnnouncedRequest | WatchRequest
)


class UndoRequest(EngineRequest, tag="undo", frozen=True, kw_only=True):
    """Take back the newest word, or the newest on one subject."""

    subject: str = ""


class HandDownRequest(EngineRequest, tag="hand-down", frozen=True, kw_only=True):
    """A word is to go to sites, by name, or to all."""

    sites: tuple[str, ...]
    word: OrderRequest


class NoteRequest(EngineRequest, tag="journal", frozen=True, kw_only=True):
    """A person's words for the journal."""

    by: str
    text: str


class ProbeRequest(EngineRequest, tag="probe", frozen=True, kw_only=True):
    """Run a channel's probes at once."""

    channel: str


class PingRequest(EngineRequest, tag="ping", frozen=True):
    """Check for an engine."""


class NotifyTestRequest(EngineRequest, tag="notify-test", frozen=True, kw_only=True):
    """Send a marked test to one target."""

    target: str


class NoticesOnRequest(EngineRequest, tag="notices-on", frozen=True):
    """People are to be told from now on."""


class AckRequest(EngineRequest, tag="ack", frozen=True, kw_only=True):
    """Somebody has read a notice, and sees to it."""

    code: str = ""
    token: str = ""


class TextRequest(EngineRequest, tag="text", frozen=True, kw_only=True):
    """A gateway hands over a text message that somebody wrote."""

    sender: str
    text: str


class NoticesRequest(EngineRequest, tag="notices", frozen=True, kw_only=True):
    """Show the targets, and what became of the latest notices."""

    code: str = ""
    token: str = ""


class TakeoverRequest(EngineRequest, tag="takeover", frozen=True, kw_only=True):
    """A person has the standby probe by itself, or follow the first again."""

    why: str = ""
    back: bool = False
