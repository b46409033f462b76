"""Life of a site: one memory on one boot of its machine, with its latest message.

The delay of a message follows from the sender's steady clock and ours: the one with the
smallest difference between them waited least, and any other waited for the excess of
its own difference.
"""

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Instant
from secours.model.sections.line import Tier
from secours.model.sites.views import Alive, SiteState, SiteView
from secours.model.snapshot import Link, State

HEARD_S = 30.0  # what was said so long ago counts for nothing
DRIFT, MOST_DRIFT_S = 500e-6, 10.0  # the most by which two steady clocks go apart, and
# between two messages: after a long silence one that waited is not to pass for new
STOOD_S, STOOD_TIMES = 300.0, 10  # so long, so often late by the same: its clock stood
# still with its machine, and the messages do not wait
ALIKE_S = 1.0
SAYABLE = (
    SiteState.PRIMARY,
    SiteState.FALLBACK,
    SiteState.NOTHING_LEFT,
    SiteState.OWN_LINK,
)


class Sent(Struct, frozen=True, kw_only=True):
    """Order of a message among its site's others, by its sender's steady clock."""

    site: str
    epoch: str
    boot: str
    number: int
    steady_s: float
    age_s: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """Return the life of the site that sent it."""
        return self.epoch, self.boot

    @property
    def place(self) -> tuple[float, int]:
        """Return a key that grows with each message of the same life.

        The numbers alone would begin again with the sender's process.
        """
        return self.steady_s, self.number


class Alike(Struct, frozen=True):
    """Messages in a row with nearly the same delay."""

    began_s: float
    least_s: float
    most_s: float
    times: int = 1


class Life(Struct, frozen=True, kw_only=True):
    """Latest message of one memory of a site, on one boot of its machine."""

    epoch: str
    boot: str
    place: tuple[float, int]  # of the newest message
    base_s: float  # our steady clock less its own, as of a message that did not wait
    base_at_s: float  # when that was last gone by
    alike: Alike
    said_s: float  # by its clock, of when the newest is
    came: Instant  # when that came
    view: SiteView  # what it says; with its state and since when, as we see it

    @property
    def key(self) -> tuple[str, str]:
        """Return the key among lives of the site."""
        return self.epoch, self.boot

    @property
    def heard(self) -> Instant:
        """Return the time of its newest message, on our clocks."""
        return _before(self.came, self.said_s + self.base_s)

    def is_heard(self, at: Instant) -> bool:
        """Tell whether its latest message is young enough to count."""
        return at.since(self.heard) < HEARD_S


def began(sent: Sent, alive: Alive, came: Instant) -> Life:
    """Return a new life from its first message."""
    base_s = came.steady_s - sent.steady_s
    life = Life(
        epoch=sent.epoch,
        boot=sent.boot,
        place=sent.place,
        base_s=base_s,
        base_at_s=came.steady_s,
        alike=Alike(came.steady_s, base_s, base_s),
        said_s=sent.steady_s - sent.age_s,
        came=came,
        view=alive.site,
    )
    return replace(life, view=_seen(alive.site, life.heard))


def went_on(life: Life, sent: Sent, alive: Alive, came: Instant) -> Life:
    """Return the life updated by a newer message."""
    apart_s = came.steady_s - sent.steady_s
    drift_s = DRIFT * (came.steady_s - life.base_at_s)
    grown_s = life.base_s + min(max(0.0, drift_s), MOST_DRIFT_S)
    alike = _alike(life.alike, apart_s, came)
    base_s = min(grown_s, apart_s)
    if _stood(alike, came) and alike.least_s - base_s > ALIKE_S:
        base_s = alike.least_s
    new = replace(
        life,
        place=sent.place,
        base_s=base_s,
        base_at_s=came.steady_s,
        alike=alike,
        said_s=sent.steady_s - sent.age_s,
        came=came,
    )
    view = _seen(alive.site, new.heard)
    if life.is_heard(came) and view.state is life.view.state:
        view = replace(view, since=life.view.since)
    return replace(new, view=view)


def _alike(before: Alike, apart_s: float, came: Instant) -> Alike:
    least_s, most_s = min(before.least_s, apart_s), max(before.most_s, apart_s)
    if most_s - least_s > ALIKE_S:
        return Alike(came.steady_s, apart_s, apart_s)
    return Alike(before.began_s, least_s, most_s, before.times + 1)


def _stood(alike: Alike, came: Instant) -> bool:
    """Tell whether messages have had the same delay so long that they are not late."""
    lasted_s = came.steady_s - alike.began_s
    return lasted_s >= STOOD_S and alike.times >= STOOD_TIMES


def _seen(view: SiteView, heard: Instant) -> SiteView:
    """Return a site's message with the fields that we add."""
    state = _borne_out(view)
    return replace(view, state=state, known=state, since=heard)


def _borne_out(view: SiteView) -> SiteState:
    """Return a site's state as it says, or worse where its channels do not bear it out.

    A site that gives no state does not count as fine.
    """
    claimed = view.known if view.known in SAYABLE else SiteState.FALLBACK
    if claimed not in (SiteState.PRIMARY, SiteState.FALLBACK):
        return claimed
    if view.own_link is Link.DOWN:
        return SiteState.OWN_LINK
    if any(line.use is None for line in view.lines):
        return SiteState.NOTHING_LEFT
    return claimed if _names_what_works(view) else SiteState.FALLBACK


def _names_what_works(view: SiteView) -> bool:
    """Tell whether each line has its first choice, and that works as far as said."""
    working = {
        channel.name
        for channel in view.channels
        if channel.usable and channel.state is State.AVAILABLE
    }
    if not view.lines:
        return bool(working)
    return all(
        line.tier is Tier.PRIMARY
        and line.rank == 1
        and line.state is State.AVAILABLE
        and line.verified
        and (not view.channels or line.use in working)
        for line in view.lines
    )


def _before(came: Instant, steady_s: float) -> Instant:
    """Return the moment of a steady second of ours, at most that of the message."""
    return came.later(-max(0.0, came.steady_s - steady_s))
