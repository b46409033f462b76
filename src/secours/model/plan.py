"""Plan: a whole probes.yaml, checked."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from secours.model.nodes import channel_node
from secours.model.sections.channel import Channel, Component, Owner, Path, Probe
from secours.model.sections.field_types import Ours
from secours.model.sections.line import Line
from secours.model.sections.notify import Notify
from secours.model.sections.site import Entrance, Retention, Screen, Site

if TYPE_CHECKING:  # few plans have one, and each takes time to make
    from secours.model.paper.settings import Printing
    from secours.model.receivers.audiences import Audience, Device
    from secours.model.sites.membership import Sites


class Config(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A whole probes.yaml, checked. The order of `channels` is that of the file.

    It compares by identity: two loads of one file are two plans, each usable as a key.
    """

    example: bool = False
    """True for an example plan, which every screen then says."""
    site: Site
    """The institution: how it is called, how it speaks, how it reaches the world."""
    screen: Screen = Screen()
    """Settings of the wall."""
    retention: Retention = Retention()
    """Times for which history is kept."""
    access: Entrance = Entrance()
    """Access to the screens."""
    notify: Notify = Notify()
    """Recipients of notices, and the ways to reach them."""
    paper: "Printing | None" = None
    """Printer that gets the sheet by itself, on which occasions, and a folder that
    keeps it."""
    sites: "Sites | None" = None  # None for a site by itself
    """Part of this site among others that run Secours, through a hub."""
    failback_after_s: Ours[float] = 600.0
    """Time that a better channel has to hold before a line goes back to it."""
    takeover_after_s: Ours[float | None] = None  # of `standby`
    """Time for which the first is silent before the second probes by itself; without it
    a person says so."""
    paths: Mapping[str, Path] = field(default_factory=dict)
    """Ways out of the building that probes can be bound to, by a name of yours."""
    components: Mapping[str, Component] = field(default_factory=dict)
    """Things that several channels share and that fail as one, by a name such as
    power:grid."""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """Means to reach people, by a name of yours."""
    devices: "Mapping[str, Device]" = field(default_factory=dict)  # those named
    """Devices by which people hear channels, where they differ from the catalogue, and
    devices of yours."""
    audiences: "Mapping[str, Audience]" = field(default_factory=dict)
    """Whom lines of the plan are for, in groups who have the same devices."""
    plan: tuple[Line, ...] = ()
    """For each purpose and audience, the channels in the order to use them."""
    version: Ours[str] = ""  # digest of the file, the same for the same plan
    written: Ours[datetime | None] = None  # when the file was last changed
    shared: Ours[tuple[str, str] | None] = None  # the path to the file that a group may
    # write, and the group
    text: Ours[bytes] = b""  # the file, as it was read: secrets are only named in it
    secret_files: Ours[tuple[str, ...]] = ()  # that it names, and that of its kinds
    own_kinds: Ours[Mapping[str, Any]] = {}  # beside those of the catalogue

    @cached_property
    def facts(self) -> dict[Any, Any]:
        """Return what the core has derived from it."""
        return {}

    @cached_property
    def owners(self) -> Mapping[str, Owner]:
        """Return every component and channel, by its node."""
        channels = {channel_node(c.name): c for c in self.channels.values()}
        return {**self.components, **channels}

    @cached_property
    def planned(self) -> tuple[str, ...]:
        """Return the channels that a line of the plan has, in the order of the plan."""
        named = (name for line in self.plan for name, _ in line.order)
        return tuple(dict.fromkeys(named))

    def probes(self) -> tuple[Probe, ...]:
        """Return every probe: those of channels, then components, then paths."""
        return self._probes

    @cached_property
    def _probes(self) -> tuple[Probe, ...]:
        return (
            *(probe for channel in self.channels.values() for probe in channel.probes),
            *(probe for part in self.components.values() for probe in part.probes),
            *(probe for path in self.paths.values() for probe in path.references),
        )
