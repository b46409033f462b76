"""Marks that ended, and what they leave unproven.

A mark that reached its date put nothing right: what it took out of use is unproven
until it proves itself, with what would have fallen with it.
"""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from secours.core.graph import dependencies
from secours.core.graph.dependencies import Lasts
from secours.core.statements import steady
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.statements import Declared, Mark


class EndedMarks(NamedTuple):
    """Marks that ended, and all that is needed to say what they leave unproven."""

    config: Config
    lapsed: Mapping[str, Mark]
    known_down: Mapping[str, float]
    aside: Mapping[str, float]  # what people set aside, since when
    lasts: Lasts
    at: Instant

    def unproven(self, alive: Mapping[str, float]) -> dict[str, Mark]:
        """Return what may still be as a mark said, each with that mark.

        That is what would have fallen if the word still held, but for what proved
        itself since, and what lasted through the word on its battery.
        """
        still = {
            name: mark
            for name, mark in without_proof(self.lapsed, alive).items()
            if name in self.config.owners
        }
        if not still:
            return {}
        falls = self._falling(still, {}, alive)
        if self.aside:
            falls |= self._falling(still, self.aside, alive) - self._falling(
                {}, self.aside, alive
            )
        nodes = dependencies.of(self.config)
        found = {}
        for name in falls:
            behind = nodes.ordered((nodes.behind(name) & still.keys()) - {name})
            if name in still or behind:
                found[name] = still[name if name in still else behind[0]]
        return found

    def _falling(
        self,
        still: Mapping[str, Mark],
        aside: Mapping[str, float],
        alive: Mapping[str, float],
    ) -> set[str]:
        """Return the owners that fall with these; only a failure drains a battery."""
        nodes = dependencies.of(self.config)
        began = {name: mark.began.steady_s for name, mark in still.items()}
        down = {n: at_s for n, at_s in began.items() if still[n].says is Declared.DOWN}
        lasts = self._lasts(still)
        drained = nodes.fall_times({**down, **self.known_down}, alive, lasts=lasts)
        fallen = {name: fell_s for name, fell_s in drained.items() if fell_s < inf}
        times = nodes.fall_times({**aside, **began, **fallen}, alive, lasts=_for_ever)
        return {name for name in self.config.owners if times[name] < inf}

    def _lasts(self, still: Mapping[str, Mark]) -> Lasts:
        """Return what says how long each lives on; for ever, if until the words ended.

        What is known down is so until now. The end of what a word took is the latest
        of its needs, of each the earliest of the alternatives: as with falls, with the
        sign turned round.
        """
        nodes = dependencies.of(self.config)
        ends = {n: -steady(m.until, m.at) for n, m in still.items() if m.until}
        ends |= dict.fromkeys(self.known_down, -self.at.steady_s)
        ended = nodes.fall_times(ends, lasts=_not_at_all)

        def lasts_s(name: str, fails_s: float) -> float:
            left_s = self.lasts(name, fails_s)
            lasted = fails_s + left_s > -nodes.power_fails(name, ended)
            return inf if lasted else left_s

        return lasts_s


def without_proof(
    lapsed: Mapping[str, Mark], proved: Mapping[str, float]
) -> dict[str, Mark]:
    """Return the marks that ended of what has not proved since that it works."""
    return {
        name: mark
        for name, mark in lapsed.items()
        if proved.get(name, -inf) <= mark.began.steady_s
    }


def _for_ever(_name: str, _fails_s: float) -> float:
    return inf


def _not_at_all(_name: str, _fails_s: float) -> float:
    return 0.0
