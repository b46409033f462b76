"""Rungs of one line of the plan with their states, always in the same place.

A healthy one shows its disc alone: colour and words are for the abnormal. One that
runs on a battery shows the time left instead.
"""

from collections.abc import Collection, Iterator, Mapping

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.model.receivers.reach import Reception
from secours.model.snapshot import Recommendation, State
from secours.render import badges, text_width
from secours.render.badges import BEST_FIRST, LOUD, PADDING, TONES, Badge, Tone
from secours.render.escape import plain
from secours.render.wall.type_sizes import COLUMNS, Sizes
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import reasons

BETWEEN = 1.2  # a name and its state
MOST_KEPT = 6.2  # for the word of a state, as part of its type size


class Rung(Struct, frozen=True, kw_only=True):
    """Rung: its number, best channel, and how many more there are."""

    number: int
    name: str
    more: str = ""
    size: float = COLUMNS.name  # of the name
    badge: Badge
    until: str = ""  # works again, and is used once it has held until then
    used: bool = False


def rungs(
    line: Recommendation,
    localizer: Localizer,
    sizes: Mapping[str, float],
    silent: Collection[str] = (),
    *,
    brief: bool = False,
) -> Iterator[Rung]:
    """Yield the rungs of a line, numbered from 1; the one to use is marked.

    `sizes` are those of names, where not the usual one. The state of the channels in
    `silent` is bare; `brief` shortens "down" for all.
    """
    use = line.answer
    in_use = use.channel if use else None
    unknown_yet = line.measuring and use is None
    until = {each.channel: localizer.held_until(each) for each in line.passed_over}
    for number, (_, names) in enumerate(line.tiers, 1):
        drawn = {
            name: badge_of(
                name,
                localizer,
                line,
                measuring=unknown_yet,
                bare=name in silent,
                brief=brief,
            )
            for name in names
        }
        best = in_use if in_use in drawn else _best(drawn)
        more = len(drawn) - 1
        unknown = Badge(Tone.UNKNOWN, localizer.say("state.unknown"))
        yield Rung(
            number=number,
            name=plain(localizer.short_name(best or ""), 60),
            more=localizer.say("more.channels", n=more) if more > 0 else "",
            size=sizes.get(best or "", COLUMNS.name),
            badge=drawn.get(best or "", unknown),
            until=until.get(best or "") or "",
            used=best is not None and best == in_use,
        )


def _best(drawn: dict[str, Badge]) -> str | None:
    """Return the best channel of a rung, the first of equals."""
    return min(drawn, key=lambda n: BEST_FIRST.index(drawn[n].tone), default=None)


def badge_of(
    name: str,
    localizer: Localizer,
    line: Recommendation | None = None,
    *,
    measuring: bool = False,
    bare: bool = False,
    brief: bool = False,
) -> Badge:
    """Return the state of a channel; nothing is known before the first answer.

    For a line its hearers count: an unheard channel is of no use. A bare one has the
    state alone; in brief "down" is as short as possible.
    """
    view = localizer.snapshot.by_name.get(name)
    if measuring or view is None:
        return Badge(Tone.UNKNOWN, localizer.say("state.unknown"))
    standing = localizer.for_line(name, line) if line else view.standing
    # the banner says it once for all paths of ours
    badge = replace(badges.of(standing, localizer), under="")
    if badges.ends(standing):
        left_s = localizer.left_s(standing)
        badge = replace(badge, word=texts.countdown(localizer.language, left_s))
    reach = line.receivers.get(name) if line else None
    if reach is not None and standing.usable:
        badge = _heard(reach, badge, localizer)
    badge = in_brief(badge, localizer) if brief else badge
    return replace(badge, beside="") if bare else badge


def _heard(reach: Reception, badge: Badge, localizer: Localizer) -> Badge:
    """Return the badge of a working channel, by who hears it of a line."""
    if reasons.is_unheard(reach):
        if reach.is_sure:
            return Badge(Tone.DOWN, localizer.say("state.unheard"))
        return Badge(Tone.UNKNOWN, localizer.say("unverified"))
    if reach.lost and badge.tone in badges.WORKING:
        return Badge(Tone.DEGRADED, localizer.say("state.in_part"), badge.beside)
    return badge


def in_brief(badge: Badge, localizer: Localizer) -> Badge:
    """Return a badge with the shortest word for "down"."""
    down = badge.word == localizer.say("state.down")
    return replace(badge, word=localizer.say("down.brief")) if down else badge


def is_down(name: str, localizer: Localizer) -> bool:
    """Return whether a rung shows this channel as down."""
    return badge_of(name, localizer).word == localizer.say("state.down")


def state_width(badge: Badge, sizes: Sizes) -> float:
    """Return how wide a state is at the end of its rung, in units."""
    words = [text_width.width(badge.beside, sizes.beside)] if badge.beside else []
    if badge.tone is not Tone.OK:
        padding = PADDING * sizes.state if badge.tone in LOUD else 0.0
        words.append(text_width.width(badge.word, sizes.state) + padding)
    return sum(wide + BETWEEN for wide in words)


def widest_state(localizer: Localizer, sizes: Sizes) -> float:
    """Return the room kept for any state.

    A wider word takes it from the name beside it.
    """
    words = (Badge(TONES[s], localizer.say(f"state.{s}")) for s in State)
    widest = max(state_width(badge, sizes) for badge in words)
    return min(widest, MOST_KEPT * sizes.state)


def ladder_html(drawn: Collection[Rung], localizer: Localizer) -> Markup:
    """Draw the rungs below each other; the one to use has the white frame."""
    rows = Markup("").join(_rung_html(rung, localizer) for rung in drawn)
    return Markup('<ol class="s-ladder">{}</ol>').format(rows)


def _rung_html(rung: Rung, localizer: Localizer) -> Markup:
    here = Markup('<span class="s-here">{}</span>').format(localizer.say("use_this"))
    return Markup(
        '<li class="s-rung s-{}{}"><span class="s-number">{}</span>{}'
        '<span class="s-name" style="--z-name:{:.4g}">{}'
        '<span class="s-plus">{}</span>{}</span>'
        '<span class="s-state">{}</span></li>'
    ).format(
        rung.badge.tone,
        " s-used" if rung.used else "",
        rung.number,
        badges.shape(rung.badge.tone),
        rung.size,
        rung.name,
        rung.more,
        here if rung.used else "",
        _state_html(rung, localizer),
    )


def _state_html(rung: Rung, localizer: Localizer) -> Markup:
    """Write the state; the word of a healthy one is for screen readers.

    The time of its return takes the room of the state and its remark.
    """
    badge = rung.badge
    look = "s-mark s-badge" if badge.tone in LOUD else "s-mark"
    hidden = " s-said" if badge.tone is Tone.OK else ""
    word = Markup('<span class="{} s-{}{}">{}</span>').format(
        look, badge.tone, hidden, badge.word
    )
    if rung.until:
        told = localizer.say("rung.from", time=rung.until)
        return word + Markup('<span class="s-mark">{}</span>').format(told)
    if not badge.beside:
        return word
    return word + Markup('<span class="s-beside">{}</span>').format(badge.beside)
