"""Answer of an exercise: under a band of its own, apart from the real one.

Every text of it bears the word, as it may be read alone.
"""

from collections.abc import Sequence
from math import inf
from typing import Any

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import asdict, replace

from secours.model.snapshot import Recommendation, Rehearsal, Snapshot
from secours.render import text_width
from secours.render.escape import plain
from secours.render.wording.localizer import Localizer
from secours.render.wording.silence import orders

ACROSS = 158.0  # the width of a row on the wall, in its unit
BORDER, BETWEEN = 1.2, 1.3  # around it, and above it
SIZE = 3.8  # of its type on the wall
LONGEST, ORDERS = 900, 4
SAID = ("label", "how", "detail", "last_resort")  # texts for people in an answer


def played(snapshot: Snapshot) -> Snapshot | None:
    """Return the snapshot as if the exercise were true, None without one."""
    rehearsal = snapshot.rehearsal
    if rehearsal is None:
        return None
    channels = tuple(
        replace(view, standing=rehearsal.channels.get(view.name, view.standing))
        for view in snapshot.channels
    )
    return replace(
        snapshot,
        channels=channels,
        recommendations=rehearsal.recommendations,
        orders=rehearsal.orders,
        forecast=(),  # of the real answer
        pins=(),
        rehearsal=None,
    )


def band(localizer: Localizer) -> str:
    """Return the exercise, its failures and end; "" without one."""
    rehearsal = localizer.snapshot.rehearsal
    return _band(rehearsal, localizer) if rehearsal else ""


def _band(rehearsal: Rehearsal, localizer: Localizer) -> str:
    fails = ", ".join(localizer.subject(name) for name in rehearsal.exercise.fails)
    parts = [localizer.say("exercise"), localizer.say("exercise.fails", what=fails)]
    if rehearsal.exercise.until:
        time = localizer.time(rehearsal.exercise.until)
        parts.append(localizer.say("exercise.until", time=time))
    parts.append(rehearsal.exercise.by)
    return " · ".join(parts)


def sentences(
    localizer: Localizer,
    lines: Sequence[Recommendation] | None = None,
    *,
    most: int = ORDERS,
) -> tuple[str, ...]:
    """Return the exercise's recommendation for each line; none without one.

    Then the first orders for silence, at `most`. `lines` are real answers, to restrict
    it to their lines.
    """
    imagined = played(localizer.snapshot)
    if imagined is None:
        return ()
    in_exercise = replace(localizer, snapshot=imagined)
    wanted = imagined.recommendations if lines is None else lines
    names, audiences = {e.name for e in wanted}, {e.audience for e in wanted}
    listed = [
        _sentence(e, in_exercise) for e in imagined.recommendations if e.name in names
    ]
    for view in imagined.orders if most else ():
        if view.audience in audiences:
            order = orders.sentence(view, in_exercise, most=most)
            listed.append(plain(f"{localizer.say('exercise')} · {order}", LONGEST))
    return tuple(listed)


def _sentence(line: Recommendation, localizer: Localizer) -> str:
    head = f"{localizer.say('exercise')} · {localizer.heading(line, ' · ')}"
    head += localizer.say("colon")
    if line.use is None and line.measuring:
        return plain(f"{head} {localizer.say('measuring')}.", LONGEST)
    if line.use is None:
        last = localizer.last_resort(line)
        return plain(f"{head} {localizer.say('nothing')}. {last}", LONGEST)
    spare = localizer.say("else.none")
    if line.backup:
        spare = localizer.short_name(line.backup.channel)
    name = localizer.short_name(line.use.channel)
    return plain(f"{head} {name}. {localizer.say('else')} {spare}.", LONGEST)


def block(
    localizer: Localizer,
    lines: Sequence[Recommendation] | None = None,
    *,
    across: float = inf,
    most: int = ORDERS,
) -> Markup:
    """Draw the second answer under its striped band; nothing without an exercise.

    The band has one row, and is cut to what is `across` in units; answers are whole.
    """
    if localizer.snapshot.rehearsal is None:
        return Markup("")
    rows = Markup("").join(
        Markup('<p class="s-played">{}</p>').format(text)
        for text in sentences(localizer, lines, most=most)
    )
    return Markup(
        '<section class="s-exercise" aria-label="{}">'
        '<p class="s-striped"><b>{}</b></p>{}</section>'
    ).format(
        localizer.say("exercise"),
        text_width.shorten(plain(band(localizer)), SIZE, across, 1),
        rows,
    )


def height(
    localizer: Localizer,
    lines: Sequence[Recommendation],
    letter_width: float = 1.0,
    *,
    most: int = 0,
) -> float:
    """Return how high the block is on the wall with these lines, in its unit."""
    if localizer.snapshot.rehearsal is None:
        return 0.0
    across = ACROSS / letter_width
    said = sentences(localizer, lines, most=most)
    rows = 1 + sum(text_width.rows(text, SIZE, across) for text in said)
    return rows * SIZE * text_width.LEADING + BORDER + BETWEEN


def marked(answer: Any, word: str) -> Any:
    """Return an answer for programs whose texts for people all bear the word."""
    match answer:
        case tuple():
            return tuple(marked(each, word) for each in answer)
        case Struct():
            values = {
                name: f"{word} · {value}"
                if name in SAID and value
                else marked(value, word)
                for name, value in asdict(answer).items()
            }
            return replace(answer, **values)
    return answer
