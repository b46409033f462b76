"""Audiences, their devices, and the needs of these where the people are."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from secours.languages import Text

EARS = "ears"  # the device of every group: people told in person, or by a siren


class DeviceService(StrEnum):
    """A service of a device; a network may lose one and keep the others."""

    VOICE = "voice"
    TEXT = "text"
    DATA = "data"


HeardOn = tuple[str, DeviceService]
"""A device by its name, and one of its services."""


class DeviceNeeds(Struct, frozen=True, kw_only=True):
    """Needs of a device's service, at the place of its people.

    `needs` reads as everywhere: one of each inner tuple, all of the outer one. Of
    `split` each person has one: with some down, a part of the people is reached.
    """

    needs: tuple[tuple[str, ...], ...] = ()
    split: tuple[str, ...] = ()


class Device(Struct, frozen=True, kw_only=True):
    """A kind of device that people have, such as a mobile or a radio."""

    name: str
    label: Text
    """Name of the device, as people read it."""
    services: Mapping[DeviceService, DeviceNeeds]  # those that the device has
    autonomy_s: float | None = None
    """Time that it lives on without mains where its people are."""
    workplace: bool = False
    """True where it stands at the workplace: it wakes nobody of a group that is not
    staffed."""


class PeopleGroup(Struct, frozen=True, kw_only=True):
    """People of an audience with the same devices."""

    name: str
    label: Text
    """Name of the group, as people read it."""
    people: int | None = None
    """Number of people, where somebody counted."""
    devices: tuple[str, ...] = ()
    """Devices that each of them has, such as mobile, landline or astrid."""
    staffed: bool = False
    """True where someone of them is at the workplace day and night."""

    def hears_by(
        self, heard_on: Iterable[HeardOn], devices: Mapping[str, Device], *, woken: bool
    ) -> Iterator[HeardOn]:
        """Yield those of these devices and services that the group has.

        A device at the workplace wakes (`woken`) only a staffed group.
        """
        for name, service in heard_on:
            device = devices.get(name)
            if device is None or name not in (*self.devices, EARS):
                continue
            asleep = woken and device.workplace and not self.staffed
            if service in device.services and not asleep:
                yield name, service


def group_key(audience: str, group: str) -> str:
    """Return the key of a group in the whole plan; no name has a slash."""
    return f"{audience}/{group}"


class Listening(Struct, frozen=True, kw_only=True):
    """Time to listen, by the clock of the site, and where."""

    hour: int | None  # None for every hour, else every day
    minute: int
    lasts_min: int
    where: Text


class WhenCut(Struct, frozen=True, kw_only=True):
    """Orders for the people of an audience whom no channel reaches any more."""

    after_s: float = 1800.0
    """Time without a usable channel from which the orders hold."""
    listen: Listening | None = None
    """Times to listen and where, such as "hh:00 to hh:05, radio CRISIS-1"; hh is every
    hour."""
    decide: Text = Text()
    """Decisions that its people take alone then."""
    meet: Text = Text()
    """Place where they meet, and when."""
    send: Text = Text()
    """Person whom they send, and where to."""


class Audience(Struct, frozen=True, kw_only=True):
    """Audience of lines of the plan, in groups."""

    name: str
    groups: tuple[PeopleGroup, ...] = ()
    """Groups of the audience, by a name of yours."""
    when_cut: WhenCut | None = None
    """Orders for when no line has a usable channel to it any more."""
    report: Mapping[str, Text] | None = None
    """Needs to report to it, by what is lost: a component, or a class such as power."""
