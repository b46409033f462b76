"""Page of the present: recommendations, troubles, and all channels.

Pure: a Snapshot and the states of the last day in, HTML out. Failures come first, with
their reasons.
"""

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours.core.replay.presets import Preset
from secours.model.nodes import channel_node
from secours.model.observed import Reason, Verdict
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Link,
    PathView,
    Recommendation,
    State,
)
from secours.model.story import Story
from secours.render import badges, templates
from secours.render.badges import Badge, Tone
from secours.render.pages import channel_filter, notices, strip
from secours.render.pages.channels import channel_link
from secours.render.pages.owner import proof, reasons, warned
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Span
from secours.render.redundancy.choice import FailureChoice
from secours.render.situation.why import AILING, is_explained, why_link
from secours.render.templates import Row
from secours.render.templates.links import LinkedWords, PageLink, action_link
from secours.render.wall import unsafe_band
from secours.render.wall.card_fit import card_text
from secours.render.wall.footer import change_row, news, notes
from secours.render.wording import caveats, exercise, suspects
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import reasons as receivers
from secours.render.wording.silence import orders
from secours.render.wording.sites import opinion

MOST_SUSPECTS = 6
MOST_OPINIONS = 2
MOST_CHANGES = 9  # at most, where they have room
MOST_IN_ONE = 10  # rows in a column, where the screen has room for two
MOST_WITH_ROOM, LINES_WITH_ROOM = 16, 4  # rows and answers, so that these can be larger
FELL = (Reason.NEEDS, Reason.SUSPECT)  # with another node, which has its own row


class LastDay(Struct, frozen=True, kw_only=True):
    """The states of the channels in the last hours, by name."""

    window: Window
    spans: Mapping[str, Sequence[Span]]


class RowView(Struct, frozen=True, kw_only=True):
    """Row of a channel, or of an ailing shared node."""

    name: str
    badge: Badge
    link: str = ""
    strip: Markup = Markup()
    proof: str = ""
    age: str = ""
    why: str = ""
    why_link: str = ""
    act: PageLink | None = None


class Rights(Struct, frozen=True, kw_only=True):
    """Viewer permissions: to act, and to open the other pages."""

    acts: bool = False
    is_known: bool = True


SEES = Rights()


