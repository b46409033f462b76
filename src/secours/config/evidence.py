"""How much can each probe of a plan prove at most, as it is configured?"""

from secours import probes
from secours.model import Config, Evidence, Probe


def best(config: Config) -> dict[str, Evidence]:
    """Return by `Probe.id` the best evidence that an ok of it can have."""
    return {probe.id: _best(probe) for probe in config.probes()}


def _best(probe: Probe) -> Evidence:
    if probe.type in ("tcp", "udp") and probe.settings.expect is None:
        return Evidence.REACHED  # what answers there may be anything
    return probes.find(probe.type).best
