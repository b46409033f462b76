"""State of each path from its references, and when it went down.

An answer over a path from a peer beyond the house is worth as much as one of its
references: these may be what failed.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from math import inf

from secours.core.probing import health as probe_health
from secours.core.probing.aggregate import Cut
from secours.core.probing.health import Health
from secours.model.nodes import kind_of
from secours.model.observed import Evidence, Instant, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Path
from secours.model.snapshot import Link

SITE, OWN_POWER = "site", "power:site"


def links(config: Config, probes: Mapping[str, Health], at: Instant) -> dict[str, Link]:
    """Decide each path: down only if all references fail, and nothing answers."""
    states = {}
    for path in config.paths.values():
        verdicts = {
            probe_health.standing(probes.get(probe.id, Health()), at.steady_s)[0]
            for probe in path.references
            if probe.required  # the others a captive portal could answer
        }
        if verdicts == {Verdict.FAILED}:
            answered = _is_answered(config, path, probes, at)
            states[path.name] = Link.OK if answered else Link.DOWN
        elif verdicts & {Verdict.OK, Verdict.DEGRADED}:
            states[path.name] = Link.OK
        else:
            states[path.name] = Link.UNKNOWN
    return states


def cuts(
    config: Config,
    probes: Mapping[str, Health],
    cut_after: Mapping[str, float],
    links: Mapping[str, Link],
) -> dict[str, Cut]:
    """Return when each path that is down went down: at its last reference's failure.

    `cut_after` gives until when each was known to be open.
    """
    return {
        name: Cut(_broke_s(config.paths[name], probes), cut_after.get(name, -inf))
        for name, link in links.items()
        if link is Link.DOWN
    }


def last_answer_s(config: Config, path: Path, probes: Mapping[str, Health]) -> float:
    """Return the latest answer that is impossible with the path down."""
    judges = [probe for probe in path.references if probe.required]
    known = [probes.get(probe.id, Health()) for probe in judges]
    known += _far_ends(config, path, probes)
    return max((h.proof.at.steady_s for h in known if h.proof), default=-inf)


def _is_answered(
    config: Config, path: Path, probes: Mapping[str, Health], at: Instant
) -> bool:
    """Tell whether a far end answers since all references failed."""
    broke_s = _broke_s(path, probes)
    return any(
        health.good > 0
        and health.proof is not None
        and health.proof.at.steady_s > broke_s
        and at.steady_s <= health.fresh_until_s
        for health in _far_ends(config, path, probes)
    )


def _far_ends(
    config: Config, path: Path, probes: Mapping[str, Health]
) -> Iterator[Health]:
    """Yield the tests over a path that a peer beyond the house passed.

    A peer in the house needs the house itself, or its power. A bare connection may be
    one to a captive portal.
    """
    for channel in config.channels.values():
        needs = chain.from_iterable(channel.needs)
        inside = any(kind_of(need) == SITE or need == OWN_POWER for need in needs)
        for probe in channel.probes if channel.needs_known and not inside else ():
            if probe.via == path.name and probe.portal_proof and not probe.hint:
                health = probes.get(probe.id, Health())
                evidence = health.proof.outcome.evidence if health.proof else None
                if evidence and evidence.rank > Evidence.REACHED.rank:
                    yield health


def _broke_s(path: Path, probes: Mapping[str, Health]) -> float:
    """Return since when all failing references have failed."""
    known = (probes.get(probe.id, Health()) for probe in path.references)
    return max((h.broke.steady_s for h in known if h.broke), default=-inf)
