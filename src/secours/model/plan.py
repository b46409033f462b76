"""Configuration: the site, its channels with their needs, and the plan."""

import math
from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from msgspec import Struct, field

from secours.languages import Text as Text
from secours.model.nodes import channel_node, kind_of
from secours.model.observed import Evidence
from secours.model.secret import Secret, Template

if TYPE_CHECKING:  # few plans have one, and each takes time to make
    from secours.model.monthly_day import MonthlyDay
    from secours.model.mqtt_broker import MqttBroker
    from secours.model.paper.settings import Printing
    from secours.model.receivers.audiences import Audience, Device, HeardOn
    from secours.model.sites.membership import Sites


T = TypeVar("T")
OURS = "ours"
Ours = Annotated[T, OURS]
"""Type of a field that is found while reading, and is no key of probes.yaml."""


class Duration(float):
    """A length of time in seconds, written `500ms`, `10s`, `5m`, `2h`, `7d`."""

    __slots__ = ()


class Purpose(StrEnum):
    """Purpose of a channel; it serves only the purposes it names."""

    ALERT = "alert"  # wake and warn
    COORDINATE = "coordinate"  # work together
    INFORM = "inform"  # tell the population what to do; it wakes nobody


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

    id: Ours[str]  # "channels/mail/smtp", "components/power:grid/icmp", "paths/lan/dns"
    owner: Ours[str]  # name of the channel, component or path
    type: Ours[str]
    """Kind of test; the other options depend on it."""
    name: str
    """Name of the probe, needed where one owner has two of a type."""
    settings: Ours[Any]  # the Settings of the probe type
    via: str | None = None
    """Path over which it is tested."""
    way_of: Ours[str] = ""  # equal for probes of one owner that differ only in `via`
    interval_s: float = 60.0
    """Interval between two tests."""
    interval_written: Ours[bool] = False  # then no retry or watch goes below it
    timeout_s: float = 10.0
    """Time limit of one test."""
    timeout_passed_s: Ours[float | None] = None  # of `probing`, shorter than its type's
    confirm: int = 2
    """Number of failures in a row that make it failed."""
    recover: int = 2
    """Number of successes in a row that make it ok again."""
    retry_every_s: float = 5.0
    """Time from a failure to the next test."""
    stale_after_s: float | None = None  # None: 3 of the intervals in force
    """Age from which a result counts as unknown."""
    slow_after_s: float | None = None
    """Time from which a slow answer makes it degraded."""
    cost: bool = False
    """True where each test costs something: it is then made more seldom."""
    required: bool = True
    """True where its failure alone takes the channel down."""
    watch_every_s: Ours[float] = 15.0  # of `probing`
    """Interval between tests of the channel in use and of its backup."""
    says: Ours[tuple[tuple[str, str], ...]] = ()  # by language, "" for all
    """Meaning of its failure in words, before the answer itself: such as
    UPS on battery."""
    hint: Ours[bool] = False  # a hint: never decides, a red one raises the rate
    best: Ours[Evidence] = Evidence.EXERCISED  # the most that an ok of it can prove
    portal_proof: Ours[bool] = True  # a captive portal could not answer it rightly
    device: Ours[str] = ""  # of ours that it uses, such as the port of a modem: two
    # probes on one device are one measurement

    @property
    def section(self) -> str:
        """Return the section of its owner: `channels`, `components`, `paths`."""
        return self.id.partition("/")[0]


class MaintenanceWindow(Struct, frozen=True, kw_only=True):
    """A planned time of maintenance."""

    start: datetime
    """Its beginning, such as 2026-12-01T22:00, on the site's clock without an
    offset."""
    end: datetime
    """Its end."""
    why: Text = Text()
    """The work that is done then."""


