"""The section `publish`: outlets of the state beside the screens."""

from typing import TYPE_CHECKING

from secours.config.reader.shapes import Record, Shape, Spot, record
from secours.config.sections.probe_settings import build, read_options

if TYPE_CHECKING:
    from secours.model.mqtt_broker import MqttBroker


def _mqtt(spot: Spot) -> "MqttBroker | None":
    from secours.model.mqtt_broker import MqttBroker  # few plans have one

    values = read_options(spot, MqttBroker, ())
    if values is None:
        return None
    broker: MqttBroker = build(spot, MqttBroker, values)
    return broker


PUBLISH = record({"mqtt": Shape(_mqtt, {"type": "object"})})  # whole in the schema


def mqtt(section: Record | None) -> "MqttBroker | None":
    """Return the broker, if any."""
    return section.get("mqtt") if section else None
