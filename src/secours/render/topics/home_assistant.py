"""Home Assistant discovery of our topics.

Stale data never look healthy: an entity is unavailable when we are, or when its state
was not repeated in time; a retained state past its validity is read as unknown, and
unknown is never connected.

Source: Home Assistant, "MQTT" (discovery topic, availability, origin), "MQTT sensor"
and "MQTT binary sensor" (expire_after; the payload `None` is an unknown state).
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from secours.model.plan import Site
from secours.model.snapshot import Link, Snapshot, State
from secours.render.topics.state_topics import (
    OFFLINE,
    ONLINE,
    OWN_LINK,
    STATUS,
    line_topic,
    node_topic,
    worth_it,
)
from secours.render.wording.localizer import Localizer

OTHER_CLOCK_S = 60  # by which theirs may be ahead of ours
HOLDS = (
    f"as_timestamp(value_json.valid_until, 0) + {OTHER_CLOCK_S} > as_timestamp(now())"
)
STATE = (
    "{{ ('set_aside' if value_json.set_aside else value_json.state)"
    f" if {HOLDS} and value_json.state != 'unknown' else 'None' }}}}"
)
USABLE = (
    "{{ {true: 'ON', false: 'OFF'}.get(value_json.usable, 'None')"
    f" if {HOLDS} else 'None' }}}}"
)
LABEL = f"{{{{ value_json.label if {HOLDS} else 'None' }}}}"
STATES = [State.AVAILABLE, State.DEGRADED, State.DOWN, "set_aside"]

Payload = Mapping[str, Any]


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
        said = {
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
        return where, said


def discovered(snapshot: Snapshot, where: Discovery) -> dict[str, Payload]:
    """Return the payload under each full discovery topic."""
    localizer = Localizer(snapshot, snapshot.site.language)
    shared = {
        "device": _device(snapshot.site, where, localizer),
        "origin": {"name": "Secours"},
    }
    return {topic: {**said, **shared} for topic, said in _entities(localizer, where)}


def identifier(text: str) -> str:
    """Return a unique name in the allowed letters."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", text)
    return f"{plain}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _entities(localizer: Localizer, where: Discovery) -> Iterator[tuple[str, Payload]]:
    shown = localizer.snapshot
    for channel in shown.channels:
        topic = node_topic("channel", channel.name)
        label = localizer.in_language(channel.label) or channel.name
        yield where.entity("sensor", topic, name=label, **_enum(STATES, STATE))
        yield where.entity(
            "binary_sensor",
            topic,
            name=localizer.say("topics.usable", what=label),
            device_class="connectivity",
            value_template=USABLE,
        )
    for component in filter(worth_it, shown.components):
        topic = node_topic("component", component.name)
        label = localizer.in_language(component.label) or component.name
        yield where.entity("sensor", topic, name=label, **_enum(STATES, STATE))
    for line in shown.recommendations:
        name = localizer.line(line.purpose, line.audience)
        yield where.entity("sensor", line_topic(line), name=name, value_template=LABEL)
    name = localizer.say("topics.own_link")
    links = [Link.OK, Link.DOWN]
    yield where.entity("sensor", OWN_LINK, name=name, **_enum(links, STATE))


def _enum(options: list[Any], template: str) -> Payload:
    return {"device_class": "enum", "options": options, "value_template": template}


def _device(site: Site, where: Discovery, localizer: Localizer) -> Payload:
    return {
        "identifiers": [where.ident],
        "name": localizer.in_language(site.name),
        "manufacturer": "Secours",
    }
