"""Marks that ended, and what they leave unproven.

A mark that reached its date repairs nothing: all that it took out of use, with what
would have fallen with it, is unproven until it proves itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import NamedTuple

from secours.core.graph import dependencies
from secours.core.graph.dependencies import Lasts, ProofTimes
from secours.core.statements.steady_clock import steady
from secours.model.nodes import kind_of
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.statements import Declared, Mark

Marks = Mapping[str, tuple[Mark, ...]]
"""The ended marks of each subject, the newest first."""


class EndedMarks(NamedTuple):
    """Ended marks, and the input to find what they leave unproven."""

    config: Config
    ended: Marks
    known_down: Mapping[str, float]
    aside: Mapping[str, float]  # what people set aside, since when
    lasts: Lasts
    at: Instant

    def unproven(self, proved: ProofTimes) -> dict[str, Mark]:
        """Return the nodes that may still be as an ended mark said, with that mark.

        They would have fallen if it still held, and neither proved themselves since nor
        lasted through it on their battery.
        """
        still = without_proof(self.ended, proved)
        still = {n: marks for n, marks in still.items() if n in self.config.owners}
        if not still:
            return {}
        falls = self._falling(still, {}, proved)
        if self.aside:
            falls |= self._falling(still, self.aside, proved) - self._falling(
                {}, self.aside, proved
            )
        nodes = dependencies.of(self.config)
        unproven = {}
        for name in falls:
            behind = nodes.ordered((nodes.behind(name) & still.keys()) - {name})
            if name in still or behind:
                marks = still[name if name in still else behind[0]]
                unproven[name] = next(filter(_fails, marks), marks[0])
        return unproven

    def _falling(
        self, still: Marks, aside: Mapping[str, float], proved: ProofTimes
    ) -> set[str]:
        """Return the owners that fall with these; only a failure drains a battery."""
        nodes = dependencies.of(self.config)
        began = {name: marks[0].began.steady_s for name, marks in still.items()}
        roots = _latest(aside, began, *self._drained(still, proved))
        times = nodes.fall_times(
            roots, proved.alive, lasts=lambda *_: inf, served=proved.served
        )
        return {name for name in self.config.owners if times[name] < inf}

    def _drained(self, still: Marks, proved: ProofTimes) -> Iterator[dict[str, float]]:
        """Yield the falls with all failures at the end of each mark, and by now."""
        nodes = dependencies.of(self.config)
        for then_s in {*self._ends_s(still, proved.alive), self.at.steady_s}:
            marks = _as_of(still, then_s)
            down = {n: m.began.steady_s for n, m in marks.items() if _fails(m)}
            falls = {n: at_s for n, at_s in self.known_down.items() if at_s <= then_s}
            lasts = self._lasts(marks, falls)
            times = nodes.fall_times(
                {**down, **falls}, proved.alive, lasts=lasts, served=proved.served
            )
            yield {name: fell_s for name, fell_s in times.items() if fell_s < inf}

    def _ends_s(self, still: Marks, alive: Mapping[str, float]) -> Iterator[float]:
        """Yield the ends of failure marks on subjects with several, or down now.

        Only those by which a battery may have run out that has not worked since.
        """
        again = {
            name: marks
            for name, marks in still.items()
            if len(marks) > 1 or name in self.known_down
        }
        if not again:
            return
        nodes = dependencies.of(self.config)
        owners = self.config.owners.items()
        lasting = [(n, alive.get(n, -inf)) for n, each in owners if each.autonomy_s]
        for name, marks in again.items():
            since = [alive_s for n, alive_s in lasting if name in nodes.behind(n)]
            ends_s = [_end_s(mark) for mark in marks if _fails(mark)]
            yield from (end_s for end_s in ends_s if min(since, default=inf) <= end_s)

    def _lasts(self, marks: Mapping[str, Mark], falls: Mapping[str, float]) -> Lasts:
        """Return the autonomy left to each, `inf` if it lasted until the marks ended.

        What is known down is so until now. A fall ends with the latest of its needs,
        each with the earliest of its alternatives: `fall_times` with the sign reversed.
        """
        nodes = dependencies.of(self.config)
        ends = {name: -_end_s(mark) for name, mark in marks.items()}
        ends |= dict.fromkeys(falls, -self.at.steady_s)
        ended = nodes.fall_times(ends, lasts=lambda *_: 0.0)

        def lasts_s(name: str, fails_s: float) -> float:
            left_s = self.lasts(name, fails_s)
            lasted = fails_s + left_s > -nodes.power_fails(name, ended)
            return inf if lasted else left_s

        return lasts_s


def without_proof(ended: Marks, proved: ProofTimes) -> dict[str, tuple[Mark, ...]]:
    """Return the ended marks whose subject has not proved since that it works.

    A modem that registers is no proof of a service of a network.
    """
    alive, served = proved
    proved_s = {
        name: min(alive.get(name, -inf), served.get((name, kind_of(name)), inf))
        for name in ended
    }
    left = {name: newer(marks, proved_s[name]) for name, marks in ended.items()}
    return {name: marks for name, marks in left.items() if marks}


def newer(marks: Iterable[Mark], proved_s: float) -> tuple[Mark, ...]:
    """Return the marks that began no earlier than a proof."""
    return tuple(mark for mark in marks if mark.began.steady_s >= proved_s)


def _as_of(still: Marks, then_s: float) -> dict[str, Mark]:
    """Return the newest of each that had begun by a time."""
    begun = {
        name: [mark for mark in marks if mark.began.steady_s <= then_s]
        for name, marks in still.items()
    }
    return {name: marks[0] for name, marks in begun.items() if marks}


def _latest(*several: Mapping[str, float]) -> dict[str, float]:
    """Return the latest time of each."""
    found: dict[str, float] = {}
    for times in several:
        found |= {n: max(time, found.get(n, -inf)) for n, time in times.items()}
    return found


def _fails(mark: Mark) -> bool:
    return mark.says is Declared.DOWN


def _end_s(mark: Mark) -> float:
    return inf if mark.until is None else steady(mark.until, mark.at)
