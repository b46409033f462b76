"""The last lines of the wall: what ails Secours itself, and what changed last."""

import math
from collections.abc import Iterator

from secours.model import Change, State
from secours.screen import fit, remarks
from secours.screen.escape import esc, plain
from secours.screen.marks import Tone, of_word, shape
from secours.screen.voice import Voice

ROWS = 2
ROOM = 164.0  # the width of a row, in units
MORE = 12.7  # of how many more lines there are, in its own size
BETWEEN = 1.9  # two words of a row
NEWS_S = 1800.0  # a change older than this is no news
SHOWN = ("channel", "component", "path")
NOTES = ("disk", "store", "clock", "stuck")


def strip(voice: Voice, rows: int = ROWS, more: str = "") -> str:
    """Draw so many rows; notes come before changes. `more` is HTML."""
    room = ROOM - (MORE * voice.sizes.calm if more else 0.0)
    room /= voice.sizes.letter_width
    said = [*_notes(voice, room), *_changes(voice, room)][:rows]
    return (
        f'<footer class="s-strip s-rows-{rows}">'
        f'<div class="s-news">{"".join(said)}</div>{more}</footer>'
    )


def notes(voice: Voice) -> list[str]:
    """Say what ails Secours itself."""
    said = [_trouble(word, voice) for word in voice.snapshot.trouble]
    if voice.snapshot.config_error:
        said.append(voice.say("note.config_error"))
    return [*said, *remarks.confirmations(voice)]


def _notes(voice: Voice, room: float) -> Iterator[str]:
    if said := notes(voice):
        text = esc(fit.shorten(" · ".join(said), voice.sizes.strip, room - 5, 1))
        yield f'<p class="s-row s-note">{shape(Tone.DEGRADED)}<b>{text}</b></p>'


def _trouble(word: str, voice: Voice) -> str:
    if word in NOTES:
        return voice.say(f"note.{word}")
    return voice.say("note.other", what=word)


def _changes(voice: Voice, room: float) -> Iterator[str]:
    changes = [each for each in voice.snapshot.changes if _is_news(each, voice)]
    recent = [each for each in changes if voice.age_s(each.at) <= NEWS_S]
    if not recent:
        latest = changes[0].at if changes else voice.snapshot.started
        calm = voice.say("no_change", since_s=voice.age_s(latest))
        yield f'<p class="s-row s-calm">{esc(calm)}</p>'
    for change in recent[:ROWS]:
        yield change_row(change, voice, room)


def is_state(change: Change) -> bool:
    """Tell whether something went from one state to another; answers are in cards."""
    return change.subject in SHOWN and bool(change.after)


def _is_news(change: Change, voice: Voice) -> bool:
    """Leave out what the first results said."""
    if not is_state(change):
        return False
    first_s = voice.snapshot.first_answer_s
    at_start = change.at.since(voice.snapshot.started) <= first_s
    return not (at_start and change.before == State.UNKNOWN)


def change_row(change: Change, voice: Voice, room: float = math.inf) -> str:
    """Draw a change: when, of what, from which state to which, and why.

    Where there is no room for all of it, the reason is cut, and then the hour left out.
    """
    name = plain(_name(change, voice), 40)
    before, after = of_word(change.before, voice), of_word(change.after, voice)
    time = voice.clock(change.at)
    detail = plain(voice.detail(change.reason, change.facts), 60)
    size = voice.sizes.strip
    fixed = fit.width(f"{name}O {before.word}→O {after.word}", size) + 5 * BETWEEN
    left = room - fixed - fit.width(time, size)
    if left < fit.width(detail, size):
        detail = fit.shorten(detail, size, left, 1) if left > 8 * size else ""
    when = f"<time>{time}</time>" if left >= 0 else ""
    return (
        f'<p class="s-row">{when}<b>{esc(name)}</b>{before.html()}'
        f'<span class="s-arrow">→</span>{after.html()}'
        f'<span class="s-detail">{esc(detail)}</span></p>'
    )


def _name(change: Change, voice: Voice) -> str:
    if change.subject == "channel":
        return voice.short_name(change.name)
    if change.subject == "component":
        return voice.component(change.name)
    return change.name
