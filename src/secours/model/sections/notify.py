"""Notifications: recipients, and the targets on which they are reached."""

from collections.abc import Mapping
from datetime import time
from enum import StrEnum

from msgspec import Struct, field

from secours.languages import Text
from secours.model.secret import Secret, Template
from secours.model.sections.channel import Needs, Probe
from secours.model.sections.field_types import Ours


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
