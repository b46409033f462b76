"""Fitness of targets now, for screens and for sending."""

from collections.abc import Collection, Iterable

from secours.core.memory import Memory
from secours.core.notices.order import TRIED, RankedTarget, needs_known, order
from secours.languages import Text
from secours.model.notices import Fitness, TargetView
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.notify import Recipient, Target
from secours.notify import carriers

FAILED_S = 120.0  # for so long a target that failed comes after those that did not


def best(
    config: Config,
    memory: Memory,
    names: Collection[str],
    *,
    tried: Collection[str],
    last: Collection[str] = (),
    failed: Collection[str] = (),
) -> Target | None:
    """Return the best untried target as things are; those of `last` come last."""
    usable = []
    for name, fitness in after_failures(
        order(config, memory, _of_all(config, names)), failed
    ):
        target = config.notify.targets[name]
        never = fitness is Fitness.DISTRUSTED or carriers.lack(target) is not None
        if not never and name not in tried:
            usable.append(target)
    usable.sort(key=lambda target: target.name in last)
    return usable[0] if usable else None


def after_failures(
    ranked: Iterable[RankedTarget], failed: Collection[str]
) -> tuple[RankedTarget, ...]:
    """Return targets with those that just failed last among equally fit ones."""
    return tuple(
        sorted(ranked, key=lambda one: (TRIED.index(one.fitness), one.target in failed))
    )


def _of_all(config: Config, names: Collection[str]) -> Recipient:
    known = tuple(name for name in names if name in config.notify.targets)
    return Recipient(name="", label=Text(), targets=known)


class Targets:
    """All targets of the plan, ranked once for each state of the memory."""

    def __init__(self) -> None:
        self._of: tuple[Config, Memory] | None = None
        self._views: tuple[TargetView, ...] = ()
        self._distrusted: frozenset[str] = frozenset()
        self._failed: dict[str, Instant] = {}  # when last

    def fails(self, name: str, at: Instant) -> None:
        """Note that a target did not take a notice, or not soon."""
        self._failed[name] = at

    def works(self, name: str) -> None:
        """Forget that it failed: it took one."""
        self._failed.pop(name, None)

    def failed_lately(self, at: Instant) -> frozenset[str]:
        """Return those that failed in the last minutes, and took nothing since."""
        return frozenset(n for n, it in self._failed.items() if at.since(it) < FAILED_S)

    def views(self, config: Config, memory: Memory) -> tuple[TargetView, ...]:
        """Return the targets, in the order of the plan."""
        seen = self._of
        if seen is None or seen[0] is not config or seen[1] is not memory:
            names = config.notify.targets
            fitness = dict(order(config, memory, _of_all(config, names)))
            views = (_view(config.notify.targets[n], fitness[n]) for n in names)
            self._of, self._views = (config, memory), tuple(views)
        return self._views

    def view(self, config: Config, memory: Memory, name: str) -> TargetView:
        """Return one target."""
        return next(v for v in self.views(config, memory) if v.name == name)

    def is_private(
        self, config: Config, memory: Memory, name: str, *, distrust: bool
    ) -> bool:
        """Tell whether only the recipient reads it, as far as known.

        Any distrust may be of something that a target of unknown needs goes over.
        """
        target = config.notify.targets.get(name)
        if target is None:
            return not distrust
        fitness = self.view(config, memory, name).fitness
        known = needs_known(config, target) or not distrust
        return known and fitness is not Fitness.DISTRUSTED

    def newly_distrusted(self, config: Config, memory: Memory) -> list[str]:
        """Return the targets newly barred since the last call."""
        distrusted = [
            view.name
            for view in self.views(config, memory)
            if view.fitness is Fitness.DISTRUSTED
        ]
        new = [name for name in distrusted if name not in self._distrusted]
        self._distrusted = frozenset(distrusted)
        return new


def _view(target: Target, fitness: Fitness) -> TargetView:
    """Return the view of a target; distrust matters more than its needs."""
    detail = ""
    if fitness is not Fitness.DISTRUSTED and (lack := carriers.lack(target)):
        fitness, detail = Fitness.UNUSABLE, lack.what
    return TargetView(
        name=target.name, through=target.through, fitness=fitness, detail=detail
    )
