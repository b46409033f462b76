"""MQTT broker that publishes the state.

Source: MQTT 3.1.1, section 4.7.
"""

from typing import Literal

from msgspec import Struct

from secours.message import BadValue
from secours.model.secret import Secret

LONGEST_PREFIX = 200  # characters, of the topics of one Secours


class MqttBroker(Struct, frozen=True, kw_only=True):
    """Broker to publish the state to, and its topics."""

    host: str
    """Name or address of the broker."""
    port: int | None = None
    """Port of the broker; without it 1883, with TLS 8883."""
    security: Literal["none", "tls"] = "none"
    """Encryption of the connection."""
    username: str | None = None
    """User to sign in as."""
    password: Secret | None = None
    """Password of the user, named as ${NAME}."""
    ca: str | None = None
    """PEM file with the authorities to trust, instead of those of the system."""
    verify: bool = True
    """True to check the certificate of the broker."""
    prefix: str = "secours"
    """Beginning of our topics; of each Secours its own."""
    discovery: str | bool = "homeassistant"
    """Topic at which Home Assistant looks for devices; false: announce none."""

    def __post_init__(self) -> None:
        if self.password is not None and self.username is None:
            raise BadValue("plan.option.needs", option="password", other="username")
        for option in ("prefix", "discovery"):
            value = getattr(self, option)
            if isinstance(value, str) and not _is_plain_topic(value):
                raise BadValue("plan.option.one-topic", option=option)

    @property
    def where(self) -> int:
        """Return the port in use."""
        usual = 8883 if self.security == "tls" else 1883
        return usual if self.port is None else self.port

    @property
    def discovery_prefix(self) -> str:
        """Return the discovery prefix of Home Assistant, "" for none."""
        if isinstance(self.discovery, str):
            return self.discovery
        return "homeassistant" if self.discovery else ""


def _is_plain_topic(text: str) -> bool:
    """Return whether it is a valid prefix of topics."""
    plain = set(text).isdisjoint("#+\0") and not text.startswith("$")
    return plain and all(text.split("/")) and len(text) <= LONGEST_PREFIX
