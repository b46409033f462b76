"""The words every other module uses, those of the design. Imports nothing of ours.

Lengths of time end in `_s` and are in seconds. Moments are an `Instant`, which holds
both clocks: aware UTC for people, CLOCK_BOOTTIME for intervals.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from msgspec import Struct, field

# ------------------------------------------------------------------ what is observed


class Verdict(StrEnum):
    """What one run of a probe observed: its outcome in one word."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the test could not be made from here; proves nothing


class Evidence(StrEnum):
    """How much an ok proves, weakest first. Compare with `rank`."""

    NONE = "none"
    REACHED = "reached"  # packets or a connection came back
    SERVED = "served"  # the protocol answered rightly
    AUTHENTICATED = "authenticated"  # our account, token or SIM was accepted
    DELIVERED = "delivered"  # a message was read back at the other end
    EXERCISED = "exercised"  # people used it, on a date

    @property
    def rank(self) -> int:
        """Return the place in the order, 0 for `NONE`."""
        return _RANKS[self]


_RANKS = {evidence: place for place, evidence in enumerate(Evidence)}


class Reason(StrEnum):
    """Why an outcome or a state is not plain ok: a stable slug of the interface."""

    NONE = ""
    # the network
    TIMEOUT = "timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NO_ROUTE = "no-route"
    DNS = "dns"
    LOSS = "loss"
    # TLS
    TLS_EXPIRED = "tls-expired"
    TLS_EXPIRING = "tls-expiring"
    TLS_NAME = "tls-name"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_MISSING = "tls-missing"
    TLS_FAILED = "tls-failed"
    # the answer
    AUTH = "auth"
    PROTOCOL = "protocol"
    STATUS = "status"
    CONTENT = "content"
    SLOW = "slow"
    QUOTA = "quota"
    BALANCE = "balance"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    NOT_DELIVERED = "not-delivered"
    JUNK = "junk"  # it arrived, among the unwanted mail
    RATE_LIMITED = "rate-limited"
    LATE = "late"  # a heartbeat did not come
    REPORTED = "reported"  # a heartbeat, a plugin or a provider says so itself
    # radio
    NOT_REGISTERED = "not-registered"
    SIM_LOCKED = "sim-locked"
    NO_SIM = "no-sim"
    WEAK_SIGNAL = "weak-signal"
    ROAMING = "roaming"
    DATA_ONLY = "data-only"  # registered for packets, not for calls
    BRIEF = "brief"  # registered at an exchange, for far less time than asked
    # the test itself
    BUDGET = "budget"
    CLOCK = "clock"
    SECRET_MISSING = "secret-missing"
    NO_DEVICE = "no-device"
    DEVICE_BUSY = "device-busy"
    PERMISSION = "permission"
    PATH_UNPROVEN = "path-unproven"
    NOT_PROBED = "not-probed"
    NO_BEAT = "no-beat"  # a heartbeat that never came yet
    UNPROVEN = "unproven"  # it answers at most, and nobody has tried it
    BROKEN = "broken"
    # what the core concludes
    NOT_MEASURED = "not-measured"  # no result yet
    STALE = "stale"
    FLAPPING = "flapping"
    OWN_LINK = "own-link"
    NEEDS = "needs"  # something it depends on is down: fact `component`
    SUSPECT = "suspect"  # every likeliest explanation has it failed
    ENDING = "ending"  # its autonomy ends soon
    TEST_DUE = "test-due"
    FAILBACK = "failback"  # works again, not yet for long enough
    AT_RISK = "at-risk"  # a likely failure takes it, and its proof is older
    DOUBT = "doubt"  # its latest test failed; another is to confirm it
    TRAIT = "trait"  # lacks what the plan line requires
    SET_ASIDE = "set-aside"  # distrusted by a person
    MAINTENANCE = "maintenance"
    DECLARED = "declared"  # a person's word: fact `by`
    CONTRADICTION = "contradiction"  # the plan's dependencies are wrong here
    LAPSED = "lapsed"  # a person's word reached its date
    PINNED = "pinned"  # a person chose another channel: fact `by`


