"""Channels of a line that wait to be taken back, and why one above is not in use."""

from collections.abc import Iterator, Set

from secours.core.memory import ChannelReach, LineUse, Loss, Memory
from secours.core.probing.aggregate import by_way
from secours.core.probing.health import Health
from secours.core.receivers import reach
from secours.model.nodes import channel_node
from secours.model.observed import Facts, Instant, Reason, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Probe
from secours.model.sections.line import Line
from secours.model.snapshot import PassedOver, Standing, State


def failback_left_s(
    config: Config, memory: Memory, line: Line, at: Instant
) -> dict[str, float]:
    """Return the seconds that each recovered channel still has to hold."""
    waiting = {}
    returned = _returned(config, memory, line)
    again = memory.heard_again.get(line.name, {})  # since when more people hear it
    for name, _ in line.order:
        until_s = (
            again[name].later(config.failback_after_s).steady_s
            if name in again
            else 0.0
        )
        if name in memory.recovered:
            held_s = memory.recovered[name].steady_s + config.failback_after_s
            until_s = max(until_s, returned.get(name, held_s))
        if until_s > at.steady_s:
            waiting[name] = until_s - at.steady_s
    return waiting


def doubted(memory: Memory, line: Line) -> Set[str]:
    """Return the channels with an unconfirmed result against them."""
    return {n for n, _ in line.order if channel_node(n) in memory.doubts}


def is_patient(config: Config, held: LineUse | None, at: Instant) -> bool:
    """Tell whether a line may still wait for a better channel than it could take."""
    since = (held and held.better_since) or at
    return at.since(since) < config.failback_after_s


def recovering(config: Config, memory: Memory, line: Line) -> Set[str]:
    """Return channels that came back with the one in use, and are not judged yet.

    Only where no channel was left before: its first success is one, and not sure.
    """
    return {
        name
        for name in _returned(config, memory, line)
        if any(_is_recovering(memory, probe) for probe in config.channels[name].probes)
    }


def first_success(memory: Memory, channel: Channel) -> Instant | None:
    """Return since when the tests of a channel work; None where they do not.

    Of probes that differ only in their path the first that works is enough.
    """
    successes = [
        [at for p in ways if (at := memory.probes.get(p.id, Health()).good_since)]
        for ways in by_way(_deciding(channel))
    ]
    if not successes or not all(successes):
        return None
    began = (min(each, key=lambda at: at.steady_s) for each in successes)
    return max(began, key=lambda at: at.steady_s)


def windows(config: Config, memory: Memory) -> Iterator[float]:
    """Yield when channels can no longer count as back with the one in use."""
    for line in config.plan:
        yield from _returned(config, memory, line).values()


def _returned(config: Config, memory: Memory, line: Line) -> dict[str, float]:
    """Return channels that came back with the one in use, and the end of that window.

    They are better ones, where none was left before: their first success came within
    one `retry_every` of its own. They are not held back, and decided on together.
    """
    use = memory.lines.get(line.name)
    if use is None or use.returned is None or use.channel not in dict(line.order):
        return {}
    returned_s = {}
    for name in line.above(use.channel):
        channel = config.channels[name]
        window_s = max((p.retry_every_s for p in _deciding(channel)), default=0.0)
        began = first_success(memory, channel)
        if began is not None and abs(began.since(use.returned)) <= window_s:
            returned_s[name] = use.returned.steady_s + window_s
    return returned_s


def _deciding(channel: Channel) -> list[Probe]:
    probes = [probe for probe in channel.probes if not probe.hint]
    return [probe for probe in probes if probe.required] or probes


def _is_recovering(memory: Memory, probe: Probe) -> bool:
    health = memory.probes.get(probe.id, Health())
    return health.verdict is Verdict.FAILED and health.good > 0


def passed_over(
    config: Config, memory: Memory, line: Line, used: str | None, at: Instant
) -> tuple[PassedOver, ...]:
    """Return why each channel above the one in use is not in use, at a moment.

    Without one in use none waits for its turn: what it lacks keeps it out.
    """
    waiting = failback_left_s(config, memory, line, at) if used else {}
    return_to = _return_to(memory, line, used)
    in_doubt = doubted(memory, line) if used else frozenset()
    waits = memory.choices[line.name].waits
    outdone = _outdone(config, memory, line, used)
    return tuple(
        _why(
            name,
            memory.channels[name],
            reach.of(memory, line, name),
            waiting.get(name),
            is_next=name == return_to,
            doubted=name in in_doubt,
            waits=waits,
            outdone=name in outdone,
        )
        for name in line.above(used)
    )


def _outdone(
    config: Config, memory: Memory, line: Line, used: str | None
) -> frozenset[str]:
    """Return channels with a smaller reach than the one in use; none while pinned.

    One that gave way to it stands, in the plan, before all that follow.
    """
    use = memory.choices[line.name].use
    if used is None or use is None or use.pinned:
        return frozenset()
    each, above = reach.ranks(config, memory, line), line.above(used)
    smaller = (name for name in above if reach.is_outdone(each[name], each[used]))
    first = next(smaller, None)
    return frozenset(above[above.index(first) :] if first else ())


def _return_to(memory: Memory, line: Line, used: str | None) -> str | None:
    """Return the channel to move to once it has held; None while pinned.

    It is the best that works: the others that hold wait for it too.
    """
    choice = memory.choices[line.name]
    if choice.measuring or choice.use is None or choice.use.pinned:
        return None
    reached = ((n, reach.of(memory, line, n)) for n in line.above(used))
    heard = (n for n, each in reached if not (each.loss or each.ending))
    standings = ((name, memory.channels[name]) for name in heard)
    works = (n for n, s in standings if s.fine and not s.at_risk and not s.may_need)
    return next(works, None)


def _works(standing: Standing, loss: Loss) -> bool:
    """Tell whether only its lost hearers keep it from use."""
    return standing.fine or (loss is Loss.SURE and standing.state is not State.DOWN)


def _missing(reached: ChannelReach) -> tuple[Reason, Facts]:
    """Return the cause of its lost hearers, and whether that is sure.

    Where nobody lost it yet, everybody will within minutes.
    """
    if not reached.loss:
        return Reason.ENDING, {}
    found = reached.reception
    why = (name for group in (found.lost if found else ()) for name in group.why)
    component = next(why, "")
    sure = {} if reached.loss is Loss.SURE else {"loss": reached.loss.name.lower()}
    return Reason.RECEIVERS, {**({"component": component} if component else {}), **sure}


def _why(
    name: str,
    standing: Standing,
    reached: ChannelReach,
    left_s: float | None,
    *,
    is_next: bool,
    doubted: bool,
    waits: bool,
    outdone: bool,
) -> PassedOver:
    reason, facts = standing.reason, standing.facts
    if standing.aside:
        reason, facts = standing.aside, {}
    elif (reached.loss or reached.ending) and _works(standing, reached.loss):
        reason, facts = _missing(reached)
    elif standing.fine and left_s is not None:
        reason, facts = Reason.FAILBACK, {"left_s": round(left_s, 3)} if is_next else {}
    elif standing.fine and doubted:
        reason = Reason.DOUBT
    elif standing.at_risk and reason is Reason.NONE and not standing.may_need:
        reason, facts = Reason.AT_RISK, {"component": standing.at_risk}
    elif standing.fine and waits:
        reason, facts = Reason.ONE_MOVE, {}
    elif standing.fine and outdone:
        reason, facts = Reason.RECEIVERS, {}
    return PassedOver(channel=name, reason=reason, facts=facts, since=standing.since)
