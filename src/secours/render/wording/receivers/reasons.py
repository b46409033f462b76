"""Words for why people of a line do not hear a working channel."""

from secours.model.receivers.reach import GroupReach, Hearing, Reception
from secours.model.snapshot import ChannelView, Recommendation, State, Use
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses


def is_unheard(reach: Reception | None) -> bool:
    """Return whether all groups miss it, surely or by inference."""
    return reach is not None and all(
        each.heard is Hearing.NONE for each in reach.groups
    )


def is_doubtful(use: Use | None, localizer: Localizer) -> bool:
    """Return whether a channel in use works, but may be unheard."""
    if use is None or use.state is not State.UNKNOWN:
        return False
    return localizer.snapshot.channel(use.channel).standing.usable


def needs_last_resort(use: Use | None, localizer: Localizer) -> bool:
    """Return whether the last resort goes with it: it may be unheard."""
    return is_doubtful(use, localizer) or (use is not None and is_unheard(use.reach))


def why(
    channel: str | None,
    reach: Reception | None,
    localizer: Localizer,
    *,
    brief: bool = False,
    bare: bool = False,
) -> str:
    """Return why a channel is not used, or unverified: people do not hear it.

    None is the one in use. In brief without the cause; bare, as short as
    possible.
    """
    key = "unheard"
    cut_off = reach.lost or reach.missed if reach else ()
    if reach and not (reach.lost and is_unheard(reach)):
        without = tuple(each for each in cut_off if each.heard is Hearing.NONE)
        key = "reaches" if without else "in_part"
        cut_off = without or cut_off
    elif reach and reach.is_sure:
        key = "receivers.bare" if bare else "receivers"
    return localizer.say(
        f"why.{key}",
        name=localizer.short_name(channel) if channel else None,
        names=misses.labels(cut_off, localizer) if reach else None,
        reason=cause(reach, localizer) if reach and not (brief or bare) else None,
    )


def of_line(channel: str, line: Recommendation, localizer: Localizer) -> str:
    """Return which people of a line do not hear a working channel, and why."""
    loss = _loss(line.receivers.get(channel), localizer)
    return _lost_by(localizer.audience(line.audience), *loss, localizer)


def of_channel(
    view: ChannelView, localizer: Localizer, *, brief: bool = False
) -> list[str]:
    """Return the audiences, or their groups, that lost a working channel.

    In brief without the cause.
    """
    lost: dict[tuple[str, str], list[str]] = {}
    for line in localizer.snapshot.recommendations if view.standing.usable else ():
        reach = line.receivers.get(view.name)
        if reach and reach.lost:
            whom = localizer.audience(line.audience)
            lost.setdefault(_loss(reach, localizer, brief=brief), []).append(whom)
    return [
        _lost_by(", ".join(dict.fromkeys(names)), *loss, localizer)
        for loss, names in lost.items()
    ]


def _loss(
    reach: Reception | None, localizer: Localizer, *, brief: bool = False
) -> tuple[str, str]:
    """Return the key if lost to all, else ""; and the cause or groups."""
    if reach and not (reach.lost and is_unheard(reach)):
        return "", localizer.series(map(" ".join, misses.of_reach(reach, localizer)))
    key = "nobody" if reach and reach.is_sure else "unverified"
    return key, cause(reach, localizer) if reach and not brief else ""


def _lost_by(whom: str, key: str, said: str, localizer: Localizer) -> str:
    if not key:
        return f"{whom}, {said}"
    return localizer.say(f"heard.{key}", whom=whom, reason=said)


def of_group(each: GroupReach, localizer: Localizer) -> str:
    """Say why a group does not hear a channel, or not whole."""
    if each.call is not None:
        return misses.answered(each, localizer)
    if each.designed is Hearing.NONE:
        return localizer.say("heard.never.why")
    return cause(Reception(groups=(each,)), localizer)


def cause(reach: Reception, localizer: Localizer) -> str:
    """Return the failures that cut the groups off, marked if inferred."""
    names = (name for each in reach.lost for name in each.why)
    said = ", ".join(dict.fromkeys(_failure(name, localizer) for name in names))
    if not said or reach.is_sure:
        return said
    return localizer.say("heard.inferred", what=said)


def _failure(name: str, localizer: Localizer) -> str:
    """Return the root failure, since when or by whom.

    A component set aside counts for people as down.
    """
    name = localizer.snapshot.root(name)
    views = localizer.snapshot.components
    standing = next((view.standing for view in views if view.name == name), None)
    called = localizer.cause(name)
    if standing and standing.state is State.DOWN:
        since = standing.failed_at or standing.since
        since_s = localizer.age_s(since) if since else 0.0
        lasted_s = since_s if since_s >= 1 else None
        return localizer.say("why.down", name=called, since_s=lasted_s)
    if standing and standing.aside:
        facts = localizer.aside(standing, name)
        return localizer.say(f"why.{standing.aside}", name=called, **facts)
    return called