# Why a certificate is refused, by OpenSSL's verify code; untrusted where not here.
REFUSED_CERTIFICATES = {
    9: Reason.CLOCK,  # X509_V_ERR_CERT_NOT_YET_VALID
    10: Reason.TLS_EXPIRED,  # X509_V_ERR_CERT_HAS_EXPIRED
    62: Reason.TLS_NAME,  # X509_V_ERR_HOSTNAME_MISMATCH
    64: Reason.TLS_NAME,  # X509_V_ERR_IP_ADDRESS_MISMATCH
}

WARNINGS = frozenset(
    {Reason.TLS_EXPIRING, Reason.QUOTA, Reason.BALANCE, Reason.TEST_DUE}
)
"""Reasons that are shown but change neither a channel's state nor its place."""

NEVER_HURRY = frozenset({Reason.AUTH, Reason.SIM_LOCKED, Reason.RATE_LIMITED})
"""Reasons after which a quick retry could lock the account."""

Facts = Mapping[str, str | int | float]


class Outcome(Struct, frozen=True, kw_only=True):
    """The answer of one probe. `facts` fill the words of `reason` when it is shown.

    `evidence` is what was proven even where the verdict is failed: a refused login
    has `served`. `warnings` may stand beside any verdict; with nothing worse they
    make it degraded.
    """

    verdict: Verdict
    evidence: Evidence = Evidence.NONE
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)
    warnings: tuple[Reason, ...] = ()
    latency_s: float | None = None  # of the peer's answer, where the probe knows better
    retry_after_s: float | None = None  # the peer asked us to wait so long


def ok(evidence: Evidence, *, latency_s: float | None = None, **facts: Any) -> Outcome:
    """Say that it was tested and works, and how much that proves."""
    return Outcome(
        verdict=Verdict.OK, evidence=evidence, latency_s=latency_s, facts=facts
    )


def degraded(reason: Reason, evidence: Evidence, **facts: Any) -> Outcome:
    """Say that it was tested and works badly; a warning reason is a warning too."""
    warnings = (reason,) if reason in WARNINGS else ()
    return Outcome(
        verdict=Verdict.DEGRADED,
        evidence=evidence,
        reason=reason,
        facts=facts,
        warnings=warnings,
    )


def failed(reason: Reason, evidence: Evidence = Evidence.NONE, **facts: Any) -> Outcome:
    """Say that it was tested and does not work."""
    return Outcome(
        verdict=Verdict.FAILED, evidence=evidence, reason=reason, facts=facts
    )


def unknown(reason: Reason, **facts: Any) -> Outcome:
    """Say that it could not be tested from here."""
    return Outcome(verdict=Verdict.UNKNOWN, reason=reason, facts=facts)


class Timer:
    """What a run tells while it goes on; this one times nothing."""

    def connects(self) -> None:
        """Say that a connection is about to be opened: time counts from the first."""

    def answered(self) -> None:
        """Say that the last answer that counts is in, where more is to be done."""


timer: ContextVar[Timer] = ContextVar("timer", default=Timer())  # noqa: B039 -- no state
"""What times the run that goes on."""


