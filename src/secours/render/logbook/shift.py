"""Page of the watch for its next holder, on screen and on paper.

Pure. It lists the present troubles, what ends or is due soon, and the events of the
watch.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours.core.audit.plan import Trying
from secours.model.nodes import channel_node
from secours.model.observed import Instant
from secours.model.snapshot import ChannelView, State
from secours.model.statements import Trial
from secours.render import badges, templates
from secours.render.badges import Tone
from secours.render.logbook import entries, watches
from secours.render.logbook.print_page import paper
from secours.render.logbook.shift_parts import ShiftPart, ShiftRow, fitting
from secours.render.logbook.watches import WatchSpan
from secours.render.pages import in_force, notices
from secours.render.templates.links import action_link, link
from secours.render.wording import journal, watch
from secours.render.wording.announcement import announcements, heading
from secours.render.wording.journal import JournalRow
from secours.render.wording.localizer import Localizer, hour
from secours.render.wording.receivers import roll_call

SOON = timedelta(hours=12)
WEEK = timedelta(days=7)
MOST_CHANGES = 40
OUT = (Tone.DOWN, Tone.ASIDE, Tone.UNKNOWN, Tone.DEGRADED)
EXPORTS = ("html",)


class ShiftData(Struct, frozen=True, kw_only=True):
    """Data of the page besides the snapshot."""

    tests: Sequence[Trying] | None = ()  # None where the plan cannot be read
    trials: Mapping[str, Trial] = {}
    changes: Sequence[JournalRow] = ()  # of the watch that is shown, newest first
    trouble: str = ""  # why none can be read
    watches: Sequence[WatchSpan] = ()  # newest first
    back: int = 0  # how many before the newest is shown


def page_html(facts: ShiftData, localizer: Localizer, *, acts: bool) -> Markup:
    """Draw the page; `acts` adds links to actions."""
    asked = [(watches.BACK, str(facts.back))] if facts.back else []
    return templates.fill(
        "shift.html",
        localizer.language,
        tabs=entries.tabs("shift", localizer),
        exports=entries.export_links("shift", asked, localizer, EXPORTS),
        watch=sentence(localizer),
        remark=_remark(localizer),
        parts=[_signed(part, localizer) for part in parts(facts, localizer, acts=acts)],
    )


def _signed(part: ShiftPart, localizer: Localizer) -> ShiftPart:
    """Add the word of each shape, as its tooltip."""
    rows = (replace(row, sign=badges.sign(row.tone, localizer)) for row in part.rows)
    return replace(part, rows=tuple(rows))


def paper_html(
    facts: ShiftData,
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
        parts=fitting(parts(facts, localizer, acts=False)),
    )


def sentence(localizer: Localizer) -> str:
    """Say who has the watch, or that nobody has."""
    return watch.sentence(localizer) or localizer.say("watch.nobody")


def _remark(localizer: Localizer) -> str:
    held = localizer.snapshot.watch
    return localizer.quoted(held.remark) if held and held.remark else ""


def _old(localizer: Localizer) -> str:
    when = journal.moment(localizer.snapshot.at.utc, localizer)
    return localizer.say("shift.old", when=when)


def parts(facts: ShiftData, localizer: Localizer, *, acts: bool) -> list[ShiftPart]:
    """Return all parts, those that ask for action first.

    For an earlier watch its events come first.
    """
    say, happened = localizer.say, _happened(facts, localizer)
    rows = {
        "shift.out": _out(localizer),
        "act.force": _in_force(localizer),
        "shift.tell": _untold(localizer, acts=acts),
        "shift.notices": _waiting(localizer, acts=acts),
        "shift.tests": _tests(facts, localizer, acts=acts),
    }
    now = [
        ShiftPart(title=say(key), rows=tuple(found), none=say(f"{key}.none"))
        for key, found in rows.items()
    ]
    if facts.tests is None:
        now[-1] = replace(now[-1], none=say("redundancy.refused"))
    return [happened, *now] if facts.back else [*now, happened]


def _happened(facts: ShiftData, localizer: Localizer) -> ShiftPart:
    changes = list(_changes(facts.changes, localizer))
    return ShiftPart(
        title=watches.title(facts.watches, facts.back, localizer),
        rows=tuple(changes[:MOST_CHANGES]),
        none=facts.trouble or localizer.say("shift.changes.none"),
        more=len(changes[MOST_CHANGES:]),
        address=link("journal", localizer.language),
        ways=watches.ways(facts.watches, facts.back, localizer),
    )


def _out(localizer: Localizer) -> Iterator[ShiftRow]:
    """Yield the channels that are not fully available, the worst first."""
    ailing = [
        (tone, view)
        for view in localizer.snapshot.channels
        if (tone := badges.of(view.standing, localizer).tone) in OUT
    ]
    for tone, view in sorted(ailing, key=lambda each: OUT.index(each[0])):
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
        address=link("channel", localizer.language, [("name", view.name)]),
    )


def _why(view: ChannelView, localizer: Localizer) -> str:
    """Return why it is not available; distrust is named as that."""
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
    """Yield statements in force; those to end or ask soon come first."""
    soon = localizer.snapshot.at.utc + SOON
    held = in_force.statements(localizer)
    ending = [each for each in held if each.until is None or each.until > soon]
    first = [each for each in held if each not in ending]
    for each in (*sorted(first, key=lambda one: str(one.until)), *ending):
        asks = each in first or each.about[0] == "lost"
        yield ShiftRow(
            name=each.head, said=each.said, tone=Tone.DEGRADED if asks else None
        )


def _untold(localizer: Localizer, *, acts: bool) -> Iterator[ShiftRow]:
    """Yield the unsent announcements."""
    for announcement in announcements(localizer.snapshot, localizer.language):
        if (
            announcement.news
            and not announcement.exercise
            and announcement.told is None
        ):
            link = action_link("shift.tell.act", announcement.line, localizer)
            yield ShiftRow(
                name=announcement.text,
                said=heading(announcement, localizer),
                tone=Tone.DEGRADED,
                act=link if acts else None,
            )


def _waiting(localizer: Localizer, *, acts: bool) -> Iterator[ShiftRow]:
    for words, act in notices.waiting(localizer, acts=acts):
        yield ShiftRow(name=words, tone=Tone.DEGRADED, act=act)


def _tests(facts: ShiftData, localizer: Localizer, *, acts: bool) -> Iterator[ShiftRow]:
    """Yield the tests due within a week, the longest overdue first."""
    until = localizer.snapshot.at.utc + WEEK
    due = [
        test
        for test in facts.tests or ()
        if test.worked is False or test.due_at is None or test.due_at <= until
    ]
    for each in sorted(due, key=lambda one: (one.due_at is not None, str(one.due_at))):
        link = action_link(
            "shift.test.act", each.channel, localizer, do="test", subject=each.channel
        )
        yield ShiftRow(
            name=localizer.short_name(each.channel),
            said=_tried(each, facts.trials.get(each.channel), localizer),
            tone=_test_tone(each),
            act=link if acts else None,
        )


def _test_tone(test: Trying) -> Tone | None:
    if test.worked is False:
        return Tone.DOWN
    return None if test.standing == "fresh" else Tone.DEGRADED


def _tried(test: Trying, trial: Trial | None, localizer: Localizer) -> str:
    """Say when it is to be tried, and who did so last."""
    if test.due_at is None or test.tried_at is None:
        return localizer.say("audit.test.never")
    due = localizer.say("shift.test.due", day=localizer.date(test.due_at))
    said = roll_call.tried(test, trial, localizer)
    return _joined(due, ", ".join(filter(None, said)))


def _changes(entries: Sequence[JournalRow], localizer: Localizer) -> Iterator[ShiftRow]:
    """Yield the events, newest first, without first results that are OK.

    The first of each day has its date.
    """
    states = [each for each in entries if journal.kind_of(each) == journal.STATE]
    by_name = [(each.change.name, each) for each in states if each.change]
    first, day = [*filter(_is_ok, dict(by_name).values())], ""  # the oldest of each
    for entry in entries:
        if entry not in first:
            at = journal.time_view(entry.at, localizer)
            yield ShiftRow(
                name=hour(localizer.local(entry.at)),
                said=_joined(journal.sentence(entry, localizer), journal.person(entry)),
                tone=journal.tone_of(entry),
                day=at.day if at.day != day else "",
            )
            day = at.day


def _is_ok(entry: JournalRow) -> bool:
    """Tell whether it says that something unknown is OK."""
    was = entry.change.before if entry.change else ""
    return was == "unknown" and journal.tone_of(entry) is Tone.OK
