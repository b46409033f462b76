"""The last lines of the wall: what ails Secours itself, and what changed last."""

import math
from collections.abc import Iterator, Sequence

from secours.model.snapshot import Change, State
from secours.render.badges import Tone, of_word, shape
from secours.render.escape import esc, plain
from secours.render.pages.journal import line_name, trouble
from secours.render.wall import text_width
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer

ROWS = 2
ROOM = 164.0  # the width of a row, in units
MORE = 12.7  # of how many more lines there are, in its own size
BETWEEN = 1.9  # two words of a row
NEWS_S = 1800.0  # a change older than this is no news
ANSWER = "line"
STATES = ("channel", "component", "path")


def strip(localizer: Localizer, rows: int = ROWS, more: str = "") -> str:
    """Draw so many rows; notes come before changes. `more` is HTML."""
    room = ROOM - (MORE * localizer.sizes.calm if more else 0.0)
    room /= localizer.sizes.letter_width
    said = [*_notes(localizer, room), *_changes(localizer, room)][:rows]
    return (
        f'<footer class="s-strip s-rows-{rows}">'
        f'<div class="s-news">{"".join(said)}</div>{more}</footer>'
    )


def notes(localizer: Localizer) -> list[str]:
    """Say what ails Secours itself."""
    said = [_trouble(word, localizer) for word in localizer.snapshot.trouble]
    if localizer.snapshot.config_error:
        said.append(localizer.say("note.config_error"))
    return [*caveats.words_lost(localizer), *said, *caveats.confirmations(localizer)]


def _notes(localizer: Localizer, room: float) -> Iterator[str]:
    if said := notes(localizer):
        text = esc(
            text_width.shorten(" · ".join(said), localizer.sizes.strip, room - 5, 1)
        )
        yield f'<p class="s-row s-note">{shape(Tone.DEGRADED)}<b>{text}</b></p>'


def _trouble(word: str, localizer: Localizer) -> str:
    said = trouble(word, localizer)
    return localizer.say("note.other", what=word) if said == word else said


def _changes(localizer: Localizer, room: float) -> Iterator[str]:
    changes = news(localizer)
    recent = [each for each in changes if localizer.age_s(each.at) <= NEWS_S]
    if not recent:
        latest = changes[0].at if changes else localizer.snapshot.started
        calm = localizer.say("no_change", since_s=localizer.age_s(latest))
        yield f'<p class="s-row s-calm">{esc(calm)}</p>'
    for change in recent[:ROWS]:
        yield change_row(change, localizer, room)


def is_told(change: Change) -> bool:
    """Tell whether a change is of an answer or of a state, and not a person's word."""
    if change.subject == ANSWER:
        return True
    return change.subject in STATES and bool(change.after)


def news(localizer: Localizer) -> list[Change]:
    """Return the changes that a room cares about, the newest first.

    What is used, and how channels are; of what they share only what goes down or comes
    back. What was not known before, and is well, is no news.
    """
    changes = [each for each in localizer.snapshot.changes if is_told(each)]
    return [
        change
        for place, change in enumerate(changes)
        if _is_news(change, changes[place + 1 :], localizer)
    ]


def _is_news(change: Change, earlier: Sequence[Change], localizer: Localizer) -> bool:
    if change.subject == ANSWER:
        return True
    if change.subject != "channel" and State.DOWN not in (change.before, change.after):
        return False
    if change.before != State.UNKNOWN:
        return True
    first_s = localizer.snapshot.first_answer_s
    at_start = change.at.since(localizer.snapshot.started) <= first_s
    was_known = any(_is_same(change, each) for each in earlier)
    return not at_start and (was_known or change.after != State.AVAILABLE)


def _is_same(change: Change, other: Change) -> bool:
    return (change.subject, change.name) == (other.subject, other.name)


def change_row(change: Change, localizer: Localizer, room: float = math.inf) -> str:
    """Draw a change: when, of what, from what to what, and why.

    Where there is no room for all of it, the reason is cut, and then the hour left out.
    """
    name, size = plain(_name(change, localizer), 40), localizer.sizes.strip
    before, after, wide = _from_to(change, localizer)
    time = localizer.clock(change.at)
    detail = plain(localizer.detail(change.reason, change.facts), 60)
    fixed = text_width.width(f"{name}→", size) + wide + 5 * BETWEEN
    left = room - fixed - text_width.width(time, size)
    if left < text_width.width(detail, size):
        detail = text_width.shorten(detail, size, left, 1) if left > 8 * size else ""
    when = f"<time>{time}</time>" if left >= 0 else ""
    return (
        f'<p class="s-row">{when}<b>{esc(name)}</b>{before}'
        f'<span class="s-arrow">→</span>{after}'
        f'<span class="s-detail">{esc(detail)}</span></p>'
    )


def _from_to(change: Change, localizer: Localizer) -> tuple[str, str, float]:
    """Draw what it was and what it is; return how wide both are, too."""
    size = localizer.sizes.strip
    if change.subject == ANSWER:
        names = [_used(each, localizer) for each in (change.before, change.after)]
        before, after = (esc(name) for name in names)
        return (
            f"<span>{before}</span>",
            f"<b>{after}</b>",
            text_width.width("".join(names), size),
        )
    marks = [of_word(each, localizer) for each in (change.before, change.after)]
    wide = text_width.width("".join(f"O {mark.word}" for mark in marks), size)
    return marks[0].html(), marks[1].html(), wide


def _used(channel: str, localizer: Localizer) -> str:
    name = localizer.short_name(channel) if channel else localizer.say("entry.nothing")
    return plain(name, 40)


def _name(change: Change, localizer: Localizer) -> str:
    if change.subject == ANSWER:
        return line_name(change.name, localizer)
    if change.subject == "channel":
        return localizer.short_name(change.name)
    if change.subject == "component":
        return localizer.component(change.name)
    return change.name
