"""Which channel to use for a line of the plan, which one if it fails, and why.

Health filters, the plan orders. Leaving a failed channel is immediate; going back
waits until the better one has held.
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from msgspec.structs import replace

from secours.core.graph import independence
from secours.core.memory import Choice, Memory
from secours.core.probing import own_link, risk
from secours.model.nodes import channel_node
from secours.model.observed import Evidence, Instant, Reason
from secours.model.plan import Config, Line, Tier
from secours.model.snapshot import Backup, PassedOver, Standing, State, Use

CLASSES = (State.AVAILABLE, State.DEGRADED, State.UNKNOWN)
DEGRADED = CLASSES.index(State.DEGRADED)
MAY_NEED = len(CLASSES)  # and more: what failed may be what it depends on
OWN_LINK = MAY_NEED + len(CLASSES)


def choose_all(config: Config, memory: Memory, at: Instant) -> dict[str, Choice]:
    """Choose for every line of the plan, by its name."""
    return {line.name: choose(config, memory, line, at) for line in config.plan}


def choose(config: Config, memory: Memory, line: Line, at: Instant) -> Choice:
    """Choose for one line, from the standings in memory."""
    usable = _usable(config, line, memory.channels)
    pin = memory.words.pins.get(line.name)
    pinned = pin.channel if pin and pin.channel in dict(line.order) else None
    used = pinned or _best(config, memory, line, usable, at)
    if used is None:
        return Choice()
    use = _use(line, memory, used)
    return Choice(
        use=replace(use, pinned=pinned is not None),
        backup=_backup(config, memory, line, used, _steady(memory, usable), at),
        still_usable=_still_usable(line, memory.channels, used, usable),
    )


def without_pin(config: Config, memory: Memory, line: Line, at: Instant) -> Use | None:
    """Return what would be used if a pin were taken back at this moment."""
    usable = _usable(config, line, memory.channels)
    best = _best(config, memory, line, usable, at)
    return _use(line, memory, best) if best else None


def _best(
    config: Config,
    memory: Memory,
    line: Line,
    usable: Sequence[str],
    at: Instant,
) -> str | None:
    """Return the best usable channel; one that just came back waits its turn.

    One whose latest result speaks against it counts as the last of the degraded, so
    that nobody is sent there in vain; where it is in use, it is left when that is
    confirmed. So does one whose proof is older than a failure that may have taken it:
    where it is in use, it is left when its next test has not cleared it. A channel in
    use that only flaps is kept, and no line returns to one that does. Behind a path of
    ours that is down it is kept, too, until it had a test since another answered.
    """
    held = memory.lines.get(line.name)
    order = dict(line.order)
    in_use = held.channel if held and held.channel in usable else None
    if in_use is not None and _awaited(config, memory, in_use, at):
        return in_use  # neither a stop nor a cut is a failure: its first result decides
    doubted = _doubted(memory, line) - {in_use}
    avoided = doubted | _at_risk(config, memory, line, in_use, at)
    if (
        in_use is not None
        and in_use not in avoided
        and not memory.channels[in_use].may_need
        and _holds(memory.channels[in_use])
    ):
        over = (c for c in _above(line, in_use) if c in usable)
        waiting = _waiting(config, memory, line, at).keys()
        better = (c for c in over if c not in waiting | avoided)
        return next((c for c in better if not _class(memory.channels[c])), in_use)

    above = _above(line, held.channel) if held and held.channel in order else []

    def badness(name: str) -> tuple[int, bool, bool]:
        rank = _rank(memory, name, returning=name in above)
        kept = name == in_use and rank == OWN_LINK  # all are as good as unknown
        rank = max(rank, DEGRADED) if name in avoided else rank
        return rank, name in avoided, not kept and rank == OWN_LINK

    first = _answered_first(config, memory, usable, in_use)
    best = min((n for n in usable if n not in first), key=badness, default=None)
    return best if best == in_use else min(usable, key=badness, default=None)


def _answered_first(
    config: Config, memory: Memory, usable: Sequence[str], in_use: str | None
) -> Set[str]:
    """Return what answers already, over the path that hides the one in use."""
    if in_use is None or _class(memory.channels[in_use]) != OWN_LINK:
        return frozenset()
    return {n for n in usable if own_link.answered_first(config, memory, n, in_use)}


def _holds(standing: Standing) -> bool:
    """Tell whether a channel in use is to be kept: available, but that it may flap."""
    return standing.fine or (_flaps(standing) and not standing.aside)


def _flaps(standing: Standing) -> bool:
    degraded = standing.state is State.DEGRADED
    return degraded and standing.reason is Reason.FLAPPING


def _steady(memory: Memory, usable: Sequence[str]) -> list[str]:
    """Return what may be a backup, the best first: flapping disqualifies none."""
    return sorted(usable, key=lambda name: _rank(memory, name, returning=False))


def _rank(memory: Memory, name: str, *, returning: bool) -> int:
    """Rank a channel; that it flaps counts only where a line would return to it."""
    standing = memory.channels[name]
    eased = _flaps(standing) and not returning and not standing.may_need
    return CLASSES.index(State.AVAILABLE) if eased else _class(standing)


def watched(choices: Iterable[Choice]) -> frozenset[str]:
    """Return the channels that people are told to use, and their backups."""
    told = [each for choice in choices for each in (choice.use, choice.backup)]
    return frozenset(each.channel for each in told if each is not None)


def _usable(config: Config, line: Line, channels: Mapping[str, Standing]) -> list[str]:
    """Return the channels that may be used, in the order of the plan."""
    return [
        name
        for name, _ in line.order
        if channels[name].state is not State.DOWN
        and not channels[name].aside
        and line.purpose in config.channels[name].purposes
        and _lacks(config, line, name) is None
    ]


def _class(standing: Standing) -> int:
    """Rank a state; unknown because of our own link comes after every other.

    Before it comes what may depend on something that failed or is distrusted.
    """
    if standing.state is State.UNKNOWN and standing.reason is Reason.OWN_LINK:
        return OWN_LINK
    rank = CLASSES.index(standing.state)
    return MAY_NEED + rank if standing.may_need else rank


def _lacks(config: Config, line: Line, name: str) -> str | None:
    """Return the required trait that a channel has not, or None."""
    traits = config.channels[name].traits
    return next((t for t in line.require if traits.get(t) != "yes"), None)


def _waiting(
    config: Config, memory: Memory, line: Line, at: Instant
) -> dict[str, float]:
    """Return the channels that work again for too short a time, and what is left."""
    waiting = {}
    for name, _ in line.order:
        if name in memory.recovered:
            left_s = config.failback_after_s - at.since(memory.recovered[name])
            if left_s > 0:
                waiting[name] = left_s
    return waiting


def _doubted(memory: Memory, line: Line) -> Set[str]:
    """Return the channels whose latest result speaks against them, not yet sure."""
    return {n for n, _ in line.order if channel_node(n) in memory.doubts}


def _awaited(config: Config, memory: Memory, name: str, at: Instant) -> bool:
    """Tell whether a result since a stop, or a return of its path, is still due.

    After a stop only where nothing is known of it for that reason.
    """
    channel = config.channels[name]
    stopped = memory.channels[name].state is State.UNKNOWN and any(
        probe.required and probe.id in memory.awaited for probe in channel.probes
    )
    tried = at.steady_s > own_link.first_tests_end_s(memory, channel)
    return stopped or not tried or own_link.resuming(memory, channel, at)


def _at_risk(
    config: Config, memory: Memory, line: Line, in_use: str | None, at: Instant
) -> Set[str]:
    """Return the channels that a likely cause takes, and that no newer test cleared.

    The one in use is among them only when its hurried test is over, or where none can
    be made, the tests of others that may clear it.
    """
    return {
        name
        for name, _ in line.order
        if memory.channels[name].at_risk
        and (name != in_use or _tests_over(config, memory, name, at))
    }


def _tests_over(config: Config, memory: Memory, name: str, at: Instant) -> bool:
    if name in memory.reprieved:
        return False
    since = memory.risks.get(name)
    return since is None or risk.is_test_over(config, memory, name, since, at)


def _use(line: Line, memory: Memory, name: str) -> Use:
    order = [channel for channel, _ in line.order]
    standing = memory.channels[name]
    return Use(
        channel=name,
        tier=_tier(line, name),
        rank=order.index(name) + 1,
        state=standing.state,
        verified=_proven(standing) and not memory.words.lost,
    )


def _proven(standing: Standing) -> bool:
    """Tell whether there is fresh evidence of our own: never on a word alone."""
    return (
        standing.state in (State.AVAILABLE, State.DEGRADED)
        and standing.evidence is not Evidence.NONE
        and standing.reason is not Reason.DECLARED
        and not standing.may_need
        and not standing.at_risk  # its proof is older than what may have taken it
    )


def _tier(line: Line, name: str) -> Tier:
    return next(tier for channel, tier in line.order if channel == name)


def shared_with(
    config: Config, memory: Memory, line: Line, used: str
) -> dict[str, independence.Shared]:
    """Return what each other channel of a line shares with the one in use, now."""
    return {
        name: independence.shared(config, memory.worlds, used, name)
        for name, _ in line.order
        if name != used
    }


def _backup(
    config: Config,
    memory: Memory,
    line: Line,
    used: str,
    usable: Sequence[str],
    at: Instant,
) -> Backup | None:
    """Return the first other channel that is independent, else the first other."""
    found: dict[str, independence.Shared] = {}
    for name in usable:
        if name != used and memory.channels[name].reason is not Reason.OWN_LINK:
            found[name] = _shared(config, memory, line, used, name, at)
            if found[name].independent:
                break
    if not found:
        return None
    spare = next((n for n in found if found[n].independent), next(iter(found)))
    skipped = list(found)[: list(found).index(spare)]
    return Backup(
        channel=spare,
        tier=_tier(line, spare),
        independent=found[spare].independent,
        shares=found[spare].at_once,
        shares_later=found[spare].later,
        skipped={name: found[name].at_once for name in skipped},
    )


def _shared(
    config: Config, memory: Memory, line: Line, used: str, name: str, at: Instant
) -> independence.Shared:
    held = memory.lines.get(line.name)
    before = held.entangled if held and held.channel == used else {}
    now = independence.shared(config, memory.worlds, used, name)
    return independence.held(now, before.get(name), config.failback_after_s, at)


def _above(line: Line, name: str | None) -> list[str]:
    """Return the channels that the plan puts before this one; all for None."""
    order = [channel for channel, _ in line.order]
    return order if name is None else order[: order.index(name)]


def _still_usable(
    line: Line, channels: Mapping[str, Standing], used: str, usable: Sequence[str]
) -> tuple[str, ...]:
    return tuple(
        name
        for name in _above(line, used)
        if name in usable and channels[name].state is State.DEGRADED
    )


def passed_over(
    config: Config, memory: Memory, line: Line, used: str | None, at: Instant
) -> tuple[PassedOver, ...]:
    """Say of every channel above the one in use why it is not the one, at a moment.

    Where none is in use, none waits for its turn: what it lacks keeps it out.
    """
    waiting = _waiting(config, memory, line, at) if used else {}
    doubted = _doubted(memory, line) if used else frozenset()
    return tuple(
        _why(name, memory.channels[name], waiting.get(name), doubted=name in doubted)
        for name in _above(line, used)
    )


def _why(
    name: str, standing: Standing, left_s: float | None, *, doubted: bool
) -> PassedOver:
    reason, facts = standing.reason, standing.facts
    if standing.aside:
        reason, facts = standing.aside, {}
    elif standing.fine and left_s is not None:
        reason, facts = Reason.FAILBACK, {"left_s": round(left_s)}
    elif standing.fine and doubted:
        reason = Reason.DOUBT
    elif standing.at_risk and reason is Reason.NONE:
        reason, facts = Reason.AT_RISK, {"component": standing.at_risk}
    return PassedOver(channel=name, reason=reason, facts=facts, since=standing.since)
