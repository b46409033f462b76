"""Announcements of a change of channel, and the channels to send them on.

One text for each line of the plan, short enough for one SMS. People listen on the
first channel of the plan, or where the last announcement they heard sent them. Those
not reachable there are told on their alert channel, else on the new one, which is
their next in the plan.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence, Set

from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.model.receivers.reach import Hearing
from secours.model.sections.channel import Carries
from secours.model.sections.line import Purpose, line_name
from secours.model.snapshot import USABLE, Change, Recommendation, Snapshot, State
from secours.model.statements import Announced
from secours.render.escape import plain
from secours.render.wording import do_not_use, exercise, sms_length
from secours.render.wording.localizer import Localizer, hour
from secours.render.wording.receivers import misses, reasons

MAY_WORK = (*USABLE, State.UNKNOWN)
WORDS = (Carries.TEXT, Carries.VOICE)
NEWS_S = 3600.0  # a change back to the usual channel is news for so long


class Announcement(Struct, frozen=True, kw_only=True):
    """Text for people, and the channels where they listen; none if none is left."""

    purpose: Purpose
    audience: str
    text: str
    use: str | None
    on: tuple[str, ...]  # that carry text
    read_on: tuple[str, ...] = ()  # that carry only voice
    before: str | None  # the channel used until the last change
    exercise: bool = False
    news: bool = True  # people use another channel by habit, or did until now
    told: Announced | None = None  # sent already, by this

    @property
    def line(self) -> str:
        """Return the name of the line."""
        return line_name(self.purpose, self.audience)


def announcements(snapshot: Snapshot, language: str) -> tuple[Announcement, ...]:
    """Return the announcement of each line; then, apart, those of an exercise."""
    localizer = Localizer(snapshot, texts.language_of(language))
    texts_to_send = [
        _announcement(line, _before(line, snapshot), localizer)
        for line in _told_of(snapshot)
    ]
    imagined = exercise.played(snapshot)
    if imagined is None:
        return tuple(texts_to_send)
    in_exercise, word = replace(localizer, snapshot=imagined), localizer.say("exercise")
    texts_to_send += [
        _announcement(line, _really_used(line, snapshot), in_exercise, word)
        for line in _told_of(imagined)
    ]
    return tuple(texts_to_send)


def _told_of(snapshot: Snapshot) -> Iterator[Recommendation]:
    """Yield the lines to announce: not those that themselves inform the population."""
    for line in snapshot.recommendations:
        if not line.measuring and line.purpose is not Purpose.INFORM:
            yield line.answered


def heading(announcement: Announcement, localizer: Localizer) -> str:
    """Return where to send a text or read it out, its length, and its sender."""
    line = localizer.line(announcement.purpose, announcement.audience)
    words = localizer.say(
        "announce.on"
        if announcement.on or announcement.read_on
        else "announce.by_hand",
        line=f"{localizer.say('exercise')} · {line}" if announcement.exercise else line,
        channel=", ".join(map(localizer.channel_label, announcement.on)),
        read=", ".join(map(localizer.channel_label, announcement.read_on)),
        used=sms_length.length(announcement.text),
        limit=sms_length.limit(announcement.text),
    )
    return localizer.series(filter(None, (words, who_told(announcement, localizer))))


def who_told(announcement: Announcement, localizer: Localizer) -> str:
    """Return who sent it, when and on which channels; "" for nobody."""
    if announcement.told is None:
        return ""
    return localizer.say(
        "announce.told",
        by=announcement.told.by,
        time=localizer.time(announcement.told.at.utc),
        on=", ".join(map(localizer.channel_label, announcement.told.on)),
    )


def _announcement(
    line: Recommendation, before: str | None, localizer: Localizer, word: str = ""
) -> Announcement:
    places = _places(line, localizer.snapshot)
    if word:  # an exercise moves nobody
        places = [before] if before else places[:1]
    told_on = _listened(line, places, localizer.snapshot)
    written = [n for n in told_on if _carries(n, Carries.TEXT, localizer.snapshot)]
    return Announcement(
        purpose=line.purpose,
        audience=line.audience,
        text=_text(line, before, localizer, word),
        use=line.use.channel if line.use else None,
        on=tuple(written),
        read_on=tuple(name for name in told_on if name not in written),
        before=before,
        exercise=bool(word),
        news=bool(word) or _is_news(line, localizer.snapshot),
        told=None if word else _told(line, localizer.snapshot),
    )


def _before(line: Recommendation, snapshot: Snapshot) -> str | None:
    """Return the channel before the latest change of this line."""
    used = line.use.channel if line.use else ""
    latest = _latest(line, snapshot)
    if latest is None or latest.after != used:
        return None
    return latest.before or None


def _latest(line: Recommendation, snapshot: Snapshot) -> Change | None:
    changes = (each for each in snapshot.changes if each.subject == "line")
    return next((each for each in changes if each.name == line.name), None)


def _is_news(line: Recommendation, snapshot: Snapshot) -> bool:
    if line.use is None or line.use.rank > 1:
        return True
    if line.use.reach and line.use.reach.lost:  # some groups need another channel
        return True
    latest = _latest(line, snapshot)
    told_of_none = (
        each.line == line.name and not each.channel for each in snapshot.announced
    )
    if latest is None or not (latest.before or any(told_of_none)):
        return False
    return snapshot.at.since(latest.at) < NEWS_S


def _really_used(line: Recommendation, snapshot: Snapshot) -> str | None:
    """Return the real channel of a line that an exercise would change."""
    used = line.use.channel if line.use else None
    lines = (each for each in snapshot.recommendations if each.name == line.name)
    real = next((each.use.channel for each in lines if each.use), None)
    return real if real != used else None


def _told(line: Recommendation, snapshot: Snapshot) -> Announced | None:
    """Return the announcement of the channel in use, if made since its change."""
    used = line.use.channel if line.use else ""
    newest = next((a for a in snapshot.announced if a.line == line.name), None)
    if newest is None or newest.channel != used:
        return None
    return newest if _is_since_latest(newest, line, snapshot) else None


def _is_since_latest(told: Announced, line: Recommendation, snapshot: Snapshot) -> bool:
    latest = _latest(line, snapshot)
    return latest is None or latest.at.utc <= told.at.utc


def told_before(word: Announced, snapshot: Snapshot) -> Announced | None:
    """Return the noted announcement that covers this one, if any."""
    lines = (each for each in snapshot.recommendations if each.name == word.line)
    if (line := next(lines, None)) is None:
        return None
    same = (
        each
        for each in snapshot.announced
        if (each.line, each.channel) == (word.line, word.channel)
        and {*word.on} <= {*each.on}
        and _is_since_latest(each, line, snapshot)
    )
    return next(same, None)


def _places(line: Recommendation, snapshot: Snapshot) -> list[str]:
    """Return the channels where uninformed people may be, the latest first.

    A change without an announcement moves only those who saw it.
    """
    events: list[Change | Announced] = [
        each
        for each in snapshot.changes
        if each.subject == "line" and each.name == line.name and each.before
    ]
    events += [a for a in snapshot.announced if a.line == line.name and a.channel]
    places = [*line.planned[:1]]
    for event in sorted(events, key=lambda each: each.at.utc):
        if isinstance(event, Announced):
            places = [name for name in places if name not in event.on]
        place = event.channel if isinstance(event, Announced) else event.before
        places = [*(name for name in places if name != place), place]
    used = line.use.channel if line.use else None
    return [name for name in reversed(places) if name != used] or places


def _listened(
    line: Recommendation, places: Collection[str], snapshot: Snapshot
) -> list[str]:
    """Return those of the channels in use by people that work, or may.

    For one that does not, another is added.
    """
    others = _others(line, snapshot)
    for states in (USABLE, (State.UNKNOWN,)):
        reaching = [name for name in places if _reaches(name, line, states, snapshot)]
        more = [n for n in others if n not in reaching]
        more = [n for n in more if _reaches(n, line, states, snapshot)]
        if len(reaching) < len(places):
            reaching, more = [*reaching, *more[:1]], more[1:]
        if reaching:
            may = (n for n in others if _reaches(n, line, MAY_WORK, snapshot))
            return [*reaching, *_reaching(_deaf(reaching, line), [*more, *may], line)]
    return []


def _reaching(
    groups: Set[str], channels: Iterable[str], line: Recommendation
) -> Iterator[str]:
    """Yield the first channels that reach those who hear none of the others."""
    for name in dict.fromkeys(channels):
        if groups - (left := groups & _deaf([name], line)):
            yield name
        groups = left


def _deaf(channels: Iterable[str], line: Recommendation) -> Set[str]:
    """Return the groups of a line that hear none of these channels."""
    reaches = [line.receivers[name] for name in channels if name in line.receivers]
    every = {each.group for reach in line.receivers.values() for each in reach.groups}
    return every - {
        each.group
        for reach in reaches
        for each in reach.groups
        if each.heard is not Hearing.NONE
    }


def _others(line: Recommendation, snapshot: Snapshot) -> list[str]:
    """Return the channels for people not reachable on theirs."""
    alerts = [
        other.use.channel
        for other in snapshot.recommendations
        if other.use
        and other.purpose is Purpose.ALERT
        and other.audience == line.audience
        and not reasons.is_unheard(other.use.reach)
    ]
    used = [line.use.channel] if line.use else []
    return [*alerts, *used, *line.planned]


def _reaches(
    channel: str, line: Recommendation, states: Collection[State], snapshot: Snapshot
) -> bool:
    """Return whether a channel in one of these states carries words to people."""
    words = any(_carries(channel, what, snapshot) for what in WORDS)
    heard = not reasons.is_unheard(line.receivers.get(channel))
    return words and heard and _is(channel, states, snapshot)


def _carries(channel: str, what: Carries, snapshot: Snapshot) -> bool:
    view = snapshot.by_name.get(channel)
    return view is not None and what in view.carries


def _is(channel: str, states: Collection[State], snapshot: Snapshot) -> bool:
    """Tell whether a channel is in one of these states and not set aside."""
    view = snapshot.by_name.get(channel)
    return view is not None and (
        view.standing.state in states and not view.standing.aside
    )


# ------------------------------------------------------------------ the text


def _text(
    line: Recommendation, before: str | None, localizer: Localizer, word: str
) -> str:
    """Write the required text, and as many useful additions as fit one SMS."""
    verb, audience = localizer.purpose(line)
    time = hour(localizer.local(localizer.snapshot.at))
    name = f"{verb} ({audience})" if audience else verb
    key = "announce.use" if line.use else "announce.nothing"
    channel = localizer.short_name(line.use.channel) if line.use else ""
    head = localizer.say(key, time=time, line=name, channel=plain(channel, 60))
    head = sms_length.cut(
        sms_length.transliterated(f"{word}. {head}" if word else head)
    )
    return _filled(
        head,
        [sms_length.transliterated(more) for more in _more(line, before, localizer)],
    )


def _more(
    line: Recommendation, before: str | None, localizer: Localizer
) -> Iterator[str]:
    """Yield further advice, most useful first."""
    last = plain(localizer.in_language(line.last_resort))
    if line.use is None:
        yield ended(last or localizer.say("last_resort.none"))
    else:
        yield ended(plain(localizer.how(line.use.channel)))
        if last and reasons.is_unheard(line.use.reach):
            yield ended(localizer.say("notice.last_resort", what=last))
    if distrusted := _distrusted(line, localizer):
        yield localizer.say("announce.unsafe", channel=", ".join(distrusted))
    if told := misses.sentence(line, localizer):
        yield ended(told[:1].upper() + told[1:])
    if line.backup:
        spare = plain(localizer.short_name(line.backup.channel), 60)
        fewer = misses.fewer(line, localizer)
        spare += f" ({fewer})" if fewer else ""
        yield f"{localizer.say('else')} {spare}."
    if before and _is_gone(before, line, localizer.snapshot):
        yield localizer.say(
            "announce.not", channel=plain(localizer.short_name(before), 60)
        )
    yield plain(localizer.site, 44)


def ended(sentence: str) -> str:
    """Return it with a full stop: what follows is another sentence."""
    return f"{sentence}." if sentence and sentence[-1] not in ".!?" else sentence


def _distrusted(line: Recommendation, localizer: Localizer) -> list[str]:
    """Return the distrusted channels of a line."""
    found = [each.channel for each in do_not_use.distrusted(localizer.snapshot)]
    unsafe = [name for name in found if name in line.planned]
    return [plain(localizer.short_name(name), 60) for name in unsafe]


def _is_gone(before: str, line: Recommendation, snapshot: Snapshot) -> bool:
    """Return whether people must be told to leave their channel before.

    A distrusted one has its own words; one still to be used is not mentioned.
    """
    used = line.use.channel if line.use else None
    unsafe_ones = [each.channel for each in do_not_use.distrusted(snapshot)]
    spare = line.backup.channel if line.backup else None
    if before in (used, spare, *unsafe_ones):
        return False
    return not _is(before, USABLE, snapshot)


def _filled(head: str, more: Sequence[str]) -> str:
    text = head
    for part in more:
        longer = f"{text} {part}"
        if part and sms_length.length(longer) <= sms_length.limit(longer):
            text = longer
    return text
