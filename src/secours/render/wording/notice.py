"""A notice in words: a title, the whole text, and the same as one text message.

It says what to do now, since when and by which cause, and what is over; never how a
channel is used, nor why it was marked: others may read it in transit.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from secours.core.notices.matters import (
    ASKING_MARK,
    ASKING_PIN,
    EXERCISE,
    LINE,
    MAINS,
    OWN_LINK,
    PLAYED,
    SEPARATOR,
    TOOK_OVER,
    Matter,
)
from secours.model.nodes import is_channel
from secours.model.observed import Reason
from secours.model.sections.line import purpose_and_audience
from secours.model.sections.notify import NoticeKind
from secours.model.snapshot import Recommendation
from secours.render.escape import plain
from secours.render.wording import do_not_use, sms_length, trouble
from secours.render.wording.localizer import Localizer, hour
from secours.render.wording.receivers import misses, reasons
from secours.render.wording.silence import orders
from secours.render.wording.sites import opinion

FIRST = (
    NoticeKind.NOTHING_LEFT,
    NoticeKind.RECOMMENDATION,
    NoticeKind.DISTRUST,
    NoticeKind.OWN_LINK,
    NoticeKind.ENDING,
    NoticeKind.ITSELF,
    NoticeKind.TEST_OVERDUE,
)
DATED = frozenset(FIRST) - {NoticeKind.TEST_OVERDUE, NoticeKind.ITSELF}
LONGEST_NAME = 60
LONGEST_SITE = 44
LONGEST_LAST = 120
ON_SCREEN = {
    "config_error": "note.config_error",
    "words_lost": "note.words_lost",
    TOOK_OVER: "standby.took_over",
}


class Wording(Struct, frozen=True, kw_only=True):
    """Notice in three lengths."""

    title: str  # one line
    text: str  # several lines
    brief: str  # goes into one text message


def words(
    matters: Sequence[Matter],
    localizer: Localizer,
    *,
    code: str,
    link: str = "",
    exercise: bool = False,
    again: bool = False,
    test: bool = False,
    unanswered: str = "",
) -> Wording:
    """Return one notice of all matters; a test has none.

    `unanswered` is who did not acknowledge it, where it is passed on.

    Each length begins with its kind, as it may be read alone.
    """
    played = exercise or any(matter.exercise for matter in matters)
    say = localizer.say
    marks = [
        *([say("standby")] if localizer.snapshot.standby else []),
        *([say("exercise")] if played else []),
        *([say("notice.trial")] if test else []),
        *([say("notice.again")] if again else []),
    ]
    ordered = sorted(matters, key=_worst_first)
    heads = [_head(matter, localizer) for matter in ordered]
    heads = heads or [say("notice.trial.what")]
    mark = "".join(f"{word}. " for word in marks)
    unread = [say("notice.unanswered", name=unanswered)] if unanswered else []
    rows = [mark + _place(localizer), *unread, *_rows(ordered, localizer, code, link)]
    parts = [*_parts(ordered, localizer)] or heads
    more = [*unread, *_cause(ordered, localizer), _site(localizer)]
    more += _elsewhere(ordered, localizer)
    return Wording(
        title=mark + _title(heads, localizer),
        text="\n".join(rows),
        brief=_brief(mark, parts, more, (code, link), localizer),
    )


def _worst_first(matter: Matter) -> tuple[bool, int, bool, int]:
    over = matter.severity == 0
    rank = FIRST.index(matter.kind)
    return over, rank, matter.key != MAINS, -matter.severity


def _title(heads: Sequence[str], localizer: Localizer) -> str:
    more = _others(len(heads) - 1, localizer)
    return f"{_site(localizer)}{localizer.say('colon')} {heads[0]}{more}"


def _others(n: int, localizer: Localizer) -> str:
    """Say how many more there are, if any."""
    return f" ({localizer.say('more.others', n=n)})" if n else ""


def _site(localizer: Localizer) -> str:
    return plain(localizer.site, LONGEST_SITE)


def _place(localizer: Localizer) -> str:
    """Return the place and time."""
    here = localizer.local(localizer.snapshot.at)
    return f"{_site(localizer)}, {localizer.short_date(here)} {hour(here)}"


def _rows(
    matters: Sequence[Matter], localizer: Localizer, code: str, link: str
) -> Iterator[str]:
    for matter in matters:
        yield _row(matter, localizer)
    if not matters:
        yield localizer.say("notice.trial.what")
    yield from _more(matters, localizer)
    if code:
        yield localizer.say("notice.ack", code=code)
    if link:
        yield localizer.say("notice.link")
        yield link


def _parts(matters: Iterable[Matter], localizer: Localizer) -> Iterator[str]:
    """Yield each matter in brief, followed by what to do instead."""
    unsafe = do_not_use.names(localizer)
    for matter in matters:
        yield _head(matter, localizer)
        if matter.kind is NoticeKind.DISTRUST and matter.severity and unsafe:
            yield unsafe
            unsafe = ""
        if instead := _instead(matter, localizer):
            yield instead
        yield from _heard(matter, localizer)


def _more(matters: Sequence[Matter], localizer: Localizer) -> Iterator[str]:
    """Yield what must not be used, and the causes."""
    distrust = (m for m in matters if m.kind is NoticeKind.DISTRUST and m.severity)
    if any(distrust) and (unsafe := do_not_use.names(localizer)):
        yield unsafe
    yield from _cause(matters, localizer)
    yield from _elsewhere(matters, localizer)
    lines = [line for m in matters if m.state for line in _line_of(m, localizer)]
    found = {line.audience for line in lines}
    yield from (head for who, head, _ in orders.back(localizer) if who in found)


def _elsewhere(matters: Iterable[Matter], localizer: Localizer) -> list[str]:
    """Say what other sites see of the causes."""
    causes = (cause for m in matters if m.severity for cause in m.causes)
    blamed = {part for cause in causes for part in cause.split(SEPARATOR)}
    return opinion.sentences(localizer, blamed)


def _cause(matters: Iterable[Matter], localizer: Localizer) -> Iterator[str]:
    found = dict.fromkeys(c for m in matters if m.severity for c in m.causes)
    named = [
        localizer.cause(cause)
        for cause in found
        if cause != OWN_LINK and not all(map(is_channel, cause.split(SEPARATOR)))
    ]
    if named:
        yield localizer.say("notice.cause", what=localizer.series(named))


def _instead(matter: Matter, localizer: Localizer) -> str:
    """Return the answer beside a pin in vain, or the last resort of a lost line.

    Empty where the notice names a usable channel.
    """
    lost = matter.kind is NoticeKind.NOTHING_LEFT
    for line in _line_of(matter, localizer):
        best = line.unpinned
        if best and not matter.exercise and line.answer is best:
            name = plain(localizer.short_name(best.channel), LONGEST_NAME)
            return f"{localizer.say('pinned.not')}{localizer.say('colon')} {name}"
        if lost and (last := localizer.in_language(line.last_resort)):
            return localizer.say("notice.last_resort", what=plain(last, LONGEST_LAST))
    return ""


def _heard(matter: Matter, localizer: Localizer) -> Iterator[str]:
    """Yield the channels left as unheard, and whom the line misses now."""
    if matter.exercise or not matter.severity:
        return
    for line in _line_of(matter, localizer):
        for each in line.passed_over:
            if each.reason is Reason.RECEIVERS:
                reach = line.receivers.get(each.channel)
                yield reasons.why(each.channel, reach, localizer, brief=True)
        if told := misses.sentence(line, localizer):
            yield told[:1].upper() + told[1:]


def _line_of(matter: Matter, localizer: Localizer) -> list[Recommendation]:
    name = matter.key.removeprefix(f"{EXERCISE}/").removeprefix(f"{LINE}/")
    return [e for e in localizer.snapshot.recommendations if e.name == name]


def _brief(
    mark: str,
    heads: Sequence[str],
    more: Sequence[str],
    ack: tuple[str, str],
    localizer: Localizer,
) -> str:
    """Return the longest text for one SMS, always with the code."""
    code, link = ack
    here = localizer.local(localizer.snapshot.at)
    begin = sms_length.transliterated(f"{mark}{hour(here)} ")
    end = f" {localizer.say('notice.code', code=code)}" if code else ""
    parts = [sms_length.transliterated(head) for head in heads]
    text = ""
    for count in range(len(parts), 0, -1):
        rest = _others(len(parts) - count, localizer)
        text = begin + "".join(f"{part}. " for part in parts[:count]).rstrip() + rest
        if sms_length.fits(text + end):
            break
    else:
        rest = _others(len(parts) - 1, localizer)
        text = _cut(begin, parts[0], rest + end).removesuffix(end)
    for part in map(sms_length.transliterated, more):
        if part and sms_length.fits(f"{text} {part}.{end}"):
            text = f"{text} {part}."
    said = localizer.say("notice.code.long", code=code)
    longer = f" {sms_length.transliterated(said)}" if code else ""
    ways = [f"{longer} {link}", f"{end} {link}"] if link else []
    fitting = (way for way in (*ways, longer) if sms_length.fits(text + way))
    return text + next(fitting, end)


def _cut(begin: str, part: str, end: str) -> str:
    """Cut a text at a word, or in it where it is too long alone."""
    while part and not sms_length.fits(f"{begin}{part}..{end}"):
        part = part.rpartition(" ")[0] or part[:-1]
    return f"{begin}{part}..{end}"


def _row(matter: Matter, localizer: Localizer) -> str:
    """Return a matter as a row, with its begin."""
    row = _head(matter, localizer)
    if matter.severity and matter.since and matter.kind in DATED and not _due(matter):
        time = localizer.time(matter.since.utc)
        row = localizer.say("notice.since", what=row, time=time)
    out = str(matter.facts.get("out", ""))
    if out and matter.severity and matter.kind is NoticeKind.RECOMMENDATION:
        names = [_name(each, localizer) for each in out.split(SEPARATOR)]
        row = localizer.say("notice.out", what=row, names=localizer.series(names))
    for told in filter(None, (_instead(matter, localizer), *_heard(matter, localizer))):
        row = f"{row}. {told}"
    if matter.key == MAINS and matter.severity and (lives := _lives_on(localizer)):
        row = f"{row}{localizer.say('colon')} {localizer.series(lives)}"
    return row


def _head(matter: Matter, localizer: Localizer) -> str:
    """Return one matter in brief."""
    if matter.kind in (NoticeKind.RECOMMENDATION, NoticeKind.NOTHING_LEFT):
        return _line(matter, localizer)
    return _other(matter, localizer)


def _line(matter: Matter, localizer: Localizer) -> str:
    if matter.key == PLAYED:
        if not matter.severity:
            return localizer.say("notice.exercise.over")
        fails = ", ".join(map(localizer.subject, matter.state.split(SEPARATOR)))
        return localizer.say("exercise.fails", what=plain(fails))
    facts = {"line": _line_name(matter, localizer), "channel": ""}
    if matter.state:
        facts["channel"] = plain(localizer.short_name(matter.state), LONGEST_NAME)
    if matter.kind is NoticeKind.NOTHING_LEFT:
        pinned = "pinned.unheard" if matter.facts.get("unheard") else "pinned"
        return localizer.say(f"notice.{pinned if matter.state else 'nothing'}", **facts)
    if not matter.severity:
        return localizer.say("notice.usual", **facts)
    unverified = matter.facts.get("unverified")
    word = localizer.say("unverified.word") if unverified else None
    return localizer.say("notice.use", unverified=word, **facts)


def _line_name(matter: Matter, localizer: Localizer) -> str:
    name = matter.key.removeprefix(f"{EXERCISE}/").removeprefix(f"{LINE}/")
    return _titled(name, localizer)


def _titled(line: str, localizer: Localizer) -> str:
    """Name a line of the plan, with its audience where there are several."""
    purpose, audience = purpose_and_audience(line)
    verb = localizer.say(f"purpose.{purpose}").capitalize()
    audiences = {each.audience for each in localizer.snapshot.recommendations}
    if audiences <= {audience}:
        return verb
    return f"{verb} ({localizer.audience(audience)})"


def _other(matter: Matter, localizer: Localizer) -> str:
    say = localizer.say
    over = not matter.severity
    match matter.kind:
        case NoticeKind.OWN_LINK:
            return say("notice.own_link.over") if over else say("notice.own_link")
        case NoticeKind.DISTRUST:
            return _distrust(matter, localizer)
        case NoticeKind.ENDING if matter.key == MAINS:
            return say("notice.mains.over") if over else say("notice.mains")
        case NoticeKind.ENDING if matter.key.startswith((ASKING_MARK, ASKING_PIN)):
            return _asks(matter, localizer)
        case NoticeKind.ENDING:
            name, until = _name(matter.state, localizer), _until(matter, localizer)
            return say("notice.ending", channel=name, time=until)
        case NoticeKind.TEST_OVERDUE:
            what = _overdue(matter, localizer)
        case _:
            word = str(matter.facts.get("word", ""))
            on_screen = ON_SCREEN.get(word)
            language = localizer.language
            what = say(on_screen) if on_screen else trouble.note(word, language)
    return say("notice.over", what=what) if over else what


def _asks(matter: Matter, localizer: Localizer) -> str:
    """Announce a statement's end."""
    by, until = matter.facts.get("by"), _until(matter, localizer)
    if matter.key.startswith(ASKING_PIN):
        line = _titled(matter.key.removeprefix(ASKING_PIN), localizer)
        return localizer.say("note.unpins", what=line, by=by, time=until)
    subject = plain(
        localizer.subject(matter.key.removeprefix(ASKING_MARK)), LONGEST_NAME
    )
    word = localizer.say(f"act.says.{matter.state}")
    what = localizer.say("notice.says", what=subject, word=word)
    return localizer.say("note.ends", what=what, by=by, time=until)


