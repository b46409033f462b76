"""Choice of a channel for each line of the plan.

Health filters, the plan orders. Leaving a failed channel is immediate; going back
waits until the better one has held.
"""

from collections.abc import Iterable, Set
from operator import gt

from msgspec.structs import replace

from secours.core.memory import ChannelReach, Choice, Loss, Memory, awaits_result
from secours.core.probing import own_link, risk
from secours.core.receivers import hearing, reach
from secours.core.receivers.completion import completed_by
from secours.core.recommend import failback, first_results
from secours.core.recommend.backup import backup
from secours.core.recommend.failback import doubted, failback_left_s
from secours.model.observed import Evidence, Instant, Reason
from secours.model.plan import Config
from secours.model.receivers.reach import Hearing
from secours.model.sections.line import Line
from secours.model.snapshot import USABLE, Standing, State, Use

CLASSES = (State.AVAILABLE, State.DEGRADED, State.UNKNOWN)
AVAILABLE = CLASSES.index(State.AVAILABLE)
DEGRADED = CLASSES.index(State.DEGRADED)
UNKNOWN = CLASSES.index(State.UNKNOWN)
MAY_NEED = len(CLASSES)  # and more: what failed may be what it depends on
OWN_LINK = MAY_NEED + len(CLASSES)
UNHEARD = OWN_LINK + 1  # nobody of the line hears it any more, by inference


def choose_all(config: Config, memory: Memory, at: Instant) -> dict[str, Choice]:
    """Choose for every line of the plan, by its name."""
    return {line.name: choose(config, memory, line, at) for line in config.plan}


def choose(config: Config, memory: Memory, line: Line, at: Instant) -> Choice:
    """Choose for one line, from the standings in memory."""
    candidates = _Candidates(config, memory, line, at)
    pinned = _pinned(memory, line)
    measures = candidates.is_awaited_first(pinned)
    best = candidates.meanwhile() if measures else candidates.best()
    used = pinned or best
    if used is None:
        return Choice(measuring=measures)
    usable = candidates.usable
    use = replace(_use(config, line, memory, used), pinned=pinned is not None)
    unpinned = candidates.best() if pinned else None
    answer = (unpinned if use.in_vain else None) or used
    return Choice(
        measuring=measures,
        waits=not pinned and candidates.waits,
        use=use,
        unpinned=_use(config, line, memory, unpinned) if unpinned else None,
        backup=backup(config, memory, line, answer, candidates.steady(), at),
        still_usable=tuple(
            name
            for name in line.above(answer)
            if name in usable and candidates.state(name) is State.DEGRADED
        ),
        completed_by=candidates.completing(answer),
    )


def _pinned(memory: Memory, line: Line) -> str | None:
    """Return a line's pinned channel, unless a distrust or maintenance outweighs it."""
    pin = memory.words.pins.get(line.name)
    if pin is None or pin.channel not in dict(line.order):
        return None
    return None if memory.channels[pin.channel].aside else pin.channel


def watched(choices: Iterable[Choice]) -> frozenset[str]:
    """Return the channels that people are told to use, and their backups."""
    return frozenset(
        name
        for choice in choices
        for name in (
            *(e.channel for e in (choice.use, choice.unpinned, choice.backup) if e),
            *choice.completed_by,
        )
    )


