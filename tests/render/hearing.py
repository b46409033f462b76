"""Snapshots of a town whose people do not all hear what is used for them."""

from typing import Any

from msgspec.structs import replace
from render import town_statements
from render.snapshots import moment, snapshot, standing, with_line
from render.town_statements import GRID

from secours.languages import Text
from secours.model.observed import Reason
from secours.model.receivers.reach import GroupReach, Hearing, Reception, RollCall
from secours.model.snapshot import (
    ComponentView,
    PassedOver,
    Recommendation,
    Snapshot,
    State,
)

LEVELS = {"o": Hearing.WHOLE, "p": Hearing.PART, "-": Hearing.NONE}
FIELD = ("field", {"en": "Field", "fr": "Terrain", "nl": "Terrein", "de": "Einsatz"})
HOME = ("home", {"en": "At home", "fr": "À domicile", "nl": "Thuis", "de": "Zu Hause"})
PEOPLE = {"field": 20, "home": 60}
CARRIER = ComponentView(
    name="carrier:mobile-a",
    label=Text(translations={"en": "Mobile A", "fr": "Mobile A"}),
    standing=standing("x", since_s=180, failed_at=moment(180)),
)
FELL = replace(GRID, standing=standing("x", since_s=18_000, failed_at=moment(18_000)))


def heard(now: str, designed: str = "oo", **given: Any) -> Reception:
    """Return how the field and the home hear a channel: `o`, `p`, or `-` for none."""
    groups = []
    for (name, words), level, was in zip((FIELD, HOME), now, designed, strict=True):
        lost = LEVELS[level].rank < LEVELS[was].rank
        why = given.get("why", ("carrier:mobile-a",)) if lost else ()
        groups.append(
            GroupReach(
                group=name,
                label=Text(translations=words),
                people=given.get("people", PEOPLE)[name],
                heard=LEVELS[level],
                designed=LEVELS[was],
                sure=not lost or bool(given.get("sure", True)),
                why=why,
                call=given.get("calls", {}).get(name),
            )
        )
    return Reception(groups=tuple(groups))


def pinned_in_vain() -> Snapshot:
    """Return a town that alerts by a pinned pager, which surely nobody hears."""
    shown = town_statements.pinned("o")
    best = shown.recommendations[0].unpinned
    shown = hears(shown, 0, {"pager": heard("--")})
    use = shown.recommendations[0].use
    assert use
    assert best
    use = replace(use, state=State.UNKNOWN, verified=False)
    return with_line(shown, 0, use=use, unpinned=replace(best, reach=heard("oo")))


def inferred(now: str = "--") -> Reception:
    """Return a reception lost by inference: the mains have been down for long."""
    return heard(now, sure=False, why=("power:grid",))


def hears(
    shown: Snapshot, place: int, receivers: dict[str, Reception], *completed_by: str
) -> Snapshot:
    """Let people of a line hear its channels so; others as designed, all of them."""
    line = shown.recommendations[place]
    names = [name for _, tier in line.tiers for name in tier]
    known = {name: receivers.get(name, heard("oo")) for name in names}
    backup = line.backup
    passed = tuple(
        PassedOver(channel=each.channel, reason=Reason.RECEIVERS, since=each.since)
        if each.channel in receivers
        else each
        for each in line.passed_over
    )
    return with_line(
        shown,
        place,
        use=line.use and replace(line.use, reach=known[line.use.channel]),
        backup=backup and replace(backup, reach=known[backup.channel]),
        passed_over=passed,
        receivers=known,
        completed_by=completed_by,
    )


def works(shown: Snapshot, *names: str) -> Snapshot:
    """Let channels work that the lines of the snapshot have passed over."""
    views = tuple(
        replace(view, standing=standing("o")) if view.name in names else view
        for view in shown.channels
    )
    return replace(shown, channels=views)


def missing(now: str = "-o", *completed_by: str, **given: Any) -> Snapshot:
    """Return a town that alerts by SMS, which some no longer hear."""
    shown = replace(snapshot(), components=(CARRIER, FELL))
    shown = hears(shown, 0, {"sms": heard(now, **given)}, *completed_by)
    use = shown.recommendations[0].use
    assert use is not None
    lost = use.reach is not None and bool(use.reach.lost)
    state = State.DEGRADED if lost else State.AVAILABLE
    return with_line(shown, 0, use=replace(use, state=state))


def called(shown: Snapshot, label: Text) -> Snapshot:
    """Return a town in which SMS misses a group of this name, and calls reach it."""
    missed = heard("-o", designed="-o")
    groups = tuple(replace(each, label=label) for each in missed.groups)
    return hears(shown, 0, {"sms": Reception(groups=groups)}, "calls")


def unheard() -> Snapshot:
    """Return a town whose SMS works and reaches nobody any more: it calls instead."""
    shown = works(snapshot("xooo", "oooo"), "sms")
    shown = replace(shown, components=(CARRIER, FELL))
    return hears(shown, 0, {"sms": heard("--"), "pager": heard("-o")})


def doubtful() -> Snapshot:
    """Return a town without mains in which nobody is known to hear anything."""
    shown = replace(snapshot("oooo", "oooo"), components=(CARRIER, FELL))
    for place, line in enumerate(shown.recommendations):
        names = [name for _, tier in line.tiers for name in tier]
        shown = hears(shown, place, dict.fromkeys(names, inferred()))
        use = shown.recommendations[place].use
        assert use is not None
        use = replace(use, state=State.UNKNOWN, verified=False)
        shown = with_line(shown, place, use=use, on_battery=True)
    return replace(shown, known_down=("power:grid",))


def is_doubtful(line: Recommendation) -> bool:
    """Tell whether nobody is known to hear the channel in use."""
    return line.use is not None and line.use.reach == inferred()


def is_missed(line: Recommendation) -> bool:
    """Tell whether some do not hear the channel in use."""
    reach = line.use.reach if line.use else None
    return reach is not None and bool(reach.missed) and not is_doubtful(line)


def shape(reach: Reception, own: str) -> str:
    """Return the shape of a channel that works and has its own, as a line hears it."""
    if all(each.heard is Hearing.NONE for each in reach.groups):
        return "cross" if all(each.sure for each in reach.groups) else "dashed square"
    return "triangle" if reach.lost and own in ("disc", "ring") else own


def answered(n: int, of: int, ago_s: float = 3 * 86400) -> RollCall:
    return RollCall(answered=n, asked=of, at=moment(ago_s))


def alert(shown: Snapshot) -> Recommendation:
    return shown.recommendations[0]


SITUATIONS = {
    "some missed": missing("-o", "calls"),
    "some missed for good": missing("p-"),
    "some missed by design": missing("-o", designed="-o"),
    "unheard": unheard(),
    "nobody known to hear": doubtful(),
}
