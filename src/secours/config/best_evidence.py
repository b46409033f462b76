"""How much can a probe prove at most, as it is configured?"""

from typing import Any

from secours import probes
from secours.model.observed import Evidence


def best(kind: str, settings: Any) -> Evidence:
    """Return the best evidence that an ok of a probe of this type can have."""
    if kind in ("tcp", "udp") and settings.expect is None:
        return Evidence.REACHED  # what answers there may be anything
    return probes.find(kind).best
