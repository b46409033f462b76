"""Snapshot: everything decided at one instant."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from secours.languages import Text
from secours.model.notices import Dispatch, TargetView
from secours.model.observed import Evidence, Facts, Instant, Outcome, Reason, Verdict
from secours.model.receivers.audiences import WhenCut
from secours.model.receivers.reach import Reception
from secours.model.sections.channel import Carries, UriScheme
from secours.model.sections.line import Purpose, Tier, line_name
from secours.model.sections.site import Screen, Site
from secours.model.statements import Announced, Exercise, Mark, Pin, Watch


class State(StrEnum):
    """State of a channel or a component now."""

    AVAILABLE = "available"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


USABLE = (State.AVAILABLE, State.DEGRADED)


class Link(StrEnum):
    """State of a path, and of our own link as a whole."""

    OK = "ok"
    DOWN = "down"
    UNKNOWN = "unknown"


class ProbeView(Struct, frozen=True, kw_only=True):
    """Probe as a screen shows it: its confirmed verdict and its latest result."""

    name: str
    type: str
    path: str | None
    verdict: Verdict
    evidence: Evidence = Evidence.NONE
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)
    latency_s: float | None = None
    at: Instant | None = None  # of the latest result
    proved_at: Instant | None = None  # of the newest result with an answer


class Standing(Struct, frozen=True, kw_only=True):
    """State of a channel or component: since when, why, and its evidence."""

    state: State
    since: Instant | None = None
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)
    warnings: tuple[Reason, ...] = ()
    evidence: Evidence = Evidence.NONE
    evidence_at: Instant | None = None  # of the best evidence
    proved_at: Instant | None = None  # of the newest, whatever it proves
    failed_at: Instant | None = None  # the first failure of the present episode
    may_need: tuple[str, ...] = ()  # distrusted or known down: it may depend on
    # them, as its needs are unknown
    presumed: str | None = None  # the component presumed to have taken it
    at_risk: str | None = None  # a suspect that would take it; or a known
    # failure, where its needs are unknown
    until: Instant | None = None  # when its autonomy ends
    measured: bool | None = None  # whether that is measured; None where nothing is to
    aside: Reason = Reason.NONE  # not to be used: SET_ASIDE (distrusted: "do not use")
    # or MAINTENANCE
    declared_by: str | None = None  # whose word it rests on
    tried_at: Instant | None = None  # when people last tried it

    @property
    def fine(self) -> bool:
        """Return whether it is available and not set aside."""
        return self.state is State.AVAILABLE and not self.aside

    @property
    def usable(self) -> bool:
        """Return whether it works, well or not, and is not set aside."""
        works = self.state in USABLE
        return works and not self.aside

    @property
    def known(self) -> bool:
        """Tell whether anything is known of it now."""
        nothing = (Reason.NOT_MEASURED, Reason.NOT_PROBED, Reason.STALE, Reason.LAPSED)
        return self.reason not in nothing


class ChannelView(Struct, frozen=True, kw_only=True):
    """A channel as a screen shows it."""

    name: str
    label: Text
    short_name: Text
    how: Text
    standing: Standing
    probes: tuple[ProbeView, ...] = ()
    mind: Text = Text()  # what its users have to know
    carries: tuple[Carries, ...] = tuple(Carries)
    uri_scheme: UriScheme = ""
    test_every_s: float | None = None  # how often people are to try it
    needs_known: bool = True


class ComponentView(Struct, frozen=True, kw_only=True):
    """A component as a screen shows it."""

    name: str
    label: Text
    standing: Standing
    probes: tuple[ProbeView, ...] = ()


class PathView(Struct, frozen=True, kw_only=True):
    """A path as a screen shows it."""

    name: str
    state: Link
    usual: bool = False  # the default one: our own link
    probes: tuple[ProbeView, ...] = ()


class Use(Struct, frozen=True, kw_only=True):
    """The channel to use now."""

    channel: str
    tier: Tier
    rank: int  # 1 for the first channel of the line
    state: State
    verified: bool
    pinned: bool = False
    reach: Reception | None = None  # None where the audience has no groups

    @property
    def is_deaf(self) -> bool:
        """Tell whether surely nobody hears it any more."""
        return self.reach is not None and self.reach.is_deaf

    @property
    def in_vain(self) -> bool:
        """Tell whether it is down or surely not heard: only a pin keeps that."""
        return self.is_deaf or self.state is State.DOWN

    @property
    def as_planned(self) -> bool:
        """Tell whether it is the first choice, well, verified, and nobody's pin."""
        return (
            self.tier is Tier.PRIMARY
            and self.rank == 1
            and self.state is State.AVAILABLE
            and self.verified
            and not self.pinned
            and not (self.reach and self.reach.lost)
        )


