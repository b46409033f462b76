"""The rungs of one line of the plan, each with its state, always in the same place."""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from secours.model.snapshot import Recommendation
from secours.render import badges
from secours.render.badges import BEST_FIRST, Badge, Tone
from secours.render.escape import esc
from secours.render.wall import text_width
from secours.render.wall.type_sizes import Sizes
from secours.render.wording.localizer import Localizer


def ladder(
    line: Recommendation,
    localizer: Localizer,
    heights: Sequence[float] = (),
    bare: Collection[str] = (),
) -> str:
    """Draw the rungs, numbered from 1; the one to use has the white frame.

    `heights` are theirs, in units: where a rung stands does not hang on states. Of the
    channels in `bare` only the state has room.
    """
    in_use = line.use.channel if line.use and not line.measuring else None
    marked = {
        name: mark_of(name, localizer, measuring=line.measuring, bare=name in bare)
        for _, names in line.tiers
        for name in names
    }
    rungs = "".join(
        _rung(number, {name: marked[name] for name in names}, in_use, localizer)
        for number, (_, names) in enumerate(line.tiers, 1)
    )
    rows = " ".join(f"minmax(calc({h:.4g}*var(--u)),max-content)" for h in heights)
    look = f' style="--rows:{rows}"' if rows else ""
    return f'<ol class="s-ladder"{look}>{rungs}</ol>'


def _rung(
    number: int, drawn: dict[str, Badge], in_use: str | None, localizer: Localizer
) -> str:
    best = in_use if in_use in drawn else _best(drawn)
    more = localizer.say("more.channels", n=len(drawn) - 1) if len(drawn) > 1 else ""
    used = best == in_use and best is not None
    here = (
        f'<span class="s-here">{esc(localizer.say("use_this"))}</span>' if used else ""
    )
    return (
        f'<li class="s-rung{" s-used" if used else ""}">'
        f'<span class="s-number">{number}</span>'
        f'<span class="s-name">{esc(localizer.short_name(best or ""), 40)}'
        f'<span class="s-plus">{esc(more)}</span>{here}</span>'
        f'<span class="s-state">{_drawn(drawn, best, localizer)}</span></li>'
    )


def _drawn(drawn: dict[str, Badge], best: str | None, localizer: Localizer) -> str:
    mark = drawn.get(best or "") or Badge(Tone.UNKNOWN, localizer.say("state.unknown"))
    return mark.html(badge=True)


def _best(drawn: dict[str, Badge]) -> str | None:
    """Return the channel of a rung that is best off, the first of equals."""
    return min(drawn, key=lambda n: BEST_FIRST.index(drawn[n].tone), default=None)


def mark_of(
    name: str, localizer: Localizer, *, measuring: bool = False, bare: bool = False
) -> Badge:
    """Return the mark of a channel; nothing is known before the first answer.

    A bare one says the state and no more.
    """
    views = [view for view in localizer.snapshot.channels if view.name == name]
    if measuring or not views:
        return Badge(Tone.UNKNOWN, localizer.say("state.unknown"))
    # the banner says it once for all that does not go through our network
    mark = replace(badges.of(views[0].standing, localizer), under="")
    return replace(mark, beside="") if bare else mark


def state_width(mark: Badge, sizes: Sizes) -> float:
    """Return how wide a state is on its rung, as a badge and with what is beside it."""
    beside = (
        text_width.width(f"· {mark.beside}", sizes.beside) + 1.2 if mark.beside else 0.0
    )
    badge = mark.tone in (Tone.DOWN, Tone.DEGRADED)
    word = (
        text_width.width(mark.word, sizes.state) + (1.9 if badge else 1.5) * sizes.state
    )
    return max(word, min(6.6 * sizes.state, 31.0) - beside) + beside + 1.2
