"""Recorded outage as results of a plan's channels over time.

The reasoning never reads it, and only gets the results.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from math import inf

from msgspec.structs import replace

from secours.core.graph import dependencies
from secours.model.nodes import channel_node, path_node
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.plan import Config
from secours.model.recording import Scenario, Turn
from secours.model.sections.channel import Channel, Probe

OUTCOMES: Mapping[Verdict, Outcome] = {
    Verdict.OK: ok(Evidence.DELIVERED),  # it says what people could use
    Verdict.DEGRADED: degraded(Reason.SLOW, Evidence.DELIVERED),
    Verdict.FAILED: failed(Reason.TIMEOUT),
    Verdict.UNKNOWN: unknown(Reason.PATH_UNPROVEN),
}
NAME = "replay"
NEVER_STALE_S = 1e9  # in simulated time no run is late

Turns = Mapping[str, tuple[Turn, ...]]
"""Results of each channel's probes, from when on; the oldest first."""


def turns(config: Config, scenario: Scenario) -> Turns:
    """Return the results of each channel's probes during an outage.

    A recording names channels, else kinds. Any other channel is presumed to fail with a
    component that really failed, by its dependencies.
    """
    nodes = {name: channel_node(name) for name in config.channels}
    presumed = _presumed(config, scenario, nodes)
    turns_of = {}
    for name, channel in config.channels.items():
        seen = _observed(channel, scenario)
        turns_of[name] = presumed[name] if seen is None else seen
    return turns_of


def ways_out(config: Config, scenario: Scenario) -> Turns:
    """Return for each path of a plan when it leads out during an outage."""
    nodes = {name: path_node(name) for name in config.paths}
    return _presumed(config, scenario, nodes)


def seen_at(seen: tuple[Turn, ...], otherwise: Verdict, at_s: float) -> Verdict:
    """Return the result of a probe at this second of an outage."""
    place = bisect_right([turn.at_s for turn in seen], at_s)
    return seen[place - 1].verdict if place else otherwise


def touched(config: Config, scenario: Scenario) -> bool:
    """Tell whether the outage touches this plan."""
    return any(turns(config, scenario).values()) or any(
        claim.component in config.components for claim in scenario.marks
    )


def staged(config: Config, scenario: Scenario) -> Config:
    """Return the plan with one synthetic probe for each channel, and no others."""
    turns_of = turns(config, scenario)
    usual = _usual(config)
    channels = {
        name: replace(
            channel, probes=(_synthetic(channel, usual, scenario, turns_of[name]),)
        )
        for name, channel in config.channels.items()
    }
    components = {
        name: replace(part, probes=()) for name, part in config.components.items()
    }
    return replace(config, channels=channels, components=components, paths={})


def _observed(channel: Channel, scenario: Scenario) -> tuple[Turn, ...] | None:
    kind = channel.kind or ""
    for name in (channel.name, kind, scenario.formerly.get(kind, "")):
        if name in scenario.observe:
            return scenario.observe[name]
    return None


def _presumed(
    config: Config, scenario: Scenario, nodes: Mapping[str, str]
) -> dict[str, tuple[Turn, ...]]:
    """Let each node fail for as long as failed causes take it."""
    causes = [cause for cause in scenario.causes if cause.verdict is Verdict.FAILED]
    edges = sorted({time for cause in causes for time in (cause.from_s, cause.to_s)})
    turns_of: dict[str, list[Turn]] = {name: [] for name in nodes}
    fall_times, before = dependencies.of(config).fall_times, dict[str, float]()
    for edge_s, until_s in pairwise([*edges, inf]):
        roots = {
            cause.component: cause.from_s
            for cause in causes
            if cause.from_s <= edge_s < cause.to_s
        }
        down = (n for n, fell_s in fall_times(roots).items() if fell_s <= edge_s)
        lasting = {n: before[n] for n in down if before.get(n, inf) < edge_s}
        before = falls = fall_times({**roots, **lasting})
        for name, series in turns_of.items():
            fall_s = max(edge_s, falls[nodes[name]])
            verdict = Verdict.FAILED if fall_s == edge_s else scenario.otherwise
            _turn(series, Turn(edge_s, verdict), scenario)
            if edge_s < fall_s < until_s:  # its autonomy ends
                _turn(series, Turn(fall_s, Verdict.FAILED), scenario)
    return {name: tuple(series) for name, series in turns_of.items()}


def _turn(seen: list[Turn], turn: Turn, scenario: Scenario) -> None:
    before = seen[-1].verdict if seen else scenario.otherwise
    if turn.verdict is not before:
        seen.append(turn)


def _usual(config: Config) -> Probe:
    """Return a probe with the most common settings of the plan."""
    rules = Counter(
        replace(probe, id="", owner="", name="", type="", settings=None, way_of="")
        for channel in config.channels.values()
        for probe in channel.probes
        if probe.required
    )
    blank = Probe(id="", owner="", name="", type="", settings=None)
    return rules.most_common(1)[0][0] if rules else blank


def _synthetic(
    channel: Channel, usual: Probe, scenario: Scenario, series: tuple[Turn, ...]
) -> Probe:
    """Make the probe of a channel, by the rules of its own most frequent one."""
    required = [probe for probe in channel.probes if probe.required]
    pattern = min(required, key=lambda probe: probe.interval_s, default=usual)
    stale_after_s = pattern.stale_after_s
    verdicts = {scenario.otherwise, *(turn.verdict for turn in series)}
    if stale_after_s is None and Verdict.UNKNOWN not in verdicts:  # it can always test
        stale_after_s = NEVER_STALE_S
    return replace(
        pattern,
        id=f"channels/{channel.name}/{NAME}",
        owner=channel.name,
        name=NAME,
        type=NAME,
        settings=None,
        via=None,
        way_of=NAME,
        best=Evidence.EXERCISED,  # a recording says whether people could use it
        stale_after_s=stale_after_s,
    )
