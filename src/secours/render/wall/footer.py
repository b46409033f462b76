"""Last lines of the wall: hidden lines of the plan, and the news.

News are Secours' own troubles, then the latest changes.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup
from msgspec.structs import replace

from secours import texts
from secours.model.snapshot import Change, Recommendation, State
from secours.render import badges, text_width
from secours.render.badges import Badge, Tone
from secours.render.escape import plain
from secours.render.wall import card_text
from secours.render.wall.rungs import badge_of, in_brief
from secours.render.wall.type_sizes import COLUMNS
from secours.render.wording import caveats, journal, trouble
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites import opinion

ROWS = 2  # of news
ROOM = 164.0  # the width of a row, in units
BETWEEN = 1.9  # two words of a row
CHIP = 3.0  # around a chip's words, and to the next
NEWS_S = 1800.0  # a change older than this is no news
ANSWER = "line"
STATES = ("channel", "component", "path")


class ChipRows(NamedTuple):
    """Size of chips, and their number of rows."""

    size: float
    rows: int


CHIPS = (ChipRows(COLUMNS.chip, 1), ChipRows(COLUMNS.strip, 2))
ONE_ROW = (CHIPS[0], ChipRows(COLUMNS.strip, 1))
LARGE = ChipRows(COLUMNS.words, 1)  # read from as far as the cards


class Chip(NamedTuple):
    """Hidden line of the plan: its recommendation and state."""

    words: str
    badge: Badge

    @property
    def html(self) -> Markup:
        """Draw it."""
        return Markup('<span class="s-chip">{} {}</span>').format(
            self.words, self.badge.html(badge=True)
        )

    def wide(self, size: float) -> float:
        """Return its width, in units."""
        said = f"{self.words} ▲ {self.badge.word}"
        return text_width.width(said, size) + CHIP + size * badges.PADDING


# ------------------------------------------------------------------ hidden lines


def chips_html(
    hidden: Sequence[Recommendation], localizer: Localizer, space: ChipRows = CHIPS[0]
) -> Markup:
    """Draw the hidden lines that fit, the worst first; count the others."""
    if not hidden:
        return Markup("")
    chips = sorted(
        (chip(line, localizer) for line in hidden), key=lambda each: each.badge.badness
    )
    rows = next(
        packed
        for shown in range(len(chips), -1, -1)
        if (packed := _packed(_counted(chips, shown, localizer), space))
    )
    drawn = Markup("").join(
        Markup('<p class="s-more">{}</p>').format(Markup("").join(e.html for e in row))
        for row in rows
    )
    return Markup('<div class="s-others" style="--z-chip:{:.4g}">{}</div>').format(
        space.size, drawn
    )


def chip_rows(
    hidden: Sequence[Recommendation],
    localizer: Localizer,
    *,
    bare: bool = False,
    large: bool = False,
) -> ChipRows:
    """Return the room in which they fit in any state, else the most.

    If bare, in one row: there a name is worth more than large type.
    """
    widest = [_widest(line, localizer) for line in hidden]
    ways = ONE_ROW if bare else (LARGE, *CHIPS) if large else CHIPS
    return next((space for space in ways if _packed(widest, space)), ways[-1])


def _packed(chips: Sequence[Chip], space: ChipRows) -> Sequence[Sequence[Chip]]:
    """Put chips in rows, in their order; [] where they do not fit."""
    size, most = space
    rows: list[list[Chip]] = [[]]
    for each in chips:
        if rows[-1] and sum(e.wide(size) for e in (*rows[-1], each)) > ROOM:
            rows.append([])
        rows[-1].append(each)
    return rows if len(rows) <= most else []


def _counted(chips: Sequence[Chip], shown: int, localizer: Localizer) -> list[Chip]:
    """Return so many chips, and one that counts the others."""
    rest = chips[shown:]
    return [*chips[:shown], *([_more(rest, localizer)] if rest else [])]


def _widest(line: Recommendation, localizer: Localizer) -> Chip:
    """Return the widest chip that a line may have."""
    called = [plain(localizer.short_name(name), 40) for name in line.planned]
    words = [
        localizer.say("unverified"),
        localizer.say("measuring" if line.measuring else "unverified"),
        texts.rank(localizer.language, 2),
        *(localizer.say(f"state.{state}") for state in State),
    ]
    said = f"{_purpose(line, localizer)} {max(called, key=len, default='')}"
    return Chip(said, Badge(Tone.DOWN, max(words, key=len)))


def _purpose(line: Recommendation, localizer: Localizer) -> str:
    return localizer.heading(line) + localizer.say("colon")


def chip(line: Recommendation, localizer: Localizer) -> Chip:
    """Return the recommendation of a line, and its state or rank."""
    purpose = _purpose(line, localizer)
    use = line.answer
    if line.measuring and use is None:
        return Chip(purpose, Badge(Tone.UNKNOWN, localizer.say("measuring")))
    if use is None:
        return Chip(purpose, Badge(Tone.DOWN, localizer.say("nothing.rank")))
    badge = badge_of(use.channel, localizer, line, bare=True)
    of_card = Badge(
        card_text.tone_of_line(line, localizer), card_text.rank(line, use, localizer)
    )
    worse = badge.tone is Tone.OK or of_card.badness < badge.badness
    if use is not line.use:
        tone = Tone.DEGRADED if use.verified else Tone.UNKNOWN
        badge = Badge(tone, localizer.say("pinned.not"))
    elif worse or not use.verified or line.measuring:
        badge = of_card
    return Chip(f"{purpose} {plain(localizer.short_name(use.channel), 40)}", badge)


def _more(rest: Sequence[Chip], localizer: Localizer) -> Chip:
    """Count the rest, with the worst state; of those without a channel, how many."""
    badge = rest[0].badge
    alike = sum(each.badge == badge for each in rest)
    if badge.tone is Tone.DOWN and alike < len(rest):
        badge = replace(badge, word=f"{alike} \N{MULTIPLICATION SIGN} {badge.word}")
    return Chip(localizer.say("more.lines", n=len(rest)), badge)


# ------------------------------------------------------------------ news


def strip_html(
    localizer: Localizer,
    rows: int = ROWS,
    room: float = ROOM,
    *,
    opinions: bool = True,
    brief: bool = False,
) -> Markup:
    """Draw so many rows: notes, then opinions of other sites, then news.

    Without `opinions` those are shown elsewhere; in brief "down" is as short as
    possible.
    """
    seen = _opinions(localizer, room) if opinions else ()
    changed = _changes(localizer, room, brief=brief)
    said = [*_notes(localizer, room), *seen, *changed][:rows]
    return Markup('<footer class="s-footer">{}</footer>').format(Markup("").join(said))


def notes(localizer: Localizer) -> list[str]:
    """Return Secours' own troubles."""
    shown = localizer.snapshot
    sentences = [trouble.note(word, localizer.language) for word in shown.trouble]
    if shown.config_error:
        sentences.append(localizer.say("note.config_error"))
    sentences += filter(None, [opinion.doubled(localizer), *caveats.held(localizer)])
    asked = (*caveats.confirmations(localizer), *caveats.astray(localizer))
    return [*caveats.words_lost(localizer), *sentences, *asked]


