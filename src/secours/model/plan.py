"""Configuration: the site, its channels with their needs, and the plan."""

import math
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from secours.languages import Text as Text
from secours.model.nodes import channel_node, kind_of
from secours.model.observed import Evidence
from secours.model.secret import Secret, Template

if TYPE_CHECKING:  # few plans have one, and each takes time to make
    from secours.model.monthly_day import MonthlyDay
    from secours.model.mqtt_broker import MqttBroker
    from secours.model.receivers.audiences import Audience, Device, HeardOn
    from secours.model.sites.membership import Sites


class Duration(float):
    """A length of time in seconds, written `500ms`, `10s`, `5m`, `2h`, `7d`."""

    __slots__ = ()


class Purpose(StrEnum):
    """Purpose of a channel; it serves only the purposes it names."""

    ALERT = "alert"  # wake and warn
    COORDINATE = "coordinate"  # work together


class Carries(StrEnum):
    """Content that a channel can carry: text, voice, or only a signal."""

    TEXT = "text"
    VOICE = "voice"
    SIGNAL = "signal"


UriScheme = Literal["", "sms", "mailto"]
"""URI scheme that opens a message on a channel, "" for none."""


class Tier(StrEnum):
    """PACE: the order in which the plan wants channels used."""

    PRIMARY = "primary"
    ALTERNATE = "alternate"
    CONTINGENCY = "contingency"
    EMERGENCY = "emergency"


Needs = tuple[tuple[str, ...], ...]
"""Components needed: one of each inner tuple (`any_of`), all of the outer one."""


class Probe(Struct, frozen=True, kw_only=True):
    """Test of a channel, a component or a path, with everything it needs to run."""

    id: str  # "channels/mail/smtp", "components/power:grid/icmp", "paths/lan/dns"
    owner: str  # name of the channel, component or path
    name: str
    type: str
    settings: Any  # the Settings of the probe type
    via: str | None = None
    way_of: str = ""  # equal for probes of one owner that differ only in `via`
    interval_s: float = 60.0
    interval_written: bool = False  # then no retry or watch goes below it
    watch_every_s: float = 15.0
    timeout_s: float = 10.0
    timeout_passed_s: float | None = None  # of `probing`, shorter than its type's own
    confirm: int = 2
    recover: int = 2
    retry_every_s: float = 5.0
    stale_after_s: float | None = None  # None: 3 of the intervals in force
    slow_after_s: float | None = None
    cost: bool = False
    required: bool = True
    says: tuple[tuple[str, str], ...] = ()  # to people of a failure, by language;
    # "" for all
    hint: bool = False  # a hint: never decides, a red one raises the rate
    best: Evidence = Evidence.EXERCISED  # the most that an ok of it can prove
    portal_proof: bool = True  # a captive portal could not answer it rightly
    device: str = ""  # of ours that it uses, such as the port of a modem: two probes on
    # one device are one measurement

    @property
    def section(self) -> str:
        """Return the section of its owner: `channels`, `components`, `paths`."""
        return self.id.partition("/")[0]


class MaintenanceWindow(Struct, frozen=True, kw_only=True):
    """A planned time of maintenance."""

    start: datetime
    end: datetime
    why: Text = Text()


class Component(Struct, frozen=True, kw_only=True):
    """Shared part of several channels that can fail as one."""

    name: str  # "class:name"
    label: Text
    was: str | None = None  # its former name, to keep its history
    needs: Needs = ()
    autonomy_s: float | None = None  # how long it lives without its power
    recharge_s: float | None = None  # until the battery is full; None: as long as that
    probes: tuple[Probe, ...] = ()
    prior: float | None = None  # failure rate, to order suspects
    maintenance: tuple[MaintenanceWindow, ...] = ()

    @property
    def kind(self) -> str:
        """Return the class in its name: `power` of `power:grid`."""
        return kind_of(self.name)


