"""Presentation of journal entries: their kinds, shapes and words.

Pure: entries in, words out. The newest entry comes first.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from secours import texts
from secours.model.notices import NoticeEntry, NoticeStep
from secours.model.observed import Reason
from secours.model.receivers.reach import calls_in
from secours.model.sections.line import purpose_and_audience
from secours.model.snapshot import Change, Link, State
from secours.outside_text import plain
from secours.render.badges import TONES, Tone, sign
from secours.render.wording.editing import plan_changes
from secours.render.wording.localizer import Localizer, hour
from secours.render.wording.receivers import roll_call
from secours.render.wording.trouble import trouble

KINDS = ("note", "answer", "state", "word", "engine")
NOTE, ANSWER, STATE, WORD, ENGINE = KINDS
LONGEST_NOTE = 2000
NOTICE = "notice"  # the kind of an entry whose text is a `NoticeEntry`
PRINTED = "printed"  # the kind of one whose text are occasions, between commas
EDITS = dict.fromkeys((plan_changes.ENTRY, plan_changes.PROPOSED), WORD)
TROUBLES = (  # kinds of entries that need attention
    *("trouble", "config-error", "order-refused", "words-lost", "clock"),
    *("store-damaged", "store-gone"),
)
UNDELIVERED = (
    *(NoticeStep.FAILED, NoticeStep.UNCONFIRMED, NoticeStep.PASSED_ON),
    *(NoticeStep.LINK_REFUSED, NoticeStep.GIVEN_UP, NoticeStep.WITHHELD),
)
WORD_TONES = {  # of statements that are states
    "down": Tone.DOWN,
    "failed": Tone.DOWN,
    "up": Tone.ANSWERS,
    "worked": Tone.OK,
    "maintenance": Tone.ASIDE,
    "distrusted": Tone.ASIDE,
}
STATES = frozenset({*State, *Link})


class JournalRow(Protocol):
    """Line of the journal, as stored."""

    @property
    def at(self) -> datetime:
        """Time."""

    @property
    def by(self) -> str:
        """Author."""

    @property
    def kind(self) -> str:
        """Sort of entry, "change" for one with a `change`."""

    @property
    def text(self) -> str:
        """Text."""

    @property
    def change(self) -> Change | None:
        """The change."""


E = TypeVar("E", bound=JournalRow)

EntryRow = Mapping[str, Any]
"""An entry as a template reads it."""


def kind_of(entry: JournalRow) -> str:
    """Return the kind of an entry."""
    change = entry.change
    if change is None:
        return {"note": NOTE, **EDITS}.get(entry.kind, ENGINE)
    if change.is_of_word:
        return WORD
    if change.subject == "defect":
        return ENGINE
    return ANSWER if change.subject == "line" else STATE


def tone_of(entry: JournalRow) -> Tone | None:
    """Return the tone of an entry, None where it is no state."""
    change = entry.change
    if change is None:
        return _engine_tone(entry)
    if change.is_of_word:
        return WORD_TONES.get(change.after)
    if change.subject == "line":
        return None if change.after else Tone.DOWN
    if change.subject in ("plan", "defect"):
        return Tone.DEGRADED
    known: dict[str, Tone] = {str(state): tone for state, tone in TONES.items()}
    return known.get(change.after, Tone.UNKNOWN)


def _engine_tone(entry: JournalRow) -> Tone | None:
    if entry.kind in TROUBLES:
        return Tone.DEGRADED
    if entry.kind == "stop":
        return Tone.UNKNOWN  # no measurements from then on
    if entry.kind != NOTICE:
        return None
    try:
        noted = msgspec.json.decode(entry.text, type=NoticeEntry)
    except msgspec.MsgspecError:
        return None
    return Tone.DEGRADED if noted.step in UNDELIVERED else None


def matching(
    entries: Iterable[E],
    localizer: Localizer,
    kinds: Collection[str] = (),
    text: str = "",
) -> list[E]:
    """Return the entries of these kinds, of all if none is named, that have `text`."""
    text = text.strip().casefold()
    return [
        entry
        for entry in entries
        if (not kinds or kind_of(entry) in kinds)
        and (
            not text
            or text in f"{author(entry)} {sentence(entry, localizer)}".casefold()
        )
    ]


def author(entry: JournalRow) -> str:
    """Return the author of an entry: a person or the engine."""
    return (entry.change and author_of(entry.change)) or entry.by


def author_of(change: Change) -> str:
    """Return the person whose statement a change is, "" for other changes."""
    return str(change.facts.get("by", "")) if change.is_of_word else ""


def sentence(entry: JournalRow, localizer: Localizer) -> str:
    """Return an entry in one line."""
    change = entry.change
    if change is None:
        return entry.text if entry.kind == "note" else _engine(entry, localizer)
    return of_change(change, localizer)


def of_change(change: Change, localizer: Localizer) -> str:
    """Return a change in one line."""
    if change.is_of_word:
        return _word(change, localizer)
    if change.subject == "plan":
        return localizer.say(
            "entry.contradiction",
            channel=localizer.short_name(change.after),
            component=localizer.component(change.name),
        )
    if change.subject == "defect":
        return localizer.say("entry.defect")
    return _change(change, localizer)


def moment(at: datetime, localizer: Localizer) -> str:
    """Write a moment on the clock of the site, with its date."""
    here = localizer.local(at)
    return f"{texts.written_date(localizer.language, here)} {hour(here, '%H:%M:%S')}"


def utc(at: datetime) -> str:
    """Write a moment in UTC, for programs and to check the local one."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


