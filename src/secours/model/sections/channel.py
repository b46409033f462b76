"""Channels, the components they need, paths, and the probes of all three."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from secours.languages import Text
from secours.model.nodes import kind_of
from secours.model.observed import Evidence
from secours.model.sections.field_types import Ours
from secours.model.sections.line import Purpose

if TYPE_CHECKING:  # few plans have one, and each takes time to make
    from secours.model.monthly_day import MonthlyDay
    from secours.model.receivers.audiences import HeardOn


class Carries(StrEnum):
    """Content that a channel can carry: text, voice, or only a signal."""

    TEXT = "text"
    VOICE = "voice"
    SIGNAL = "signal"


UriScheme = Literal["", "sms", "mailto"]
"""URI scheme that opens a message on a channel, "" for none."""


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
