"""Topics of a broker: every channel, component and line, our own link; discovery.

Only what strangers may see (`redact.discreet` changes nothing in it): the readers of a
topic are unknown. To Home Assistant stale data never look healthy: an entity is
unavailable when we are, or when its state was not repeated in time; a retained state
past its validity is read as unknown, and unknown is never connected.

Source: MQTT 3.1.1, section 4.7 (topics): a name holds neither a slash nor a wildcard;
Home Assistant, "MQTT" (discovery topic, availability, origin), "MQTT sensor" and "MQTT
binary sensor" (expire_after; the payload `None` is an unknown state).
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct, field

from secours.model.observed import Evidence
from secours.model.receivers.reach import Reception
from secours.model.sections.line import Purpose, Tier
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Link,
    Recommendation,
    Snapshot,
    State,
)
from secours.render.answers.check import is_known
from secours.render.answers.values import SET_ASIDE, like
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers.misses import label

STATUS, OWN_LINK = "status", "own_link"
ONLINE, OFFLINE = b"online", b"offline"
USABLE = {State.AVAILABLE: True, State.DEGRADED: True, State.DOWN: False}
OTHER_CLOCK_S = 60  # tolerated lead of a reader's clock
HOLDS = (
    f"as_timestamp(value_json.valid_until, 0) + {OTHER_CLOCK_S} > as_timestamp(now())"
)
STATE_VALUE = (
    "{{ ('set_aside' if value_json.set_aside else value_json.state)"
    f" if {HOLDS} and value_json.state != 'unknown' else 'None' }}}}"
)
USABLE_VALUE = (
    "{{ {true: 'ON', false: 'OFF'}.get(value_json.usable, 'None')"
    f" if {HOLDS} else 'None' }}}}"
)
LABEL_VALUE = f"{{{{ value_json.label if {HOLDS} else 'None' }}}}"
STATES = [State.AVAILABLE, State.DEGRADED, State.DOWN, "set_aside"]


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

    `use` is null where nothing is left, or while `measuring`; it is no pinned channel
    that is down, or that surely nobody hears.
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
Payload = Mapping[str, Any]


def state_topics(snapshot: Snapshot) -> dict[str, Topic]:
    """Return the value of each topic, below the prefix."""
    return dict(_topics(Localizer(snapshot, snapshot.site.language)))


def node_topic(kind: str, name: str) -> str:
    """Return the topic of a channel or a component."""
    return f"{kind}/{quote(name, safe=':')}"


def line_topic(line: Recommendation) -> str:
    """Return the topic of a line of the plan."""
    return f"line/{line.purpose}/{quote(line.audience, safe='')}"


def _nodes(shown: Snapshot) -> Iterator[tuple[str, ChannelView | ComponentView]]:
    """Yield the topic of each channel, and of each component measured or known."""
    for channel in shown.channels:
        yield node_topic("channel", channel.name), channel
    for component in filter(is_known, shown.components):
        yield node_topic("component", component.name), component


def _topics(localizer: Localizer) -> Iterator[tuple[str, Topic]]:
    shown = localizer.snapshot
    for topic, view in _nodes(shown):
        yield topic, _node(view, localizer)
    for line in shown.recommendations:
        yield line_topic(line), _line(line.answered, localizer)
    paths = {path.name: path.state for path in shown.paths}
    yield OWN_LINK, LinkTopic(state=shown.own_link, paths=paths)


def _node(view: ChannelView | ComponentView, localizer: Localizer) -> NodeTopic:
    standing = view.standing
    return like(
        NodeTopic,
        standing,
        label=localizer.label(view),
        usable=False if standing.aside else USABLE.get(standing.state),
        set_aside=SET_ASIDE.get(standing.aside),
    )


def _line(line: Recommendation, localizer: Localizer) -> LineTopic:
    use, backup = line.use, line.backup
    nothing = localizer.say("measuring" if line.measuring else "nothing")
    words = localizer.channel_label(use.channel) if use else nothing
    return like(
        LineTopic,
        line,
        use=use.channel if use else None,
        label=words,
        tier=use.tier if use else None,
        state=use.state if use else None,
        verified=use is not None and use.verified,
        pinned=use is not None and use.pinned,
        backup=backup.channel if backup else None,
        backup_label=localizer.channel_label(backup.channel) if backup else "",
        independent=backup.independent if backup else None,
        reach=_reach(use.reach, localizer) if use and use.reach else None,
    )


def _reach(reach: Reception, localizer: Localizer) -> ReachTopic:
    missed = tuple(label(each, localizer) for each in reach.missed)
    return like(ReachTopic, reach, missed=missed)


class Discovery(Struct, frozen=True, kw_only=True):
    """Prefixes of our topics and of discovery."""

    prefix: str
    found_under: str
    expire_after_s: int

    @property
    def ident(self) -> str:
        """Return the identifier of this Secours at its broker."""
        return identifier(self.prefix)

    def entity(self, platform: str, topic: str, **more: Any) -> tuple[str, Payload]:
        """Return the discovery topic of an entity, and its value."""
        unique = f"{self.ident}_{identifier(topic)}"
        state_topic = f"{self.prefix}/{topic}"
        payload = {
            "unique_id": f"{unique}_{platform}",
            "state_topic": state_topic,
            "json_attributes_topic": state_topic,
            "expire_after": self.expire_after_s,
            "availability": [
                {
                    "topic": f"{self.prefix}/{STATUS}",
                    "payload_available": ONLINE.decode(),
                    "payload_not_available": OFFLINE.decode(),
                }
            ],
            **more,
        }
        where = f"{self.found_under}/{platform}/{self.ident}/{identifier(topic)}/config"
        return where, payload


def discovered(snapshot: Snapshot, where: Discovery) -> dict[str, Payload]:
    """Return the payload under each full discovery topic."""
    localizer = Localizer(snapshot, snapshot.site.language)
    shared = {
        "device": {
            "identifiers": [where.ident],
            "name": localizer.site,
            "manufacturer": "Secours",
        },
        "origin": {"name": "Secours"},
    }
    return {topic: {**said, **shared} for topic, said in _entities(localizer, where)}


def identifier(text: str) -> str:
    """Return a unique name in the allowed letters."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", text)
    return f"{plain}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _entities(localizer: Localizer, where: Discovery) -> Iterator[tuple[str, Payload]]:
    shown = localizer.snapshot
    for topic, view in _nodes(shown):
        name = localizer.label(view)
        yield where.entity("sensor", topic, name=name, **_enum(STATES, STATE_VALUE))
        if isinstance(view, ChannelView):
            yield where.entity(
                "binary_sensor",
                topic,
                name=localizer.say("topics.usable", what=name),
                device_class="connectivity",
                value_template=USABLE_VALUE,
            )
    for line in shown.recommendations:
        name = localizer.line(line.purpose, line.audience)
        yield where.entity(
            "sensor", line_topic(line), name=name, value_template=LABEL_VALUE
        )
    name = localizer.say("topics.own_link")
    links = [Link.OK, Link.DOWN]
    yield where.entity("sensor", OWN_LINK, name=name, **_enum(links, STATE_VALUE))


def _enum(options: list[Any], template: str) -> Payload:
    return {"device_class": "enum", "options": options, "value_template": template}
