"""How many alarms does an outage make for the person who watches?

An alarm is a change that needs an action: another channel to use, or none left. What
has one cause is one alarm: the cause is what is suspected once the tests agree; where
nothing is suspected, it is the channel that is left.

Source: ISA-18.2, alarm flood (more than 10 alarms in 10 minutes for one operator).
"""

from functools import cache
from typing import NamedTuple

from recordings import each_recording, replayed

from secours.model.observed import Instant
from secours.model.snapshot import Change

WINDOW_S = 600.0
AGREED_S = 60.0  # by then the tests of all channels have seen what has failed
FLOOD = 10
MOST_OF_A_LINE = 3  # to another channel, to a third, to none

Suspects = tuple[tuple[str, ...], ...]


class Alarm(NamedTuple):
    """When something was to be done, for which line, and what was its cause."""

    at_s: float
    line: str
    cause: str


@cache
def alarms(name: str) -> tuple[Alarm, ...]:
    """Return each change of a line of the plan in a recording, with its cause."""
    played = replayed(name)
    shots = [moment.snapshot for moment in played.timeline]
    changes: list[Change] = []
    known: tuple[Change, ...] = ()  # a snapshot repeats those of the one before
    for shot in shots:
        changes += [each for each in reversed(shot.changes) if each not in known]
        known = shot.changes

    def second(at: Instant) -> float:
        return (at.utc - played.scenario.start).total_seconds()

    def settled(at_s: float) -> Suspects:
        return [shot.suspects for shot in shots if second(shot.at) <= at_s][-1]

    return tuple(
        Alarm(at_s, change.name, cause(change, settled(at_s + AGREED_S)))
        for change in changes
        if change.subject == "line" and (at_s := second(change.at)) >= 0
    )


def cause(change: Change, suspects: Suspects) -> str:
    likeliest = [names for names in suspects if len(names) == len(suspects[0])]
    return " or ".join(" + ".join(names) for names in likeliest) or change.before


def causes_within(raised: tuple[Alarm, ...], start_s: float) -> set[str]:
    end_s = start_s + WINDOW_S
    return {each.cause for each in raised if start_s <= each.at_s < end_s}


@each_recording
def test_no_ten_minutes_flood_the_person_who_watches(name: str) -> None:
    raised = alarms(name)

    most = max((len(causes_within(raised, a.at_s)) for a in raised), default=0)

    assert most <= FLOOD


@each_recording
def test_no_line_of_the_plan_floods_even_where_causes_are_many(name: str) -> None:
    raised = alarms(name)

    for line in {each.line for each in raised}:
        own = [each.at_s for each in raised if each.line == line]
        assert (
            max(sum(t <= o < t + WINDOW_S for o in own) for t in own) <= MOST_OF_A_LINE
        )


def test_an_operator_that_falls_with_all_its_networks_is_at_most_two_alarms() -> None:
    raised = alarms("rogers-2022-07-08")
    fallen = {each.line for each in raised if each.at_s < WINDOW_S}

    assert len(fallen) >= 4
    assert len(causes_within(raised, 0.0)) <= 2
    assert "carrier:core-a" in causes_within(raised, 0.0)


def test_an_outage_that_takes_no_recommended_channel_raises_no_alarm() -> None:
    assert alarms("aws-2021-12-22") == ()
