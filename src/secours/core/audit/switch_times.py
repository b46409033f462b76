"""Promises of the plan: times to leave a failed channel and to take it back.

Source: PACE plans, which want a written trigger and a rule of return for each step.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated

from msgspec import Meta, Struct

from secours.core.probing import intervals
from secours.model.observed import Seconds
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.sections.site import Site

USUAL = Probe(id="", owner="", name="", type="", settings=None)
USUAL_FAILBACK_S = Config(site=Site()).failback_after_s
TRIGGERS = ("confirm", "recover", "retry_every_s")

Times = Annotated[int, Meta(ge=1)]


class Promise(Struct, frozen=True, kw_only=True):
    """Times until a channel is left and taken back; untested, by people's words."""

    channel: str
    confirm: Times | None  # failed tests in a row
    switch_s: Seconds | None  # at most from its failure to another channel, while used
    slowest_s: Seconds | None  # where only its slowest test sees the failure
    recover: Times | None  # good tests in a row
    back_after_s: Seconds  # that it must have held
    own: bool  # the plan says otherwise than what is usual


def promises(config: Config) -> tuple[Promise, ...]:
    """Return what the plan promises of each of its channels, in its order."""
    return tuple(_promise(config, name) for name in config.planned)


def _promise(config: Config, name: str) -> Promise:
    probes = list(deciding(config.channels[name].probes))
    unseen = sorted(_unseen_s(probes, frozenset({name})))
    back_after_s = config.failback_after_s
    changed = any(
        getattr(probe, trigger) != getattr(USUAL, trigger)
        for probe in probes
        for trigger in TRIGGERS
    )
    return Promise(
        channel=name,
        confirm=max((probe.confirm for probe in probes), default=None),
        switch_s=unseen[0] if unseen else None,
        slowest_s=unseen[-1] if unseen else None,
        recover=max((probe.recover for probe in probes), default=None),
        back_after_s=back_after_s,
        own=changed or back_after_s != USUAL_FAILBACK_S,
    )


def detection_limit_s(probes: Iterable[Probe]) -> float | None:
    """Return the longest that a failure stays unseen, None where nothing tests."""
    return min(_unseen_s(deciding(probes), frozenset()), default=None)


def switch_limit_s(channel: str, failed: Iterable[Probe]) -> float:
    """Return the longest time to leave a channel in use that these probes see fail."""
    return max(_unseen_s(failed, frozenset({channel})))


def deciding(probes: Iterable[Probe]) -> Iterator[Probe]:
    """Yield the probes of which any alone makes the channel fail."""
    return (probe for probe in probes if probe.required and not probe.hint)


def _unseen_s(probes: Iterable[Probe], watched: frozenset[str]) -> Collection[float]:
    """Return, by test, how long a failure stays unseen; all its ways must fail."""
    limits_s: dict[str, float] = {}
    for probe in probes:
        limit_s = _limit_s(probe, intervals.interval_s(probe, watched))
        limits_s[probe.way_of] = max(limit_s, limits_s.get(probe.way_of, 0.0))
    return limits_s.values()


def _limit_s(probe: Probe, interval_s: float) -> float:
    """Return how long a failure that this probe can see stays unseen.

    It may begin just after a test; then the confirming tests run, each until its
    deadline. A heartbeat may also be silent for some time before.
    """
    slow = probe.interval_written or probe.cost
    again_s = max(probe.retry_every_s, probe.interval_s if slow else 0.0)
    more = probe.confirm - 1
    silence_s: float = getattr(probe.settings, "silence_s", 0.0)
    seen_s = interval_s + probe.timeout_s + more * (again_s + probe.timeout_s)
    return silence_s + seen_s