class Backup(Struct, frozen=True, kw_only=True):
    """Channel to take if the one in use fails, and what the two share."""

    channel: str
    tier: Tier
    independent: bool = True  # no single failure of what is left takes both at once
    shares: tuple[str, ...] = ()  # components that take both at once
    shares_later: tuple[str, ...] = ()  # that take both when an autonomy ends
    skipped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # usable ones
    # before it, with their shares with the one in use; () if their needs are unknown
    regained: Mapping[str, Instant] = field(default_factory=dict)  # of all these, what
    # takes both no longer: when it counts that they are independent
    reach: Reception | None = None


class PassedOver(Struct, frozen=True, kw_only=True):
    """Channel above the one in use, and why it is not used."""

    channel: str
    reason: Reason
    facts: Facts = field(default_factory=dict)
    since: Instant | None = None


class Recommendation(Struct, frozen=True, kw_only=True):
    """Recommendation for one line of the plan. `use` is None where nothing is left."""

    purpose: Purpose
    audience: str
    tiers: tuple[tuple[Tier, tuple[str, ...]], ...]
    use: Use | None
    since: Instant | None = None  # of this channel in use
    backup: Backup | None = None
    still_usable: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    last_resort: Text = Text()
    measuring: bool = False  # a channel that may be better has not had its first
    # result; `use`, if any, is to be used meanwhile
    unpinned: Use | None = None  # in use without the pin
    reaches: float | None = None  # share of the audience, if known
    completed_by: tuple[str, ...] = ()  # further channels, to reach all possible
    until: Mapping[str, Instant] = field(default_factory=dict)  # ends of channels of
    # the line: of their autonomy, or of their reception by anybody of the line
    # Of each channel of the line, where its audience has groups.
    receivers: Mapping[str, Reception] = field(default_factory=dict)
    on_battery: bool = False  # the mains are down: send the alert while networks live

    @property
    def name(self) -> str:
        """Return the name of the line."""
        return line_name(self.purpose, self.audience)

    @property
    def answer(self) -> Use | None:
        """Return the channel to use: not one pinned in vain."""
        return self.unpinned if self.use and self.use.in_vain else self.use

    @property
    def answered(self) -> "Recommendation":
        """Return it as to be followed: without a pin that is in vain."""
        if self.answer is self.use:
            return self
        return replace(self, use=self.answer, unpinned=None, reaches=None)

    @property
    def is_lost(self) -> bool:
        """Tell whether no channel is usable."""
        return self.answer is None and not self.measuring

    @property
    def planned(self) -> tuple[str, ...]:
        """Return its channels, in the order of the plan."""
        return tuple(name for _, names in self.tiers for name in names)


class OrdersView(Struct, frozen=True, kw_only=True):
    """Orders for silence of an audience, and whether they hold."""

    audience: str
    orders: WhenCut
    since: Instant | None = None  # no line has had a usable channel
    back: Instant | None = None  # the first is usable again, and nobody told them yet
    in_force: bool = False
    all_cut: bool = False  # no channel is left at all: the orders come before answers
    planned: bool = False  # some channel is in maintenance
    planned_until: datetime | None = None  # the first of these comes back, if known


OF_WORDS = ("mark", "marks", "pin", "test", "exercise", "announced", "watch")