class TimeView(Struct, frozen=True):
    """Moment on the clock of the site, and in UTC."""

    local: str
    utc: str

    @property
    def day(self) -> str:
        """Return its date."""
        return self.local.partition(" ")[0]

    @property
    def clock(self) -> str:
        """Return its time of day."""
        return self.local.partition(" ")[2]


def time_view(at: datetime, localizer: Localizer) -> TimeView:
    """Return a moment as pages show it."""
    return TimeView(moment(at, localizer), utc(at))


def entry_views(entries: Iterable[JournalRow], localizer: Localizer) -> list[EntryRow]:
    """Return entries as pages show them."""
    return [
        {
            "kind": kind_of(entry),
            "at": time_view(entry.at, localizer),
            "by": author(entry),
            "person": person(entry),
            "said": sentence(entry, localizer),
            "tone": tone_of(entry),
            "sign": sign(tone_of(entry), localizer),  # meaning of the shape
        }
        for entry in entries
    ]


def person(entry: JournalRow) -> str:
    """Return the person who wrote or said it, "" for none."""
    return author(entry) if kind_of(entry) in (NOTE, WORD) else ""


def line_name(key: str, localizer: Localizer) -> str:
    """Name a line of the plan by its key, `purpose/audience`."""
    return localizer.line(*purpose_and_audience(key))


def _engine(entry: JournalRow, localizer: Localizer) -> str:
    """Return the engine's note about itself."""
    key, text = f"entry.{entry.kind}", entry.text
    if entry.kind == NOTICE:
        return _notice(text, localizer)
    if entry.kind == PRINTED:
        on = (localizer.say(f"paper.on.{each}") for each in text.split(","))
        return localizer.say("entry.printed", what=", ".join(on))
    if entry.kind in EDITS:
        what = plan_changes.sentences(text, localizer.language)
        return localizer.say(key, what=what)
    words = localizer.say(
        key, what=trouble(text, localizer.language) if "trouble" in key else text
    )
    return words if words != key else f"{entry.kind} {text}".strip()


