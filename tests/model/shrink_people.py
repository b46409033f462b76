"""The other end of a plan made smaller, one thing at a time."""

from collections.abc import Iterator

from msgspec.structs import replace

from secours.model.plan import Config
from secours.model.receivers.audiences import Device, PeopleGroup


def fewer_people(config: Config) -> Iterator[Config]:
    """Yield the plan with a group, a device or an ear less, or a plainer one."""
    for name, audience in config.audiences.items():
        for groups in _fewer(audience.groups):
            other = replace(audience, groups=groups)
            yield replace(config, audiences={**config.audiences, name: other})
    for name, device in config.devices.items():
        left = {n: d for n, d in config.devices.items() if n != name}
        yield replace(config, devices=left)
        for plain in _plainer_device(device):
            yield replace(config, devices={**config.devices, name: plain})
    for name, channel in config.channels.items():
        for each in channel.heard_on or ():
            if channel.heard_on != (each,):
                one = replace(channel, heard_on=(each,))
                yield replace(config, channels={**config.channels, name: one})


def _fewer(groups: tuple[PeopleGroup, ...]) -> Iterator[tuple[PeopleGroup, ...]]:
    for place, group in enumerate(groups):
        before, after = groups[:place], groups[place + 1 :]
        yield (*before, *after)
        for plain in _plainer_group(group):
            yield (*before, plain, *after)


def _plainer_group(group: PeopleGroup) -> Iterator[PeopleGroup]:
    if group.devices:
        yield replace(group, devices=())
    if len(group.devices) > 1:
        yield from (replace(group, devices=(each,)) for each in group.devices)
    if group.staffed:
        yield replace(group, staffed=False)


def _plainer_device(device: Device) -> Iterator[Device]:
    if device.autonomy_s:
        yield replace(device, autonomy_s=None)
    for service, given in device.services.items():
        for plain in (replace(given, needs=()), replace(given, split=())):
            if plain != given:
                yield replace(device, services={**device.services, service: plain})
