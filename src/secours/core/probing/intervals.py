"""Time of a probe's next run: channels in use often, doubts at once, refusals late."""

from collections.abc import Mapping
from math import inf

from msgspec.structs import replace

from secours.core.graph import dependencies
from secours.core.memory import Memory
from secours.core.probing import own_link
from secours.core.probing.health import (
    GOOD,
    STALE_INTERVALS,
    Health,
    stale_after_s,
)
from secours.model.nodes import owner_node
from secours.model.observed import Instant, Reason, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Link, Standing

LOCKOUT_S = 900.0  # after refusals in a row: a monitor must not lock the account
REFUSALS = 3
FIRST_RUNS_S, FIRST_RUNS_A_SECOND = 2.0, 125
UNLIT_S = 86400.0  # for which a UPS on battery stays so that falls silent: who reads it
# may be switched off with it, and silence brings back no mains
ANSWER_S = 0.5  # what a peer needs to turn us away once more


def delay_s(config: Config, memory: Memory, probe: Probe) -> float:
    """Return the seconds from the start of the latest run of a probe to its next."""
    health = memory.probes.get(probe.id, Health())
    watched = memory.watched | _hinted(config, memory, probe)
    now_s = interval_s(probe, watched)
    steady_s = _wait_s(probe, health, now_s)
    soon_s = max(probe.retry_every_s, _floor_s(probe), asked_s(probe, health, now_s))
    if health.unhurried:
        return steady_s
    if hurried(memory, probe) and health.last is not None:
        return max(
            memory.risks[probe.owner].since(health.last.at),
            asked_s(probe, health, now_s),
        )
    if own_link.is_reference(probe):
        return min(steady_s, _judging_s(memory, probe, health))
    if (back := own_link.untried_since(memory, probe)) and health.last:
        return min(steady_s, back.since(health.last.at))
    recovering = health.verdict is Verdict.FAILED and health.good > 0
    if health.unconfirmed or recovering or _may_outlive(memory, probe, health):
        return min(steady_s, soon_s)
    called_s = min(
        _alarmed_s(config, memory, probe, health),
        _rallied_s(config, memory, probe, health),
    )
    return min(steady_s, max(soon_s, called_s))


def _may_outlive(memory: Memory, probe: Probe, health: Health) -> bool:
    """Tell whether it answers, and its owner is down only with a need.

    It is tested until it worked as often without that as a recovery takes: one success
    does not outlive a battery.
    """
    known = memory.channels if probe.section == "channels" else memory.components
    fell = _fell(known.get(probe.owner))
    answers, works_s = health.latest in GOOD and not probe.hint, health.recovered_s
    if not answers or fell is None:
        return False
    return not works_s or works_s <= fell.steady_s


def _fell(standing: Standing | None) -> Instant | None:
    """Return when it fell with a need that is known to be down."""
    taken = standing is not None and standing.reason is Reason.NEEDS
    return standing.failed_at if standing and taken else None


def _fallen(memory: Memory) -> set[tuple[str, str]]:
    """Return all that fell so, by section and name."""
    known = {"channels": memory.channels, "components": memory.components}
    return {
        (section, name)
        for section, standings in known.items()
        for name, standing in standings.items()
        if memory.known_down and _fell(standing)
    }


def _judging_s(memory: Memory, probe: Probe, health: Health) -> float:
    """Return when a reference is due again, to judge whether it is us.

    At once where its path came into doubt; often while that is undecided, or while the
    path is down, whatever interval is written.
    """
    since = memory.path_doubts.get(probe.owner)
    if since is not None and health.last and health.last.at.since(since) < 0:
        return since.since(health.last.at)
    down = memory.paths.get(probe.owner) is Link.DOWN
    recovering = health.verdict is Verdict.FAILED and health.good > 0
    return probe.retry_every_s if down or health.unconfirmed or recovering else inf


def first_runs_s(probes: int) -> float:
    """Return the seconds over which the first runs of so many probes are spread."""
    return max(FIRST_RUNS_S, probes / FIRST_RUNS_A_SECOND)


def hurried(memory: Memory, probe: Probe) -> bool:
    """Tell whether a run is to clear a channel at risk.

    Once for each time that it comes at risk, also where a run costs something.
    """
    if probe.section != "channels" or probe.owner not in memory.risks:
        return False
    last = memory.probes.get(probe.id, Health()).last
    return last is not None and last.at.since(memory.risks[probe.owner]) < 0


def _alarmed_s(config: Config, memory: Memory, probe: Probe, health: Health) -> float:
    """Return when, after its latest run, a relative of its owner came into doubt.

    What may have failed with it is tried at once: else it would be used, or trusted as
    a backup, by a result older than the failure.
    """
    if health.last is None or not memory.doubts:
        return inf
    began = health.last.at
    owner = owner_node(probe.id)
    relatives = dependencies.of(config).relatives(owner)
    since_s = (
        since.since(began)
        for name, since in memory.doubts.items()
        if name in relatives and since.since(began) > 0
    )
    return min(since_s, default=inf)


