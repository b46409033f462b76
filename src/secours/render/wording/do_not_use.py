"""Which channels must not be used, because somebody distrusts them, and on whose word.

Said on every screen and on paper. It is no measured state: it stays true on a screen
whose data are old.
"""

from collections.abc import Iterable, Iterator

from markupsafe import Markup
from msgspec import Struct

from secours.model.nodes import channel_node
from secours.model.observed import Reason
from secours.model.snapshot import Snapshot
from secours.model.statements import Mark
from secours.render.badges import Tone, shape
from secours.render.escape import plain
from secours.render.wall import text_width
from secours.render.wall.text_width import Space
from secours.render.wording import statements
from secours.render.wording.localizer import Localizer

ACROSS = 153.0  # the width of its words on the wall, in units
BORDER, BETWEEN = 1.6, 1.3  # around the band, and above it
MOST_ROWS = 2
SIZE = 5.2  # of its type on the wall


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


def fitted(localizer: Localizer, size: float, room: Space) -> str:
    """Say it so that it fits: all of it, or the names, or as many as have room."""
    whole, most = sentence(localizer), room.rows(size)
    if not whole or text_width.rows(whole, size, room.wide) <= most:
        return whole
    first, *others = _names(localizer)
    led = [f"{localizer.say('unsafe')} {first}", *others]
    return text_width.listed(led, size, room.wide, most)


def band(localizer: Localizer, *, whole: bool = False) -> Markup:
    """Draw the hatched band; "" for nothing. On a wall it has two rows at most."""
    text = sentence(localizer) if whole else _banded(localizer)
    if not text:
        return Markup("")
    label = localizer.say("unsafe")
    return Markup(
        '<section class="s-unsafe"><p>{}<span class="s-label">{}</span> <b>{}</b></p>'
        "</section>"
    ).format(shape(Tone.ASIDE), label, plain(text.removeprefix(label).strip(), 600))


def height(localizer: Localizer) -> float:
    """Return how high the band is on the wall, in its unit."""
    text = _banded(localizer)
    if not text:
        return 0.0
    return text_width.height(text, SIZE, ACROSS) + BORDER + BETWEEN


def _banded(localizer: Localizer) -> str:
    high = MOST_ROWS * SIZE * text_width.LEADING + 0.1
    return fitted(localizer, SIZE, Space(high, ACROSS))


def _labelled(text: str, localizer: Localizer) -> str:
    return f"{localizer.say('unsafe')} {text}" if text else ""


def _names(localizer: Localizer) -> list[str]:
    return [_name(each.channel, localizer) for each in distrusted(localizer.snapshot)]


def _name(channel: str, localizer: Localizer) -> str:
    return plain(localizer.short_name(channel), 60)


def _phrases(localizer: Localizer) -> Iterator[str]:
    """Yield what each mark sets aside, with whose it is and of when."""
    by_mark: dict[tuple[str | None, Mark | None], list[str]] = {}
    for each in distrusted(localizer.snapshot):
        name = _name(each.channel, localizer)
        by_mark.setdefault((each.by, each.mark), []).append(name)
    for (by, mark), channels in by_mark.items():
        time = localizer.time(mark.at.utc) if mark else None
        why = localizer.say("unsafe.why", by=by, time=time)
        yield f"{', '.join(channels)} ({why})"