class Path(Struct, frozen=True, kw_only=True):
    """Way out of the building that a probe can be bound to."""

    name: str
    interface: str | None = None
    source: str | None = None  # an address of this machine
    needs: Needs = ()
    references: tuple[Probe, ...] = ()


class Channel(Struct, frozen=True, kw_only=True, dict=True):
    """Means to reach people, by the plan and the catalogue."""

    name: str
    label: Text
    short_name: Text
    how: Text
    purposes: frozenset[Purpose]
    kind: str | None = None
    was: str | None = None  # its name before: what is known under that is of it
    mind: Text = Text()  # caveats for its users
    needs: Needs = ()
    needs_known: bool = True  # False where the plan says neither kind nor depends_on
    carries: frozenset[Carries] = frozenset(Carries)
    uri_scheme: UriScheme = ""
    autonomy_s: float | None = None
    recharge_s: float | None = None
    traits: Mapping[str, str] = field(default_factory=dict)  # yes no optional unknown
    reaches: Mapping[str, float] = field(default_factory=dict)  # share of an audience
    heard_on: "tuple[HeardOn, ...] | None" = None  # None where not declared
    probes: tuple[Probe, ...] = ()
    test_every_s: float | None = None  # how often people are to try it
    test_on: "MonthlyDay | None" = None  # the day for it; it makes nothing due
    maintenance: tuple[MaintenanceWindow, ...] = ()

    @cached_property
    def probed(self) -> bool:
        """Return whether it has probes besides hints."""
        return any(not probe.hint for probe in self.probes)

    @cached_property
    def thin(self) -> bool:
        """Return whether its probes never prove that it can be used.

        All are optional, or none proves more than that something answers.
        """
        deciding = [probe for probe in self.probes if not probe.hint]
        optional = not any(probe.required for probe in deciding)
        most = max((probe.best.rank for probe in deciding), default=0)
        return bool(deciding) and (optional or most <= Evidence.REACHED.rank)


Owner = Channel | Component
"""Owner of probes, which give it a state."""


def line_name(purpose: Purpose, audience: str) -> str:
    """Return the name of a line of the plan: `purpose/audience`."""
    return f"{purpose}/{audience}"


def purpose_and_audience(line: str) -> tuple[str, str]:
    """Split the name of a line."""
    purpose, _, audience = line.partition("/")
    return purpose, audience


class Line(Struct, frozen=True, kw_only=True, dict=True):
    """One line of the plan: for a purpose and an audience, the channels in order."""

    purpose: Purpose
    audience: str
    tiers: tuple[tuple[Tier, tuple[str, ...]], ...]
    require: tuple[str, ...] = ()
    last_resort: Text = Text()

    @cached_property
    def name(self) -> str:
        """Return the name of the line."""
        return line_name(self.purpose, self.audience)

    @cached_property
    def order(self) -> tuple[tuple[str, Tier], ...]:
        """Return every channel with its tier, in the order of the plan."""
        return tuple((name, tier) for tier, names in self.tiers for name in names)

    def tier_of(self, channel: str) -> Tier:
        """Return the tier of a channel in the line."""
        return dict(self.order)[channel]

    def above(self, channel: str | None) -> tuple[str, ...]:
        """Return the channels that the plan puts before this one; all for None."""
        names = tuple(name for name, _ in self.order)
        return names if channel is None else names[: names.index(channel)]


class Site(Struct, frozen=True, kw_only=True):
    """The institution: its name, languages, and ways to the world."""

    name: Text = Text("Secours")
    language: str = "en"
    speaks_to_each: bool = False  # without `language`: each viewer's own
    timezone: str = "UTC"
    contact: Text = Text()  # whom to call when Secours itself fails
    access: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    audiences: Mapping[str, Text] = field(default_factory=dict)  # by the plan's labels
    public_url: str | None = None  # of our screens, for recipients of notices


