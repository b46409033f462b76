"""One life of a site: what one memory of it, on one boot of its machine, said last.

How long a message was on the way is told from the sender's steady clock and ours: that
one came with the smallest difference between them which waited least, and any other
waited for what its own difference is larger.
"""

from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Instant
from secours.model.plan import Tier
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
    """Where a message stands among its site's others, by its sender's steady clock."""

    site: str
    epoch: str
    boot: str
    number: int
    steady_s: float
    age_s: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """Return which life of the site it is of."""
        return self.epoch, self.boot

    @property
    def place(self) -> tuple[float, int]:
        """Return what a later message of the same life has more of.

        The numbers alone would begin again with the sender's process.
        """
        return self.steady_s, self.number


class Alike(Struct, frozen=True):
    """Messages in a row that were late by the same, nearly."""

    began_s: float
    least_s: float
    most_s: float
    times: int = 1


class Life(Struct, frozen=True, kw_only=True):
    """What one memory of a site, on one boot of its machine, said last."""

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
        """Return what tells it from other lives of the site."""
        return self.epoch, self.boot

    @property
    def heard(self) -> Instant:
        """Return of when the newest is that came from it, on our clocks."""
        return _before(self.came, self.said_s + self.base_s)

    def is_heard(self, at: Instant) -> bool:
        """Tell whether what it said last is young enough to be counted."""
        return at.since(self.heard) < HEARD_S


def began(sent: Sent, alive: Alive, came: Instant) -> Life:
    """Return a life that is heard for the first time."""
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
    """Return it after one more message, a newer one."""
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


def silent_from(life: Life) -> Instant:
    """Return from when on it is not heard, if it says nothing more."""
    heard = life.heard
    return Instant(heard.utc + timedelta(seconds=HEARD_S), heard.steady_s + HEARD_S)


def waited_s(life: Life, sent: Sent, came: Instant) -> float:
    """Return how long a message of a life was on the way, at least."""
    return came.steady_s - sent.steady_s - life.base_s


def _alike(before: Alike, apart_s: float, came: Instant) -> Alike:
    least_s, most_s = min(before.least_s, apart_s), max(before.most_s, apart_s)
    if most_s - least_s > ALIKE_S:
        return Alike(came.steady_s, apart_s, apart_s)
    return Alike(before.began_s, least_s, most_s, before.times + 1)


def _stood(alike: Alike, came: Instant) -> bool:
    """Tell whether messages are late by the same for so long that they are not late."""
    lasted_s = came.steady_s - alike.began_s
    return lasted_s >= STOOD_S and alike.times >= STOOD_TIMES


def _seen(view: SiteView, heard: Instant) -> SiteView:
    """Return what a site says of itself with what is ours to say."""
    state = _borne_out(view)
    return replace(view, state=state, known=state, since=heard)


def _borne_out(view: SiteView) -> SiteState:
    """Return how a site stands: as it says, or worse where it names nothing better.

    One that does not say how it stands is not taken for fine.
    """
    said = view.known if view.known in SAYABLE else SiteState.FALLBACK
    if said not in (SiteState.PRIMARY, SiteState.FALLBACK):
        return said
    if view.own_link is Link.DOWN:
        return SiteState.OWN_LINK
    if any(line.use is None for line in view.lines):
        return SiteState.NOTHING_LEFT
    return said if _names_what_works(view) else SiteState.FALLBACK


def _names_what_works(view: SiteView) -> bool:
    """Tell whether each line has its first choice, and that works as far as is said."""
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
    """Return the moment of a steady second of ours, none after a message came."""
    ago_s = max(0.0, came.steady_s - steady_s)
    return Instant(came.utc - timedelta(seconds=ago_s), came.steady_s - ago_s)