def _notes(localizer: Localizer, room: float) -> Iterator[Markup]:
    """Draw the troubles that fit in one row, at least the first; count the others."""
    said = [plain(each, 400) for each in notes(localizer)]
    for kept in range(len(said), 0, -1):
        rest, whole = len(said) - kept, " · ".join(said[:kept])
        more = f" · {localizer.say('more.others', n=rest)}" if rest else ""
        left = room - 5 - text_width.width(more, COLUMNS.strip)
        text = text_width.shorten(whole, COLUMNS.strip, left, 1)
        if kept == 1 or text == whole:
            yield Markup('<p class="s-row s-note">{}<b>{}</b></p>').format(
                badges.shape(Tone.DEGRADED), text + more
            )
            return


def _opinions(localizer: Localizer, room: float) -> Iterator[Markup]:
    """Yield a row with whether it is us or them, as far as it fits uncut."""
    text = ""
    for words in opinion.conclusions(localizer):
        longer = " · ".join(filter(None, [text, words]))
        if text_width.width(longer, COLUMNS.strip) <= room:
            text = longer
    if text:
        yield Markup('<p class="s-row"><b>{}</b></p>').format(plain(text, 400))


def _changes(localizer: Localizer, room: float, *, brief: bool) -> Iterator[Markup]:
    changes = news(localizer)
    recent = [each for each in changes if localizer.age_s(each.at) <= NEWS_S]
    if not recent:
        latest = changes[0].at if changes else localizer.snapshot.started
        calm = localizer.say("no_change", since_s=localizer.age_s(latest))
        said = " · ".join([calm, *_plan(localizer)])
        quietly = " · ".join(filter(None, [said, opinion.silent(localizer)]))
        fits = text_width.width(quietly, COLUMNS.strip) <= room
        yield Markup('<p class="s-row">{}</p>').format(quietly if fits else said)
    for change in recent[:ROWS]:
        yield change_row(change, localizer, room, brief=brief)