class _Candidates:
    """Channels of a line that may be used at a moment, and the one in use.

    One whose latest result speaks against it counts as the last of the degraded, so
    that nobody is sent there in vain; in use, it is left when that is confirmed. So
    does one whose proof is older than a failure that may have taken it: in use, it is
    left when its next test has not cleared it.
    """

    def __init__(self, config: Config, memory: Memory, line: Line, at: Instant) -> None:
        """Find the usable channels, and those of them to avoid."""
        self._config = config
        self._memory = memory
        self._line = line
        self._at = at
        self.usable = usable_of(config, memory, line)
        self._reached = memory.reach.get(line.name, {})
        self._as_unknown = _as_unknown(config, memory, line)
        line_use = memory.lines.get(line.name)
        told = memory.choices.get(line.name)
        before = told.channel if told and told.measuring else None  # left like any
        if before not in self.usable:
            before = line_use.channel if line_use else None
        self._in_use = before if before in self.usable else None
        self._above = line.above(before) if before in dict(line.order) else ()
        self._line_use = line_use
        self._avoided = (doubted(memory, line) - {self._in_use}) | self._at_risk()
        self._unmeasured = {
            name
            for name in first_results.unmeasured(config, memory, line, at)
            if name in self.usable and self._rank(name, spared=False) == UNKNOWN
        }
        self.waits = False  # for a better one than could be taken

    def is_awaited_first(self, pinned: str | None) -> bool:
        """Tell whether a channel that may be the best still has no first result."""
        if not self._unmeasured:
            return False
        hoped = pinned or min(
            self.usable, key=lambda n: n not in self._unmeasured and self._badness(n)[0]
        )
        return hoped in self._unmeasured

    def meanwhile(self) -> str | None:
        """Return the channel to use until the first choice is measured.

        It is the one in use; after a while the best that works.
        """
        silent_until_s = first_results.silent_until_s(
            self._config, self._memory, self._line
        )
        best = self.best() if self._at.steady_s > silent_until_s else None
        works = best and self._memory.channels[best].state is not State.UNKNOWN
        return best if works else self._in_use

    def best(self) -> str | None:
        """Return the best channel, None where none may be used.

        1. The one in use is kept while a result that decides it is still due: neither
           a stop nor a cut is a failure.
        2. It is kept while it holds, but for one above it that works and has held.
        3. Behind a path of ours that is down it is kept until it had a test since
           another answered: what answered before, over the same path, does not count.
        4. Else it is the first of the best; no line returns to one that flaps, nor
           leaves for it one that is degraded, as it is itself.
        5. Where fewer hear it than designed, it is the first that works and that every
           group hears at least as well, and one better.
        6. One that works and ends within minutes is not left for one that ends no
           later; without one in use, the plan orders the two.
        """
        best = self._best()
        best = best and self._heard_best(best)
        if best is None:
            return None
        above = self.usable[: self.usable.index(best)]
        others = [self._in_use] if self._in_use else above
        kept = next((n for n in others if self._lasts_as_long(n, best)), None)
        return self._heard_best(kept) if kept else best

    def _lasts_as_long(self, name: str, other: str) -> bool:
        """Tell whether a channel works but for its near end, which is not before."""
        ending = self._memory.channels[name].reason is Reason.ENDING
        if not ending or self._badness(name)[:2] != (DEGRADED, False):
            return False
        line, memory, at = self._line, self._memory, self._at
        ends, its = (reach.until(memory, line, each, at) for each in (name, other))
        return bool(ends and its and ends.since(its) >= 0)

    def _heard_best(self, name: str) -> str:
        """Return the channel that replaces one in the end; itself if none does."""
        while more := self._reaching_more(name):
            name = more
        return name

    def _best(self) -> str | None:
        in_use = self._in_use
        if in_use is not None and self._is_awaited(in_use):
            return in_use
        if in_use is not None and self._is_holding(in_use):
            return self._better(in_use) or in_use
        early = self._answered_first()
        late = (name for name in self.usable if name not in early)
        if in_use is not None and min(late, key=self._badness, default=None) == in_use:
            return in_use
        return min(self.usable, key=self._badness, default=None)

    def _reaching_more(self, than: str) -> str | None:
        """Return a channel that outdoes one with a reduced reach, and is no worse.

        That one is degraded for the line, so the other may be degraded, too. One that
        nobody hears within minutes gives way to an available one of the same reach.
        """
        reached = reach.of(self._memory, self._line, than)
        if not (reached.loss or reached.ending):
            return None
        each = reach.ranks(self._config, self._memory, self._line)

        def outdoes(name: str) -> bool:
            if reached.loss and reach.is_outdone(each[than], each[name]):
                return True
            lasts = reached.ending and self.state(name) is State.AVAILABLE
            return lasts and reach.is_matched(each[than], each[name])

        return next(
            (
                name
                for name in self.usable
                if name not in self._avoided
                and not _flaps(self._memory.channels[name])
                and outdoes(name)
                and self._badness(name)[0] <= DEGRADED
            ),
            None,
        )

    def state(self, name: str) -> State:
        """Return the state of a channel for the line."""
        return state_for(self._memory.channels[name].state, self._reached.get(name))

    def steady(self) -> list[str]:
        """Return possible backups, the best first: flapping disqualifies none."""
        return sorted(
            self.usable, key=lambda name: self._rank(name, spared=True, keep=False)
        )

    def completing(self, used: str) -> tuple[str, ...]:
        """Return further channels that reach the groups missed, as far as any can."""
        if not hearing.is_declared(self._config, self._line):
            return ()
        standings = self._memory.channels
        each = reach.ranks(self._config, self._memory, self._line)
        used_ranks = each[used]
        if all(rank == Hearing.WHOLE.rank for rank in used_ranks):
            return ()
        others = [name for name in self.usable if any(map(gt, each[name], used_ranks))]
        classes = (
            UNKNOWN if standings[name].may_need else CLASSES.index(self.state(name))
            for name in others
        )
        ranks = map(each.__getitem__, others)
        return completed_by(used_ranks, tuple(zip(others, ranks, classes, strict=True)))

    def _rank(self, name: str, *, spared: bool, keep: bool = True) -> int:
        """Rank a channel for the line; if `spared`, flapping does not count.

        If `keep`, the one in use keeps its rank while a test may clear what it may
        need. One that no group hears by design ranks like one of unknown needs.
        """
        standing = self._memory.channels[name]
        if keep and self._is_tested(name):
            standing = replace(standing, may_need=())
        rank = _rank(standing, spared=spared)
        reached = self._reached.get(name)
        if reached and reached.loss >= Loss.INFERRED:
            return UNHEARD
        return MAY_NEED + rank if name in self._as_unknown and rank < MAY_NEED else rank

    def _at_risk(self) -> Set[str]:
        """Return the channels that a likely cause takes and no newer test cleared.

        The one in use is among them only when its hurried test is over, or, without
        one, the tests of others that may clear it.
        """
        return {
            name
            for name, _ in self._line.order
            if self._memory.channels[name].at_risk
            and (name != self._in_use or self._tests_over(name))
        }

    def _tests_over(self, name: str) -> bool:
        if name in self._memory.reprieved:
            return False
        since = self._memory.risks.get(name)
        return since is None or risk.is_test_over(
            self._config, self._memory, name, since, self._at
        )

    def _is_awaited(self, name: str) -> bool:
        """Tell whether a result since a stop, or a return of its path, is still due.

        After a stop only where it is unknown for that reason, and was in use before: at
        a first start the line has waited already.
        """
        memory, channel = self._memory, self._config.channels[name]
        unknown = memory.channels[name].state is State.UNKNOWN
        was_used = self._line.name in memory.resumed
        stopped = unknown and was_used and awaits_result(self._config, memory, name)
        tried = self._at.steady_s > own_link.first_tests_end_s(memory, channel)
        return stopped or not tried or own_link.resuming(memory, channel, self._at)

    def _is_holding(self, name: str) -> bool:
        """Tell whether to keep a channel in use: fine, or only flapping."""
        standing = self._memory.channels[name]
        if name in self._avoided or (standing.may_need and not self._is_tested(name)):
            return False
        if self._rank(name, spared=True) >= MAY_NEED:
            return False
        return standing.fine or (_flaps(standing) and not standing.aside)

    def _is_tested(self, name: str) -> bool:
        """Tell whether a test may yet clear the one in use of its possible needs."""
        distrusts = self._memory.words.distrusts.keys()
        standing = self._memory.channels[name]
        clears = standing.at_risk and distrusts.isdisjoint(standing.may_need)
        return bool(clears) and name == self._in_use and name not in self._avoided

    def _better(self, in_use: str) -> str | None:
        """Return a working channel above the one in use that need not wait.

        Where a still better one works and has to wait, the line waits for it, once.
        """
        config, memory, line, at = self._config, self._memory, self._line, self._at
        left_out = failback_left_s(config, memory, line, at).keys() | self._avoided
        recovering = failback.recovering(config, memory, line)
        at_risk = self._at_risk()
        works = []
        for name in line.above(in_use):
            if name in recovering:
                works.append(name)
            elif (
                name in self.usable
                and name not in at_risk
                and self._rank(name, spared=False) == AVAILABLE
            ):
                heard_best = self._heard_best(name)
                if heard_best == in_use:  # the plan puts it before all that follow
                    break
                if heard_best == name:
                    works.append(name)
        ready = next((n for n in works if n not in left_out | recovering), None)
        self.waits = ready is not None and ready != works[0]
        if self.waits and failback.is_patient(config, self._line_use, at):
            return None
        return ready

    def _answered_first(self) -> Set[str]:
        """Return channels that answer again over the path that hides the one in use."""
        memory, in_use = self._memory, self._in_use
        if in_use is None or _class(memory.channels[in_use]) != OWN_LINK:
            return frozenset()
        return {
            name
            for name in self.usable
            if own_link.answered_first(self._config, memory, name, in_use)
        }

    def _is_degraded(self) -> bool:
        """Tell whether the one in use is degraded, not counting flapping."""
        if self._in_use is None:
            return False
        standing = self._memory.channels[self._in_use]
        return standing.state is State.DEGRADED and not _flaps(standing)

    def _badness(self, name: str) -> tuple[int, bool, bool]:
        spared = name == self._in_use or not self._is_degraded()
        rank = self._rank(name, spared=spared and name not in self._above)
        kept = name == self._in_use and rank == OWN_LINK  # all are as good as unknown
        avoided = name in self._avoided
        rank = max(rank, DEGRADED) if avoided else rank
        return rank, avoided, not kept and rank == OWN_LINK


