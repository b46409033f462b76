"""Requests to an engine, as they travel over its socket: `do` is the kind.

A field at its default is not written, as an older engine may not know it. Values of an
edit are those of probes.yaml, as its keys have them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct, field

NAME_LIMIT = 60  # characters, of an author
AT_MOST_S = 10 * 365 * 86400.0  # from a word to its end, or back to its begin


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
    language: Literal["", "fr", "nl", "de", "en"] = ""  # of refusals; "": the site's

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
    takes_back: int = 0  # the order whose word ends, and no newer one at any site


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


# ------------------------------------------------------------------ edits of the plan

Values: TypeAlias = Mapping[str, Any]
"""Keys to set; None takes one out, and all others stay."""


class PlanEdit(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit"
):
    """Edit of any kind."""


class SiteEdit(PlanEdit, tag="site", frozen=True, kw_only=True):
    """Keys of the site."""

    values: Values


class ChannelEdit(PlanEdit, tag="channel", frozen=True, kw_only=True):
    """A channel to add or to change; without values it goes.

    `probes` among them are all that it then has. A secret that was typed stands in an
    option as `${typed:KEY}`, and travels apart from the edit.
    """

    name: str
    values: Values | None


class GroupEdit(PlanEdit, tag="group", frozen=True, kw_only=True):
    """A group of an audience to add or to change; without values it goes.

    `devices` among them are all that its people have.
    """

    audience: str
    name: str
    values: Values | None


class DeviceEdit(PlanEdit, tag="device", frozen=True, kw_only=True):
    """A device to add or to change; without values it goes."""

    name: str
    values: Values | None


class LineEdit(PlanEdit, tag="line", frozen=True, kw_only=True):
    """The channels of a line in their order; without any it goes."""

    purpose: str
    audience: str
    channels: tuple[str, ...]
    values: Values = field(default_factory=dict)


Edit: TypeAlias = SiteEdit | ChannelEdit | GroupEdit | DeviceEdit | LineEdit


class EditRequest(EngineRequest, tag="edit", frozen=True, kw_only=True):
    """Edits of the plan to look at, of which one channel is tried, or to be saved.

    The answer to `look` has `of`, `writable`, `may` (this person may save); with edits
    `words` (sentences on the difference), `diff` (unified) and `mistakes` (`where` in
    the plan, as `channels.mail.probes[0].host`, and `text`), without any `versions`,
    newest first (`id`, `by`, `at`, `words`, `last`: it can be taken back). That to
    `try` has `verdict`, `evidence`, `text`, or `refused`, why it was not tried. That to
    `save` has `saved`, `of`, `words`, `diff` and `undo`, the request that takes it
    back, without its author; where the file is not writable `saved` is False, and
    `command` takes it in.

    A refusal is in `error`; with `changed` too it is of the plan that is another one by
    now, and with `mistakes` of a plan that would have some.
    """

    action: Literal["look", "try", "save"]
    # The SHA-256 in hex of the plan's file as it was read; "" to look only.
    of: str = ""
    edits: tuple[Edit, ...] = ()
    back: str = ""  # to save: the id of a version to be taken back, instead of edits
    channel: str = ""  # to try, with this probe of it
    probe: int = 0
    secrets: Mapping[str, str] = field(default_factory=dict)  # typed, by CHANNEL/KEY
    over: Literal["", "loopback", "tls"] = ""  # the way that the person's words came

    def __repr__(self) -> str:
        """Write it without what was typed."""
        return f"EditRequest(action={self.action!r}, by={self.by!r})"