def _plan(localizer: Localizer) -> list[str]:
    """Return the date of the plan."""
    written = localizer.snapshot.plan_written
    if written is None:
        return []
    return [
        localizer.say("of_plan", date=localizer.short_date(localizer.local(written)))
    ]


def is_told(change: Change) -> bool:
    """Return whether a change is of an answer or a state, not a statement."""
    if change.subject == ANSWER:
        return True
    return change.subject in STATES and bool(change.after)


def news(localizer: Localizer) -> list[Change]:
    """Return the relevant changes, the newest first.

    Those of recommendations and channels; of components and paths only failures and
    recoveries. A first result that is OK is no news.
    """
    changes = [each for each in localizer.snapshot.changes if is_told(each)]
    return [
        change
        for place, change in enumerate(changes)
        if _is_news(change, changes[place + 1 :], localizer)
    ]


def _is_news(change: Change, earlier: Sequence[Change], localizer: Localizer) -> bool:
    if change.subject == ANSWER:
        return True
    if change.subject != "channel" and State.DOWN not in (change.before, change.after):
        return False
    if change.before != State.UNKNOWN:
        return True
    first_s = localizer.snapshot.first_answer_s
    at_start = change.at.since(localizer.snapshot.started) <= first_s
    same = (change.subject, change.name)
    was_known = any((each.subject, each.name) == same for each in earlier)
    return not at_start and (was_known or change.after != State.AVAILABLE)


def change_row(
    change: Change, localizer: Localizer, room: float = math.inf, *, brief: bool = False
) -> Markup:
    """Draw a change: time, subject, before, after, and reason.

    Where that does not fit, the reason is cut, and then the hour left out.
    """
    name, size = plain(journal.changed(change, localizer), 40), COLUMNS.strip
    before, after, wide = _from_to(change, localizer, brief=brief)
    time = localizer.clock(change.at)
    detail = plain(localizer.plainly(change.reason, change.facts), 60)
    fixed = text_width.width(f"{name}→", size) + wide + 5 * BETWEEN
    left = room - fixed - text_width.width(time, size)
    if left < text_width.width(detail, size):
        detail = text_width.shorten(detail, size, left, 1) if left > 8 * size else ""
    when = Markup("<time>{}</time>").format(time) if left >= 0 else ""
    return Markup(
        '<p class="s-row">{}<b>{}</b>{}<span class="s-arrow">→</span>{}'
        '<span class="s-detail">{}</span></p>'
    ).format(when, name, before, after, detail)


def _from_to(
    change: Change, localizer: Localizer, *, brief: bool
) -> tuple[Markup, Markup, float]:
    """Draw the states before and after; return their width too."""
    size = COLUMNS.strip
    if change.subject == ANSWER:
        before, after = (
            plain(journal.used(each, localizer), 40)
            for each in (change.before, change.after)
        )
        return (
            Markup("<span>{}</span>").format(before),
            Markup("<b>{}</b>").format(after),
            text_width.width(before + after, size),
        )
    words = (change.before, change.after)
    marks = [badges.of_word(word, localizer) for word in words]
    if brief:
        marks = [in_brief(mark, localizer) for mark in marks]
    wide = text_width.width("".join(f"O {mark.word}" for mark in marks), size)
    return marks[0].html(), marks[1].html(), wide