class Stop(Exception):
    """Raised deep inside a probe that already knows its outcome; `run` returns it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.verdict}: {outcome.reason}")
        self.outcome = outcome


class SecretMissing(Exception):
    """A secret that probes.yaml names could not be read; the facts say why."""

    def __init__(self, words: str, **facts: str) -> None:
        super().__init__(words)
        self.facts = facts or {"what": words}


class Secret:
    """A secret named in probes.yaml. Prints as `***`, whatever asks."""

    __slots__ = ("_facts", "_missing", "_value")

    def __init__(self, value: str | None, missing: str = "", **facts: str) -> None:
        """Hold `value`, or None with the words and facts that say what is missing."""
        self._value = value
        self._missing = missing
        self._facts = facts

    def reveal(self) -> str:
        """Return the secret.

        Raises:
            SecretMissing: the variable or file it comes from is not there.

        """
        if self._value is None:
            raise SecretMissing(self._missing, **self._facts)
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self)
            and isinstance(other, Secret)
            and (self._value, self._missing) == (other._value, other._missing)
        )

    def __hash__(self) -> int:
        return hash((self._value, self._missing))


class Template(Secret):
    """Text in which `${...}` may stand, such as a header or a URL with a token."""

    __slots__ = ()


class Duration(float):
    """A length of time in seconds, written `500ms`, `10s`, `5m`, `2h`, `7d`."""

    __slots__ = ()


class Instant(Struct, frozen=True):
    """One moment on both clocks; the wall clock may jump, `steady_s` never does."""

    utc: datetime
    steady_s: float  # CLOCK_BOOTTIME, seconds since this machine started

    def since(self, earlier: Self) -> float:
        """Return the seconds that passed since `earlier`."""
        return self.steady_s - earlier.steady_s


class Result(Struct, frozen=True, kw_only=True):
    """One finished run of the probe with this id. `at` is when the run began."""

    probe: str  # Probe.id
    at: Instant
    outcome: Outcome


# ------------------------------------------------------------------ what is configured


class Text(Struct, frozen=True):
    """Words for people from probes.yaml, in one language or several."""

    plain: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)  # by language

    def in_(self, *languages: str) -> str:
        """Return it in the first of these languages that it has, else any."""
        for language in languages:
            if language in self.translations:
                return self.translations[language]
        return self.plain or next(iter(self.translations.values()), "")


class Purpose(StrEnum):
    """What a channel is used for; it serves only the purposes it names."""

    ALERT = "alert"  # wake and warn
    COORDINATE = "coordinate"  # work together


class Carries(StrEnum):
    """What a channel can carry: words to read, words to hear, or only a signal."""

    TEXT = "text"
    VOICE = "voice"
    SIGNAL = "signal"


class Tier(StrEnum):
    """PACE: the order in which the plan wants channels used."""

    PRIMARY = "primary"
    ALTERNATE = "alternate"
    CONTINGENCY = "contingency"
    EMERGENCY = "emergency"


Needs = tuple[tuple[str, ...], ...]
"""Components needed: one of each inner tuple (`any_of`), all of the outer one."""


class Probe(Struct, frozen=True, kw_only=True):
    """One test of a channel, a component or a path, with everything it needs to run."""

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
    confirm: int = 2
    recover: int = 2
    retry_every_s: float = 5.0
    stale_after_s: float | None = None  # None: 3 of the intervals in force
    slow_after_s: float | None = None
    cost: bool = False
    required: bool = True
    hint: bool = False  # somebody's word: never decides, a red one raises the rate
    best: Evidence = Evidence.EXERCISED  # the most that an ok of it can prove


class Window(Struct, frozen=True, kw_only=True):
    """A planned time of maintenance."""

    start: datetime
    end: datetime
    why: Text = Text()


class Component(Struct, frozen=True, kw_only=True):
    """Something that several channels share and that can fail as one."""

    name: str  # "class:name"
    label: Text
    needs: Needs = ()
    autonomy_s: float | None = None  # how long it lives without its power
    recharge_s: float | None = None  # until the battery is full; None: as long as that
    probes: tuple[Probe, ...] = ()
    prior: float | None = None  # how often such a thing fails, to order suspects
    maintenance: tuple[Window, ...] = ()

    @property
    def kind(self) -> str:
        """Return the class in its name: `power` of `power:grid`."""
        return self.name.partition(":")[0]


class Path(Struct, frozen=True, kw_only=True):
    """A way out of the building that a probe can be bound to."""

    name: str
    interface: str | None = None
    source: str | None = None  # an address of this machine
    needs: Needs = ()
    references: tuple[Probe, ...] = ()


class Channel(Struct, frozen=True, kw_only=True):
    """A means to reach people, as the plan and the catalogue describe it."""

    name: str
    label: Text
    short_name: Text
    how: Text
    purposes: frozenset[Purpose]
    kind: str | None = None
    mind: Text = Text()  # what its users have to know
    needs: Needs = ()
    needs_known: bool = True  # False where the plan says neither kind nor depends_on
    carries: frozenset[Carries] = frozenset(Carries)
    autonomy_s: float | None = None
    recharge_s: float | None = None
    traits: Mapping[str, str] = field(default_factory=dict)  # yes no optional unknown
    reaches: Mapping[str, float] = field(default_factory=dict)  # share of an audience
    probes: tuple[Probe, ...] = ()
    test_every_s: float | None = None  # how often people are to try it
    maintenance: tuple[Window, ...] = ()

    @property
    def probed(self) -> bool:
        """Tell whether anything but somebody's word is measured of it."""
        return any(not probe.hint for probe in self.probes)

    @property
    def thin(self) -> bool:
        """Tell whether its probes alone never prove that it can be used.

        All are optional, or none proves more than that something answers.
        """
        deciding = [probe for probe in self.probes if not probe.hint]
        optional = not any(probe.required for probe in deciding)
        most = max((probe.best.rank for probe in deciding), default=0)
        return bool(deciding) and (optional or most <= Evidence.REACHED.rank)


