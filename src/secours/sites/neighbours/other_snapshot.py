"""Snapshot of another site, assembled from its detailed messages.

Its times are on our clocks, and its date is that of its oldest part: it shows as stale
where the site is silent, until a sign of life confirms it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from secours.core.sites.detail_digest import digest, row
from secours.core.sites.life import Sent
from secours.core.sites.own_view import known_state, site_lines
from secours.languages import LANGUAGES, Text
from secours.model.observed import Instant, Reason
from secours.model.our_clock import shifted
from secours.model.sections.site import Screen
from secours.model.sites.views import SiteState, SiteView
from secours.model.snapshot import (
    ChannelView,
    Recommendation,
    Snapshot,
    Standing,
    State,
)
from secours.sites import subjects
from secours.sites.neighbours.site_message import Senseless, SiteMessage, made_safe
from secours.sites.subjects import Subject

MOST_DETAILS, MOST_BYTES = 1000, 2 << 20  # of one site
CLOCKS_APART = timedelta(minutes=1)  # less is not worth a date that reads oddly
MAX_AGE_S = 30.0  # whatever it says: less would flicker, more would pass for new

N = TypeVar("N")


class Detail(Struct, frozen=True, kw_only=True):
    """A state or a recommendation of a site, on our clocks."""

    sent: Sent
    said: Instant  # of when it is
    thing: Any
    size: int = 0  # bytes that came
    row: str = ""  # of the digest of all


class Details(Struct, frozen=True):
    """Detailed messages of one site, by subject."""

    parts: Mapping[tuple[str, str, str], Detail] = field(default_factory=dict)

    def of(self, kind: str, topic: str = subjects.STATE) -> Iterator[Any]:
        """Yield the details of a kind, in the order of first arrival."""
        for key, detail in self.parts.items():
            if key[:2] == (topic, kind):
                yield detail.thing

    def has_room(self, detail: Detail, before: Detail | None) -> bool:
        """Tell whether one more, or one in place of another, is within bounds."""
        others = [each for each in self.parts.values() if each is not before]
        size = sum(each.size for each in others) + detail.size
        return size <= MOST_BYTES and len(others) < MOST_DETAILS

    @property
    def whole(self) -> Detail | None:
        """Return the state of the site as a whole."""
        sites = (d for d in self.parts.values() if isinstance(d.thing, Snapshot))
        return next(sites, None)

    @property
    def said(self) -> list[Instant]:
        """Return their times, the oldest first."""
        times = (each.said for each in self.parts.values())
        return sorted(times, key=attrgetter("steady_s"))


def on_our_clocks(message: SiteMessage, thing: Any, sent_at: Instant) -> Detail:
    """Return what was sent at a moment of ours; raise Senseless if impossible."""
    by_s = sent_at.steady_s - message.sent.steady_s
    try:
        apart = sent_at.utc - message.letter.utc
        dates_by = apart if abs(apart) >= CLOCKS_APART else timedelta()
        safe = made_safe(shifted(thing, by_s, dates_by))
        at = sent_at.later(-message.sent.age_s)
    except (OverflowError, TypeError):  # dates at the end of time, or of no zone
        raise Senseless("a date that cannot be") from None
    size = len(bytes(message.letter.body))
    sent = message.sent
    return Detail(sent=sent, said=at, thing=safe, size=size, row=row(safe))


def with_detail(details: Details, about: Subject, detail: Detail | None) -> Details:
    """Return the details with a newer one, or without one that is gone.

    Unchanged where it is not newer, one too many, or too large. The state of the site
    as a whole ends the details of an earlier memory of it.
    """
    key = about.topic, about.kind, about.name
    if detail is None:
        return Details({k: v for k, v in details.parts.items() if k != key})
    before = details.parts.get(key)
    if not details.has_room(detail, before):
        return details
    of_one_life = before and before.sent.key == detail.sent.key
    if before and of_one_life and before.sent.place >= detail.sent.place:
        return details
    parts = details.parts
    if isinstance(detail.thing, Snapshot):
        epoch = detail.sent.epoch
        parts = {k: v for k, v in parts.items() if v.sent.epoch == epoch}
    return Details({**parts, key: detail})


def put_together(
    details: Details, view: SiteView | None, boot_id: str
) -> Snapshot | None:
    """Return the snapshot of a site; None without its state as a whole.

    Channels and lines are in the order of the site's plan, if its sign of life has it.
    """
    whole = details.whole
    if whole is None:
        return None
    shot: Snapshot = whole.thing
    channels = _in_order(details.of("channel"), (c.name for c in _channels(view)))
    lines = _in_order(
        details.of("", subjects.RECOMMEND),
        (f"{line.purpose}/{line.audience}" for line in (view.lines if view else ())),
    )
    labels = {each.name: each.label for each in _channels(view)}
    language = shot.site.language if shot.site.language in LANGUAGES else "en"
    return replace(
        shot,
        at=details.said[0],
        boot_id=boot_id,
        site=replace(shot.site, language=language),
        screen=Screen(max_age_s=MAX_AGE_S),
        channels=(*channels, *_unshared(channels, lines, labels)),
        components=tuple(details.of("component")),
        paths=tuple(details.of("path")),
        recommendations=lines,
    )


def agrees(details: Details, view: SiteView) -> bool:
    """Tell whether a site's details match its sign of life.

    Else the details are outdated: the hub did not take them, or they are under way.
    """
    parts = details.parts.values()
    one_epoch = {each.sent.epoch for each in parts} == {view.epoch}
    same = view.detail == digest(each.row for each in parts)
    return details.whole is not None and one_epoch and same


def last_word(name: str, details: Details) -> SiteView | None:
    """Return a site by its details alone, of before we listened.

    It does not count as heard; None where only a part is there.
    """
    whole = details.whole
    if whole is None:
        return None
    lines = tuple(details.of("", subjects.RECOMMEND))
    labels: dict[str, Text] = {c.name: c.label for c in details.of("channel")}

    def label(channel: str) -> Text:
        return labels.get(channel, Text(channel))

    shot: Snapshot = replace(whole.thing, recommendations=lines)
    return SiteView(
        name=name,
        epoch=whole.sent.epoch,
        label=shot.site.name,
        state=SiteState.NOT_HEARD,
        known=known_state(shot),
        heard=details.said[-1],
        own_link=shot.own_link,
        lines=site_lines(lines, shot.site.audiences, label),
        trouble=shot.trouble,
    )


def _channels(view: SiteView | None) -> tuple[Any, ...]:
    return view.channels if view else ()


def _in_order(things: Iterable[N], names: Iterable[str]) -> tuple[N, ...]:
    """Return the items with these names, in their order, and then the others."""
    known = {each.name: each for each in things}  # type: ignore[attr-defined]
    return tuple(
        known[name] for name in dict.fromkeys((*names, *known)) if name in known
    )


def _unshared(
    channels: Iterable[ChannelView],
    lines: Iterable[Recommendation],
    labels: Mapping[str, Text],
) -> tuple[ChannelView, ...]:
    """Return channels that lines name and no message has, as unknown ones."""
    shared = {each.name for each in channels}
    named = dict.fromkeys(name for line in lines for name in _named(line))
    return tuple(
        ChannelView(
            name=name,
            label=labels.get(name, Text(name)),
            short_name=Text(),
            how=Text(),
            standing=Standing(state=State.UNKNOWN, reason=Reason.NOT_MEASURED),
        )
        for name in named
        if name not in shared
    )


def _named(line: Recommendation) -> Iterator[str]:
    for _, names in line.tiers:
        yield from names
    for use in (line.use, line.unpinned):
        if use:
            yield use.channel
    if line.backup:
        yield line.backup.channel
        yield from line.backup.skipped
    yield from line.still_usable
    yield from (each.channel for each in line.passed_over)