class Screen(Struct, frozen=True, kw_only=True):
    """Settings of the wall."""

    max_age_s: float = 30.0
    distance_m: float = 3.0  # the farthest reader; the table of type sizes serves it
    width_mm: float = 1210.0
    layout: str = "columns"
    theme: str = "dark"
    how: bool = True  # whether it says how to use a channel

    def units_seen(self, arc_minutes: float) -> float:
        """Return the length seen under this angle by the farthest reader.

        A unit is a hundredth of the height of a 16:9 screen.
        """
        seen_mm = 1000 * self.distance_m * math.tan(math.radians(arc_minutes / 60))
        return seen_mm / (self.width_mm * 9 / 16 / 100)


class Retention(Struct, frozen=True, kw_only=True):
    """Retention of the history."""

    raw_s: float = 7 * 86400.0
    journal_s: float = 5 * 365 * 86400.0


class Entrance(Struct, frozen=True, kw_only=True):
    """Access to the screens."""

    loopback_open: bool = False  # users of this machine need no token
    hosts: tuple[str, ...] = ()  # further names of the screens' host


class NoticeKind(StrEnum):
    """Subject of a notice; the plan says which of these are wanted."""

    RECOMMENDATION = "recommendation"  # another channel is to be used on a line
    NOTHING_LEFT = "nothing-left"  # no channel of a line can be used
    OWN_LINK = "own-link"  # what failed is our own way out
    ENDING = "ending"  # a battery, or a person's word, comes to its end
    DISTRUST = "distrust"  # somebody says that an intruder reads it
    TEST_OVERDUE = "test-overdue"  # people have not tried a channel for too long
    ITSELF = "secours-itself"  # what this program cannot do as it should


class Target(Struct, frozen=True, kw_only=True):
    """Way out for notices: over a channel of the plan, or beside it.

    One of `carrier`, `url` and `command` says which way it is.
    """

    name: str
    through: str | None = None  # a channel
    carrier: Probe | None = None  # a probe of that channel, for its settings
    to: Template | None = None  # the addressee; None for that of the probe's tests
    url: Template | None = None  # an address as Apprise writes them
    command: tuple[str, ...] = ()  # gets the notice as JSON on its standard input
    allowed: Secret = Secret("")  # permission to run it; reveals why it is refused
    needs: Needs = ()  # beside those of the channel
    needs_known: bool = True


class Recipient(Struct, frozen=True, kw_only=True):
    """Person or desk to notify, with its targets in order."""

    name: str
    label: Text
    targets: tuple[str, ...]
    escalate_to: str | None = None  # another recipient, told of nothing else
    escalate_after_s: float = 900.0  # that nobody has acknowledged


class Notify(Struct, frozen=True, kw_only=True):
    """Notifications of people."""

    beat_to: Template | None = None  # called once a minute while we live
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    on: frozenset[NoticeKind] = frozenset(NoticeKind)
    held: bool = True  # at a first start, while the plan is still written


class Config(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A whole probes.yaml, checked. The order of `channels` is that of the file.

    It compares by identity: two loads of one file are two plans, each usable as a key.
    """

    site: Site
    screen: Screen = Screen()
    retention: Retention = Retention()
    access: Entrance = Entrance()
    notify: Notify = Notify()
    mqtt: "MqttBroker | None" = None  # where the state is published
    sites: "Sites | None" = None  # None for a site by itself
    failback_after_s: float = 600.0
    takeover_after_s: float | None = None  # without the first; None: people decide when
    # their standby takes over
    paths: Mapping[str, Path] = field(default_factory=dict)
    components: Mapping[str, Component] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    devices: "Mapping[str, Device]" = field(default_factory=dict)  # those named
    audiences: "Mapping[str, Audience]" = field(default_factory=dict)
    plan: tuple[Line, ...] = ()
    example: bool = False
    version: str = ""  # digest of the file, the same for the same plan
    written: datetime | None = None  # when the file was last changed
    shared: tuple[str, str] | None = None  # the path to the file that a group may
    # write, and the group
    text: bytes = b""  # the file, as it was read: secrets are only named in it
    secret_files: tuple[str, ...] = ()  # that it names

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
