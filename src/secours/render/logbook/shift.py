"""The page of the watch: what whoever takes it has to know, on screen and on paper.

Pure. It says what is so now, what ends or is due soon, and what happened since the
watch began.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours.core.audit.plan import Trying
from secours.model.nodes import channel_node
from secours.model.observed import Instant
from secours.model.snapshot import ChannelView, State
from secours.model.statements import Trial
from secours.outside_text import plain
from secours.render import badges, templates
from secours.render.badges import Tone
from secours.render.logbook import links, watches
from secours.render.logbook.watches import WatchSpan
from secours.render.pages import actions, journal, notices
from secours.render.pages.actions import ActionLink
from secours.render.pages.head import Asked, PageLink
from secours.render.pages.journal import JournalRow
from secours.render.paper.export import paper
from secours.render.wording import watch
from secours.render.wording.announcement import announcements, heading
from secours.render.wording.localizer import Localizer

SOON = timedelta(hours=12)
WEEK = timedelta(days=7)
MOST_CHANGES = 40
MOST_PRINTED = 12  # rows of a part on paper, and fewer where they would not fit
HIGH_MM = 330.0  # of both columns of a page, with room for a part that is not split
ROW_MM, ROW_LETTERS, TITLE_MM = 3.9, 44, 8.0
NAME_LETTERS, SAID_LETTERS = 200, 120  # on paper
OUT = (Tone.DOWN, Tone.ASIDE, Tone.UNKNOWN, Tone.DEGRADED)
EXPORTS = ("html",)


class ShiftRow(Struct, frozen=True, kw_only=True):
    """Something to know: what it is about, and what is to be said of it."""

    name: str
    said: str = ""
    tone: Tone | None = None
    address: str = ""
    act: ActionLink | None = None


class ShiftPart(Struct, frozen=True, kw_only=True):
    """Things to know of one sort; `none` says that there are none."""

    title: str
    rows: tuple[ShiftRow, ...]
    none: str
    more: int = 0  # rows that are left out
    address: str = ""  # where all of them are
    ways: tuple[PageLink, ...] = ()  # to the same of another time


class Known(Struct, frozen=True, kw_only=True):
    """What the page says beside the snapshot."""

    tests: Sequence[Trying] | None = ()  # None where the plan cannot be read
    trials: Mapping[str, Trial] = {}
    changes: Sequence[JournalRow] = ()  # of the watch that is shown, newest first
    trouble: str = ""  # why there are none to be had
    watches: Sequence[WatchSpan] = ()  # newest first
    back: int = 0  # how many of them before the newest one is shown


def page_html(known: Known, localizer: Localizer, *, acts: bool) -> Markup:
    """Draw the page; `acts` adds links to what can be done."""
    return templates.fill(
        "shift.html",
        localizer.language,
        tabs=links.tabs("shift", localizer),
        exports=links.exports("shift", _asked(known), localizer, EXPORTS),
        watch=sentence(localizer),
        remark=_remark(localizer),
        parts=parts(known, localizer, acts=acts),
    )


def paper_html(
    known: Known,
    localizer: Localizer,
    at: datetime,
    *,
    is_fresh: bool,
    script: str = "",
) -> Markup:
    """Return it as one page of A4 that two people sign."""
    return paper(
        "shift_paper.html",
        localizer.say("shift.title"),
        localizer,
        at,
        script=script,
        old="" if is_fresh else _old(localizer),
        watch=sentence(localizer),
        remark=_remark(localizer),
        parts=fitting(parts(known, localizer, acts=False)),
    )


def _asked(known: Known) -> Asked:
    return [(watches.BACK, str(known.back))] if known.back else []


def sentence(localizer: Localizer) -> str:
    """Say who has the watch, or that nobody has."""
    return watch.sentence(localizer) or localizer.say("watch.nobody")


def _remark(localizer: Localizer) -> str:
    held = localizer.snapshot.watch
    return localizer.quoted(held.remark) if held and held.remark else ""


def _old(localizer: Localizer) -> str:
    when = journal.moment(localizer.snapshot.at.utc, localizer)
    return localizer.say("shift.old", when=when)


def fitting(found: Sequence[ShiftPart]) -> list[ShiftPart]:
    """Leave out rows of the longest parts until all of them fit on one page."""
    for most in range(MOST_PRINTED, 1, -1):
        shown = [_short(part, most) for part in found]
        if sum(map(_high_mm, shown)) <= HIGH_MM:
            return shown
    return [_short(part, 1) for part in found]


def _short(part: ShiftPart, most: int) -> ShiftPart:
    rows = tuple(
        replace(
            row, name=plain(row.name, NAME_LETTERS), said=plain(row.said, SAID_LETTERS)
        )
        for row in part.rows[:most]
    )
    more = part.more + len(part.rows) - len(rows)
    return replace(part, rows=rows, more=more, ways=())


def _high_mm(part: ShiftPart) -> float:
    """Return about how high a part is on paper."""
    letters = [len(f"{row.name} {row.said}") for row in part.rows] or [len(part.none)]
    rows = sum(math.ceil(count / ROW_LETTERS) * ROW_MM + 1.0 for count in letters)
    return TITLE_MM + rows + (ROW_MM if part.more else 0.0)


def parts(known: Known, localizer: Localizer, *, acts: bool) -> list[ShiftPart]:
    """Return all there is to know, what asks for something first.

    Who looks at a watch before reads what happened in it first.
    """
    say = localizer.say
    happened = _happened(known, localizer)
    now = [
        ShiftPart(
            title=say("shift.out"),
            rows=tuple(_out(localizer)),
            none=say("shift.out.none"),
        ),
        ShiftPart(
            title=say("act.force"),
            rows=tuple(_in_force(localizer)),
            none=say("act.force.none"),
        ),
        ShiftPart(
            title=say("shift.tell"),
            rows=tuple(_untold(localizer, acts=acts)),
            none=say("shift.tell.none"),
        ),
        ShiftPart(
            title=say("shift.notices"),
            rows=tuple(_waiting(localizer, acts=acts)),
            none=say("shift.notices.none"),
        ),
        ShiftPart(
            title=say("shift.tests"),
            rows=tuple(_tests(known, localizer, acts=acts)),
            none=say(
                "redundancy.refused" if known.tests is None else "shift.tests.none"
            ),
        ),
    ]
    return [happened, *now] if known.back else [*now, happened]


def _happened(known: Known, localizer: Localizer) -> ShiftPart:
    changes = list(_changes(known.changes, localizer))
    return ShiftPart(
        title=watches.title(known.watches, known.back, localizer),
        rows=tuple(changes[:MOST_CHANGES]),
        none=known.trouble or localizer.say("shift.changes.none"),
        more=len(changes[MOST_CHANGES:]),
        address=links.link("journal", (), localizer),
        ways=watches.ways(known.watches, known.back, localizer),
    )


# ------------------------------------------------------------------ what is so now


def _out(localizer: Localizer) -> Iterator[ShiftRow]:
    """Yield the channels that are not fully available, the worst first."""
    found = [
        (tone, view)
        for view in localizer.snapshot.channels
        if (tone := badges.of(view.standing, localizer).tone) in OUT
    ]
    for tone, view in sorted(found, key=lambda each: OUT.index(each[0])):
        yield _channel(view, tone, localizer)


def _channel(view: ChannelView, tone: Tone, localizer: Localizer) -> ShiftRow:
    standing = view.standing
    badge = badges.of(standing, localizer)
    began = _since(standing.failed_at or standing.since, localizer)
    known = began if standing.state in (State.DOWN, State.DEGRADED) else ""
    return ShiftRow(
        name=localizer.short_name(view.name),
        said=_joined(badge.word, badge.under, known, _why(view, localizer)),
        tone=tone,
        address=links.link("channel", [("name", view.name)], localizer),
    )


def _why(view: ChannelView, localizer: Localizer) -> str:
    """Say why it is not available; what must not be used is named as that."""
    standing = view.standing
    if standing.aside:
        facts = localizer.aside(standing, channel_node(view.name))
        return localizer.detail(standing.aside, facts)
    return localizer.plainly(standing.reason, standing.facts)


def _since(moment: Instant | None, localizer: Localizer) -> str:
    if moment is None:
        return ""
    return localizer.say("shift.since", time=localizer.clock(moment))


def _joined(*words: str) -> str:
    return " · ".join(dict.fromkeys(filter(None, words)))


def _in_force(localizer: Localizer) -> Iterator[ShiftRow]:
    """Yield each word that holds; those that end or ask soon come first."""
    soon = localizer.snapshot.at.utc + SOON
    held = actions.in_force(localizer)
    ending = [each for each in held if each.until is None or each.until > soon]
    first = [each for each in held if each not in ending]
    for each in (*sorted(first, key=lambda one: str(one.until)), *ending):
        asks = each in first or each.about[0] == "lost"
        yield ShiftRow(
            name=each.head, said=each.said, tone=Tone.DEGRADED if asks else None
        )


# ------------------------------------------------------------------ what is to be done


def _untold(localizer: Localizer, *, acts: bool) -> Iterator[ShiftRow]:
    """Yield what people were not told yet."""
    for said in announcements(localizer.snapshot, localizer.language):
        if said.news and not said.exercise and said.told is None:
            link = actions.action_link("shift.tell.act", said.line, localizer)
            yield ShiftRow(
                name=said.text,
                said=heading(said, localizer),
                tone=Tone.DEGRADED,
                act=link if acts else None,
            )


def _waiting(localizer: Localizer, *, acts: bool) -> Iterator[ShiftRow]:
    for each in notices.waiting(localizer, acts=acts):
        yield ShiftRow(name=each.words, tone=Tone.DEGRADED, act=each.act)


def _tests(known: Known, localizer: Localizer, *, acts: bool) -> Iterator[ShiftRow]:
    """Yield what people are to try within a week, what waits longest first."""
    until = localizer.snapshot.at.utc + WEEK
    due = [each for each in known.tests or () if _is_due(each, until)]
    for each in sorted(due, key=_order):
        link = actions.action_link(
            "shift.test.act", each.channel, localizer, do="test", subject=each.channel
        )
        yield ShiftRow(
            name=localizer.short_name(each.channel),
            said=_tried(each, known.trials.get(each.channel), localizer),
            tone=_test_tone(each),
            act=link if acts else None,
        )


def _is_due(test: Trying, until: datetime) -> bool:
    return test.worked is False or test.due_at is None or test.due_at <= until


def _order(test: Trying) -> tuple[bool, str]:
    return test.due_at is not None, str(test.due_at)


def _test_tone(test: Trying) -> Tone | None:
    if test.worked is False:
        return Tone.DOWN
    return None if test.standing == "fresh" else Tone.DEGRADED


def _tried(test: Trying, trial: Trial | None, localizer: Localizer) -> str:
    """Say when it is to be tried, and who did so last."""
    if test.due_at is None or test.tried_at is None:
        return localizer.say("audit.test.never")
    by = trial.by if trial else None
    day = journal.time_view(test.tried_at, localizer).day
    tried = localizer.say("shift.tried", day=day, by=by)
    due = journal.time_view(test.due_at, localizer).day
    wrong = localizer.say("audit.test.failed") if test.worked is False else ""
    words = localizer.say("shift.test.due", day=due)
    return _joined(words, ", ".join(filter(None, (tried, wrong))))


# ------------------------------------------------------------------ what happened


def _changes(entries: Iterable[JournalRow], localizer: Localizer) -> Iterator[ShiftRow]:
    """Yield what happened; that something works as it should at first is no news."""
    for entry in entries:
        if not _is_first(entry):
            at = journal.time_view(entry.at, localizer)
            by = journal.author(entry)
            person = (
                by if journal.kind_of(entry) in (journal.NOTE, journal.WORD) else ""
            )
            yield ShiftRow(
                name=at.local[:-3],
                said=_joined(journal.sentence(entry, localizer), person),
                tone=journal.tone_of(entry),
            )


def _is_first(entry: JournalRow) -> bool:
    change = entry.change
    if change is None or journal.kind_of(entry) != journal.STATE:
        return False
    return change.before == "unknown" and journal.tone_of(entry) is Tone.OK
