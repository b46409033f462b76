"""The words under an answer: how to use it, what else, what to mind, and why this one.

What has no room is left out: the reasons first, then how; what is to be minded stays.
"""

from collections.abc import Sequence

from secours.model.observed import Reason
from secours.model.snapshot import Recommendation, State, Use
from secours.render.escape import esc
from secours.render.wall import text_width
from secours.render.wall.text_width import Space
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer

MOST_MINDED = 2  # rows of what is to be minded, before an answer is large
GIVE = 1.6  # heights are estimates: a row that lacks no more than this has room


def words(
    line: Recommendation, use: Use, localizer: Localizer, room: Space, kept: float
) -> tuple[tuple[str, ...], Space]:
    """Write how and what else; return the room left. `kept` is for the reasons."""
    size, how_to, said = localizer.sizes.how, localizer.how(use.channel), []
    row = size * text_width.LEADING
    key, spare = _spare(line, localizer)
    first = f"{localizer.say(key)} {spare.partition(' ')[0]}"  # may need two rows
    left = room.less(text_width.rows(first, size, room.wide) * row + kept)
    if left.high < row - GIVE:  # rather how than why, but what is to be minded stays
        minded = (
            localizer.sizes.why * text_width.LEADING
            if caveats.of_use(line, localizer)
            else 0.0
        )
        named = f"{localizer.say(key)} {spare.partition(' (')[0]}"
        most = text_width.rows(named, size, room.wide) * row + min(kept, minded)
        left = Space(min(row, room.less(most).high), room.wide)
    if how_to and left.high >= row - GIVE:
        said.append(how(how_to, left, localizer))
        room = room.less(
            min(text_width.rows(how_to, size, room.wide), left.rows(size)) * row
        )
    html, used = _labelled(key, [spare], localizer, room.less(kept))
    return (*said, html), room.less(used)


def _spare(line: Recommendation, localizer: Localizer) -> tuple[str, str]:
    """Name what to take if that fails: without a pin on what is down, the answer."""
    if line.unpinned and line.use and line.use.state is State.DOWN:
        return "pinned.not", localizer.short_name(line.unpinned.channel)
    return "else", backup(line, localizer)


def backup(line: Recommendation, localizer: Localizer) -> str:
    """Name the next safe rung, and what is to be known of it."""
    spare = line.backup
    if spare is None:
        return localizer.say("else.none")
    notes = [*caveats.tie(spare, localizer)]
    standing = localizer.snapshot.channel(spare.channel).standing
    if standing.state is State.UNKNOWN:
        notes.append(localizer.say("unverified.word"))
    if standing.state is State.DEGRADED:
        notes.append(localizer.say("degraded.word"))
    if standing.at_risk:
        notes.append(localizer.say("at_risk.word"))
    if Reason.TEST_DUE in standing.warnings:
        notes.append(localizer.say("untried.word"))
    if standing.until is not None:
        notes.append(localizer.say("until", time=localizer.time(standing.until.utc)))
    name = localizer.short_name(spare.channel)
    return f"{name} ({', '.join(notes)})" if notes else name


def reasons(line: Recommendation, localizer: Localizer, room: Space) -> tuple[str, ...]:
    """Write what to mind, why it is not the usual one, and what is usable still."""
    said, row = [], localizer.sizes.why * text_width.LEADING
    minded = caveats.of_use(line, localizer)
    if not minded and room.high < row - GIVE:
        return ()
    why = _why(line, localizer, room.less(row if minded else 0.0))
    if minded and why and room.high < 2 * row:  # one row for both
        minded, why = [*minded, *caveats.why(line, localizer, brief=True)], []
    elif room.rows(localizer.sizes.why) <= _minded_rows(minded, localizer, room.wide):
        why = []  # the rungs tell what is down
    for key, phrases, kept in (("mind", minded, row if why else 0.0), ("why", why, 0)):
        if phrases:
            html, used = _labelled(key, phrases, localizer, room.less(kept))
            said.append(html)
            room = room.less(used)
    if line.still_usable and room.high >= localizer.sizes.why * text_width.LEADING:
        word = f" ({localizer.say('degraded.word')})"
        names = [localizer.short_name(name) + word for name in line.still_usable]
        said.append(_labelled("still", names, localizer, room)[0])
    return tuple(said)


def _why(line: Recommendation, localizer: Localizer, room: Space) -> list[str]:
    """Name every rung passed over; without since when, if else they do not fit."""
    size = localizer.sizes.why
    wide = room.wide - text_width.width(f"{localizer.say('why')} ", size)
    for said in (
        caveats.why(line, localizer),
        caveats.why(line, localizer, brief=True),
    ):
        if text_width.rows(", ".join(said), size, wide) <= room.rows(size):
            return said
    return caveats.why(line, localizer, bare=True)


def remark_rows(
    line: Recommendation, localizer: Localizer, wide: float
) -> tuple[int, int]:
    """Return how many rows what is minded and why take, and how many more than usual.

    Whose word it is and through what it fell is said before the answer is large.
    """
    minded, why = (
        caveats.of_use(line, localizer),
        caveats.why(line, localizer, brief=True),
    )
    if not minded:
        return int(bool(why)), 0
    size = localizer.sizes.why
    label = text_width.width(f"{localizer.say('why')} ", size)
    rows = text_width.rows(", ".join(why), size, wide - label) if why else 0
    more = _minded_rows(minded, localizer, wide) - 1
    return 1 + more + rows, more + rows


def _minded_rows(minded: Sequence[str], localizer: Localizer, wide: float) -> int:
    """Return how many rows what is minded may take, if there is anything."""
    if not minded:
        return 0
    told = f"{localizer.say('mind')} {', '.join(minded)}"
    return min(text_width.rows(told, localizer.sizes.why, wide), MOST_MINDED)


def how(text: str, room: Space, localizer: Localizer) -> str:
    """Write how to use a channel, as much of it as has room."""
    size = localizer.sizes.how
    short = text_width.shorten(text, size, room.wide, room.rows(size))
    return f'<p class="s-how">{esc(short)}</p>'


def _labelled(
    key: str, phrases: Sequence[str], localizer: Localizer, room: Space
) -> tuple[str, float]:
    """Write phrases after a label, as many as fit, and how high that is."""
    look, size = (
        ("else", localizer.sizes.how)
        if key in ("else", "pinned.not")
        else ("why", localizer.sizes.why)
    )
    label = localizer.say(key)
    led = [f"{label} {phrases[0]}", *phrases[1:]]
    whole = text_width.listed(led, size, room.wide, room.rows(size))
    if not whole.startswith(f"{label} "):  # not even the label has room
        whole = f"{label} {text_width.shorten(phrases[0], size, room.wide, 1)}"
    text = whole.removeprefix(f"{label} ")
    html = (
        f'<p class="s-{look}"><span class="s-label">{esc(label)}</span> '
        f"<b>{esc(text)}</b></p>"
    )
    return html, text_width.height(whole, size, room.wide)
