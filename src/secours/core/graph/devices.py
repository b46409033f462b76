"""People's devices as nodes of the graph: needs and autonomy of each.

Each service of a device that hears a channel of the plan is a component of its own that
nothing needs; where people have different operators, one for each.
"""

from collections.abc import Iterable, Iterator, Mapping

from secours.core.graph.derived import derived
from secours.model.nodes import device_node, kind_of
from secours.model.plan import Config
from secours.model.receivers.audiences import Device, DeviceService, HeardOn
from secours.model.sections.channel import Component, Needs

MAINS = "power:grid"  # what a device with an autonomy is charged from


def mains(parts: Iterable[Component]) -> frozenset[str]:
    """Return the mains; without that name, all power without needs."""
    power = {part.name: part for part in parts if part.kind == kind_of(MAINS)}
    roots = (name for name, part in power.items() if not part.needs)
    return frozenset([MAINS] if MAINS in power else roots)


@derived
def of(config: Config) -> Mapping[str, Component]:
    """Return the services of the devices that channels are heard on, by their nodes."""
    services = {}
    for name, service in _heard_on(config):
        device = config.devices.get(name)
        if device is not None and service in device.services:
            for node, needs in zip(
                nodes_of(config, name, service),
                _each_needs(config, device, service),
                strict=True,
            ):
                services[node] = Component(
                    name=node,
                    label=device.label,
                    needs=needs,
                    autonomy_s=device.autonomy_s,
                )
    return services


def nodes_of(config: Config, name: str, service: DeviceService) -> tuple[str, ...]:
    """Return the nodes of a service: one for each of what it is split over."""
    split = config.devices[name].services[service].split
    return tuple(device_node(name, service, n) for n in range(len(split) or 1))


def _heard_on(config: Config) -> Iterator[HeardOn]:
    channels = (config.channels[name] for name in config.planned)
    named = (each for channel in channels for each in channel.heard_on or ())
    yield from dict.fromkeys(named)


def _each_needs(
    config: Config, device: Device, service: DeviceService
) -> Iterator[Needs]:
    """Yield the needs of each part of a split service, else those of the service.

    Needs absent from the plan cannot be seen to fail.
    """
    declared = device.services[service]
    parts = config.components
    needs = tuple(c for c in declared.needs if all(name in parts for name in c))
    powered = any(
        kind_of(name) == kind_of(MAINS) for clause in needs for name in clause
    )
    if device.autonomy_s and not powered and MAINS in parts:
        needs = (*needs, (MAINS,))
    for option in declared.split or ("",):
        yield (*needs, (option,)) if option in parts else needs