def _rallied_s(config: Config, memory: Memory, probe: Probe, health: Health) -> float:
    """Return when, after its latest run, another channel of its line came back.

    Where a line has nothing left, its channels are tried at once then: all that came
    back together is seen so, though each had its own turn.
    """
    empty = {name for name, held in memory.lines.items() if held.channel is None}
    if health.last is None or not empty or probe.section != "channels":
        return inf
    began = health.last.at
    lines = (line for line in config.plan if line.name in empty)
    orders = (dict(line.order) for line in lines)
    others = {name for order in orders if probe.owner in order for name in order}
    since_s = (
        each.good_since.since(began)
        for name in others - {probe.owner}
        for other in config.channels[name].probes
        if (each := memory.probes.get(other.id, Health())).good_since is not None
    )
    return min((after_s for after_s in since_s if after_s > 0), default=inf)


def hurries(before: Memory, after: Memory) -> bool:
    """Tell whether some probes are to run earlier than planned."""
    new = after.doubts.keys() - before.doubts.keys()
    new |= after.risks.keys() - before.risks.keys()
    new |= after.path_doubts.keys() - before.path_doubts.keys()
    new |= after.paths_back.keys() - before.paths_back.keys()
    falls = after.choices is not before.choices and _fallen(after) - _fallen(before)
    if any(held.channel is None for held in after.lines.values()):
        new |= {
            name
            for name, health in after.probes.items()
            if health.good == 1 and health is not before.probes.get(name)
        }
    return before.watched != after.watched or bool(new or falls)


def interval_s(probe: Probe, watched: frozenset[str]) -> float:
    """Return the interval in force: shorter for the channels people are told to use."""
    if probe.section == "channels" and probe.owner in watched:
        return min(probe.interval_s, max(probe.watch_every_s, _floor_s(probe)))
    return probe.interval_s


def _hinted(config: Config, memory: Memory, probe: Probe) -> frozenset[str]:
    """Watch a channel whose provider reports trouble."""
    channel = config.channels.get(probe.owner)
    for hint in channel.probes if channel and not probe.hint else ():
        health = memory.probes.get(hint.id, Health())
        if hint.hint and health.why and health.why.reason is Reason.REPORTED:
            return frozenset({probe.owner})
    return frozenset()


def keep_fresh(probe: Probe, health: Health, watched: frozenset[str]) -> Health:
    """Set until when the latest result that counts proves something."""
    if health.counted is None:
        return health
    now_s = interval_s(probe, watched)
    stale_s = stale_after_s(probe, now_s)
    if probe.stale_after_s is None and health.verdict is not Verdict.OK:
        # A long wait keeps no ok alive.
        wait_s = _wait_s(probe, health, max(now_s, probe.timeout_s))
        stale_s = STALE_INTERVALS * wait_s
        failed = health.verdict is Verdict.FAILED and health.why
        if failed and failed.reason is Reason.ON_BATTERY:
            stale_s = max(stale_s, UNLIT_S)
    if wait_s := asked_s(probe, health, now_s):
        stale_s = max(stale_s, wait_s + ANSWER_S)
    return replace(health, fresh_until_s=health.counted.steady_s + stale_s)


def kept_fresh(probe: Probe, health: Health, watched: frozenset[str]) -> Health:
    """Set the same under another plan, which may test it more rarely.

    The result stays fresh as before, within the limits of that plan.
    """
    shortest = keep_fresh(probe, health, watched)
    longest = keep_fresh(probe, health, frozenset())
    kept_s = min(health.fresh_until_s, longest.fresh_until_s)
    return replace(health, fresh_until_s=max(shortest.fresh_until_s, kept_s))


def prolong(
    config: Config,
    probes: Mapping[str, Health],
    before: frozenset[str],
    after: frozenset[str],
    at_s: float,
) -> Mapping[str, Health]:
    """Extend results to the next one where a channel is no longer watched.

    Else the last result would grow stale by the short interval, before the long one
    brings the next.
    """
    probes = dict(probes)
    for name in before - after:
        for probe in config.channels[name].probes if name in config.channels else ():
            if probe.id in probes and at_s <= probes[probe.id].fresh_until_s:
                longer = keep_fresh(probe, probes[probe.id], after)
                probes[probe.id] = max(
                    probes[probe.id], longer, key=lambda health: health.fresh_until_s
                )
    return probes


def _wait_s(probe: Probe, health: Health, interval_s: float) -> float:
    wait_s = max(interval_s, asked_s(probe, health, interval_s))
    return max(wait_s, LOCKOUT_S) if health.unhurried >= REFUSALS else wait_s


def asked_s(probe: Probe, health: Health, interval_s: float) -> float:
    """Return how long the peer asked us to wait, RFC 9110 section 10.2.3.

    It counts until its last result is stale: then its state is unknown.
    """
    wait_s = (health.last.outcome.retry_after_s or 0.0) if health.last else 0.0
    return min(wait_s, stale_after_s(probe, interval_s))


def _floor_s(probe: Probe) -> float:
    return probe.interval_s if probe.interval_written or probe.cost else 0.0