class Line(Struct, frozen=True, kw_only=True):
    """One line of the plan: for a purpose and an audience, the channels in order."""

    purpose: Purpose
    audience: str
    tiers: tuple[tuple[Tier, tuple[str, ...]], ...]
    require: tuple[str, ...] = ()
    last_resort: Text = Text()

    @property
    def order(self) -> tuple[tuple[str, Tier], ...]:
        """Return every channel with its tier, in the order of the plan."""
        return tuple((name, tier) for tier, names in self.tiers for name in names)


class Site(Struct, frozen=True, kw_only=True):
    """The institution: how it is called, how it speaks, how it reaches the world."""

    name: Text = Text("Secours")
    language: str = "en"
    timezone: str = "UTC"
    access: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Screen(Struct, frozen=True, kw_only=True):
    """How the wall is read."""

    max_age_s: float = 30.0
    distance_m: float = 3.0  # the farthest reader; the table of type sizes serves it
    width_mm: float = 1210.0
    layout: str = "columns"
    theme: str = "dark"


class Retention(Struct, frozen=True, kw_only=True):
    """How long history is kept."""

    raw_s: float = 7 * 86400.0
    journal_s: float = 5 * 365 * 86400.0


class Config(Struct, frozen=True, kw_only=True, eq=False):
    """A whole probes.yaml, checked. The order of `channels` is that of the file.

    Two loads of one file are two plans: it compares by identity, and so can be a key.
    """

    site: Site
    screen: Screen = Screen()
    retention: Retention = Retention()
    failback_after_s: float = 600.0
    paths: Mapping[str, Path] = field(default_factory=dict)
    components: Mapping[str, Component] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    plan: tuple[Line, ...] = ()
    example: bool = False
    version: str = ""  # digest of the file, the same for the same plan
    text: bytes = b""  # the file, as it was read: secrets are only named in it

    def probes(self) -> tuple[Probe, ...]:
        """Return every probe: those of channels, then components, then paths."""
        return (
            *(probe for channel in self.channels.values() for probe in channel.probes),
            *(probe for part in self.components.values() for probe in part.probes),
            *(probe for path in self.paths.values() for probe in path.references),
        )


# ------------------------------------------------------------------ what people say


class Declared(StrEnum):
    """What a person says of a component or a channel."""

    DOWN = "down"
    UP = "up"  # never overrides a failure measured after it
    MAINTENANCE = "maintenance"
    DISTRUSTED = "distrusted"  # an intruder reads it: set aside though it works


class Mark(Struct, frozen=True, kw_only=True):
    """A person's word on a component, or on a channel as `channel:NAME`."""

    subject: str
    says: Declared
    by: str
    why: str = ""
    at: Instant
    since: Instant | None = None  # from when on it holds, where that is not `at`
    until: datetime | None = None  # a distrust never lapses: then it asks

    @property
    def began(self) -> Instant:
        """Return from when on it holds."""
        return self.since or self.at


class Pin(Struct, frozen=True, kw_only=True):
    """A channel that a person wants used for one line, `purpose/audience`."""

    line: str
    channel: str
    by: str
    why: str = ""
    at: Instant
    until: datetime | None = None


