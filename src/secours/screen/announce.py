"""What to tell people when the channel changes, and on which channel they still listen.

One text for each line of the plan, short enough for one SMS. People listen on the
channel that they were told to use last, if it still works and nobody distrusts it; else
where the plan alerts them; else on the new channel, where the plan sends them next.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from secours import texts
from secours.model import Change, Purpose, Recommendation, Snapshot, State
from secours.screen import exercise, gsm
from secours.screen.escape import plain
from secours.screen.voice import Voice

USABLE = (State.AVAILABLE, State.DEGRADED)
NEWS_S = 3600.0  # for so long a change back to the usual channel is news


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A text to send, and the channel to send it on, None where none is left."""

    purpose: Purpose
    audience: str
    text: str
    on: str | None
    before: str | None  # the channel that was used until the last change
    exercise: bool = False
    news: bool = True  # people use another channel by habit, or did until just now


def announcements(snapshot: Snapshot, language: str) -> tuple[Announcement, ...]:
    """Return what to announce for each line; then, apart, that of an exercise."""
    voice = Voice(snapshot, texts.language_of(language))
    said = [
        _announcement(line, _before(line, snapshot), voice)
        for line in snapshot.recommendations
        if not line.measuring
    ]
    imagined = exercise.played(snapshot)
    if imagined is None:
        return tuple(said)
    told, word = replace(voice, snapshot=imagined), voice.say("exercise")
    said += [
        _announcement(line, _really_used(line, snapshot), told, word)
        for line in imagined.recommendations
        if not line.measuring
    ]
    return tuple(said)


def heading(said: Announcement, voice: Voice) -> str:
    """Say where to send a text, and how long it is."""
    line = texts.purpose(voice.language, said.purpose, said.audience)
    return voice.say(
        "announce.on" if said.on else "announce.by_hand",
        line=f"{voice.say('exercise')} · {line}" if said.exercise else line,
        channel=_label(said.on, voice) if said.on else None,
        used=gsm.length(said.text),
        limit=gsm.limit(said.text),
    )


def _label(channel: str, voice: Voice) -> str:
    return voice.in_language(voice.snapshot.channel(channel).label) or channel


def _announcement(
    line: Recommendation, before: str | None, voice: Voice, word: str = ""
) -> Announcement:
    return Announcement(
        purpose=line.purpose,
        audience=line.audience,
        text=_text(line, before, voice, word),
        on=_listened(line, before, voice.snapshot),
        before=before,
        exercise=bool(word),
        news=bool(word) or _is_news(line, voice.snapshot),
    )


def _before(line: Recommendation, snapshot: Snapshot) -> str | None:
    """Return what people were told to use before the latest change of this line."""
    used = line.use.channel if line.use else ""
    latest = _latest(line, snapshot)
    if latest is None or latest.after != used:
        return None
    return latest.before or None


def _latest(line: Recommendation, snapshot: Snapshot) -> Change | None:
    changes = (each for each in snapshot.changes if each.subject == "line")
    return next((each for each in changes if each.name == key(line)), None)


def _is_news(line: Recommendation, snapshot: Snapshot) -> bool:
    if line.use is None or line.use.rank > 1:
        return True
    latest = _latest(line, snapshot)
    if latest is None or not latest.before:
        return False
    return snapshot.at.since(latest.at) < NEWS_S


def _really_used(line: Recommendation, snapshot: Snapshot) -> str | None:
    """Return what people really use for a line that an exercise would change."""
    used = line.use.channel if line.use else None
    lines = (each for each in snapshot.recommendations if key(each) == key(line))
    real = next((each.use.channel for each in lines if each.use), None)
    return real if real != used else None


def key(line: Recommendation) -> str:
    """Return the name of a line: `purpose/audience`."""
    return f"{line.purpose}/{line.audience}"


def _listened(
    line: Recommendation, before: str | None, snapshot: Snapshot
) -> str | None:
    """Return the first channel on which people listen that works, or may."""
    alerts = [
        other.use.channel
        for other in snapshot.recommendations
        if other.use
        and other.purpose is Purpose.ALERT
        and other.audience == line.audience
    ]
    used = [line.use.channel] if line.use else []
    order = [name for _, names in line.tiers for name in names]
    listened = [*([before] if before else []), *alerts, *used, *order]
    for states in (USABLE, (State.UNKNOWN,)):
        for name in listened:
            if _is(name, states, snapshot):
                return name
    return None


def _is(channel: str, states: Collection[State], snapshot: Snapshot) -> bool:
    """Tell whether a channel is in one of these states and not set aside."""
    views = [view for view in snapshot.channels if view.name == channel]
    return any(
        view.standing.state in states and not view.standing.aside for view in views
    )


# ------------------------------------------------------------------ the text


def _text(line: Recommendation, before: str | None, voice: Voice, word: str) -> str:
    """Write what must be said, and as much of what helps as goes into one SMS."""
    verb, audience = voice.purpose(line)
    time = voice.local(voice.snapshot.at).strftime("%H:%M")
    name = f"{verb} ({audience})" if audience else verb
    key = "announce.use" if line.use else "announce.nothing"
    channel = voice.short_name(line.use.channel) if line.use else ""
    head = voice.say(key, time=time, line=name, channel=plain(channel, 60))
    head = gsm.cut(gsm.transliterated(f"{word}. {head}" if word else head))
    return _filled(
        head, [gsm.transliterated(more) for more in _more(line, before, voice)]
    )


def _more(line: Recommendation, before: str | None, voice: Voice) -> Iterator[str]:
    """Yield what helps, the most useful first."""
    if line.use is None:
        last = voice.in_language(line.last_resort) or voice.say("last_resort.none")
        yield plain(last)
    else:
        how = plain(voice.how(line.use.channel))
        yield f"{how}." if how and not how.endswith(".") else how
    if spare := _spare(line):
        yield f"{voice.say('else')} {plain(voice.short_name(spare), 60)}."
    if before and not _is(before, USABLE, voice.snapshot):
        yield voice.say("announce.not", channel=plain(voice.short_name(before), 60))
    yield plain(voice.in_language(voice.snapshot.site.name), 44)


def _spare(line: Recommendation) -> str | None:
    """Return what to take if that fails; of a pin on what is down, the real answer."""
    if line.unpinned and line.use and line.use.state is State.DOWN:
        return line.unpinned.channel
    return line.backup.channel if line.backup else None


def _filled(head: str, more: Sequence[str]) -> str:
    text = head
    for part in more:
        longer = f"{text} {part}"
        if part and gsm.length(longer) <= gsm.limit(longer):
            text = longer
    return text
