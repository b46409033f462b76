"""A distrust is lost only when its author clears it, whatever else happens."""

from random import Random

from core.metamorphic.histories import hold, in_time, of_histories
from core.metamorphic.spice import with_renaming
from core.metamorphic.telling import told
from model.core import Core
from model.days.day import Day, Happening
from model.graph import channel
from plans import moment

from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.snapshot import Standing
from secours.model.statements import Declared, Mark, Withdrawn


class Aliases(dict[str, frozenset[str]]):
    """All names under which a thing is known, by each of them."""

    def __missing__(self, name: str) -> frozenset[str]:
        return frozenset({name})


Word = tuple[str, bool]
"""What is distrusted, and whether it is the province that does."""


def lost(day: Day, rng: Random) -> str:
    said: set[Word] = set()
    aliases = Aliases()
    for number, core in enumerate(told(day)):
        said = in_force(said, day.happens[number], aliases)
        held = standings(core)
        for subject, _ in sorted(said):
            if subject in held and held[subject].aside is not Reason.SET_ASIDE:
                return f"after {number}: {subject} is not set aside\n{held[subject]}"
    return ""


def in_force(said: set[Word], each: Happening, aliases: Aliases) -> set[Word]:
    """Return what is distrusted after an event.

    DESIGN, Groups apart, words kept: it is so under the old name and the new.
    """
    match each.what:
        case Mark(says=Declared.DISTRUSTED) as mark:
            return {*said, (mark.subject, bool(mark.author))}
        case Withdrawn(kind="mark", says=None | Declared.DISTRUSTED) as word:
            author = bool(word.author)
            return said - {(name, author) for name in aliases[word.subject]}
        case Config() as config:
            for known in config.channels.values():
                if known.was is not None:
                    _know(aliases, channel(known.was), channel(known.name))
            return {(name, author) for one, author in said for name in aliases[one]}
    return said


def _know(aliases: Aliases, old: str, new: str) -> None:
    """Note that both are names of one thing."""
    names = aliases[old] | aliases[new] | {old, new}
    for name in names:
        aliases[name] = names


def standings(core: Core) -> dict[str, Standing]:
    channels = {channel(n): s for n, s in core.memory.channels.items()}
    return {**core.memory.components, **channels}


def with_a_distrust_and_renames(day: Day, rng: Random) -> Day:
    """Let a channel be distrusted, and have another name and its old one again.

    It is one of the plan in force then: a word on anything else is refused.
    """
    place = rng.randrange(len(day.happens) + 1)
    before = [each.what for each in day.happens[:place]]
    plans = [day.config, *(what for what in before if isinstance(what, Config))]
    name = rng.choice([*plans[-1].channels])
    second = day.happens[place - 1].second if place else 0.0
    says, at = Declared.DISTRUSTED, moment(second)
    word = Mark(subject=channel(name), says=says, by="Ann", at=at)
    happens = [*day.happens]
    happens.insert(place, Happening(second, word))
    return with_renaming(Day(day.config, tuple(happens)), rng, name)


@in_time
@of_histories
def test_distrust_is_lost_only_by_its_clear(share: int) -> None:
    hold(share, lost)


@in_time
@of_histories
def test_distrust_outlives_renames(share: int) -> None:
    hold(share, lost, with_a_distrust_and_renames)
