"""Channels that a likely failure may have taken, and the test that may clear them.

A channel at risk is tested at once. It is not left until that test has ended, or its
time is over.
"""

from collections.abc import Mapping

from secours.core.memory import Memory
from secours.core.probing.health import Health
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.channel import Channel
from secours.model.snapshot import Standing

HURRIED_S = 1.0  # until a test that is due at once has begun


def at_risk(
    before: Mapping[str, Instant], channels: Mapping[str, Standing], at: Instant
) -> dict[str, Instant]:
    """Return since when each channel with a test is at risk."""
    return {
        name: before.get(name, at)
        for name, standing in channels.items()
        if standing.at_risk and standing.proved_at
    }


def hurried_test_s(channel: Channel) -> float:
    """Return the longest time of the test that may clear a channel, in seconds."""
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
