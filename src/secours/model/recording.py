"""Recorded outages: observations, declarations, and real causes."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from secours.languages import Text
from secours.model.observed import Verdict
from secours.model.statements import Declared


class Turn(Struct, frozen=True):
    """Verdict of a channel's probes from this second on."""

    at_s: float
    verdict: Verdict


class Claim(Struct, frozen=True, kw_only=True):
    """Declaration of an officer during an outage, where no probe could see it."""

    component: str
    at_s: float
    says: Declared = Declared.DOWN
    since_s: float | None = None  # its begin, where not `at_s`
    until_s: float | None = None


class Cause(Struct, frozen=True, kw_only=True):
    """Real failure, with begin and end; the reasoning never reads it."""

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
    confidence: str = ""  # of the documented minutes: high, medium, low
    lesson: Text = Text()
    sources: tuple[str, ...] = ()
    otherwise: Verdict = Verdict.OK  # before the first turn, and where there is none
    observe: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)
    formerly: Mapping[str, str] = field(default_factory=dict)  # as observed, by kind
    marks: tuple[Claim, ...] = ()
    causes: tuple[Cause, ...] = ()
