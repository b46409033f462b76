"""Which notices does each recorded outage make, when, and over what do they go out?

The recordings are played on the reference plan, and looked at every two seconds where
something may be due, as the engine does. Its recipient is told by the channels by which
such towns alert, and by an address beside the plan.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace
from recordings import recorded, reference

from secours.core.events import Event, Ticked
from secours.core.memory import EMPTY, Memory
from secours.core.notices.due import NoticeMemory, due
from secours.core.notices.matters import Matter, matters
from secours.core.notices.order import RankedTarget, order
from secours.core.replay.recording import seen_at
from secours.core.replay.simulation import Simulation
from secours.core.snapshot import take
from secours.languages import Text
from secours.model.observed import Instant, Verdict
from secours.model.plan import Config
from secours.model.sections.notify import Notify, Recipient, Target
from secours.model.snapshot import Change, Snapshot
from secours.render.wording.localizer import Localizer
from secours.render.wording.notice import words

LOOK_S = 2.0
CALM_S = 30.0  # between looks while something told may come to be told again
THROUGH = ("sms-operator-a", "email-m365", "signal", "pager-astrid", "sms-operator-b")
BESIDE = "push"
DUTY = Recipient(name="duty", label=Text("Duty"), targets=(*THROUGH, BESIDE))


class Sent(NamedTuple):
    """A notice: when it went out, what it told, and over what it was tried."""

    at_s: float
    matters: tuple[Matter, ...]
    title: str
    ranked: tuple[RankedTarget, ...]
    dead: frozenset[str]  # the targets whose channel the recording has failed then

    @property
    def first(self) -> str:
        """Return the target that is tried first."""
        return self.ranked[0].target


class Played(NamedTuple):
    """An outage: its notices, and each change of what is to be used."""

    notices: tuple[Sent, ...]
    changes: tuple[tuple[float, Change], ...]


def told_plan() -> Config:
    """Return the reference plan, with a recipient."""
    targets = {name: Target(name=name, through=name) for name in THROUGH}
    beside = Target(name=BESIDE, needs=(("internet:isp", "carrier:mobile-b"),))
    notify = Notify(recipients={"duty": DUTY}, targets={**targets, BESIDE: beside})
    return replace(reference(), notify=notify)


@cache
def played(name: str) -> Played:
    """Play a recording, and tell what is due."""
    simulation = Simulation(told_plan(), recorded(name))
    teller = _Teller(simulation)
    notices: list[Sent] = []
    changes: list[tuple[float, Change]] = []
    for event, memory in simulation.play():
        notices += teller.wait_until(event.at.steady_s)
        notices += teller.see(memory, event)
        changes += [
            (simulation.second(each.at), each)
            for each in memory.fresh
            if each.subject == "line" and each.before
        ]
    return Played(tuple(notices), tuple(changes))


class _Teller:
    """Who tells people what is due while a recording is played."""

    def __init__(self, simulation: Simulation) -> None:
        """Begin with nothing told."""
        self._simulation = simulation
        self._memory = EMPTY
        self._notices = NoticeMemory()
        self._there: tuple[Matter, ...] = ()

    def see(self, memory: Memory, event: Event) -> Iterator[Sent]:
        """Take in what the core has decided."""
        before, self._memory = self._memory, memory
        if memory.at is not None and (
            memory.fresh
            or isinstance(event, Ticked)
            or (memory.choices, memory.explanations)
            != (before.choices, before.explanations)
        ):
            self._there = matters(self._simulation.config, self._shot(event.at))
        yield from self._look(event.at)

    def wait_until(self, steady_s: float) -> Iterator[Sent]:
        """Look again and again until then, where something may come due."""
        while (at := self._notices.at) is not None:
            if self._notices.hurried or self._notices.calm:
                step_s = LOOK_S
            elif self._notices.told:
                step_s = CALM_S
            else:
                return
            if at.steady_s + step_s >= steady_s:
                return
            later = Instant(at.utc + timedelta(seconds=step_s), at.steady_s + step_s)
            yield from self._look(later)

    def _look(self, at: Instant) -> Iterator[Sent]:
        config = self._simulation.config
        self._notices, found = due(config, self._notices, self._there, at)
        if found:
            second = self._simulation.second(at)
            ranked = order(config, self._memory, DUTY)
            title = words(found, Localizer(self._shot(at), "en"), code="").title
            yield Sent(second, found, title, ranked, self._dead(second))

    def _shot(self, at: Instant) -> Snapshot:
        config = self._simulation.config
        return take(config, self._memory, at=at, boot_id="", started=at)

    def _dead(self, second: float) -> frozenset[str]:
        simulation = self._simulation
        return frozenset(
            name
            for name in THROUGH
            if seen_at(simulation.seen[name], Verdict.OK, second) is Verdict.FAILED
        )