class Component(Struct, frozen=True, kw_only=True):
    """Shared part of several channels that can fail as one."""

    name: str  # "class:name"
    was: str | None = None
    """Name that the component had before: what is known under that is of it."""
    label: Text
    """Name of the component, as people read it."""
    needs: Needs = ()
    """Components that it needs itself."""
    autonomy_s: float | None = None
    """Time that it goes on by itself when its power fails."""
    measured_by: Ours[str | None] = None  # id of the probe that measures its autonomy
    recharge_s: float | None = None  # None: as long as its autonomy
    """Time that its battery takes to be full again."""
    probes: tuple[Probe, ...] = ()
    """Tests of the component itself."""
    prior: Ours[float | None] = None  # failure rate, to order suspects
    maintenance: tuple[MaintenanceWindow, ...] = ()
    """Planned times in which it is in maintenance."""

    @property
    def kind(self) -> str:
        """Return the class in its name: `power` of `power:grid`."""
        return kind_of(self.name)


class Path(Struct, frozen=True, kw_only=True):
    """Way out of the building that a probe can be bound to."""

    name: str
    interface: str | None = None
    """Network interface of this machine that the path goes through."""
    source: str | None = None
    """Address of this machine that the path starts from."""
    needs: Needs = ()
    """Components that the path needs."""
    references: tuple[Probe, ...] = ()
    """Probes of targets in unrelated networks; if all fail, it is the path that
    failed."""