class Trial(Struct, frozen=True, kw_only=True):
    """People tried a channel and say whether it worked: a logged test."""

    channel: str
    worked: bool
    by: str
    remark: str = ""
    at: Instant


class Exercise(Struct, frozen=True, kw_only=True):
    """Components that people play as failed; the real answer stays what it is."""

    fails: tuple[str, ...]
    by: str
    why: str = ""
    at: Instant
    until: datetime | None = None


class Withdrawn(Struct, frozen=True, kw_only=True):
    """A person takes a word back: the `mark` or `pin` of a subject, or the exercise."""

    kind: str  # "mark", "pin" or "exercise"
    subject: str = ""  # for a pin the line
    says: Declared | None = None  # which mark, where there are two; None for all
    by: str


class Announced(Struct, frozen=True, kw_only=True):
    """People were told to use a channel for one line, and on which channels."""

    line: str
    channel: str  # the one they are to use
    on: tuple[str, ...]  # where they were told
    by: str
    at: Instant


class Confirmed(Struct, frozen=True, kw_only=True):
    """A person looked at the marks that are in force: they are all there are.

    Wanted when marks may be lost with a damaged disk.
    """

    by: str


Word = Mark | Pin | Trial | Exercise | Withdrawn | Announced | Confirmed


# ------------------------------------------------------------------ what is decided


class State(StrEnum):
    """What is known now of a channel or a component."""

    AVAILABLE = "available"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class Link(StrEnum):
    """What is known of a path, and of our own link as a whole."""

    OK = "ok"
    DOWN = "down"
    UNKNOWN = "unknown"


class ProbeView(Struct, frozen=True, kw_only=True):
    """A probe as a screen shows it: its confirmed verdict and its latest result."""

    name: str
    type: str
    path: str | None
    verdict: Verdict
    evidence: Evidence = Evidence.NONE
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)
    latency_s: float | None = None
    at: Instant | None = None  # of the latest result


class Standing(Struct, frozen=True, kw_only=True):
    """The state of a channel or component: since when, why, and what it rests on."""

    state: State
    since: Instant | None = None
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)
    warnings: tuple[Reason, ...] = ()
    evidence: Evidence = Evidence.NONE
    evidence_at: Instant | None = None  # of the best evidence
    proved_at: Instant | None = None  # of the newest, whatever it proves
    failed_at: Instant | None = None  # the first failure of the present episode
    may_need: tuple[str, ...] = ()  # its needs are unknown, and these are distrusted
    # or known down: it may depend on them
    presumed: str | None = None  # the component it is presumed to have fallen with
    at_risk: str | None = None  # a suspect that would take it, if it is the one
    until: Instant | None = None  # when its autonomy ends
    aside: Reason = Reason.NONE  # not to be used: SET_ASIDE (distrusted: "do not use")
    # or MAINTENANCE
    declared_by: str | None = None  # whose word it rests on
    tried_at: Instant | None = None  # when people last tried it


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
    probes: tuple[ProbeView, ...] = ()


class Use(Struct, frozen=True, kw_only=True):
    """The channel to use now."""

    channel: str
    tier: Tier
    rank: int  # 1 for the first channel of the line
    state: State
    verified: bool
    pinned: bool = False


class Backup(Struct, frozen=True, kw_only=True):
    """The channel to take if the one in use fails, and what the two share."""

    channel: str
    tier: Tier
    independent: bool = True  # no single failure of what is left takes both at once
    shares: tuple[str, ...] = ()  # components that take both at once
    shares_later: tuple[str, ...] = ()  # that take both when an autonomy ends
    skipped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # usable ones
    # before it, and what each shares with the one in use; () if its needs are unknown


class PassedOver(Struct, frozen=True, kw_only=True):
    """A channel above the one in use, and why it is not the one."""

    channel: str
    reason: Reason
    facts: Facts = field(default_factory=dict)
    since: Instant | None = None


