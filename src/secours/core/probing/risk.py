"""Which channels may a likely failure have taken, and is the test over that may tell?

A channel at risk is tested at once. Until that test has ended, or for as long as it may
take, the channel is not left.
"""

from collections.abc import Mapping

from secours.core.memory import Memory
from secours.core.probing.health import Health
from secours.model.observed import Instant
from secours.model.plan import Channel, Config
from secours.model.snapshot import Standing

HURRIED_S = 1.0  # until a test that is due at once has begun


def at_risk(
    before: Mapping[str, Instant], channels: Mapping[str, Standing], at: Instant
) -> dict[str, Instant]:
    """Return since when each channel that can be tested is at risk."""
    return {
        name: before.get(name, at)
        for name, standing in channels.items()
        if standing.at_risk and standing.proved_at
    }


def hurried_test_s(channel: Channel) -> float:
    """Return how long the test that is to clear a channel may take, in seconds."""
    tests = (probe for probe in channel.probes if not probe.hint)
    return max((probe.timeout_s for probe in tests), default=0.0) + HURRIED_S


def is_test_over(
    config: Config, memory: Memory, name: str, since: Instant, at: Instant
) -> bool:
    """Tell whether the test of a channel at risk has ended, or never came."""
    channel = config.channels[name]
    tests = (probe for probe in channel.probes if not probe.hint)
    ran = (memory.probes.get(probe.id, Health()).last for probe in tests)
    tested = any(last is not None and last.at.since(since) >= 0 for last in ran)
    return tested or at.since(since) > hurried_test_s(channel)