class Channel(Struct, frozen=True, kw_only=True, dict=True):
    """Means to reach people, by the plan and the catalogue."""

    name: str
    kind: str | None = None
    """Kind of the catalogue, which says what it needs, serves and carries."""
    was: str | None = None
    """Name that the channel had before: what is known under that is of it."""
    label: Text
    """Name of the channel, as people read it."""
    short_name: Text
    """Name in large letters, where the label is too long for the wall (17
    characters)."""
    how: Text = Text()
    """Directions to use it: a number, a group, a cupboard; at most 160 characters."""
    mind: Text = Text()
    """Notes that its users have to know."""
    purposes: frozenset[Purpose] = frozenset()
    """Uses: alert wakes, coordinate is to work together, inform for the population."""
    carries: frozenset[Carries] = frozenset(Carries)
    """Content that can go over it: words to read, words to hear, or only a signal."""
    former_purposes: Ours[frozenset[Purpose]] = frozenset()  # for one release more
    uri_scheme: Ours[UriScheme] = ""
    needs: Needs = ()
    """Components that it needs, beside those of its kind; [] says that it needs
    none."""
    needs_known: Ours[bool] = True  # False if neither kind nor depends_on is written
    autonomy_s: float | None = None
    """Time that it goes on by itself when its power fails."""
    recharge_s: float | None = None
    """Time that its battery takes to be full again."""
    traits: Mapping[str, str] = field(default_factory=dict)  # yes no optional unknown
    """Other properties, such as e2e, that a line of the plan may require."""
    heard_on: "tuple[HeardOn, ...] | None" = None  # None where not declared
    """Devices that people hear it on, by service: mobile.text, landline.voice, astrid;
    instead of those of its kind."""
    reaches: Mapping[str, float] = field(default_factory=dict)
    """Share, from 0 to 1, of each audience that it reaches."""
    probes: tuple[Probe, ...] = ()
    """Tests of the channel."""
    test_every_s: Ours[float | None] = None  # how often people are to try it
    test_on: Ours["MonthlyDay | None"] = None  # the day for it; it makes nothing due
    maintenance: tuple[MaintenanceWindow, ...] = ()
    """Planned times in which it is in maintenance."""

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
    """Use of the channels: to alert, to coordinate, or to inform the population."""
    audience: str
    """Whom they reach: management, staff, partners, or a name of yours."""
    require: tuple[str, ...] = ()
    """Traits that every channel of the line must have, such as e2e."""
    tiers: Ours[tuple[tuple[Tier, tuple[str, ...]], ...]]
    last_resort: Text = Text()
    """Instruction for when no channel is left."""

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
    """Name of the institution, as the screens show it."""
    language: str = "en"
    """Language that the screens and commands speak."""
    speaks_to_each: Ours[bool] = False  # without `language`: each viewer's own
    timezone: str = "UTC"
    """Time zone of the clock on the wall, such as Europe/Brussels."""
    contact: Text = Text()
    """Whom to call when Secours itself fails."""
    public_url: str | None = None
    """Address at which people reach our screens; it goes into links of notices."""
    access: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Components that the ways out of the building consist of."""
    audiences: Ours[Mapping[str, Text]] = field(default_factory=dict)  # their labels


class Screen(Struct, frozen=True, kw_only=True):
    """Settings of the wall."""

    max_age_s: float = 30.0
    """Age of the data from which the screens cover themselves."""
    distance_m: float = 3.0
    """Distance of the farthest reader from the wall screen, in metres."""
    width_mm: float = 1210.0
    """Width of the picture of the wall screen, in millimetres."""
    layout: str = "columns"
    """Layout of the lines of the plan on the wall."""
    theme: str = "dark"
    """Colours of the wall: dark or light."""
    how: bool = True
    """True where the wall says how to use each channel."""

    def units_seen(self, arc_minutes: float) -> float:
        """Return the length seen under this angle by the farthest reader.

        A unit is a hundredth of the height of a 16:9 screen.
        """
        seen_mm = 1000 * self.distance_m * math.tan(math.radians(arc_minutes / 60))
        return seen_mm / (self.width_mm * 9 / 16 / 100)


class Retention(Struct, frozen=True, kw_only=True):
    """Retention of the history."""

    raw_s: float = 7 * 86400.0
    """Time for which each single result is kept; after that sums of them."""
    journal_s: float = 5 * 365 * 86400.0
    """Time for which the journal is kept."""


class Entrance(Struct, frozen=True, kw_only=True):
    """Access to the screens."""

    loopback_open: bool = False
    """Access of users of this machine: by the token, or by nothing."""
    hosts: tuple[str, ...] = ()
    """Names that the screens go by, without port, beside addresses and localhost."""
    planners: tuple[str, ...] = ()
    """People who change the plan by forms, by their names as a login or a proxy has
    them; by default whoever may act on this machine."""


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
    through: str | None = None
    """Channel of the plan over which it goes."""
    carrier: Ours[Probe | None] = None  # a probe of that channel, for its settings
    to: Template | None = None  # None for the addressee of the probe's tests
    """Addressee on that channel; ${NAME} is filled in."""
    url: Template | None = None
    """Address as Apprise writes them, such as ntfys://host/topic; ${NAME} is filled
    in."""
    command: tuple[str, ...] = ()
    """Program with its arguments that gets the notice as JSON on its standard input."""
    allowed: Ours[Secret] = Secret("")  # permission to run it, or why it is refused
    needs: Needs = ()
    """Components that this way needs, beside those of the channel."""
    needs_known: Ours[bool] = True
    rings: Ours[bool] = False  # it calls, beside what carries the text
    prove: bool | None = None
    """True to prove it periodically; without it all ways are, but those that ring."""

    @property
    def is_proven(self) -> bool:
        """Tell whether it is tested periodically, where the plan wants proofs."""
        return not self.rings if self.prove is None else self.prove


class Recipient(Struct, frozen=True, kw_only=True):
    """Person or desk to notify, with its targets in order."""

    name: str
    label: Text
    """Name of the recipient, as people read it."""
    language: str | None = None
    """Language in which the recipient is told; without it that of the site."""
    targets: tuple[str, ...] = ()
    """Ways on which the recipient is told, the best first."""
    escalate_to: str | None = None
    """Recipient who is told of what this one does not acknowledge."""
    escalate_after_s: float = 900.0
    """Time to wait for an acknowledgement before that."""


class Notify(Struct, frozen=True, kw_only=True):
    """Notifications of people."""

    beat_to: Template | None = None
    """Address that is called once a minute while Secours lives; ${NAME} is filled
    in."""
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    """Recipients, each a person or a desk, by a name of yours."""
    targets: Mapping[str, Target] = field(default_factory=dict)
    """Ways on which notices go out, by a name of yours; each is one of through, url and
    command."""
    on: frozenset[NoticeKind] = frozenset(NoticeKind)
    """Kinds of notices that are sent; without it all are."""
    prove_every_s: Ours[float | None] = None  # between two tests of a way; whole days
    prove_at: Ours[time] = time(10)  # of the day at the site
    held: bool = True
    """True to tell nobody anything at a first start, until an hour after the last
    edit of the plan, or until somebody says so."""


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
    mqtt: Ours["MqttBroker | None"] = None  # where the state is published
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