def usable_of(config: Config, memory: Memory, line: Line) -> list[str]:
    """Return the channels that may be used and heard, in the order of the plan."""
    reached = memory.reach.get(line.name, {})
    unheard = {name for name, found in reached.items() if found.loss is Loss.SURE}
    return [
        name
        for name, _ in line.order
        if memory.channels[name].state is not State.DOWN
        and not memory.channels[name].aside
        and line.purpose in config.channels[name].purposes
        and name not in unheard
        and all(config.channels[name].traits.get(t) == "yes" for t in line.require)
    ]


def _rank(standing: Standing, *, spared: bool) -> int:
    """Rank a channel; if `spared`, flapping does not count."""
    eased = spared and _flaps(standing) and not standing.may_need
    return AVAILABLE if eased else _class(standing)


def _flaps(standing: Standing) -> bool:
    degraded = standing.state is State.DEGRADED
    return degraded and standing.reason is Reason.FLAPPING


def _class(standing: Standing) -> int:
    """Rank a state; unknown because of our own link comes last.

    Just before it come channels that may need something failed or distrusted.
    """
    if standing.state is State.UNKNOWN and standing.reason is Reason.OWN_LINK:
        return OWN_LINK
    rank = CLASSES.index(standing.state)
    return MAY_NEED + rank if standing.may_need else rank