class Change(Struct, frozen=True, kw_only=True):
    """Change of a state, answer or statement.

    `subject` is "channel", "component", "path" or "line"; "mark", "pin", "test",
    "exercise" or "watch" for a word that was given or lapsed; "plan" where a success
    contradicts the plan's dependencies: `name` is the component, `after` the channel
    that works without it; "defect" where an event did not settle. A channel that the
    plan has no longer is "" after.
    """

    at: Instant
    subject: str
    name: str  # for a line "purpose/audience"
    before: str
    after: str
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)

    @property
    def is_of_word(self) -> bool:
        """Return whether its subject is a person's word."""
        return self.subject in OF_WORDS


class Forecast(Struct, frozen=True, kw_only=True):
    """Expected change of a line's recommendation, if nothing else happens."""

    at: Instant
    purpose: Purpose
    audience: str
    use: str | None  # None where nothing is left then


class Rehearsal(Struct, frozen=True, kw_only=True):
    """Answer of the plan as if the exercise were true; never the real one."""

    exercise: Exercise
    channels: Mapping[str, Standing]
    recommendations: tuple[Recommendation, ...]
    orders: tuple[OrdersView, ...] = ()  # that would hold, once it lasted for so long


class Explained(Struct, frozen=True, kw_only=True):
    """Failures that may have a common cause, and their explanations.

    Known failures are part of every set, unnamed.
    """

    channels: tuple[str, ...]  # and other things that are probed: `path:NAME`
    suspects: tuple[tuple[str, ...], ...] = ()  # the likeliest set first
    unexplained: tuple[str, ...] = ()  # by some of these sets
    presumes: bool = True  # False where one of their nodes answered since

    @property
    def likeliest(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets of the lowest size."""
        lowest = min(map(len, self.suspects), default=0)
        return tuple(names for names in self.suspects if len(names) == lowest)


class Standby(Struct, frozen=True, kw_only=True):
    """Role of a standby, and its view of the first."""

    url: str  # of the first
    host: str  # in that, and its port
    first: str = ""  # its machine's name, "" if never heard
    heard: Instant | None = None  # of its newest answer
    problem: str = ""  # why its latest answer is rejected, or missing
    reason: Reason = Reason.NONE  # and why not, where nothing came
    facts: Facts = field(default_factory=dict)
    probing: bool = False  # it has taken over; else it mirrors the first
    since: Instant  # it has done so
    by: str = ""  # of the takeover; "" where automatic
    takes_over: Instant | None = None  # if the first is not heard by then
    instance: str = ""  # identifies a standby, and its runs


class Opinion(Struct, frozen=True, kw_only=True):
    """Opinion of other sites on a component that may have failed here.

    It orders and words suspects; it decides nothing.
    """

    component: str
    works_at: tuple[str, ...] = ()  # proved there since it fails here
    fails_at: tuple[str, ...] = ()
    suspected_at: tuple[str, ...] = ()  # where all suspects are shared
    heard: int = 0  # sites heard that have it, those included
    ours: tuple[tuple[str, ...], ...] = ()  # the remaining suspects, where all are
    # ours alone: "it is us"
    theirs: bool = False  # it fails, or is suspected, at most of them, and works at
    # none: "it is them"


COUNTS_AFTER_S = 15.0  # of a connection: one lost at once does not count


class Hub(Struct, frozen=True, kw_only=True):
    """State of this site's connection to the hub."""

    url: str  # without a secret
    connected: bool = False  # for COUNTS_AFTER_S at least
    since: Instant  # it is so
    reason: Reason = Reason.NONE  # why it is not
    facts: Facts = field(default_factory=dict)
    waiting: int | None = None  # events that the hub has not acknowledged, where known
    doubled: Instant | None = None  # since when another site uses our name
    cut: int = 0  # reports cut to fit the size limit


class PaperTrouble(Struct, frozen=True, kw_only=True):
    """Reason why the sheet is not printed by itself, or not kept in its folder."""

    where: str  # host of the printer, or the folder
    outcome: Outcome

    @property
    def at_printer(self) -> bool:
        """Return whether it is the printer's, not the folder's."""
        return not self.where.startswith("/")


class Snapshot(Struct, frozen=True, kw_only=True, dict=True):
    """Everything a screen needs at one instant, already decided."""

    at: Instant  # when it was stamped
    boot_id: str  # ages by `at.steady_s` hold only on the same boot
    started: Instant  # when this engine began to measure
    site: Site
    screen: Screen
    plan_version: str
    plan_written: datetime | None = None  # when its file was last changed
    example: bool = False
    config_error: str | None = None
    trouble: tuple[str, ...] = ()  # of the engine: "disk", "lagging", "intervals:45"
    own_link: Link = Link.UNKNOWN
    first_answer_s: float = 0.0  # how long the first measurement may take
    paths: tuple[PathView, ...] = ()
    suspects: tuple[tuple[str, ...], ...] = ()  # of all explanations, one after another
    explanations: tuple[Explained, ...] = ()
    known_down: tuple[str, ...] = ()  # by a component's own probes or a person's word
    contradictions: tuple[tuple[str, str], ...] = ()  # (component, channel): it is
    # down, and the channel works that should need it
    channels: tuple[ChannelView, ...] = ()  # in the order of the plan
    components: tuple[ComponentView, ...] = ()
    batteries_end: Mapping[str, Instant] = field(default_factory=dict)  # of those that
    # were measured, without power from now on, by component
    recommendations: tuple[Recommendation, ...] = ()
    forecast: tuple[Forecast, ...] = ()  # the next first
    changes: tuple[Change, ...] = ()  # newest first
    marks: tuple[Mark, ...] = ()  # a distrust may coexist with another mark
    orders: tuple[OrdersView, ...] = ()  # of audiences that have some
    reports: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)  # needs to
    # report to an audience, by what is lost
    words_lost: bool = False  # maybe: nothing is verified until confirmed
    pins: tuple[Pin, ...] = ()
    announced: tuple[Announced, ...] = ()  # the newest first
    watch: Watch | None = None  # None where nobody ever took it
    rehearsal: Rehearsal | None = None
    targets: tuple[TargetView, ...] = ()  # of notices, in the order of the plan
    notices: tuple[Dispatch, ...] = ()  # the newest first
    held_until: datetime | None = None  # notices are held until then
    paper: tuple[PaperTrouble, ...] = ()
    standby: Standby | None = None  # None where this is none
    opinions: tuple[Opinion, ...] = ()  # of suspects, where other sites are followed
    hub: Hub | None = None  # None for a site by itself
    event: int = 0  # the latest counted, in the log of the engine that `started`

    def coming(self, line: Recommendation) -> Forecast | None:
        """Return the next expected change of a line; None if unknown."""
        of_line = (line.purpose, line.audience)
        found = (e for e in self.forecast if (e.purpose, e.audience) == of_line)
        return next(found, None)

    def channel(self, name: str) -> ChannelView:
        """Return the channel with this name."""
        return self.by_name[name]

    @cached_property
    def by_name(self) -> Mapping[str, ChannelView]:
        """Return the channels by their names."""
        return {view.name: view for view in self.channels}

    def root(self, component: str) -> str:
        """Return the root cause of a component's fall; itself where it fell alone."""
        standings = {view.name: view.standing for view in self.components}
        for _ in standings:
            standing = standings.get(component)
            if standing is None or standing.reason is not Reason.NEEDS:
                break
            component = str(standing.facts.get("component", component))
        return component

    def unacknowledged(self) -> Mapping[str, tuple[Dispatch, ...]]:
        """Return the unacknowledged notices, by code.

        One to several recipients has one code: one acknowledgement is for all.
        """
        waiting = [each for each in self.notices if each.asks]
        return {
            code: tuple(each for each in waiting if each.code == code)
            for code in dict.fromkeys(each.code for each in waiting)
        }
