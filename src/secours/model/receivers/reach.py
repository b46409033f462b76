"""The reach of a channel: how many of each group hear it, now and by design."""

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from secours.languages import Text
from secours.model.observed import Facts, Instant

CALLED = "reached_"  # prefix of facts: answered of asked, by group
WRITTEN = re.compile(r"(\d{1,9})/(\d{1,9})")


class Hearing(StrEnum):
    """Share of a group that hears a channel."""

    WHOLE = "whole"
    PART = "part"  # those whose operator works, or some of those asked
    NONE = "none"

    @property
    def rank(self) -> int:
        """Return 2 for all, 1 for a part, 0 for nobody."""
        return _RANKS[self]


_RANKS = {Hearing.NONE: 0, Hearing.PART: 1, Hearing.WHOLE: 2}


class RollCall(Struct, frozen=True, kw_only=True):
    """Count of those of a group who answered a test."""

    answered: int
    asked: int
    at: Instant | None = None  # where it is of a test before

    @property
    def heard(self) -> Hearing:
        """Return the share that answered: all, a part, or nobody."""
        if self.answered >= self.asked:
            return Hearing.WHOLE
        return Hearing.PART if self.answered else Hearing.NONE


def call_facts(calls: Mapping[str, RollCall]) -> dict[str, str]:
    """Return roll calls by group as facts of a change."""
    return {f"{CALLED}{k}": f"{c.answered}/{c.asked}" for k, c in calls.items()}


def calls_in(facts: Facts) -> dict[str, RollCall]:
    """Return the roll calls in the facts of a change, which others may have made."""
    return {
        name.removeprefix(CALLED): RollCall(answered=int(read[1]), asked=int(read[2]))
        for name, fact in facts.items()
        if name.startswith(CALLED) and (read := WRITTEN.fullmatch(str(fact)))
    }


class GroupReach(Struct, frozen=True, kw_only=True):
    """The reach of a channel for one group, now and by design."""

    group: str
    label: Text
    people: int | None
    heard: Hearing
    designed: Hearing
    sure: bool = True  # by a person's word or two measurements; else by inference
    why: tuple[str, ...] = ()  # failed components that make it miss it
    call: RollCall | None = None  # the evidence, where people answered
    absent: bool = False  # no loss: some only did not answer

    @property
    def rank(self) -> int:
        """Return how well it hears it, as `Hearing.rank`: absence is no loss."""
        return self.designed.rank if self.absent else self.heard.rank

    @property
    def hearers(self) -> int:
        """Return how many are known to hear it, of those counted in the plan."""
        people = self.people or 0
        if self.heard is Hearing.PART and self.call is not None:
            return min(people, self.call.answered)
        return people if self.heard is Hearing.WHOLE else 0


class Reception(Struct, frozen=True, kw_only=True):
    """The reach of a channel for a line: its groups, in the order of the plan."""

    groups: tuple[GroupReach, ...]

    @property
    def missed(self) -> tuple[GroupReach, ...]:
        """Return the groups that do not hear it whole."""
        return tuple(each for each in self.groups if each.heard is not Hearing.WHOLE)

    @property
    def lost(self) -> tuple[GroupReach, ...]:
        """Return the groups that hear it less than designed."""
        return tuple(each for each in self.groups if each.rank < each.designed.rank)

    @property
    def all_lost(self) -> bool:
        """Tell whether nobody hears it any more, though somebody did by design."""
        hoped = any(group.designed is not Hearing.NONE for group in self.groups)
        return hoped and all(group.heard is Hearing.NONE for group in self.groups)

    @property
    def is_sure(self) -> bool:
        """Tell whether its losses rest on a statement or on measurements."""
        return bool(self.lost) and all(each.sure for each in self.lost)

    @property
    def is_deaf(self) -> bool:
        """Tell whether surely nobody hears it any more."""
        return self.is_sure and all(g.heard is Hearing.NONE for g in self.groups)

    @property
    def people(self) -> int | None:
        """Return how many hear it; None where not all are counted.

        Of a group that hears it in part, those who answered.
        """
        if self.of is None:
            return None
        return sum(each.hearers for each in self.groups)

    @property
    def of(self) -> int | None:
        """Return how many there are; None where not all are counted."""
        known = [g.people for g in self.groups if g.people is not None]
        return sum(known) if len(known) == len(self.groups) else None
