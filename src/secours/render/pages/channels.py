"""Every channel with its states over time, what they share, and our own link.

Pure: a Snapshot and the states over time in, HTML out.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct, field

from secours.model.nodes import channel_node, path_node
from secours.model.snapshot import ChannelView
from secours.render import badges, templates
from secours.render.badges import Tone
from secours.render.pages import channel_filter, strip
from secours.render.pages.channel_filter import ALL, ChannelFilter
from secours.render.pages.owner import OwnerView, owner, path
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Span
from secours.render.templates import Row
from secours.render.templates.links import PageLink, action_link, link
from secours.render.wording.localizer import Localizer

LOOSE = 3  # probes of an owner that are always seen


class Timelines(Struct, frozen=True, kw_only=True):
    """The states of nodes over a window."""

    window: Window
    spans: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    missing: str = ""  # the key that says why there is no history, if so


class PartContext(Struct, frozen=True):
    """Context of the page's parts."""

    localizer: Localizer
    over: Timelines
    wish: ChannelFilter
    acts: bool


def channels_html(
    localizer: Localizer,
    over: Timelines,
    *,
    wish: ChannelFilter = ALL,
    acts: bool = False,
) -> Markup:
    """Draw the channels of a search; `acts` adds links to actions."""
    shown = channel_filter.found(wish, localizer)
    drawn = PartContext(localizer, over, wish, acts)
    return templates.fill(
        "channels.html",
        localizer.language,
        wish=wish,
        fields=channel_filter.fields(wish, localizer),
        periods=channel_filter.periods(wish, localizer),
        orders=channel_filter.orders(wish, localizer),
        counts=channel_filter.counts(localizer),
        found=channel_filter.shown_of(shown, wish, localizer),
        clear=ChannelFilter(order=wish.order, days=wish.days).address(
            localizer.language
        ),
        missing=over.missing and localizer.say(over.missing),
        axis=strip.axis(over.window, localizer),
        watched=strip.watched_since(over.spans.values(), over.window, localizer),
        legend=strip.legend(localizer),
        channels=[_channel(view, drawn) for view in shown],
        components=_components(drawn),
        paths=[
            _row(path(view, localizer), path_node(view.name), drawn)
            for view in localizer.snapshot.paths
        ],
    )


def channel_link(
    name: str, localizer: Localizer, days: int = 1, *, explores: bool = False
) -> str:
    """Return the address of the page of a channel."""
    asked = [("days", str(days))] if days != 1 else []
    asked += [("explore", "1")] if explores else []
    return link("channel", localizer.language, asked, name=name)


def _channel(view: ChannelView, drawn: PartContext) -> Row:
    link = channel_link(view.name, drawn.localizer, drawn.wish.days)
    node = channel_node(view.name)
    return _row(owner(view, drawn.localizer, link, _act(node, drawn)), node, drawn)


def _components(drawn: PartContext) -> list[Row]:
    """Return the components that are tested or known."""
    return [
        _row(owner(view, drawn.localizer, act=_act(view.name, drawn)), view.name, drawn)
        for view in drawn.localizer.snapshot.components
        if view.probes or badges.tone_of(view.standing) is not Tone.UNKNOWN
    ]


def _row(one: OwnerView, node: str, drawn: PartContext) -> Row:
    loose, folded = _divided(one.probes)
    fold = drawn.localizer.say(
        "channels.more" if loose else "channels.tests", n=len(folded)
    )
    return {
        "owner": one,
        "node": node,
        "strip": _strip(one.name, node, drawn),
        "loose": loose,
        "folded": folded,
        "fold": fold,
    }


def _strip(name: str, node: str, drawn: PartContext) -> Markup:
    spans = drawn.over.spans.get(node)
    if spans is None:
        return Markup()
    return strip.bars(spans, drawn.over.window, drawn.localizer, label=name)


def _divided(
    probes: Sequence[Row],
) -> tuple[Sequence[Row], Sequence[Row]]:
    """Divide probes into shown and folded; failing ones are shown."""
    if len(probes) <= LOOSE:
        return probes, ()
    loose = [each for each in probes if each["badge"].tone is not Tone.OK][:LOOSE]
    return loose, [each for each in probes if each not in loose]


def _act(subject: str, drawn: PartContext) -> PageLink | None:
    if not drawn.acts:
        return None
    about = drawn.localizer.subject(subject)
    return action_link("page.act", about, drawn.localizer, subject=subject)
