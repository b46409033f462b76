"""Notices to people away from the screens, and their progress."""

import math
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from msgspec import Struct, field

from secours.languages import Text
from secours.model.observed import Facts, Instant, Reason
from secours.model.sections.notify import NoticeKind

PROOF_LATE = 1.5  # of the time between two proofs


class Stage(StrEnum):
    """Stage of a notice; accepted is never shown as arrived."""

    ACCEPTED = "accepted"  # the next one on the way has taken it
    ARRIVED = "arrived"  # a receipt says so, or it was read back where it went


class Notice(Struct, frozen=True, kw_only=True):
    """A notice to one addressee, in plain words, as it is handed to a channel.

    It holds neither how a channel is used nor the reason of a mark.
    """

    to: str = ""  # the addressee; "" is where the probe's own test messages go
    title: str  # one line
    text: str  # all of it, several lines
    brief: str  # the same in one text message, of 160 septets or of 70 UCS-2 units
    mark: str  # in `text` and `brief`, to recognize the message when read back
    spoken: str = ""  # what a call says
    language: str = "en"  # of all of it
    key: str = ""  # unique to the notice, the same for each attempt
    urgent: bool = True


class Attempt(Struct, frozen=True, kw_only=True):
    """Attempt to hand a notice to one target, and its result."""

    target: str
    at: datetime  # of its begin
    stage: Stage | None = None  # None: nobody has taken it
    under_way: bool = False  # it is being sent, or its receipt is waited for
    reason: Reason = Reason.NONE  # why it was not taken, or did not arrive
    facts: Facts = field(default_factory=dict)
    again: bool = False  # may be a duplicate, if we were stopped or cut off
    rings: bool = False  # a call beside the text: it takes the notice to nobody

    @property
    def is_lost(self) -> bool:
        """Tell whether its receipt says that it never arrives, not that none came."""
        ended = self.stage is Stage.ACCEPTED and self.reason is Reason.NOT_DELIVERED
        return ended and "within_s" not in self.facts


AckWay: TypeAlias = Literal["", "text", "call"]
"""Way by which a person acknowledged: a text, key 1, or a page, link or command."""


class Dispatch(Struct, frozen=True, kw_only=True):
    """One notice on its way to one recipient."""

    code: str  # to acknowledge it by
    at: datetime  # when it was due
    recipient: str  # for a test: the target alone is tried, and nobody is escalated to
    label: Text = Text()  # of the recipient, in the plan
    title: str
    kinds: tuple[NoticeKind, ...] = ()
    exercise: bool = False
    test: bool = False
    attempts: tuple[Attempt, ...] = ()  # oldest first
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_way: AckWay = ""
    escalated_from: str | None = None  # the recipient who did not acknowledge it
    over: bool = False  # nothing more is done for it
    asks: bool = False  # still holds, and is not acknowledged
    in_hand: bool = False  # still holds, and somebody sees to it

    @property
    def stage(self) -> Stage | None:
        """Return the farthest stage reached."""
        stages = {a.stage for a in self.attempts if not (a.rings or a.is_lost)}
        return next((s for s in (Stage.ARRIVED, Stage.ACCEPTED) if s in stages), None)


class Fitness(StrEnum):
    """Fitness of a target now; the first of these is tried first."""

    OUTSIDE = "outside"  # nothing that probably failed takes it
    SHARES = "shares"  # a likely cause of what is seen takes it, or our own link
    UNKNOWN_NEEDS = "unknown-needs"
    DOWN = "down"
    DISTRUSTED = "distrusted"  # never tried: an intruder may read it
    UNUSABLE = "unusable"  # a secret is missing


UNFIT = (Fitness.DISTRUSTED, Fitness.UNUSABLE)  # nothing is sent there


class WayProof(Struct, frozen=True, kw_only=True):
    """Latest tests of one way of notices, and what came of them."""

    way: str = ""  # a digest: another address, program or carrier is unproven
    since: Instant  # since when this way is known
    begun: Instant | None = None  # the latest test
    proven: Instant | None = None  # the begin of the latest that came through
    stage: Stage | None = None  # how far that one came
    reason: Reason = Reason.NONE  # why the latest failed
    facts: Facts = field(default_factory=dict)
    accepted: bool = False  # the latest was, and no receipt of it came

    @staticmethod
    def age_s(then: Instant | None, at: Instant) -> float:
        """Return the age of a moment by the clock that gives the higher one.

        A wall clock that was set, or wrong at a start, makes nothing look fresh.
        """
        if then is None:
            return math.inf
        return max(0.0, at.since(then), (at.utc - then.utc).total_seconds())


class TargetView(Struct, frozen=True, kw_only=True):
    """A target as a screen shows it."""

    name: str
    through: str | None  # a channel
    fitness: Fitness
    detail: str = ""  # for `UNUSABLE`: what is missing
    proof: WayProof | None = None
    prove_every_s: float | None = None  # None where nothing proves it periodically

    def is_overdue(self, at: Instant) -> bool:
        """Tell whether its periodic proof is late by half the time between two."""
        if self.proof is None or self.prove_every_s is None:
            return False
        last = self.proof.proven or self.proof.since
        return self.proof.age_s(last, at) > PROOF_LATE * self.prove_every_s

    def proof_lack(self, at: Instant) -> str:
        """Return what is wrong with its periodic proof, "" for nothing."""
        if self.prove_every_s and self.proof and self.proof.reason:
            return "proof-failed"
        return "proof-overdue" if self.is_overdue(at) else ""


class RecipientView(Struct, frozen=True, kw_only=True):
    """Recipient as a screen shows it."""

    name: str
    targets: tuple[str, ...]
    escalate_to: str | None  # another recipient
    escalate_after_s: float  # that nobody has acknowledged


class NoticeStep(StrEnum):
    """Step of a notice in the journal."""

    DUE = "due"
    TEST = "test"
    AGAIN = "again"  # may be a duplicate: we were stopped or cut off
    ACCEPTED = "accepted"
    ARRIVED = "arrived"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"  # accepted, and no receipt came
    PASSED_ON = "passed-on"  # as nobody acknowledged it
    OVER = "over"  # none of it holds any more: nobody else is told
    ACKNOWLEDGED = "acknowledged"
    LINK_REFUSED = "link-refused"  # others may have read it
    GIVEN_UP = "given-up"  # its recipient left the plan, and it reached nobody
    RELEASED = "released"  # held until now, since the first start
    WITHHELD = "withheld"  # nothing goes over this target: it is distrusted
    TEXT = "text"  # a recipient wrote a text message
    ANSWERED = "answered"  # and the next one on the way took our answer
    STRANGER = "stranger"  # a text message came from somebody else
    CLEARED = "cleared"  # messages of others were deleted, as their store filled up


class NoticeEntry(Struct, frozen=True, kw_only=True):
    """A line of the journal on a notice: no address, no token and none of its words.

    Of what a recipient wrote it has the beginning, in `facts`.
    """

    step: NoticeStep
    code: str = ""
    recipient: str = ""
    target: str = ""
    attempt: int = 0  # over this target, from 1
    before: str = ""  # did not acknowledge it
    exercise: bool = False
    reason: Reason = Reason.NONE
    facts: Facts = field(default_factory=dict)
    way: AckWay = ""
