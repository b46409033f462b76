"""Components of a site that other sites share, and their common names.

A provider, a carrier or a cloud is one for all that name it; power is one for the sites
of a region; components in the house are each site's own.
"""

from functools import lru_cache

from secours.model.nodes import kind_of, name_in

EVERYWHERE = frozenset(
    (
        *("carrier", "cdn", "cloud", "gov", "identity", "provider", "push", "radio"),
        *("sat", "service", "vendor"),
    )
)
POWER, OWN_POWER = "power", "site"  # the house's own generator and battery


@lru_cache(maxsize=16384)
def shared_name(component: str, region: str) -> str:
    """Return a component's name common to all sites; "" for one of this site only."""
    if kind_of(component) in EVERYWHERE:
        return component
    if kind_of(component) == POWER and region and name_in(component) != OWN_POWER:
        return f"{component}, {region}"
    return ""


def own_name(shared: str, region: str) -> str:
    """Return the name that a site of this region has for a shared component."""
    is_power = region and kind_of(shared) == POWER
    return shared.removesuffix(f", {region}") if is_power else shared


def is_shared(component: str, region: str) -> bool:
    """Tell whether other sites may have a component too."""
    return bool(shared_name(component, region))
