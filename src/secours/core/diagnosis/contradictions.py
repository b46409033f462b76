"""Which channel works although the plan says that it needs what is down?"""

from collections.abc import Mapping
from math import inf

from secours.core.graph import dependencies
from secours.core.memory import Memory
from secours.core.probing.health import Health
from secours.model.nodes import is_channel, kind_of, name_in
from secours.model.plan import Component, Config
from secours.model.snapshot import Standing, State


def contradictions(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    alive: Mapping[str, float],
    served: Mapping[tuple[str, str], float],
) -> frozenset[tuple[str, str]]:
    """Return each component that is down with a channel that works without it.

    One that has just passed a test of its own is on its way back, and accuses nobody.
    """
    found: set[tuple[str, str]] = set()
    for component, owner in config.components.items():
        part = settled[component]
        known_down = part.state is State.DOWN and not part.presumed
        if known_down and part.failed_at and not _recovering(part, owner, memory):
            kind = kind_of(component)
            taken = dependencies.of(config).taken_by(component)[0]
            found |= {
                (component, name_in(node))
                for node in taken
                if is_channel(node)
                and min(alive.get(node, -inf), served.get((node, kind), inf))
                > part.failed_at.steady_s
            }
    return frozenset(found)


def _recovering(part: Standing, owner: Component, memory: Memory) -> bool:
    """Tell whether its latest test passed, which is not yet enough."""
    tested = (memory.probes.get(p.id, Health()) for p in owner.probes if not p.hint)
    return part.declared_by is None and any(health.good for health in tested)
