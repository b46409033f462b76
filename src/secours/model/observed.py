"""Outcome of a run of a probe, and its time.

Lengths of time end in `_s` and are in seconds. Moments are an `Instant`, which holds
both clocks: aware UTC for people, CLOCK_BOOTTIME for intervals.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from msgspec import Meta, Struct, field

Seconds = Annotated[float, Meta(ge=0)]
"""Length of time in answers for programs."""


class Verdict(StrEnum):
    """Outcome of one run of a probe, in one word."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"  # could not be tested from here; proves nothing


class Evidence(StrEnum):
    """Evidence of an ok, weakest first. Compare with `rank`."""

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
    """Reason of an outcome or a state: a stable slug of the interface."""

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
    BUSY = "busy"  # the number called
    RANG_ELSEWHERE = "rang-elsewhere"  # a call, and not at the other end of the test
    JUNK = "junk"  # it arrived, among the unwanted mail
    RATE_LIMITED = "rate-limited"
    LATE = "late"  # a heartbeat did not come
    REPORTED = "reported"  # a heartbeat, a plugin or a provider says so itself
    ON_BATTERY = "on-battery"  # a UPS has no mains
    BATTERY_LOW = "battery-low"
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
    ONE_MOVE = "one-move"  # a still better one works, not yet for long enough
    RECEIVERS = "receivers"  # it works, and nobody of the line hears it any more
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
    {
        *(Reason.TLS_EXPIRING, Reason.QUOTA, Reason.BALANCE, Reason.TEST_DUE),
        Reason.BATTERY_LOW,
    }
)
"""Reasons shown as warnings, without effect on a channel's state or place."""

UNANSWERED = frozenset(
    {
        *(Reason.TIMEOUT, Reason.REFUSED, Reason.UNREACHABLE, Reason.NO_ROUTE),
        *(Reason.DNS, Reason.LOSS, Reason.TLS_EXPIRED, Reason.TLS_NAME, Reason.AUTH),
        *(Reason.TLS_UNTRUSTED, Reason.TLS_MISSING, Reason.TLS_FAILED, Reason.PROTOCOL),
    }
)
"""Reasons of a failure without an answer to the request."""

NEVER_HURRY = frozenset({Reason.AUTH, Reason.SIM_LOCKED, Reason.RATE_LIMITED})
"""Reasons after which a quick retry could lock the account."""

Facts = Mapping[str, str | int | float]

RUNTIME = "runtime_s"
"""Fact with the time that a battery lasts, by a probe that measures it."""

SAYS = "says"
"""Fact with the plan's own words for a failure; `says_fr` in one language."""


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
    """Return that it works, and how much that proves."""
    return Outcome(
        verdict=Verdict.OK, evidence=evidence, latency_s=latency_s, facts=facts
    )


def degraded(reason: Reason, evidence: Evidence, **facts: Any) -> Outcome:
    """Return that it works badly; a warning reason is a warning too."""
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
    """Return that no test is possible here."""
    return Outcome(verdict=Verdict.UNKNOWN, reason=reason, facts=facts)


class Instant(Struct, frozen=True):
    """One moment on both clocks; the wall clock may jump, `steady_s` never does."""

    utc: datetime
    steady_s: float  # CLOCK_BOOTTIME, seconds since this machine started

    def since(self, earlier: Self) -> float:
        """Return the seconds since `earlier`."""
        return self.steady_s - earlier.steady_s

    def later(self, seconds: float) -> "Instant":
        """Return the moment so many seconds later; earlier if negative."""
        return Instant(self.utc + timedelta(seconds=seconds), self.steady_s + seconds)

    def at_steady(self, steady_s: float) -> "Instant":
        """Return the moment of a steady time, as both clocks stand at this one."""
        moved = timedelta(seconds=steady_s - self.steady_s)
        return Instant(self.utc + moved, steady_s)


class Result(Struct, frozen=True, kw_only=True):
    """Finished run of the probe with this id. `at` is when it began."""

    probe: str  # Probe.id
    at: Instant
    outcome: Outcome
