"""Selection of the matters that are due now, for one notice.

A matter that is worse than people were told is due at once: it waits only two seconds
for others of the same cause, to share one notice. One that is better, or a repetition,
is due five minutes after people were last told of it, if it has been so for a minute,
in which more gets better; with a worse one it goes out earlier. So a flapping matter is
told once as bad, and at most once in five minutes as better.

Two things are in between.
- People were told to use a channel that no longer serves, or that nothing is left, and
  another is to be used that the plan likes better: that is no relief to whoever uses
  the dead one. It is due a minute after they were told.
- A line gets worse by a cause that was told within the last minute, and the channel to
  use on it is the same: nobody has to do anything else than what he was just told. It
  waits until that minute is over, and is told if it is still so. A line on which
  another channel is to be used does not wait: people on it do not know yet.

An exercise and what is real are never in one notice.
"""

from collections.abc import Mapping, Sequence
from math import inf

from msgspec import Struct, field
from msgspec.structs import replace

from secours.core.graph.dependencies import POWER
from secours.core.notices.matters import (
    EXERCISE,
    LINE,
    MAINS,
    OWN_LINK,
    PLAYED,
    Matter,
    wanted,
)
from secours.core.renaming import renames
from secours.core.statements import steady_clock
from secours.model.nodes import kind_of
from secours.model.observed import Instant
from secours.model.plan import Config

GATHER_S = 2.0  # what one cause takes is seen within this
CALM_S = 60.0  # until all that a repair brings back is seen to work
AGAIN_S = 300.0
STRANDED_S = 60.0  # until people hear what to use for what no longer serves
SAME_CAUSE_S = 60.0


class LastTold(Struct, frozen=True, kw_only=True):
    """Matter that people were last told of, and when."""

    matter: Matter
    at: Instant


class NoticeMemory(Struct, frozen=True, kw_only=True):
    """Matters told, and matters waiting to be told."""

    at: Instant | None = None  # of the latest look
    told: Mapping[str, LastTold] = field(default_factory=dict)  # by key; not what is
    # over
    causes: Mapping[str, Instant] = field(default_factory=dict)  # when last told
    hurried: Mapping[str, Instant] = field(default_factory=dict)  # by key, since when
    # it must not wait, but for what else its cause takes
    calm: Mapping[str, Instant] = field(default_factory=dict)  # and since when it may
    first: Mapping[str, Instant] = field(default_factory=dict)  # by key, of what ripens


def due(
    config: Config, memory: NoticeMemory, now: Sequence[Matter], at: Instant
) -> tuple[NoticeMemory, tuple[Matter, ...]]:
    """Return the matters of a notice due now, mostly none, and what to remember.

    Those that are over are among them, with severity 0.
    """
    memory = _under_new_names(config, _anchored(memory, at))
    memory, ripe = _ripe(memory, now, at)
    memory, news = _news(config, memory, ripe, at)
    must = {matter.key for matter in news if _is_hurried(memory, matter, at)}
    memory = replace(
        memory,
        hurried={key: memory.hurried.get(key, at) for key in must},
        calm={m.key: memory.calm.get(m.key, at) for m in news if m.key not in must},
    )
    for played in (False, True):
        found = _ready(memory, [m for m in news if m.exercise is played], at)
        if found:
            return _told(memory, found, at), found
    return memory, ()


def standing(
    config: Config, memory: NoticeMemory, now: Sequence[Matter]
) -> tuple[Matter, ...]:
    """Return the matters told that still hold, as far as is known."""
    there = {matter.key: matter for matter in now}
    matters = (
        there.get(key, told.matter)
        for key, told in memory.told.items()
        if key in there or _is_unknown(config, told.matter, there)
    )
    return tuple(matter for matter in matters if matter.severity)


def _ripe(
    memory: NoticeMemory, now: Sequence[Matter], at: Instant
) -> tuple[NoticeMemory, list[Matter]]:
    """Leave out matters younger than `ripens_s`, by the dates, also over reboots.

    The age counts from the first sight, whatever else of the plan is edited.
    """
    first = {
        matter.key: memory.first.get(matter.key, at)
        for matter in now
        if matter.ripens_s
    }
    ripe = [
        matter
        for matter in now
        if matter.key in memory.told
        or not matter.ripens_s
        or (at.utc - first[matter.key].utc).total_seconds() >= matter.ripens_s
    ]
    return replace(memory, first=first), ripe


def _ready(
    memory: NoticeMemory, news: Sequence[Matter], at: Instant
) -> tuple[Matter, ...]:
    """Return the new matters that go out now.

    One that has not held for a minute goes with no other: it may flap.
    """
    urgent = [m for m in news if m.key in memory.hurried]
    calm = [m for m in news if m.key in memory.calm]
    held = [m for m in calm if at.since(memory.calm[m.key]) >= CALM_S]
    if any(at.since(memory.hurried[m.key]) >= GATHER_S for m in urgent):
        return (*urgent, *held)
    if any(_is_due(memory, m, at) for m in held):
        return tuple(m for m in calm if _is_due(memory, m, at))
    return ()


