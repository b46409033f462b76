"""Which channels a person wants to see, and how many of all stay unseen.

What is looked for hides rows, never that something is down: the count by state is of
all channels of the plan.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct

from secours.model.snapshot import ChannelView, Recommendation, Snapshot
from secours.render import badges
from secours.render.badges import BEST_FIRST, Badge
from secours.render.wording.localizer import Localizer

UNAVAILABLE = "unavailable"
STATES = ("", UNAVAILABLE)
LONGEST_TEXT = 60


class Wanted(Struct, frozen=True, kw_only=True):
    """What is looked for; what is "" does not matter."""

    state: str = ""  # UNAVAILABLE: what is not fully working
    purpose: str = ""
    audience: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        """Tell whether anything is looked for."""
        return self != ALL


ALL = Wanted()


def wanted(asked: Callable[[str], str | None], snapshot: Snapshot) -> Wanted:
    """Read what an address asks for; what makes no sense there does not matter."""
    return Wanted(
        state=_one_of(asked("state"), STATES),
        purpose=_one_of(asked("purpose"), purposes(snapshot)),
        audience=_one_of(asked("audience"), audiences(snapshot)),
        text=(asked("text") or "").strip()[:LONGEST_TEXT],
    )


def purposes(snapshot: Snapshot) -> list[str]:
    """Return the purposes of the plan, in its order."""
    return list(dict.fromkeys(line.purpose.value for line in snapshot.recommendations))


def audiences(snapshot: Snapshot) -> list[str]:
    """Return the audiences of the plan, in its order."""
    return list(dict.fromkeys(line.audience for line in snapshot.recommendations))


def found(wish: Wanted, localizer: Localizer) -> list[ChannelView]:
    """Return the channels that are looked for, in the order of the plan."""
    lines = [line for line in localizer.snapshot.recommendations if _serves(line, wish)]
    served = {name for line in lines for _, names in line.tiers for name in names}
    by_line = bool(wish.purpose or wish.audience)
    return [
        view
        for view in localizer.snapshot.channels
        if (not by_line or view.name in served)
        and (wish.state != UNAVAILABLE or not badges.works(view.standing))
        and wish.text.casefold() in _words(view, localizer).casefold()
    ]


def counts(localizer: Localizer) -> list[Badge]:
    """Return how many channels are in each state, the best state first."""
    views = localizer.snapshot.channels
    found = Counter(_plain(badges.of(view.standing, localizer)) for view in views)
    best_first = sorted(found, key=lambda badge: BEST_FIRST.index(badge.tone))
    return [Badge(each.tone, f"{found[each]} {each.word}") for each in best_first]


def shown_of(shown: Sequence[ChannelView], wish: Wanted, localizer: Localizer) -> str:
    """Say how many of all channels are shown; "" where all are looked for."""
    if not wish:
        return ""
    return localizer.say(
        "find.shown", n=len(shown), of=len(localizer.snapshot.channels)
    )


def _plain(mark: Badge) -> Badge:
    return Badge(mark.tone, mark.word)


def _serves(line: Recommendation, wish: Wanted) -> bool:
    return wish.purpose in ("", line.purpose) and wish.audience in ("", line.audience)


def _words(view: ChannelView, localizer: Localizer) -> str:
    texts = (view.label, view.short_name, view.how)
    return " ".join([view.name, *map(localizer.in_language, texts)])


def _one_of(text: str | None, known: Sequence[str]) -> str:
    return text if text in known and text else ""
