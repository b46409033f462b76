"""Reach of each channel of a line now, against the plan as designed.

Only losses count; what was never reached costs no rank. A sure loss takes a channel
from its line, an inferred one makes it unverified there, and where fewer hear it, it is
degraded there. The state of the channel itself does not change.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import partial
from math import inf
from operator import le

from msgspec.structs import replace

from secours.core import overrides
from secours.core.graph.derived import derived
from secours.core.memory import NOTHING_LOST, ChannelReach, Loss, Losses, Memory
from secours.core.receivers import hearing
from secours.core.receivers.completion import Ranks
from secours.core.receivers.hearing import Hearer, Hearers
from secours.core.receivers.losses import losses
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.receivers.audiences import group_key
from secours.model.receivers.reach import GroupReach, Hearing, Reception, RollCall
from secours.model.sections.line import Line
from secours.model.snapshot import State

AS_DESIGNED = ChannelReach()


def renewed(config: Config, memory: Memory, at: Instant) -> Memory:
    """Return the memory with the present reach, and since when it grew."""
    lost = losses(config, memory, at)
    back = memory.losses.fell_s.keys() - lost.fell_s.keys()
    called = {n for n, trial in memory.words.trials.items() if trial.reached}
    if back and called:
        memory = _without_calls(config, memory, back)
    reach = memory.reach
    if lost != memory.losses or called or not _is_of_losses(memory):
        reach = _deviations(config, memory, lost, called, at)
    elif not memory.heard_again:
        return memory
    again: dict[str, dict[str, Instant]] = {}
    for line in config.plan:
        before, now = memory.reach.get(line.name, {}), reach.get(line.name, {})
        growth = memory.heard_again.get(line.name, {})
        for name in before.keys() | growth.keys():
            was = before.get(name, AS_DESIGNED)
            if now.get(name, AS_DESIGNED).badness < was.badness:
                again.setdefault(line.name, {})[name] = at
            elif name in growth and at.since(growth[name]) < config.failback_after_s:
                again.setdefault(line.name, {})[name] = growth[name]
    return replace(memory, losses=lost, reach=reach, heard_again=again)


def _without_calls(config: Config, memory: Memory, back: Set[str]) -> Memory:
    """Forget the roll calls of groups that have a device back, unless all answered."""
    trials = dict(memory.words.trials)
    for name, trial in trials.items():
        keys = hearing.groups_on(config, name, back)
        valid = {
            key: call
            for key, call in trial.reached.items()
            if key not in keys or call.heard is Hearing.WHOLE
        }
        trials[name] = replace(trial, reached=valid)
    return replace(memory, words=replace(memory.words, trials=trials))


def _is_of_losses(memory: Memory) -> bool:
    """Tell whether the reach depends on nothing but lost devices."""
    known = [each for of_line in memory.reach.values() for each in of_line.values()]
    called = (g.call for each in known if each.reception for g in each.reception.groups)
    return not any(called) and (memory.losses != NOTHING_LOST or not known)


def of(memory: Memory, line: Line, channel: str) -> ChannelReach:
    """Return the changed reach of a channel of a line."""
    return memory.reach.get(line.name, {}).get(channel, AS_DESIGNED)


def unheard(config: Config, memory: Memory, line: Line) -> frozenset[str]:
    """Return the channels that nobody of a line hears now, or by design."""
    reached = memory.reach.get(line.name, {}).items()
    lost = {name for name, each in reached if each.loss >= Loss.INFERRED}
    return hearing.unheard(config, line.name) | lost


def until(memory: Memory, line: Line, channel: str, at: Instant) -> Instant | None:
    """Return when a channel ends for a line: by itself, or as nobody hears it then."""
    standing, ends_s = memory.channels[channel], of(memory, line, channel).ends_s
    own_s = standing.until.steady_s if standing.until else inf
    if ends_s is None or own_s <= ends_s or standing.state is State.DOWN:
        return standing.until
    return at.at_steady(ends_s)


def reception(
    config: Config, memory: Memory, line: Line, channel: str
) -> Reception | None:
    """Return who hears a channel of a line; None where its groups are not declared."""
    if not hearing.is_declared(config, line):
        return None
    found = of(memory, line, channel).reception
    return found or _designed(config, line.name)[channel]


def ranks(config: Config, memory: Memory, line: Line) -> Mapping[str, Ranks]:
    """Return how well each group hears each channel of a line, in the plan's order.

    As `Hearing.rank`: 2 for all of it, 1 for a part, 0 for nobody.
    """
    reached = memory.reach.get(line.name, {}).items()
    now = {name: found.ranks for name, found in reached if found.ranks is not None}
    by_design = hearing.designed(config, line.name)
    return {**by_design, **now} if now else by_design


def is_outdone(mine: Ranks, others: Ranks) -> bool:
    """Tell whether every group hears another at least as well, and one better."""
    return mine != others and is_matched(mine, others)


def is_matched(mine: Ranks, others: Ranks) -> bool:
    """Tell whether every group hears another at least as well."""
    return all(map(le, mine, others))


def _deviations(
    config: Config, memory: Memory, lost: Losses, called: Set[str], at: Instant
) -> dict[str, dict[str, ChannelReach]]:
    deviations: dict[str, dict[str, ChannelReach]] = {}
    if lost == NOTHING_LOST and not called:
        return deviations
    later, moving = tuple(_later(lost)), lost.fell_s.keys() | lost.ends_s.keys()
    for line in config.plan:
        is_declared = hearing.is_declared(config, line)
        heard_by = hearing.heard_by(config, line.name)
        for name, hearers in hearing.of(config)[line.name].items():
            calls = _calls(config, memory, line, name, at) if name in called else {}
            if calls or not moving.isdisjoint(heard_by[name]):
                known = partial(_reached, hearers, calls, is_declared=is_declared)
                reached = _with_end(known, lost, later)
                if reached != AS_DESIGNED:
                    deviations.setdefault(line.name, {})[name] = reached
    return deviations


def _calls(
    config: Config, memory: Memory, line: Line, channel: str, at: Instant
) -> Mapping[str, RollCall]:
    """Return the newest roll call of each group on a channel, if not too old."""
    calls = memory.words.trials[channel].calls
    groups = [each.group.name for each in hearing.of(config)[line.name][channel]]
    newest = {name: calls.get(group_key(line.audience, name)) for name in groups}
    tested = config.channels[channel]
    return {
        name: call
        for name, call in newest.items()
        if call and call.at and not overrides.is_worthless(tested, call.at, at)
    }


def _later(lost: Losses) -> Iterator[tuple[float, Losses]]:
    """Yield each end of a battery and what is lost then, if nothing else happens."""
    for end_s in sorted(set(lost.ends_s.values())):
        ended = {n: s for n, s in lost.ends_s.items() if s <= end_s}
        yield end_s, replace(lost, fell_s={**lost.fell_s, **ended})


def _with_end(
    reach_with: Callable[[Losses], ChannelReach],
    lost: Losses,
    later: Sequence[tuple[float, Losses]],
) -> ChannelReach:
    """Return who hears a channel, and when nobody does if nothing else happens."""
    reached = reach_with(lost)
    if reached.loss >= Loss.INFERRED:
        return reached
    deaf = (end_s for end_s, then in later if reach_with(then).loss >= Loss.INFERRED)
    ends_s = next(deaf, None)
    ending = ends_s is not None and ends_s <= lost.soon_s
    return replace(reached, ends_s=ends_s, ending=ending)


def _reached(
    hearers: Hearers, calls: Mapping[str, RollCall], lost: Losses, *, is_declared: bool
) -> ChannelReach:
    groups = [_group(each, lost, calls.get(each.group.name)) for each in hearers]
    reception = Reception(groups=tuple(groups))
    hoped = [each for each in groups if each.designed is not Hearing.NONE]
    if not reception.lost and not any(each.call for each in groups):
        return AS_DESIGNED
    if not is_declared:
        return ChannelReach(loss=Loss.INFERRED) if reception.all_lost else AS_DESIGNED
    if reception.all_lost:
        loss = Loss.SURE if all(each.sure for each in hoped) else Loss.INFERRED
    else:
        loss = Loss.FEWER if reception.lost else Loss.NONE
    ranks = tuple(each.rank for each in groups)
    return ChannelReach(loss=loss, reception=reception, ranks=ranks)


def _group(hearer: Hearer, lost: Losses, call: RollCall | None) -> GroupReach:
    """Return how a group hears a channel; a fall after the roll call outweighs it.

    Absences from a roll call cost a channel nothing where nothing failed: some are
    always absent. Where nobody answered, nobody hears it.
    """
    by_inference = hearing.hearing(hearer.ways, lost.fell_s.keys())
    if call is not None and call.at is not None and by_inference is not hearer.designed:
        fell_s = max(lost.fell_s.get(node, -inf) for node in hearer.nodes)
        call = None if fell_s >= call.at.steady_s else call
    surely = hearing.hearing(hearer.ways, lost.sure)
    nodes = (node for way in hearer.ways for node in way if node in lost.because)
    why = dict.fromkeys(name for node in nodes for name in lost.because[node])
    return GroupReach(
        group=hearer.group.name,
        label=hearer.group.label,
        people=hearer.group.people,
        heard=call.heard if call else by_inference,
        designed=hearer.designed,
        sure=call is not None or surely is by_inference,
        why=() if call or by_inference is hearer.designed else tuple(why),
        call=call,
        absent=call is not None
        and call.heard is Hearing.PART
        and by_inference is hearer.designed is Hearing.WHOLE,
    )


@derived
def _designed(config: Config, line: str) -> Mapping[str, Reception]:
    """Return the reception of each channel of a line while nothing has failed."""
    return {
        name: Reception(
            groups=tuple(_group(each, NOTHING_LOST, None) for each in hearers)
        )
        for name, hearers in hearing.of(config)[line].items()
    }