def _is_hurried(memory: NoticeMemory, matter: Matter, at: Instant) -> bool:
    """Tell whether somebody has to act on it now, and was not told."""
    told = memory.told.get(matter.key)
    acts = told is None or _is_worse(told, matter) or _strands(told, matter)
    return acts and _is_due(memory, matter, at)


def _is_due(memory: NoticeMemory, matter: Matter, at: Instant) -> bool:
    return at.steady_s >= _due_s(memory, matter)


def _due_s(memory: NoticeMemory, matter: Matter) -> float:
    """Return the steady time from which it is due, if it stays so."""
    last = memory.told.get(matter.key)
    if last is None:
        return -inf
    if not _is_worse(last, matter):
        return last.at.steady_s + (STRANDED_S if _strands(last, matter) else AGAIN_S)
    if (last.matter.kind, last.matter.state) != (matter.kind, matter.state):
        return -inf
    causes = (memory.causes.get(cause) for cause in matter.causes)
    return max((at.steady_s + SAME_CAUSE_S for at in causes if at), default=-inf)


def _is_worse(told: LastTold, matter: Matter) -> bool:
    before = told.matter
    if matter.state != before.state:
        return matter.severity >= before.severity
    if matter.severity == before.severity:
        return not set(matter.missed) <= set(before.missed)
    return matter.severity > before.severity


def _strands(told: LastTold, matter: Matter) -> bool:
    """Tell whether the channel told no longer serves, and another does."""
    return bool(matter.usable) and told.matter.state not in matter.usable


def _news(
    config: Config, memory: NoticeMemory, now: Sequence[Matter], at: Instant
) -> tuple[NoticeMemory, list[Matter]]:
    """Return what differs from what people were told; forget unwanted matters."""
    there = {matter.key: matter for matter in now}
    entries, over = dict[str, LastTold](), list[Matter]()
    for key, last in memory.told.items():
        if key in there or _is_unknown(config, last.matter, there):
            entries[key] = last
        elif _is_over(config, last.matter):
            entries[key] = last
            over.append(replace(last.matter, severity=0, since=at))
    news = [m for m in (*now, *over) if _is_new(entries.get(m.key), m)]
    return replace(memory, told=entries), news


def _is_new(told: LastTold | None, matter: Matter) -> bool:
    if told is None:
        return matter.severity > 0
    before = told.matter
    same = (before.kind, before.state, before.severity, before.missed)
    return same != (matter.kind, matter.state, matter.severity, matter.missed)


def _is_unknown(config: Config, before: Matter, there: Mapping[str, Matter]) -> bool:
    """Tell whether it is absent only because its state is unknown now."""
    if not wanted(config, before.kind):
        return False
    if before.exercise:
        return before.key != PLAYED and PLAYED in there
    if before.key == OWN_LINK:
        return bool(config.paths)
    if before.key == MAINS:
        return any(kind_of(name) == POWER for name in config.components)
    return before.key in {f"{LINE}/{line.name}" for line in config.plan}


def _is_over(config: Config, before: Matter) -> bool:
    """Tell whether its end is worth telling.

    Not for what the plan no longer has, nor what other matters tell: the end of a
    battery with the channel to use instead, lines of an exercise with its end.
    """
    room, _, name = before.key.partition("/")
    if not wanted(config, before.kind) or room in (LINE, "ending"):
        return False
    if room == "test":  # what nobody ever tried counts from the date of the plan
        return name in config.channels and before.since is not None
    return room not in (EXERCISE, OWN_LINK) or before.key == PLAYED


def _told(memory: NoticeMemory, news: Sequence[Matter], at: Instant) -> NoticeMemory:
    last_told, causes = dict(memory.told), dict(memory.causes)
    for matter in news:
        causes |= dict.fromkeys(matter.causes, at)
        if matter.severity:
            last_told[matter.key] = LastTold(matter=matter, at=at)
        else:
            last_told.pop(matter.key, None)
    return replace(memory, told=last_told, causes=causes)


def _anchored(memory: NoticeMemory, at: Instant) -> NoticeMemory:
    """Update it to now, and its moments to a new boot."""
    if memory.at is not None and at.steady_s < memory.at.steady_s:
        memory = _after_reboot(memory, at)
    causes = {
        cause: told
        for cause, told in memory.causes.items()
        if at.since(told) < SAME_CAUSE_S
    }
    return replace(memory, at=at, causes=causes)


def _under_new_names(config: Config, memory: NoticeMemory) -> NoticeMemory:
    """Move what people were told of a channel to its new name."""
    there = config.channels
    names = {was: name for was, name in renames(config).items() if was not in there}
    moved = {
        key: replace(last, matter=replace(last.matter, state=names[last.matter.state]))
        for key, last in memory.told.items()
        if last.matter.state in names
    }
    return replace(memory, told={**memory.told, **moved}) if moved else memory


def _after_reboot(memory: NoticeMemory, at: Instant) -> NoticeMemory:
    """Count from the dates; a date yet to come counts as just now."""
    return replace(
        memory,
        told={
            key: replace(told, at=steady_clock.moved(told.at, at))
            for key, told in memory.told.items()
        },
        causes={c: steady_clock.moved(told, at) for c, told in memory.causes.items()},
        hurried={},
        calm={},
    )