class Recommendation(Struct, frozen=True, kw_only=True):
    """What to use for one line of the plan. `use` is None where nothing is left."""

    purpose: Purpose
    audience: str
    tiers: tuple[tuple[Tier, tuple[str, ...]], ...]
    use: Use | None
    since: Instant | None = None  # when this channel became the one to use
    backup: Backup | None = None
    still_usable: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    last_resort: Text = Text()
    measuring: bool = False  # a channel of the line has not had its first result
    unpinned: Use | None = None  # what would be used without the pin
    reach: float | None = None  # the share of the audience that it reaches, where known
    on_battery: bool = False  # the mains are down: send the alert while networks live


class Change(Struct, frozen=True, kw_only=True):
    """Something that went from one state to another.

    `subject` is "channel", "component", "path" or "line"; "mark", "pin" or "exercise"
    for a word that was given or lapsed; "plan" where a success contradicts the plan's
    dependencies: `name` is the component, `after` the channel that works without it.
    """

    at: Instant
    subject: str
    name: str  # for a line "purpose/audience"
    before: str
    after: str
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)


class Forecast(Struct, frozen=True, kw_only=True):
    """What a line will be told to use from a moment on, if nothing else happens."""

    at: Instant
    purpose: Purpose
    audience: str
    use: str | None  # None where nothing is left then


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What the plan would answer if the exercise were true; never the real answer."""

    exercise: Exercise
    channels: Mapping[str, Standing]
    recommendations: tuple[Recommendation, ...]


class Explained(Struct, frozen=True, kw_only=True):
    """Failures that may have a cause in common, and what would explain them.

    What is known down adds to every set and is not named in it.
    """

    channels: tuple[str, ...]  # and other things that are probed: `path:NAME`
    suspects: tuple[tuple[str, ...], ...] = ()  # the likeliest set first
    unexplained: tuple[str, ...] = ()  # that some of these sets leave unexplained
    presumes: bool = True  # False where something they would take has answered since

    @property
    def likeliest(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets of the lowest size."""
        lowest = min(map(len, self.suspects), default=0)
        return tuple(names for names in self.suspects if len(names) == lowest)


class Snapshot(Struct, frozen=True, kw_only=True):
    """Everything a screen needs at one instant, already decided."""

    at: Instant  # when it was stamped
    boot_id: str  # ages by `at.steady_s` hold only on the same boot
    started: Instant  # when this engine began to measure
    site: Site
    screen: Screen
    plan_version: str
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
    # down, and the channel that is said to need it works
    channels: tuple[ChannelView, ...] = ()  # in the order of the plan
    components: tuple[ComponentView, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    forecast: tuple[Forecast, ...] = ()  # the next first
    changes: tuple[Change, ...] = ()  # newest first
    marks: tuple[Mark, ...] = ()  # a distrust may stand beside another mark
    words_lost: bool = False  # marks may be lost: nothing is verified until confirmed
    pins: tuple[Pin, ...] = ()
    announced: tuple[Announced, ...] = ()  # the newest first
    rehearsal: Rehearsal | None = None
    event: int = 0  # the latest it rests on, in the log of the engine that `started`

    def channel(self, name: str) -> ChannelView:
        """Return the channel with this name."""
        return next(view for view in self.channels if view.name == name)


# ------------------------------------------------------------------ what was recorded


class Turn(Struct, frozen=True):
    """From this second of an outage on, the probes of a channel see this."""

    at_s: float
    verdict: Verdict


class Claim(Struct, frozen=True, kw_only=True):
    """What an officer declared during an outage, where no probe could see it."""

    component: str
    at_s: float
    says: Declared = Declared.DOWN
    until_s: float | None = None


class Cause(Struct, frozen=True, kw_only=True):
    """What really failed, from when to when; the reasoning never reads it."""

    component: str
    from_s: float
    to_s: float
    verdict: Verdict = Verdict.FAILED


class Scenario(Struct, frozen=True, kw_only=True):
    """A recorded outage. Seconds count from `start`."""

    name: str
    title: Text = Text()
    start: datetime
    duration_s: float
    confidence: str = ""  # how well the minutes are documented: high, medium, low
    lesson: Text = Text()
    sources: tuple[str, ...] = ()
    otherwise: Verdict = Verdict.OK  # before the first turn, and where there is none
    observe: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)
    marks: tuple[Claim, ...] = ()
    causes: tuple[Cause, ...] = ()
