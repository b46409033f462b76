"""The people to reach, their devices, and the needs of these where the people are."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from secours.languages import Text

EARS = "ears"  # the device that every group has: people who are told, or hear a siren


class DeviceService(StrEnum):
    """A service of a device; a network may lose one and keep the others."""

    VOICE = "voice"
    TEXT = "text"
    DATA = "data"


HeardOn = tuple[str, DeviceService]
"""A device by its name, and one of its services."""


class DeviceNeeds(Struct, frozen=True, kw_only=True):
    """The needs of a service of a device, in the place where its people are.

    `needs` reads as everywhere: one of each inner tuple, all of the outer one. Of
    `split` each person has one: while only some are down, a part of them is reached.
    """

    needs: tuple[tuple[str, ...], ...] = ()
    split: tuple[str, ...] = ()


class Device(Struct, frozen=True, kw_only=True):
    """A kind of device that people have, such as a mobile or a radio."""

    name: str
    label: Text
    services: Mapping[
        DeviceService, DeviceNeeds
    ]  # one not here the device does not have
    autonomy_s: float | None = None  # how long it lives on without its power
    workplace: bool = False  # it is where people work, and not where they sleep


class PeopleGroup(Struct, frozen=True, kw_only=True):
    """People of an audience who can be reached by the same devices."""

    name: str
    label: Text
    devices: tuple[str, ...]
    people: int | None = None  # how many, where somebody counted
    staffed: bool = False  # someone is at the workplace day and night

    def hears_by(
        self, heard_on: Iterable[HeardOn], devices: Mapping[str, Device], *, woken: bool
    ) -> Iterator[HeardOn]:
        """Yield by which of its devices it hears what is heard on these.

        To be `woken` by a device at the workplace somebody has to be there.
        """
        for name, service in heard_on:
            device = devices.get(name)
            if device is None or name not in (*self.devices, EARS):
                continue
            asleep = woken and device.workplace and not self.staffed
            if service in device.services and not asleep:
                yield name, service


def group_key(audience: str, group: str) -> str:
    """Return what a group is called in the whole plan; no name has a slash."""
    return f"{audience}/{group}"


class Audience(Struct, frozen=True, kw_only=True):
    """Whom lines of the plan are for, in groups."""

    name: str
    groups: tuple[PeopleGroup, ...] = ()
