"""The rungs of one line of the plan, each with its state, always in the same place."""

from dataclasses import replace

from secours.model import Recommendation
from secours.screen import fit, marks
from secours.screen.escape import esc
from secours.screen.marks import BEST_FIRST, Mark, Tone
from secours.screen.voice import Voice

SIZE, BESIDE = 4.7, 3.4
ROW, STATE = 72.0, 32.0  # the width of a row without its number, and of most states
LOW, TALL, BETWEEN = 6.5, 10.2, 0.9  # heights of rows, and between two


def ladder(line: Recommendation, voice: Voice) -> str:
    """Draw the rungs, numbered from 1; the one to use has the white frame."""
    in_use = line.use.channel if line.use and not line.measuring else None
    rungs = "".join(
        _rung(number, channels, in_use, line.measuring, voice)
        for number, (_, channels) in enumerate(line.tiers, 1)
    )
    return f'<ol class="s-ladder">{rungs}</ol>'


def ladder_height(line: Recommendation, voice: Voice) -> float:
    """Return how high the ladder is when it makes room for words, in units."""
    rungs = len(line.tiers)
    tall = sum(_is_tall(channels, line.measuring, voice) for _, channels in line.tiers)
    return rungs * LOW + (rungs - 1) * BETWEEN + tall * (TALL - LOW)


def _is_tall(channels: tuple[str, ...], measuring: bool, voice: Voice) -> bool:
    """Tell whether a name takes two lines beside its state."""
    marks_of = [(name, _mark(name, measuring, voice)) for name in channels]
    return any(_width(voice.short_name(name), mark) > ROW for name, mark in marks_of)


def _width(name: str, mark: Mark) -> float:
    state = fit.width(f"O {mark.word}", SIZE) + fit.width(mark.beside, BESIDE) + 4
    return fit.width(name, SIZE) + max(STATE, state)


def _rung(
    number: int,
    channels: tuple[str, ...],
    in_use: str | None,
    measuring: bool,
    voice: Voice,
) -> str:
    drawn = {name: _mark(name, measuring, voice) for name in channels}
    best = in_use if in_use in drawn else _best(drawn)
    more = voice.say("more.channels", n=len(channels) - 1) if channels[1:] else ""
    used = best == in_use and best is not None
    here = f'<span class="s-here">{esc(voice.say("use_this"))}</span>' if used else ""
    return (
        f'<li class="s-rung{" s-used" if used else ""}">'
        f'<span class="s-number">{number}</span>'
        f'<span class="s-name">{esc(voice.short_name(best or ""), 40)}'
        f'<span class="s-plus">{esc(more)}</span>{here}</span>'
        f'<span class="s-state">{_drawn(drawn, best, voice)}</span></li>'
    )


def _drawn(drawn: dict[str, Mark], best: str | None, voice: Voice) -> str:
    mark = drawn.get(best or "") or Mark(Tone.UNKNOWN, voice.say("state.unknown"))
    return mark.html(badge=True)


def _best(drawn: dict[str, Mark]) -> str | None:
    """Return the channel of a rung that is best off, the first of equals."""
    return min(drawn, key=lambda n: BEST_FIRST.index(drawn[n].tone), default=None)


def _mark(name: str, measuring: bool, voice: Voice) -> Mark:
    """Return the mark of a channel; nothing is known before the first answer."""
    views = [view for view in voice.snapshot.channels if view.name == name]
    if measuring or not views:
        return Mark(Tone.UNKNOWN, voice.say("state.unknown"))
    # the banner says it once for all that does not go through our network
    return replace(marks.of(views[0].standing, voice), under="")
