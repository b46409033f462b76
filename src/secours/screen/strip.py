"""The last lines of the wall: what ails Secours itself, and what changed last."""

from collections.abc import Iterator

from secours.model import Change, State
from secours.screen import fit
from secours.screen.escape import esc, plain
from secours.screen.marks import Tone, of_word, shape
from secours.screen.voice import Voice

ROWS = 2
SIZE = 3.1
ROOM, MORE = 164.0, 48.0  # widths, of a row and of how many more lines there are
NEWS_S = 1800.0  # a change older than this is no news
SHOWN = ("channel", "component", "path")
NOTES = ("disk", "store", "clock", "stuck")


def strip(voice: Voice, rows: int = ROWS, more: str = "") -> str:
    """Draw so many rows; notes come before changes. `more` is HTML."""
    room = ROOM - (MORE if more else 0.0)
    said = [*_notes(voice, room), *_changes(voice)][:rows]
    return (
        f'<footer class="s-strip s-rows-{rows}">'
        f'<div class="s-news">{"".join(said)}</div>{more}</footer>'
    )


def notes(voice: Voice) -> list[str]:
    """Say what ails Secours itself."""
    said = [_trouble(word, voice) for word in voice.snapshot.trouble]
    if voice.snapshot.config_error:
        said.append(voice.say("note.config_error"))
    return said


def _notes(voice: Voice, room: float) -> Iterator[str]:
    if said := notes(voice):
        text = esc(fit.shorten(" · ".join(said), SIZE, room, 1))
        yield f'<p class="s-row s-note">{shape(Tone.DEGRADED)}<b>{text}</b></p>'


def _trouble(word: str, voice: Voice) -> str:
    if word in NOTES:
        return voice.say(f"note.{word}")
    return voice.say("note.other", what=word)


def _changes(voice: Voice) -> Iterator[str]:
    changes = [each for each in voice.snapshot.changes if _is_news(each, voice)]
    recent = [each for each in changes if voice.age_s(each.at) <= NEWS_S]
    if not recent:
        latest = changes[0].at if changes else voice.snapshot.started
        calm = voice.say("no_change", since_s=voice.age_s(latest))
        yield f'<p class="s-row s-calm">{esc(calm)}</p>'
    for change in recent[:ROWS]:
        yield change_row(change, voice)


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


def change_row(change: Change, voice: Voice) -> str:
    """Draw a change: when, of what, from which state to which, and why."""
    name = change.name
    if change.subject == "channel":
        name = voice.short_name(change.name)
    elif change.subject == "component":
        name = voice.component(change.name)
    before, after = of_word(change.before, voice), of_word(change.after, voice)
    detail = plain(voice.detail(change.reason, change.facts), 60)
    return (
        f'<p class="s-row"><time>{voice.clock(change.at)}</time>'
        f"<b>{esc(name, 40)}</b>{before.html()}"
        f'<span class="s-arrow">→</span>{after.html()}'
        f'<span class="s-detail">{esc(detail)}</span></p>'
    )
