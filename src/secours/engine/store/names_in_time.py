"""Names that a channel or component had, and when; rows are kept as written."""

from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from secours.core.renaming import Names

END_OF_TIME = 2**62
RENAMED = ("channels", "components")  # sections of the plan whose parts have a `was`


class GivenBack(Struct, frozen=True):
    """A former name that another channel has since: owner of the rows before.

    `until` is in ms since 1970; of several with one `old` the next one holds.
    """

    old: str
    new: str
    until: int


class Spell(NamedTuple):
    """Time (in ms, the end not included) in which something had a name."""

    name: str
    first: int = -END_OF_TIME
    end: int = END_OF_TIME

    def has(self, at: int) -> bool:
        """Tell whether a moment is in it."""
        return self.first <= at < self.end


class NamesInTime:
    """Former names and their present ones, and those that another thing has now."""

    def __init__(self, names: Names, given_back: tuple[GivenBack, ...]) -> None:
        """Take the present name of each former one, and the names given back."""
        self._names = names
        self._given_back = sorted(given_back, key=attrgetter("until"))

    def at(self, at: int) -> Names:
        """Return the present name of each name at a moment, in ms."""
        then = [each for each in self._given_back if at < each.until]
        if not then:
            return self._names
        return {**self._names, **{each.old: each.new for each in reversed(then)}}

    def spells(self, owner: str) -> list[Spell]:
        """Return the names of a channel or component, the last one first."""
        ends: dict[str, int] = {}  # of the spell before, by name
        before: list[Spell] = []
        for each in self._given_back:
            if each.new == owner:
                first = ends.get(each.old, -END_OF_TIME)
                before.append(Spell(each.old, first, each.until))
            ends[each.old] = each.until
        now = [owner, *self._former(owner)]
        lately = [Spell(name, ends.get(name, -END_OF_TIME)) for name in now]
        return [*lately, *reversed(before)]

    def spells_of(self, probe: str) -> list[Spell]:
        """Return the ids that a probe has had, the present one first."""
        section, _, rest = probe.partition("/")
        owner, _, name = rest.partition("/")
        if section not in RENAMED:
            return [Spell(probe)]
        return [
            spell._replace(name=f"{section}/{spell.name}/{name}")
            for spell in self.spells(owner)
        ]

    def ids_of(self, probe: str) -> list[str]:
        """Return its ids, without those given back, the present one first."""
        section, _, rest = probe.partition("/")
        owner, _, name = rest.partition("/")
        former = self._former(owner) if section in RENAMED else ()
        return [probe, *(f"{section}/{old}/{name}" for old in former)]

    def _former(self, owner: str) -> list[str]:
        """Return the former names of a channel or component, the last one first."""
        names = [old for old, new in self._names.items() if new == owner]
        return names[::-1]