def now_html(
    localizer: Localizer,
    day: LastDay | None = None,
    presets: Mapping[Preset, Sequence[str]] | None = None,
    *,
    rights: Rights = SEES,
    story: Story | None = None,
) -> Markup:
    """Draw the page; `day` is None without history, `story` set only in a demo."""
    rows = [*_ordered(localizer, day, rights)]
    return templates.fill(
        "now.html",
        localizer.language,
        story=_told(story, localizer) if story else None,
        unsafe=unsafe_band.band(localizer),
        urgent=[*_urgent(localizer)],
        notes=[*_notes(localizer, rights)],
        silences=[*_silences(localizer)],
        back=[*orders.back(localizer)],
        answers=[
            _answer(line, localizer, rights)
            for line in localizer.snapshot.recommendations
        ],
        exercise=exercise.block(localizer),
        suspects=_suspects(localizer),
        suspects_link=why_link(localizer) if rights.is_known else "",
        counts=channel_filter.counts(localizer),
        axis=strip.axis(day.window, localizer) if day else "",
        watched=strip.watched_since(day.spans.values(), day.window, localizer)
        if day
        else "",
        rows=rows,
        has_room=_has_room(rows, localizer),
        half=-(-len(rows) // 2) if len(rows) > MOST_IN_ONE else 0,
        presets=[*_presets(presets or {}, localizer)] if rights.is_known else [],
        changes=[*_changes(localizer)],
    )


def _told(story: Story, localizer: Localizer) -> Row:
    """Return the narration of a demo, marked as such."""
    label = localizer.say("story", step=story.step, steps=story.steps)
    return {
        "label": label,
        "words": story.words.get(localizer.language, ""),
    }


def _has_room(rows: Sequence[RowView], localizer: Localizer) -> bool:
    """Return whether a desk screen has room for larger answers."""
    shot = localizer.snapshot
    few = len(shot.recommendations) <= LINES_WITH_ROOM and len(rows) <= MOST_WITH_ROOM
    return few and not shot.rehearsal


# ------------------------------------------------------------------ bands


def _urgent(localizer: Localizer) -> Iterator[LinkedWords]:
    """Yield the urgent bands."""
    say, snapshot = localizer.say, localizer.snapshot
    if snapshot.own_link is Link.DOWN:
        yield f"{say('own_link.down')}. {say('own_link.how')}", None
    if advice := caveats.on_battery(localizer):
        yield advice, None
    if not snapshot.recommendations:
        yield f"{say('no_plan')}. {say('no_plan.how')}", None


def _notes(localizer: Localizer, rights: Rights) -> Iterator[LinkedWords]:
    """Yield the problems of Secours, and notices that wait."""
    for words in notes(localizer):
        yield _with_mistake(words, localizer), None
    if localizer.snapshot.example:
        yield localizer.say("note.example"), None
    yield from notices.waiting(localizer, acts=rights.acts)
    yield from ((words, None) for words in notices.in_hand(localizer))


def _with_mistake(words: str, localizer: Localizer) -> str:
    """Add the mistake to the note of a refused plan."""
    mistake = localizer.snapshot.config_error
    if not mistake or words != localizer.say("note.config_error"):
        return words
    return f"{words}{localizer.say('colon')} {mistake}"


def _silences(localizer: Localizer) -> Iterator[Row]:
    """Yield the orders that hold, those of an audience without any channel first."""
    for view in sorted(orders.in_force(localizer), key=lambda each: not each.all_cut):
        yield {
            "head": orders.head(view, localizer),
            "cut": view.all_cut,
            "orders": orders.rows(view, localizer),
        }


# ------------------------------------------------------------------ answers


def _answer(line: Recommendation, localizer: Localizer, rights: Rights) -> Row:
    head = localizer.line(line.purpose, line.audience)
    pin = action_link("act.link.pin", head, localizer, do="pin", line=line.name)
    card = card_text(line, localizer)
    if card.pinned and line.use and line.use.state is State.DOWN:  # as in rows below
        down = Badge(Tone.DOWN, localizer.say("state.down"))
        card = replace(card, pinned=card.pinned._replace(badge=down))
    look = "nothing" if card.nothing else card.tone
    return {"card": card, "look": look, "act": pin if rights.acts else None}


# ------------------------------------------------------------------ suspects


def _suspects(localizer: Localizer) -> list[tuple[str, str]]:
    """Return the suspects, what they explain, and other sites' opinions."""
    opinions = opinion.sentences(localizer)[:MOST_OPINIONS]
    rows, room = suspects.rows(localizer), MOST_SUSPECTS - len(opinions)
    shown, more = rows[:room], len(rows[room:])
    if more:
        shown.append((localizer.say("replay.suspects.more", n=more), ""))
    return [*shown, *(("", words) for words in opinions)]


# ------------------------------------------------------------------ rows


def _ordered(
    localizer: Localizer, day: LastDay | None, rights: Rights
) -> Iterator[RowView]:
    """Yield the rows with troubles, the worst first; then the others."""
    views = sorted(localizer.snapshot.channels, key=badges.badness)
    ailing = [view for view in views if is_explained(view.standing)]
    rows = [
        *(_channel(view, localizer, day, rights) for view in ailing),
        *_shared(localizer, rights),
    ]
    yield from sorted(rows, key=lambda row: row.badge.badness)
    for view in views:
        if view not in ailing:
            yield _channel(view, localizer, day, rights)


def _shared(localizer: Localizer, rights: Rights) -> Iterator[RowView]:
    """Yield the shared nodes with troubles."""
    for part in localizer.snapshot.components:
        if _ails(part):
            yield _component(part, localizer, rights)
    for path in localizer.snapshot.paths:
        if path.state is Link.DOWN:
            yield _path(path, localizer)


def _ails(part: ComponentView) -> bool:
    """Return whether a component itself has a trouble."""
    ends = badges.ends(part.standing)  # the channels say that, and until when
    fell = part.standing.reason in FELL and not part.standing.aside
    return badges.tone_of(part.standing) in AILING and not fell and not ends


def _channel(
    view: ChannelView, localizer: Localizer, day: LastDay | None, rights: Rights
) -> RowView:
    name = localizer.label(view)
    unheard = receivers.of_channel(view, localizer, brief=True)
    explained = (unheard or is_explained(view.standing)) and rights.is_known
    return replace(
        _row(view, name, channel_node(view.name), localizer, rights),
        link=channel_link(view.name, localizer) if rights.is_known else "",
        strip=_strip(view.name, name, localizer, day, rights) if day else Markup(),
        why=" · ".join(filter(None, (*unheard, _why(view, localizer)))),
        why_link=why_link(localizer, view.name) if explained else "",
    )


def _row(
    view: ChannelView | ComponentView,
    name: str,
    node: str,
    localizer: Localizer,
    rights: Rights,
) -> RowView:
    proven, age = proof(view.standing, localizer)
    act = action_link("page.act", name, localizer, subject=node)
    return RowView(
        name=name,
        badge=badges.of(view.standing, localizer).bare,
        proof=proven,
        age=age,
        act=act if rights.acts else None,
    )


def _strip(
    channel: str, label: str, localizer: Localizer, day: LastDay, rights: Rights
) -> Markup:
    """Draw the states of a channel; their reasons only for known viewers."""
    spans = day.spans.get(channel, ())
    if not rights.is_known:
        spans = [replace(each, facts={}) for each in spans]
    return strip.bars(spans, day.window, localizer, label=label)


def _component(part: ComponentView, localizer: Localizer, rights: Rights) -> RowView:
    return replace(
        _row(part, localizer.component(part.name), part.name, localizer, rights),
        why=_why(part, localizer),
        why_link=why_link(localizer) if rights.is_known else "",
    )


def _path(path: PathView, localizer: Localizer) -> RowView:
    failed = [each for each in path.probes if each.verdict is Verdict.FAILED]
    details = [localizer.detail(each.reason, each.facts) for each in failed[:1]]
    name = localizer.say("suspects.path", name=path.name)
    return RowView(
        name=name[:1].upper() + name[1:],
        badge=badges.of_word(path.state, localizer),
        why="".join(details),
    )


def _why(view: ChannelView | ComponentView, localizer: Localizer) -> str:
    """Return the reasons for a state, those to act on first; "" if it works."""
    reason, standing = caveats.reason(view.standing, localizer), view.standing
    if not is_explained(standing):
        return reason
    asks, others = [], standing.warnings
    if Reason.TEST_DUE in standing.warnings:
        asks = [warned(Reason.TEST_DUE, standing, localizer)]
        others = tuple(each for each in others if each is not Reason.TEST_DUE)
    causes = reasons(
        replace(view, standing=replace(standing, warnings=others)), localizer
    )
    return " · ".join(dict.fromkeys(filter(None, (*asks, *causes))))


# ------------------------------------------------------------------ foot


def _presets(
    presets: Mapping[Preset, Sequence[str]], localizer: Localizer
) -> Iterator[tuple[str, str]]:
    """Yield the usual what-if questions, with links to their answers."""
    choice = FailureChoice(others=(("lang", localizer.language),))
    for preset, names in presets.items():
        if names:
            yield localizer.say(f"redundancy.preset.{preset}"), choice.link(names)


def _changes(localizer: Localizer) -> Iterator[Markup]:
    """Yield the latest changes, or that there are none, and if nobody hears us."""
    since_s = localizer.age_s(localizer.snapshot.started)
    calm = "" if news(localizer) else localizer.say("no_change", since_s=since_s)
    quiet = [*filter(None, [calm, opinion.silent(localizer)])]
    for each in news(localizer)[: MOST_CHANGES - len(quiet)]:
        yield change_row(each, localizer)
    for words in quiet:
        yield Markup('<p class="s-row">{}</p>').format(words)
