"""Picture of the other sites, from their messages and the times of these.

It takes in only signs of life, and only a fresh one counts: a message that waited on
the way, or comes again, is as old as it is.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from secours.core.sites import life as lives
from secours.core.sites.life import HEARD_S, Life, Sent
from secours.model.observed import Instant
from secours.model.sites.views import Alive, SiteState, SiteView

DOUBLE_S = 60.0  # two that speak in turn within it are two
MOST_BIRTHS = 3  # of one site within it
MOST_SITES = 2000
MOST_LIVES, MOST_SPEECHES, MOST_EPOCHS = 8, 16, 4  # of one site
MOST_GAPS = 64  # in the numbers of its events


class EventGaps(Struct, frozen=True, kw_only=True):
    """The numbers that came of one epoch, from the first that did."""

    newest: int | None = None
    gaps: tuple[tuple[int, int], ...] = ()  # first and last of each, the lowest first
    given_up: int = 0  # in gaps before these, which are too many to be listed

    @property
    def missed(self) -> int:
        """Return how many between the first and the newest did not come."""
        return self.given_up + sum(last - first + 1 for first, last in self.gaps)

    def seen(self, number: int) -> "EventGaps":
        """Return the numbers after one more; their order of arrival does not matter."""
        if self.newest is None:
            return replace(self, newest=number)
        if number > self.newest:
            gap = ((self.newest + 1, number - 1),) if number > self.newest + 1 else ()
            return replace(_with_gaps(self, (*self.gaps, *gap)), newest=number)
        parts = [part for gap in self.gaps for part in _without(gap, number)]
        return _with_gaps(self, tuple(parts))


class Speech(Struct, frozen=True):
    """One life of a site alone spoke for a while."""

    key: tuple[str, str]
    last_s: float


class KnownSite(Struct, frozen=True, kw_only=True):
    """Messages of one site."""

    lives: tuple[Life, ...] = ()  # that spoke last at the end
    speeches: tuple[Speech, ...] = ()  # of what was just said, the latest at the end
    doubled: Instant | None = None  # since when two speak
    events: Mapping[str, EventGaps] = field(default_factory=dict)  # by epoch
    before: SiteView | None = None  # its last word, of before we listened

    def life(self, key: tuple[str, str]) -> Life | None:
        """Return the life with this key."""
        return next((each for each in self.lives if each.key == key), None)

    def speakers(self, at: Instant) -> tuple[tuple[str, str], ...]:
        """Return the lives that speak in turn, where there are two or more.

        Many new lives count as that: they may hide another.
        """
        recent = [
            speech.key
            for speech in self.speeches
            if speech.last_s > at.steady_s - DOUBLE_S
        ]
        keys = tuple(dict.fromkeys(recent))
        in_turn = len(recent) > len(keys) or len(keys) > MOST_BIRTHS
        return keys if in_turn else ()


class SitesPicture(Struct, frozen=True, kw_only=True):
    """Knowledge of each site but ours."""

    ours: str = ""
    sites: Mapping[str, KnownSite] = field(default_factory=dict)

    def has_room(self, site: str) -> bool:
        """Tell whether a message of a site can be taken in."""
        known = site in self.sites or len(self.sites) < MOST_SITES
        return known and site != self.ours


def take_in(
    picture: SitesPicture, sent: Sent, alive: Alive, came: Instant
) -> SitesPicture:
    """Return the picture after a site said that it lives.

    The same picture is returned where the message changes nothing: it is history, our
    own, or of one site too many.
    """
    if not picture.has_room(sent.site):
        return picture
    site = picture.sites.get(sent.site, KnownSite())
    before = site.life(sent.key)
    if before is None:
        after, is_late = lives.began(sent, alive, came), False
    elif sent.place > before.place:
        after = lives.went_on(before, sent, alive, came)
        is_late = came.steady_s - sent.steady_s - after.base_s >= HEARD_S
    else:
        return picture
    others = tuple(each for each in site.lives if each.key != sent.key)
    speeches = site.speeches if is_late else _with_speech(site.speeches, sent.key, came)
    new = replace(site, lives=(*others, after)[-MOST_LIVES:], speeches=speeches)
    doubled = (site.doubled or came) if new.speakers(came) else None
    return _with(picture, sent.site, replace(new, doubled=doubled))


def take_event(picture: SitesPicture, sent: Sent) -> SitesPicture:
    """Return the picture after an event; its number reveals missing ones."""
    if not picture.has_room(sent.site):
        return picture
    site = picture.sites.get(sent.site, KnownSite())
    numbers = site.events.get(sent.epoch, EventGaps()).seen(sent.number)
    others = {k: v for k, v in site.events.items() if k != sent.epoch}
    latest = dict([*others.items(), (sent.epoch, numbers)][-MOST_EPOCHS:])
    return _with(picture, sent.site, replace(site, events=latest))


def remember(picture: SitesPicture, view: SiteView) -> SitesPicture:
    """Return the picture with a site's view kept from before we listened.

    Of two the newer is kept; neither counts as heard.
    """
    if not picture.has_room(view.name) or view.heard is None:
        return picture
    known = picture.sites.get(view.name, KnownSite())
    if known.before and known.before.heard and known.before.heard.since(view.heard) > 0:
        return picture
    return _with(picture, view.name, replace(known, before=view))


def only(picture: SitesPicture, names: Iterable[str]) -> SitesPicture:
    """Return the picture with these sites only."""
    wanted = set(names)
    left = {name: known for name, known in picture.sites.items() if name in wanted}
    return picture if len(left) == len(picture.sites) else replace(picture, sites=left)


def views(
    picture: SitesPicture, at: Instant, names: Iterable[str] = ()
) -> tuple[SiteView, ...]:
    """Return the view of each site at a moment, by name.

    A site of these `names` that never came is included as not heard. A site that two
    claim to be is there for each of them.
    """
    missing = {name: KnownSite() for name in names if name != picture.ours}
    return tuple(
        view
        for name, known in sorted({**missing, **picture.sites}.items())
        for view in _views(name, known, at)
    )


def views_of(picture: SitesPicture, name: str, at: Instant) -> list[SiteView]:
    """Return the view of one site at a moment; two where two claim to be it."""
    return _views(name, picture.sites.get(name, KnownSite()), at)


def said_s(picture: SitesPicture, sent: Sent) -> float | None:
    """Return the time of sending by our steady clock; None where unknown."""
    known = picture.sites.get(sent.site)
    life = known.life(sent.key) if known else None
    return sent.steady_s + life.base_s if life else None


def _views(name: str, site: KnownSite, at: Instant) -> list[SiteView]:
    doubles = [life for key in site.speakers(at) if (life := site.life(key))]
    if doubles:
        return [
            replace(
                _view(name, site, life, at),
                state=SiteState.DOUBLE,
                since=site.doubled,
            )
            for life in sorted(doubles, key=lambda each: each.key)
        ]
    if site.speeches and (life := site.life(site.speeches[-1].key)):
        return [_view(name, site, life, at)]  # without messages that waited
    before = site.before or SiteView(name=name)
    unheard = replace(
        before,
        name=name,
        state=SiteState.NOT_HEARD,
        since=None,
        missed=_missed(site, before.epoch),
    )
    return [unheard]


def _view(name: str, site: KnownSite, life: Life, at: Instant) -> SiteView:
    view = replace(
        life.view,
        name=name,
        epoch=life.epoch,
        heard=life.heard,
        missed=_missed(site, life.epoch),
    )
    if life.is_heard(at):
        return view
    silent = life.heard.later(HEARD_S)
    return replace(view, state=SiteState.NOT_HEARD, since=silent)


def _missed(known: KnownSite, epoch: str) -> int:
    return known.events[epoch].missed if epoch in known.events else 0


def _with_speech(
    speeches: tuple[Speech, ...], key: tuple[str, str], came: Instant
) -> tuple[Speech, ...]:
    """Return the speeches with one more fresh message."""
    others = speeches[:-1] if speeches and speeches[-1].key == key else speeches
    return (*others, Speech(key, came.steady_s))[-MOST_SPEECHES:]


def _with(picture: SitesPicture, name: str, known: KnownSite) -> SitesPicture:
    return replace(picture, sites={**picture.sites, name: known})


def _without(gap: tuple[int, int], number: int) -> list[tuple[int, int]]:
    first, last = gap
    if not first <= number <= last:
        return [gap]
    parts = [(first, number - 1), (number + 1, last)]
    return [part for part in parts if part[0] <= part[1]]


def _with_gaps(numbers: EventGaps, gaps: tuple[tuple[int, int], ...]) -> EventGaps:
    """Return them with these gaps; the lowest are only counted where they are many."""
    over, listed = gaps[:-MOST_GAPS], gaps[-MOST_GAPS:]
    counted = sum(last - first + 1 for first, last in over)
    return replace(numbers, gaps=listed, given_up=numbers.given_up + counted)
