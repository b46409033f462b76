"""The wall: per purpose what to use, how, what if that fails, and why not the usual.

Pure: a Snapshot in, HTML out. The browser keeps time in the nodes marked
`data-secours-age` and `data-secours-clock`. What a stale screen says is in `cover`.
"""

from collections.abc import Sequence

from secours import texts
from secours.model import Link, Recommendation, Snapshot, State
from secours.screen.card import Card, card
from secours.screen.escape import esc
from secours.screen.fit import WIDE, Space
from secours.screen.ladder import ladder, ladder_height
from secours.screen.marks import GLYPHS, Mark, Tone, shape
from secours.screen.strip import strip
from secours.screen.voice import Voice, zone

MOST_LINES = 2
MAIN = 75.9  # the height between top and strip, in units
BANNER = 6.9
STRIP_ROW = 4.6

WORST_FIRST = (Tone.DOWN, Tone.UNKNOWN, Tone.DEGRADED, Tone.ANSWERS, Tone.OK)


def wall_html(
    snapshot: Snapshot, language: str, *, age_s: float, line: int | None = None
) -> str:
    """Draw the wall of a snapshot that is `age_s` old; `line` counts from 1."""
    voice = Voice(snapshot, texts.language_of(language), age_s)
    shown = lines_shown(snapshot, line)
    banners = _banners(voice)
    room, rows = _room(banners, shown, voice)
    cards = [card(each, voice, room) for each in shown]
    hidden = [each for each in snapshot.recommendations if each not in shown]
    rungs = max((len(each.tiers) for each in shown), default=0)
    columns = "".join(
        f'<section class="s-column">{drawn.html}{ladder(each, voice)}</section>'
        for each, drawn in zip(shown, cards, strict=True)
    )
    return (
        f'<div class="s-wall" lang="{voice.language}">'
        f"{_top(voice)}{banners}"
        f'<main class="s-main s-columns-{len(shown)}" style="--rungs:{rungs}">'
        f"{columns or _no_line(voice, line)}</main>"
        f"{strip(voice, rows, _hidden(hidden, voice))}"
        "</div>"
    )


def lines_shown(
    snapshot: Snapshot, line: int | None = None
) -> tuple[Recommendation, ...]:
    """Return the lines on the wall: one asked for, else two of the first audience.

    An audience with only one line leaves its room to the next line of the plan.
    """
    lines = snapshot.recommendations
    if line is not None:
        return lines[line - 1 : line] if line > 0 else ()
    first = [each for each in lines if each.audience == lines[0].audience]
    others = [each for each in lines if each.audience != lines[0].audience]
    chosen = (first + others)[:MOST_LINES]
    return tuple(each for each in lines if each in chosen)


def answers(snapshot: Snapshot, line: int | None = None) -> list[str]:
    """Return what each line on the wall says to use, to tell when that changes."""
    return [
        each.use.channel if each.use else "" for each in lines_shown(snapshot, line)
    ]


def title(snapshot: Snapshot, language: str) -> str:
    """Return what the browser's tab says: the worst state, then the name."""
    tone = _worst(snapshot.recommendations, Voice(snapshot, language))
    name = texts.say(language, "title.ok")
    return name if tone is Tone.OK else f"{GLYPHS[tone]} {name}"


def timezone(snapshot: Snapshot) -> str:
    """Return the name of the site's time zone, UTC where it is not known here."""
    return zone(snapshot.site.timezone).key


def _worst(lines: Sequence[Recommendation], voice: Voice) -> Tone:
    tones = {card(each, voice).tone for each in lines}
    return next((tone for tone in WORST_FIRST if tone in tones), Tone.UNKNOWN)


def _top(voice: Voice) -> str:
    snapshot = voice.snapshot
    age = f"{max(0, int(voice.screen_age_s))} s" if voice.screen_age_s < 1e6 else "—"
    clock = voice.local(snapshot.at).strftime("%H:%M:%S")
    return (
        '<header class="s-top"><a class="s-product" target="_self"'
        f' href="status?lang={voice.language}">Secours</a>'
        f'<span class="s-site">{esc(voice.in_language(snapshot.site.name), 44)}</span>'
        f'<span class="s-age">{esc(voice.say("screen.age"))} '
        f"<span data-secours-age>{age}</span></span>"
        f'<time class="s-clock" data-secours-clock>{clock}</time></header>'
    )


def _banners(voice: Voice) -> str:
    """Say first what holds for the whole screen: our own link, an example plan."""
    said = []
    if voice.snapshot.own_link is Link.DOWN:
        how = f'<span class="s-banner-how">{esc(voice.say("own_link.how"))}</span>'
        said.append(
            f'<div class="s-banner s-own-link" role="status">{shape(Tone.DEGRADED)}'
            f"<b>{esc(voice.say('own_link.down'))}</b>"
            f"{'' if voice.snapshot.example else how}</div>"
        )
    if voice.snapshot.example:
        note = esc(voice.say("note.example"))
        said.append(f'<div class="s-banner s-example">{note}</div>')
    return f'<div class="s-banners">{"".join(said)}</div>' if said else ""


def _room(
    banners: str, shown: Sequence[Recommendation], voice: Voice
) -> tuple[Space, int]:
    """Return how big a card may be, and how many rows the strip may have.

    The ladders shrink before words are dropped; a banner costs the strip a row.
    """
    low = max((ladder_height(line, voice) for line in shown), default=0.0)
    room = Space(MAIN - low, WIDE[min(len(shown), MOST_LINES) or 1])
    return (room.less(BANNER - STRIP_ROW), 1) if banners else (room, 2)


def _no_line(voice: Voice, line: int | None) -> str:
    """Draw what stands where the plan has nothing to show."""
    missing = line is not None and bool(voice.snapshot.recommendations)
    how = voice.say("no_line", n=line) if missing else voice.say("no_plan.how")
    drawn = Card(
        tone=Tone.UNKNOWN,
        verb="",
        rank=voice.say("state.unknown"),
        answer=voice.say("no_plan"),
        words=(f'<p class="s-how">{esc(how)}</p>',),
    )
    return f'<section class="s-column">{drawn.html}</section>'


def _hidden(hidden: Sequence[Recommendation], voice: Voice) -> str:
    """Say that there are more lines, and the worst of their states."""
    if not hidden:
        return ""
    tone = _worst(hidden, voice)
    word = {
        Tone.DOWN: voice.say(f"state.{State.DOWN}"),
        Tone.DEGRADED: voice.say(f"state.{State.DEGRADED}"),
        Tone.UNKNOWN: voice.say(f"state.{State.UNKNOWN}"),
        Tone.ANSWERS: voice.say("state.answers"),
    }.get(tone, voice.say(f"state.{State.AVAILABLE}"))
    key = "more.one" if len(hidden) == 1 else "more.many"
    count = esc(voice.say(key, n=len(hidden)))
    return f'<div class="s-more">{count} {Mark(tone, word).html(badge=True)}</div>'
