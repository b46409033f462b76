"""Messages of a snapshot that a broker is to retain."""

import math
import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from secours.engine.state_file import encoded
from secours.model.mqtt_broker import MqttBroker
from secours.model.snapshot import Snapshot
from secours.render.answers.values import date, iso
from secours.render.export.topics import (
    STATUS,
    Discovery,
    Topic,
    discovered,
    identifier,
    state_topics,
)

KINDS = ("channel/+", "component/+", "line/+/+")
PLATFORMS = ("sensor", "binary_sensor")


class Messages(msgspec.Struct, frozen=True):
    """Messages by topic: timed states, and fixed ones."""

    states: Mapping[str, Topic]
    fixed: Mapping[str, bytes]
    plan_version: str = ""

    @property
    def topics(self) -> set[str]:
        """Return every topic."""
        return {*self.states, *self.fixed}


NOTHING = Messages({}, {})


def messages(
    snapshot: Snapshot, broker: MqttBroker, before: Messages = NOTHING
) -> Messages:
    """Return the messages of a snapshot for the broker.

    The fixed ones are those of the messages `before`, of the same broker, where they
    are of the same plan and subjects.
    """
    states = {f"{broker.prefix}/{k}": v for k, v in state_topics(snapshot).items()}
    version = snapshot.plan_version
    if (version, states.keys()) == (before.plan_version, before.states.keys()):
        fixed = before.fixed
    else:
        fixed = _announced(snapshot, broker)
    return Messages(states, fixed, version)


def _announced(snapshot: Snapshot, broker: MqttBroker) -> dict[str, bytes]:
    """Return the discovery messages of Home Assistant."""
    if not broker.discovery_prefix:
        return {}
    where = Discovery(
        prefix=broker.prefix,
        found_under=broker.discovery_prefix,
        expire_after_s=math.ceil(snapshot.screen.max_age_s),
    )
    found = discovered(snapshot, where).items()
    return {topic: msgspec.json.encode(said) for topic, said in found}


def timed(topic: Topic, snapshot: Snapshot) -> bytes:
    """Encode a state with its time and its expiry."""
    until = snapshot.at.utc + timedelta(seconds=snapshot.screen.max_age_s)
    times = {"at": iso(snapshot.at), "valid_until": date(until)}
    return encoded({"schema": 1, **msgspec.to_builtins(topic), **times})


def status_topic(broker: MqttBroker) -> str:
    """Return the topic of our presence."""
    return f"{broker.prefix}/{STATUS}"


def owned(broker: MqttBroker) -> re.Pattern[str]:
    """Return the pattern of topics that are ours to clear."""
    forms = (re.escape(topic).replace(r"\+", "[^/#+]+") for topic in own_topics(broker))
    return re.compile("|".join(forms))


def own_topics(broker: MqttBroker) -> list[str]:
    """Return the topics to subscribe to, to find all our retained messages."""
    ours = [f"{broker.prefix}/{kind}" for kind in KINDS]
    if prefix := broker.discovery_prefix:
        ident = identifier(broker.prefix)
        ours += [f"{prefix}/{platform}/{ident}/+/config" for platform in PLATFORMS]
    return ours