def _distrust(matter: Matter, localizer: Localizer) -> str:
    subject = matter.facts.get("subject") or matter.key.partition("/")[2]
    what = plain(localizer.subject(str(subject)), LONGEST_NAME)
    if not matter.severity:
        return localizer.say("notice.distrust.over", what=what)
    by, until = matter.facts.get("by"), _until(matter, localizer)
    if _due(matter):
        return localizer.say("note.confirm", what=what, by=by, time=until)
    return localizer.say("notice.distrust", what=what, by=by)


def _due(matter: Matter) -> bool:
    """Return whether it is a distrust to be confirmed: its text has the time."""
    return matter.kind is NoticeKind.DISTRUST and matter.state == "due"


def _overdue(matter: Matter, localizer: Localizer) -> str:
    name = _name(matter.state, localizer)
    since = None
    if matter.severity:
        since_s = localizer.age_s(matter.since) if matter.since else None
        since = localizer.say("untried", since_s=since_s)
    return localizer.say("notice.test", channel=name, since=since)


def _lives_on(localizer: Localizer) -> list[str]:
    """Return until when each channel lasts, and anybody of each line hears it."""
    shot = localizer.snapshot
    ends = [
        (min(found, key=lambda each: each.steady_s), view.name)
        for view in shot.channels
        for of_lines in [[line.until.get(view.name) for line in shot.recommendations]]
        if (found := [*filter(None, [view.standing.until, *of_lines])])
        and not view.standing.aside
    ]
    return [
        localizer.say(
            "notice.until", channel=_name(name, localizer), time=localizer.time(end.utc)
        )
        for end, name in sorted(ends, key=lambda each: each[0].steady_s)
    ]


def _until(matter: Matter, localizer: Localizer) -> str | None:
    until = matter.facts.get("until")
    if until is None:
        return None
    return localizer.time(datetime.fromisoformat(str(until)))


def _name(channel: str, localizer: Localizer) -> str:
    return plain(localizer.short_name(channel), LONGEST_NAME)