def _as_unknown(config: Config, memory: Memory, line: Line) -> Set[str]:
    """Return channels that nobody hears by design, while needs matter."""
    threatened = bool(memory.known_down or memory.words.distrusts)
    return hearing.unheard(config, line.name) if threatened else frozenset()


def _use(config: Config, line: Line, memory: Memory, name: str) -> Use:
    reached = reach.of(memory, line, name)
    inferred = reached.loss >= Loss.INFERRED
    audible = not inferred and name not in _as_unknown(config, memory, line)
    return Use(
        channel=name,
        tier=line.tier_of(name),
        rank=len(line.above(name)) + 1,
        state=state_for(memory.channels[name].state, reached),
        verified=proven(memory.channels[name]) and audible and not memory.words.lost,
        reach=reach.reception(config, memory, line, name),
    )


def state_for(state: State, reached: ChannelReach | None) -> State:
    """Return a channel's state for a line: one with a reduced reach is degraded.

    So is one that nobody hears within minutes.
    """
    if reached is None:
        return state
    unheard, weak = reached.loss >= Loss.INFERRED, reached.loss or reached.ending
    return as_heard(state, unheard=unheard, weak=bool(weak))


def as_heard(state: State, *, unheard: bool, weak: bool) -> State:
    """Return a channel's state for a line where nobody, or fewer people, hear it."""
    if state is State.DOWN:
        return state
    if unheard:
        return State.UNKNOWN
    return State.DEGRADED if weak and state is State.AVAILABLE else state


def proven(standing: Standing) -> bool:
    """Tell whether there is fresh evidence of our own, not a word alone."""
    return (
        standing.state in USABLE
        and standing.evidence is not Evidence.NONE
        and standing.reason is not Reason.DECLARED
        and not standing.may_need
        and not standing.at_risk  # its proof is older than what may have taken it
    )