def _notice(text: str, localizer: Localizer) -> str:
    """Return the step of a notice; of another version its text as it stands."""
    try:
        entry = msgspec.json.decode(text, type=NoticeEntry)
    except msgspec.MsgspecError:
        return plain(text)
    words = localizer.say(
        f"entry.notice.{entry.step}",
        code=entry.code,
        name=entry.recipient,
        target=entry.target,
        before=entry.before,
        n=entry.attempt if entry.attempt > 1 else None,
        why=localizer.plainly_of_notice(entry.reason, entry.facts) or None,
        way=localizer.say(f"notices.way.{entry.way}") if entry.way else None,
        said=localizer.quoted(entry.facts.get("said", "")),
        more=entry.facts.get("n") or None,
    )
    mark = f"{localizer.say('exercise')}{localizer.say('colon')} "
    return f"{mark}{words}" if entry.exercise else words


def _word(change: Change, localizer: Localizer) -> str:
    """Return a person's statement, test or withdrawal."""
    name = _named(change, localizer)
    if change.subject == "announced":
        on = ", ".join(map(localizer.short_name, change.before.split()))
        used = localizer.short_name(change.after)
        return localizer.say("entry.announced", name=name, channel=used, on=on)
    lapsed = change.reason is Reason.LAPSED and not change.after
    outcome = "lapsed" if lapsed else change.after
    if change.subject == "pin" and outcome not in ("lapsed", "withdrawn"):
        words = localizer.say(
            "entry.pin", name=name, channel=localizer.short_name(outcome)
        )
    else:
        words = localizer.say(
            f"entry.{change.subject}.{outcome}",
            name=name,
            word=change.before,
            author=change.facts.get("author"),
            before=change.facts.get("before"),
            to=change.facts.get("to"),
            since=_since(change, localizer),
            component=_component(change, localizer),
            reached=roll_call.said(calls_in(change.facts), localizer) or None,
        )
    if first := change.facts.get("from"):
        words += f" ({localizer.say('entry.from', first=first)})"
    if author := change.facts.get("of"):
        words += f" ({localizer.say('entry.of', by=author)})"
    remark = change.facts.get("said")
    return f"{words} {localizer.quoted(remark)}" if remark else words


def _component(change: Change, localizer: Localizer) -> str | None:
    """Return the need for which a channel stays set aside."""
    name = change.facts.get("component")
    return localizer.component(name) if isinstance(name, str) else None


def _since(change: Change, localizer: Localizer) -> str | None:
    """Return since when a declaration holds, where that was given."""
    since = change.facts.get("since")
    if not isinstance(since, str):
        return None
    here = localizer.local(datetime.fromisoformat(since))
    return f"{texts.written_date(localizer.language, here)} {hour(here)}"


def _named(change: Change, localizer: Localizer) -> str:
    if change.subject in ("pin", "announced"):
        return line_name(change.name, localizer)
    if change.subject == "test":
        return localizer.short_name(change.name)
    names = [name for name in change.name.split(" + ") if name]
    return " + ".join(map(localizer.subject, names))


def _change(change: Change, localizer: Localizer) -> str:
    """Return the change from one state, or channel, to another."""
    worded = used if change.subject == "line" else _state
    before, after = (worded(each, localizer) for each in (change.before, change.after))
    if change.subject == "channel" and not change.after:
        after = localizer.say("entry.dropped")
    why = localizer.plainly(change.reason, change.facts)
    if "took_s" in change.facts:
        why = localizer.say("entry.took", **change.facts)
    name, colon = changed(change, localizer), localizer.say("colon")
    return f"{name}{colon} {before} → {after}{f', {why}' if why else ''}"


def changed(change: Change, localizer: Localizer) -> str:
    """Name what changed: a line, channel, component or path."""
    match change.subject:
        case "line":
            return line_name(change.name, localizer)
        case "channel":
            return localizer.short_name(change.name)
        case "component":
            return localizer.component(change.name)
    return change.name


def used(channel: str, localizer: Localizer) -> str:
    """Name the channel that a line used, or say that it had none."""
    return localizer.short_name(channel) if channel else localizer.say("entry.nothing")


def _state(word: str, localizer: Localizer) -> str:
    if word not in STATES:
        return word
    room = "state" if word in list(State) else "link"
    return localizer.say(f"{room}.{word}")
