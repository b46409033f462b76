"""From the references of each path to its state, and to when it went down."""

from collections.abc import Mapping
from math import inf

from secours.core.probing import health as probe_health
from secours.core.probing.aggregate import Cut
from secours.core.probing.health import Health
from secours.model.observed import Instant, Verdict
from secours.model.plan import Config
from secours.model.snapshot import Link


def links(config: Config, probes: Mapping[str, Health], at: Instant) -> dict[str, Link]:
    """Decide each path: down only when all its references fail."""
    found = {}
    for path in config.paths.values():
        verdicts = {
            probe_health.standing(probes.get(probe.id, Health()), at.steady_s)[0]
            for probe in path.references
            if probe.required  # the others a captive portal could answer
        }
        if verdicts == {Verdict.FAILED}:
            found[path.name] = Link.DOWN
        elif verdicts & {Verdict.OK, Verdict.DEGRADED}:
            found[path.name] = Link.OK
        else:
            found[path.name] = Link.UNKNOWN
    return found


def cuts(
    config: Config,
    probes: Mapping[str, Health],
    cut_after: Mapping[str, float],
    links: Mapping[str, Link],
) -> dict[str, Cut]:
    """Return when each path that is down went down: when its last reference failed.

    `cut_after` says until when each was known to be open.
    """
    found = {}
    for name, link in links.items():
        if link is Link.DOWN:
            references = config.paths[name].references
            known = [probes.get(probe.id, Health()) for probe in references]
            broke_s = [health.broke.steady_s for health in known if health.broke]
            found[name] = Cut(max(broke_s, default=-inf), cut_after.get(name, -inf))
    return found
