"""Standings of owners by their probes, cached while their input is unchanged.

Most results concern one owner; those of all others need not be computed again.
"""

from collections.abc import Mapping, Sequence

from secours.core.graph.derived import derived
from secours.core.probing import aggregate
from secours.core.probing.aggregate import Cut
from secours.core.probing.health import Health
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Standing

Asked = tuple[list[Health | None], list[bool], list[Cut | None]]
"""Input of an answer: of each probe its health, whether that is too old to prove
anything, and when its path went down."""


class StandingCache:
    """The latest answer for each owner, with what it rests on."""

    def __init__(self) -> None:
        self._cache: dict[str, tuple[Asked, Standing]] = {}

    def standing(
        self,
        name: str,
        owned: Sequence[Probe],
        probes: Mapping[str, Health],
        cut: Mapping[str, Cut],
        at: Instant,
    ) -> Standing:
        """Return what `observed.standing` says of the owner with this node."""
        healths = [probes.get(probe.id) for probe in owned]
        at_s = at.steady_s
        old = [health is not None and at_s > health.fresh_until_s for health in healths]
        cuts = [cut.get(probe.via or "") for probe in owned] if cut else []
        key = healths, old, cuts
        cached = self._cache.get(name)
        if cached is not None and cached[0] == key:
            return cached[1]
        standing = aggregate.standing(owned, probes, cut, at)
        self._cache[name] = key, standing
        return standing


@derived
def of(_config: Config) -> StandingCache:
    """Return the answers for a plan."""
    return StandingCache()
