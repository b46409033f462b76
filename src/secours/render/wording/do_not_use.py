"""Which channels must not be used, because somebody distrusts them, and on whose word.

Said on every screen and on paper. It is no measured state: it stays true on a screen
whose data are old.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup
from msgspec import Struct

from secours.model.nodes import channel_node
from secours.model.observed import Reason
from secours.model.snapshot import Snapshot
from secours.model.statements import Mark
from secours.render.badges import Tone, shape
from secours.render.escape import plain
from secours.render.wall import text_width
from secours.render.wording import statements
from secours.render.wording.localizer import Localizer

ACROSS = 153.0  # the width of its words on the wall, in units
BORDER, BETWEEN = 1.6, 1.3  # around the band, and above it
SIZES = (5.2, 4.3, 3.8, 3.1)  # of its type on the wall, and where there is much to say
HIGH = 15.6  # of its words in all sizes but the last: two rows of the first
LONGEST = 6000


class Told(NamedTuple):
    """What must not be used, in a size in which it has room, and how high that is."""

    text: str = ""
    size: float = SIZES[0]
    high: float = 0.0


class Distrusted(Struct, frozen=True):
    """A channel that must not be used, who says so, and the mark if it is known."""

    channel: str
    by: str | None
    mark: Mark | None


def distrusted(snapshot: Snapshot) -> tuple[Distrusted, ...]:
    """Return every channel that must not be used, in the order of the plan."""
    found = (v for v in snapshot.channels if v.standing.aside is Reason.SET_ASIDE)
    return tuple(
        Distrusted(
            view.name,
            view.standing.declared_by,
            statements.aside_mark(snapshot, view.standing, channel_node(view.name)),
        )
        for view in found
    )


def trusted(names: Iterable[str], snapshot: Snapshot) -> list[str]:
    """Return those of these channels that may be tried, though states are not known."""
    unsafe = {each.channel for each in distrusted(snapshot)}
    return [name for name in names if name not in unsafe]


def sentence(localizer: Localizer) -> str:
    """Say what must not be used, who says so and since when; "" for nothing."""
    return _labelled(localizer.series(_phrases(localizer)), localizer)


def names(localizer: Localizer) -> str:
    """Name what must not be used, and no more; "" for nothing."""
    return _labelled(", ".join(_names(localizer)), localizer)


def fitted(localizer: Localizer, wide: float, sizes: Sequence[float] = SIZES) -> Told:
    """Say it in the largest of these sizes in which it has room, else the names alone.

    No name is ever left out: in the last size they take as many rows as they need.
    """
    ways = [text for text in (sentence(localizer), names(localizer)) if text]
    told = Told()
    for size in sizes:
        for text in ways:
            told = Told(text, size, text_width.height(text, size, wide))
            if told.high <= HIGH:
                return told
    return told


def band(localizer: Localizer, told: Told | None = None) -> Markup:
    """Draw the hatched band; "" for nothing. On a wall it says what has room there."""
    text = sentence(localizer) if told is None else told.text
    if not text:
        return Markup("")
    label = localizer.say("unsafe")
    return Markup(
        '<section class="s-unsafe"{}><p>{}<span class="s-label">{}</span> <b>{}</b></p>'
        "</section>"
    ).format(
        Markup(' style="--z-unsafe:{:.4g}"').format(told.size) if told else "",
        shape(Tone.ASIDE),
        label,
        plain(text.removeprefix(label).strip(), LONGEST),
    )


def banded(localizer: Localizer, letter_width: float = 1.0) -> Told:
    """Return what the band says on a wall whose letters are so wide."""
    return fitted(localizer, ACROSS / letter_width)


def height(told: Told) -> float:
    """Return how high the band is on the wall, in its unit."""
    return told.high + BORDER + BETWEEN if told.text else 0.0


def _labelled(text: str, localizer: Localizer) -> str:
    return f"{localizer.say('unsafe')} {text}" if text else ""


def _names(localizer: Localizer) -> list[str]:
    return [_name(each.channel, localizer) for each in distrusted(localizer.snapshot)]


def _name(channel: str, localizer: Localizer) -> str:
    return plain(localizer.short_name(channel), 60)


def _phrases(localizer: Localizer) -> Iterator[str]:
    """Yield what is set aside for the same reason, with whose it is and of when."""
    by_reason: dict[str, list[str]] = {}
    for each in distrusted(localizer.snapshot):
        time = localizer.time(each.mark.at.utc) if each.mark else None
        why = localizer.say("unsafe.why", by=each.by, time=time)
        by_reason.setdefault(why, []).append(_name(each.channel, localizer))
    for why, channels in by_reason.items():
        yield f"{', '.join(channels)} ({why})"
