"""What truly fails on a day, and what the tests see of it, which is most."""

from dataclasses import dataclass, field
from random import Random

from msgspec.structs import replace
from plans import moment

from model.days.day import Happening
from model.days.random_plan import EVIDENCE
from model.graph import Nodes, channel, graph_of, path
from secours.model.observed import (
    RUNTIME,
    Evidence,
    Outcome,
    Reason,
    Result,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.statements import Word

LEFT_S = (0, 3, 40, 200, 700, 1100, 2000, 5000)  # of a battery, as it is read
WAITS_S = (0.3, 1.0, 3.0, 5.0, 15.0, 60.0, 200.0)


@dataclass
class Truth:
    """A day as it is written: the clock, the plan, what is broken, what tests see."""

    rng: Random
    config: Config
    second: float = 0.0
    broken: set[str] = field(default_factory=set)
    happens: list[Happening] = field(default_factory=list)
    ended: dict[str, float] = field(default_factory=dict)  # the latest run of each
    opened: dict[str, float] = field(default_factory=dict)  # when each path healed
    authors: tuple[str, ...] = ("",)  # of marks; the more often, the likelier
    subjects: tuple[str, ...] = ()  # of marks; none for all there are
    late: str = ""  # the path whose references answer later than what is behind it

    def add(self, what: Result | Word | Config | str) -> None:
        self.happens.append(Happening(self.second, what))

    def wait(self) -> None:
        """Let time pass, never to a round second: no two delays end together."""
        wait = self.rng.choice(WAITS_S) + self.rng.randint(1, 99) / 1000
        self.second = round(self.second + wait, 3)

    # ------------------------------------------------------------------- results

    def fallen(self) -> Nodes:
        return graph_of(self.config).fall(self.broken, frozenset())

    def see(self, probe: Probe) -> None:
        """Let one test run, which mostly sees the truth."""
        began = round(self.second - self.rng.choice((0.02, 0.05, 1.5, 6.0)), 3)
        began = max(began, self.ended.get(probe.id, began))
        self.ended[probe.id] = self.second
        room = probe.id.partition("/")[0]
        owner = channel(probe.owner) if room == "channels" else probe.owner
        through = {owner, f"path:{probe.via}"}
        cut = began < self.opened.get(probe.via or "", began)
        late = room == "paths" and probe.via == self.late
        dead = cut or late or bool(through & self.fallen())
        if self.rng.random() < 0.08:
            dead = not dead
        outcome = self._outcome(dead, probe)
        meters = {part.measured_by for part in self.config.components.values()}
        if probe.id in meters and self.rng.random() < 0.8:
            outcome = replace(outcome, facts={RUNTIME: self.rng.choice(LEFT_S)})
        self.add(Result(probe=probe.id, at=moment(began), outcome=outcome))

    def _outcome(self, dead: bool, probe: Probe) -> Outcome:
        rng = self.rng
        luck = rng.random()
        if luck < 0.05:
            return unknown(rng.choice((Reason.PERMISSION, Reason.NO_DEVICE)))
        if dead and probe.via and luck < 0.2:
            return unknown(Reason.NO_ROUTE)
        if dead:
            return failed(Reason.REFUSED)
        known = (*EVIDENCE, Evidence.DELIVERED)
        best = rng.choice([e for e in known if e.rank <= probe.best.rank])
        if luck < 0.12:
            return degraded(Reason.SLOW, best)
        return degraded(Reason.QUOTA, best) if luck < 0.15 else ok(best)

    def round(self) -> None:
        """Let every test run once, a moment apart."""
        probes = list(self.config.probes())
        for probe in self.rng.sample(probes, len(probes)):
            self.see(probe)
            self.second = round(self.second + 0.117, 3)

    def one(self) -> None:
        if probes := self.config.probes():
            probe = self.rng.choice(probes)
            for _ in range(self.rng.choice((1, 1, 2))):
                self.see(probe)
                self.wait()

    # --------------------------------------------------------------- truth and people

    def breaks_or_heals(self) -> None:
        nodes = [*self.config.components, *map(channel, self.config.channels)]
        self.broken ^= {self.rng.choice(nodes)}
        self.round()
        self.wait()
        self.round()

    def cuts(self) -> None:
        """Cut a path until that may be known, and let it open again."""
        if not self.config.paths:
            return
        name = self.rng.choice(list(self.config.paths))
        for broken in (True, False):
            self.broken ^= {path(name)}
            if not broken:
                self.opened[name] = self.second
            for _ in range(self.rng.choice((1, 2, 3))):
                self.round()
                self.wait()

    def opens_late(self) -> None:
        """Cut a path and let it come and go, before its references answer again."""
        self.late = self.rng.choice(list(self.config.paths))
        for _ in range(self.rng.choice((2, 3, 5, 8))):
            self.broken ^= {path(self.late)}
            self.opened[self.late] = self.second
            self.round()
            self.second = round(self.second + self.rng.choice((0.3, 3.0, 15.0)), 3)
        self.broken -= {path(self.late)}
        self.late = ""
        for _ in range(self.rng.choice((1, 2, 3))):
            self.round()
            self.wait()
