"""Random days: of all that happens, and of one kind of thing again and again."""

from collections.abc import Callable, Sequence
from random import Random

from msgspec.structs import replace
from plans import moment

from model.days.day import Day
from model.days.edits import Edits
from model.days.people import People
from model.days.random_people import random_plan_with_people
from model.days.random_plan import random_plan
from model.graph import channel
from secours.model.nodes import kind_of
from secours.model.sections.channel import Component
from secours.model.statements import Trial

POWER = "power"
PROVINCE = "Liège"


class Author(People, Edits):
    """Who writes a day."""

    def sleep(self) -> None:
        """Let the machine be asleep, and wake up."""
        self.second = round(self.second + self.rng.choice((30.0, 150.0, 600.0)), 3)
        self.add("sleep")

    def reboot(self) -> None:
        """Let the machine start anew: no test that ends now began before."""
        self.add("reboot")
        self.ended = {probe.id: self.second for probe in self.config.probes()}

    def happen(self) -> None:
        """Write the next thing down."""
        acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self.one, 8),
            (self.round, 3),
            (self.breaks_or_heals, 5),
            (self.cuts, 4),
            (self.mark, 4),
            (self.withdraw, 2),
            (self.trial, 2),
            (self.untried, 1),
            (self.pin, 1),
            (self.unpin, 1),
            (self.replan, 1),
            (lambda: self.add("restart"), 1),
            (lambda: self.add("tick"), 2),
            (self.sleep, 1),
        )
        act, weight = zip(*acts, strict=True)
        self.rng.choices(act, weight)[0]()
        if self.rng.random() < 0.01:
            self.reboot()
        self.wait()


def random_day(rng: Random) -> Day:
    """Write a plan and a day on it."""
    config = random_plan(rng)
    author = Author(rng, config)
    author.wait()
    if rng.random() < 0.8:
        author.round()
        author.wait()
    for _ in range(rng.randint(3, 14)):
        author.happen()
    return Day(config, tuple(author.happens))


def day_of_cuts(rng: Random) -> Day:
    """Write a plan with paths and a day on which these come and go."""
    config = random_plan(rng)
    while not config.paths:
        config = random_plan(rng)
    author = Author(rng, config)
    author.wait()
    author.round()
    for _ in range(rng.randint(1, 3)):
        author.opens_late()
    return Day(config, tuple(author.happens))


def day_of_ended_words(rng: Random) -> Day:
    """Write a day on which people's words end before anything is tested again."""
    author = Author(rng, random_plan(rng))
    author.wait()
    author.round()
    for name in author.config.channels:
        if rng.random() < 0.5:
            author.add(
                Trial(channel=name, worked=True, by="Ann", at=moment(author.second))
            )
            author.wait()
    for _ in range(rng.randint(1, 3)):
        author.words_end()
    return Day(author.config, tuple(author.happens))


def day_of_tests_taken_back(rng: Random) -> Day:
    """Write a day on which people take back what they logged of channels they tried."""
    author = Author(rng, random_plan(rng))
    author.wait()
    author.round()
    for _ in range(rng.randint(1, 3)):
        author.takes_back()
    return Day(author.config, tuple(author.happens))


def _live(author: Author, acts: Sequence[Callable[[], None]]) -> None:
    """Let a few of these happen, one after another."""
    for _ in range(author.rng.randint(4, 14)):
        author.rng.choice(acts)()
        author.wait()


def day_of_two_authors(rng: Random) -> Day:
    """Write a day on which the province says things too, of few subjects."""
    config = random_plan(rng)
    known = (*config.components, *map(channel, config.channels))
    subjects = tuple(rng.sample(known, 2))
    author = Author(rng, config, authors=("", PROVINCE), subjects=subjects)
    author.wait()
    author.round()
    acts = (
        *(author.mark, author.mark, author.mark, author.withdraw, author.withdraw),
        *(author.one, author.breaks_or_heals, author.trial, author.untried),
        *(author.words_end, lambda: author.add("restart"), lambda: author.add("tick")),
    )
    _live(author, acts)
    return Day(author.config, tuple(author.happens))


def day_of_many_words(rng: Random) -> Day:
    """Write a long day of outages on which both say much, of few subjects."""
    config = random_plan(rng)
    while len(config.components) < 2:
        config = random_plan(rng)
    channels = {
        name: replace(each, needs=(), needs_known=False) if rng.random() < 0.2 else each
        for name, each in config.channels.items()
    }
    config = replace(config, channels=channels)
    known = (*config.components, *map(channel, config.channels))
    subjects = tuple(rng.sample(known, min(len(known), rng.choice((2, 3, 4)))))
    author = Author(rng, config, authors=("", "", PROVINCE), subjects=subjects)
    author.wait()
    for _ in range(rng.choice((0, 1, 1, 2))):
        author.round()
        author.wait()
    acts = (
        *(author.mark, author.mark, author.mark, author.mark_at_once),
        *(author.mark_since, author.withdraw, author.withdraw, author.trial),
        *(author.one, author.one, author.round, author.untried, author.pin),
        *(author.breaks_or_heals, author.breaks_or_heals, author.cuts),
        *((author.opens_late,) if config.paths else ()),
        *(author.words_end, author.takes_back, author.sleep),
        *(lambda: author.add("restart"), lambda: author.add("tick")),
    )
    for _ in range(rng.randint(8, 24)):
        rng.choice(acts)()
        if rng.random() < 0.01:
            author.reboot()
        author.wait()
    return Day(config, tuple(author.happens))


