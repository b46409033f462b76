"""One group more, or one device more of a group: what that may change of reach.

The same day is lived through with both plans, and after each event held side by side.
"""

import os
from collections.abc import Callable, Iterator
from random import Random

import pytest
from model.core import Core
from model.day_text import day_text
from model.days.day import Day
from model.days.random_days import day_of_receivers
from model.days.random_people import random_group
from msgspec.structs import replace

from secours.model.plan import Config
from secours.model.receivers.audiences import EARS, PeopleGroup
from secours.model.receivers.reach import GroupReach
from secours.model.snapshot import Snapshot

DAYS = int(os.environ.get("SECOURS_HISTORIES", "12"))

Groups = tuple[PeopleGroup, ...]
Reach = dict[tuple[str, str, str], GroupReach]
"""How a group hears a channel, by line, channel and group."""


def days() -> Iterator[tuple[Day, Random]]:
    """Draw days on which nobody edits the plan, and which have groups."""
    for seed in range(DAYS):
        rng = Random(seed)
        day = day_of_receivers(rng)
        kept = tuple(each for each in day.happens if not isinstance(each.what, Config))
        if any(audience.groups for audience in day.config.audiences.values()):
            yield replace(day, happens=kept), rng


def lived(day: Day, other: Config) -> Iterator[tuple[Reach, Reach]]:
    """Yield who hears what by both plans, after each event."""
    one, another = Core(day.config), Core(other)
    for each in day.happens:
        one.happen(each)
        another.happen(each)
        yield reach(one.snapshot()), reach(another.snapshot())


def reach(shot: Snapshot) -> Reach:
    return {
        (line.name, name, group.group): group
        for line in shot.recommendations
        for name, reception in line.receivers.items()
        for group in reception.groups
    }


def regrouped(
    config: Config,
    change: Callable[[PeopleGroup], Groups],
    rng: Random,
) -> Config:
    """Change one group of the plan."""
    with_groups = [name for name, a in config.audiences.items() if a.groups]
    audience = config.audiences[rng.choice(with_groups)]
    changed = rng.choice(audience.groups)
    groups = tuple(
        one
        for each in audience.groups
        for one in (change(each) if each is changed else (each,))
    )
    others = {**config.audiences, audience.name: replace(audience, groups=groups)}
    return replace(config, audiences=others)


@pytest.mark.timeout(max(300, 3 * DAYS))
def test_one_more_group_changes_no_other_groups_reach() -> None:
    for day, rng in days():
        more = random_group(rng, "more", day.config)

        def and_more(each: PeopleGroup, more: PeopleGroup = more) -> Groups:
            return each, more

        for before, after in lived(day, regrouped(day.config, and_more, rng)):
            others = {key: each for key, each in after.items() if key[2] != "more"}
            assert before == others, day_text(day)


@pytest.mark.timeout(max(300, 3 * DAYS))
def test_one_more_device_never_makes_a_channel_worse() -> None:
    for day, rng in days():
        device = rng.choice([name for name in day.config.devices if name != EARS])

        def with_device(each: PeopleGroup, device: str = device) -> Groups:
            return (replace(each, devices=(*dict.fromkeys((*each.devices, device)),)),)

        for before, after in lived(day, regrouped(day.config, with_device, rng)):
            worse = [
                key
                for key, each in before.items()
                if not (each.call or after[key].call)  # one more may fall after it
                and after[key].heard.rank < each.heard.rank
            ]
            assert worse == [], day_text(day)
