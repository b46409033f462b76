"""The state of every channel, component and line, and of our own link, by topic.

Only what strangers may see (`redact.discreet` changes nothing in it): the readers of a
topic are unknown.

Source: MQTT 3.1.1, section 4.7 (topics): a name holds neither a slash nor a wildcard.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from msgspec import Struct, field

from secours.model.observed import Evidence
from secours.model.plan import Purpose, Tier
from secours.model.receivers.reach import Reception
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Link,
    Recommendation,
    Snapshot,
    Standing,
    State,
)
from secours.render.answers.values import SET_ASIDE
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers.misses import label

STATUS, OWN_LINK = "status", "own_link"
ONLINE, OFFLINE = b"online", b"offline"
USABLE = {State.AVAILABLE: True, State.DEGRADED: True, State.DOWN: False}


class NodeTopic(Struct, frozen=True, kw_only=True):
    """State of a channel or component; `usable` is null where not known."""

    label: str
    state: State
    usable: bool | None
    set_aside: str | None
    reason: str
    warnings: tuple[str, ...]
    evidence: Evidence


class ReachTopic(Struct, frozen=True, kw_only=True):
    """People reached by the channel in use, of how many, and the groups it misses."""

    people: int | None
    of: int | None
    missed: tuple[str, ...]


class LineTopic(Struct, frozen=True, kw_only=True):
    """Recommendation for a plan line.

    `use` is null where nothing is left, or while `measuring`.
    """

    purpose: Purpose
    audience: str
    use: str | None
    measuring: bool
    label: str
    tier: Tier | None
    state: State | None
    verified: bool
    pinned: bool
    backup: str | None
    backup_label: str
    independent: bool | None
    reach: ReachTopic | None  # null where the plan names no groups
    completed_by: tuple[str, ...] = field(name="with")


class LinkTopic(Struct, frozen=True, kw_only=True):
    """State of our own link and paths."""

    state: Link
    paths: Mapping[str, Link]


Topic = NodeTopic | LineTopic | LinkTopic


def state_topics(snapshot: Snapshot) -> dict[str, Topic]:
    """Return the value of each topic, below the prefix."""
    return dict(_topics(Localizer(snapshot, snapshot.site.language)))


def node_topic(kind: str, name: str) -> str:
    """Return the topic of a channel or a component."""
    return f"{kind}/{quote(name, safe=':')}"


def line_topic(line: Recommendation) -> str:
    """Return the topic of a line of the plan."""
    return f"line/{line.purpose}/{quote(line.audience, safe='')}"


def worth_it(view: ComponentView) -> bool:
    """Return whether a component is measured or known."""
    return bool(view.probes) or view.standing.state is not State.UNKNOWN


def _topics(localizer: Localizer) -> Iterator[tuple[str, Topic]]:
    shown = localizer.snapshot
    for channel in shown.channels:
        yield node_topic("channel", channel.name), _node(channel, localizer)
    for component in filter(worth_it, shown.components):
        yield node_topic("component", component.name), _node(component, localizer)
    for line in shown.recommendations:
        yield line_topic(line), _line(line, localizer)
    paths = {path.name: path.state for path in shown.paths}
    yield OWN_LINK, LinkTopic(state=shown.own_link, paths=paths)


def _node(view: ChannelView | ComponentView, localizer: Localizer) -> NodeTopic:
    held = view.standing
    return NodeTopic(
        label=localizer.in_language(view.label) or view.name,
        state=held.state,
        usable=_usable(held),
        set_aside=SET_ASIDE.get(held.aside),
        reason=held.reason,
        warnings=held.warnings,
        evidence=held.evidence,
    )


def _usable(held: Standing) -> bool | None:
    return False if held.aside else USABLE.get(held.state)


def _line(line: Recommendation, localizer: Localizer) -> LineTopic:
    use, backup = line.use, line.backup
    nothing = localizer.say("measuring" if line.measuring else "nothing")
    said = _label(use.channel, localizer) if use else nothing
    return LineTopic(
        purpose=line.purpose,
        audience=line.audience,
        use=use.channel if use else None,
        measuring=line.measuring,
        label=said,
        tier=use.tier if use else None,
        state=use.state if use else None,
        verified=use is not None and use.verified,
        pinned=use is not None and use.pinned,
        backup=backup.channel if backup else None,
        backup_label=_label(backup.channel, localizer) if backup else "",
        independent=backup.independent if backup else None,
        reach=_reach(use.reach, localizer) if use and use.reach else None,
        completed_by=line.completed_by,
    )


def _reach(reach: Reception, localizer: Localizer) -> ReachTopic:
    missed = tuple(label(each, localizer) for each in reach.missed)
    return ReachTopic(people=reach.people, of=reach.of, missed=missed)


def _label(channel: str, localizer: Localizer) -> str:
    return localizer.in_language(localizer.snapshot.channel(channel).label) or channel