def day_of_edits(rng: Random) -> Day:
    """Write a day on which the plan is edited again and again, with quiet between."""
    config = random_plan(rng)
    author = Author(rng, config, authors=("", "", PROVINCE))
    author.wait()
    author.round()
    acts = (
        *(author.edit, author.edit, author.edit, author.edit),
        *(author.distrust, author.clear),
        *(author.one, author.one, author.round, author.breaks_or_heals, author.cuts),
        *(author.mark, author.withdraw, author.trial, author.pin),
        *(lambda: author.add("restart"), lambda: author.add("tick"), author.sleep),
    )
    _live(author, acts)
    return Day(config, tuple(author.happens))


def day_of_exercises(rng: Random) -> Day:
    """Write a day on which failures are played beside those that happen."""
    author = Author(rng, random_plan(rng))
    author.wait()
    author.round()
    acts = (
        *(author.play, author.play, author.play, author.one, author.one),
        *(author.round, author.round, author.breaks_or_heals, author.cuts),
        *(author.mark, author.withdraw, author.trial, author.pin, author.edit),
        *(lambda: author.add("restart"), lambda: author.add("tick"), author.sleep),
    )
    _live(author, acts)
    return Day(author.config, tuple(author.happens))


def _is_fed(part: Component) -> bool:
    return any(kind_of(name) == POWER for clause in part.needs for name in clause)


def day_of_measured_batteries(rng: Random) -> Day:
    """Write a day on which probes say how long batteries last, not as planned."""
    config = random_plan(rng)
    while not (config.probes() and any(map(_is_fed, config.components.values()))):
        config = random_plan(rng)
    meters = [None, *(probe.id for probe in config.probes()[:3])]
    parts = {
        name: replace(
            part,
            autonomy_s=rng.choice((60.0, 400.0, 1230.0)),
            recharge_s=rng.choice((None, None, 0.0, 300.0)),
            measured_by=rng.choice(meters),
        )
        for name, part in config.components.items()
    }
    config = replace(config, components=parts)
    power = tuple(name for name in parts if name.startswith("power:"))
    author = Author(rng, config, subjects=power if rng.random() < 0.7 else ())
    author.wait()
    author.round()
    acts = (
        *(author.outage, author.outage, author.mark, author.withdraw),
        *(author.withdraw, author.one, author.one, author.round, author.round),
        *(author.breaks_or_heals, author.cuts, author.play, author.edit),
        *(lambda: author.add("restart"), lambda: author.add("tick"), author.sleep),
    )
    _live(author, acts)
    if rng.random() < 0.2:
        author.reboot()
        author.wait()
        author.round()
        _live(author, acts)
    return Day(author.config, tuple(author.happens))


def day_of_late_words(rng: Random) -> Day:
    """Write a day on which people say late since when things on batteries fail."""
    config = random_plan(rng)
    while not any(map(_is_fed, config.components.values())):
        config = random_plan(rng)
    parts = {
        name: replace(
            part,
            autonomy_s=rng.choice((None, 60.0, 400.0, 1230.0)),
            recharge_s=rng.choice((None, None, 0.0, 300.0)),
        )
        for name, part in config.components.items()
    }
    config = replace(config, components=parts)
    power = tuple(name for name in parts if name.startswith("power:"))
    fed = tuple(name for name, part in parts.items() if _is_fed(part))
    author = Author(rng, config, subjects=rng.choice((power, fed, ())))
    author.wait()
    if rng.random() < 0.8:
        author.round()
    acts = (
        *(author.mark_since, author.mark_since, author.mark_since, author.mark),
        *(author.outage, author.withdraw, author.one, author.one, author.round),
        *(author.breaks_or_heals, author.cuts, author.trial, author.untried),
        *(author.words_end, author.lives_on, author.edit),
        *(lambda: author.add("restart"), lambda: author.add("tick"), author.sleep),
    )
    _live(author, acts)
    return Day(config, tuple(author.happens))


def day_of_receivers(rng: Random) -> Day:
    """Write a day on which networks of the people fail, are marked, and are tried."""
    config = random_plan_with_people(rng)
    parts = tuple(config.components)
    author = Author(rng, config, subjects=parts if rng.random() < 0.5 else ())
    author.wait()
    for _ in range(rng.choice((0, 1, 1, 2))):
        author.round()
        author.wait()
    acts = (
        *(author.mark, author.mark, author.mark_since, author.withdraw),
        *(author.calls, author.calls, author.calls, author.trial, author.untried),
        *(author.one, author.one, author.round, author.breaks_or_heals),
        *(author.breaks_or_heals, author.cuts, author.play, author.pin, author.edit),
        *(author.lives_on, author.lives_on, author.words_end, author.sleep),
        *(lambda: author.add("restart"), lambda: author.add("tick")),
    )
    _live(author, acts)
    if rng.random() < 0.05:
        author.reboot()
        author.wait()
        author.round()
    return Day(config, tuple(author.happens))
