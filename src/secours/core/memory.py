"""Memory of the core between two events, and the part that a restart keeps."""

from collections.abc import Mapping
from enum import IntEnum

from msgspec import Struct, field
from msgspec.structs import replace

from secours.core import batteries
from secours.core.batteries import Battery
from secours.core.graph.independence import PastOverlap, Possible
from secours.core.probing.health import Health
from secours.core.statements import steady_clock
from secours.core.statements.words_in_force import Words
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.receivers.reach import Reception
from secours.model.snapshot import Backup, Change, Explained, Link, Standing, Use


class LineUse(Struct, frozen=True, kw_only=True):
    """The channel that a line uses, None where none is left, and since when."""

    channel: str | None
    since: Instant
    entangled: Mapping[str, PastOverlap] = field(default_factory=dict)
    # with which others it shares something, or did until lately
    better_since: Instant | None = None  # since when a better one could be taken, while
    # the line waits for a still better one
    returned: Instant | None = None  # the first success of the channel, where none was
    # left before it


class Choice(Struct, frozen=True, kw_only=True):
    """Choice for a line of the plan."""

    use: Use | None = None  # None where nothing is left
    unpinned: Use | None = None  # of a pin: what would be used without it
    backup: Backup | None = None  # of what is to be used: not of a vain pin
    still_usable: tuple[str, ...] = ()  # above that, though not well
    completed_by: tuple[str, ...] = ()  # to reach, with it, whoever any channel reaches
    measuring: bool = False  # a channel that may be better has not had its first result
    waits: bool = False  # a better one could be taken, and a still better one holds

    @property
    def channel(self) -> str | None:
        """Return the channel to use, None where nothing is left."""
        return self.use.channel if self.use else None


class Loss(IntEnum):
    """A loss of those of a line who hear a channel, the worst last."""

    NONE = 0
    FEWER = 1  # fewer hear it than designed
    INFERRED = 2  # probably nobody does any more
    SURE = 3  # nobody does, by a person's word or two measurements


class Silence(Struct, frozen=True, kw_only=True):
    """Time in which no line of an audience has a usable channel."""

    since: Instant
    back: Instant | None = None  # the first channel since then is usable
    held: Instant | None = None  # so long as seen: that, later by each stop


class ChannelReach(Struct, frozen=True, kw_only=True):
    """The reach of a channel for a line, where it is not as designed."""

    loss: Loss = Loss.NONE
    reception: Reception | None = None  # None where its groups are not declared
    ranks: tuple[int, ...] | None = None  # how well each group hears it
    ends_s: float | None = None  # steady time from which nobody does, by batteries
    ending: bool = False  # that comes within minutes

    @property
    def badness(self) -> tuple[Loss, bool]:
        """Return what compares with that of another moment: less is better."""
        return self.loss, self.ending


class Losses(Struct, frozen=True, kw_only=True):
    """The losses of people elsewhere: nodes of their devices that are down."""

    fell_s: Mapping[str, float] = field(default_factory=dict)  # in steady time
    sure: frozenset[str] = frozenset()
    because: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # components
    # Of nodes that work, when they will be lost as batteries end.
    ends_s: Mapping[str, float] = field(default_factory=dict)
    soon_s: float = 0.0  # until when the next of these end, within minutes


NOTHING_LOST = Losses()


class Accusation(Struct, frozen=True, kw_only=True):
    """Failures of which every likeliest cause takes a node."""

    causes: tuple[str, ...] = ()  # components of one of these that take it
    newest_s: float = 0.0  # steady time at which the newest of the failures began


class Memory(Struct, frozen=True, kw_only=True):
    """Memory of the core between two events."""

    at: Instant | None = None  # of the latest event
    probes: Mapping[str, Health] = field(default_factory=dict)  # by Probe.id
    channels: Mapping[str, Standing] = field(default_factory=dict)
    components: Mapping[str, Standing] = field(default_factory=dict)
    paths: Mapping[str, Link] = field(default_factory=dict)
    path_doubts: Mapping[str, Instant] = field(default_factory=dict)  # since when
    paths_back: Mapping[str, Instant] = field(default_factory=dict)  # open again, when
    cut_after: Mapping[str, float] = field(default_factory=dict)  # steady time at which
    # a path that is down was last known to be open
    explanations: tuple[Explained, ...] = ()
    known_down: tuple[str, ...] = ()
    worlds: tuple[Possible, ...] = ()  # that may be the true one
    accused: Mapping[str, Accusation] = field(default_factory=dict)  # components, and
    # people's devices, by node
    losses: Losses = NOTHING_LOST
    reach: Mapping[str, Mapping[str, ChannelReach]] = field(default_factory=dict)
    # by line and channel, where it is not as designed
    heard_again: Mapping[str, Mapping[str, Instant]] = field(default_factory=dict)
    # by line and channel, since when more people hear it than before
    newest_symptom_s: float = 0.0  # steady time, of what is explained: failed, or weak
    risks: Mapping[str, Instant] = field(default_factory=dict)  # by channel, since when
    # a likely cause takes it, and its proof is older
    reprieved: frozenset[str] = frozenset()  # channels at risk by what something else
    # speaks against, or tests under way may; they are not left for that
    recovered: Mapping[str, Instant] = field(default_factory=dict)  # by channel
    faulty: frozenset[str] = frozenset()  # channels not fine when last known
    awaited: frozenset[str] = frozenset()  # probes without a result since the start
    awaited_until_s: float = 0.0  # steady time, after which they are not waited for
    begun: Mapping[str, float] = field(default_factory=dict)  # steady time of the start
    # or the edit since when a line, not yet decided, waits for first results
    resumed: frozenset[str] = frozenset()  # lines that had been decided at that start
    lines: Mapping[str, LineUse] = field(default_factory=dict)
    choices: Mapping[str, Choice] = field(default_factory=dict)  # by line
    silences: Mapping[str, Silence] = field(default_factory=dict)  # by audience
    words: Words = field(default_factory=Words)
    batteries: Mapping[str, Battery] = field(default_factory=dict)  # perhaps not full
    next_fall_s: float = 0.0  # steady time at which the next battery ends
    contradictions: frozenset[tuple[str, str]] = frozenset()
    watched: frozenset[str] = frozenset()  # channels in use, and their backups
    doubts: Mapping[str, Instant] = field(default_factory=dict)  # by node, since when
    wakes_s: float = 0.0  # steady time before which nothing changes by itself
    wakes_from: Instant | None = None  # when that was found out
    together_s: float = 0.0  # steady time when many results lapse that have not yet
    changes: tuple[Change, ...] = ()  # newest first
    fresh: tuple[Change, ...] = ()  # those of the latest step, oldest first

    @property
    def suspects(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets that explain what is seen, of one group after another."""
        return tuple(s for each in self.explanations for s in each.suspects)


EMPTY = Memory()


def after_reboot(memory: Memory, now: Instant) -> Memory:
    """Return what is left of a memory of another boot.

    Kept are people's words and the channels in use: a stop moves no line.
    """
    return Memory(
        words=steady_clock.reanchored(memory.words, now),
        lines={
            name: LineUse(
                channel=held.channel, since=steady_clock.moved(held.since, now)
            )
            for name, held in memory.lines.items()
        },
        silences={
            name: replace(
                each,
                since=steady_clock.moved(each.since, now),
                back=each.back and steady_clock.moved(each.back, now),
                held=each.held and unseen(each.held, memory.at or each.held, now),
            )
            for name, each in memory.silences.items()
        },
        recovered=held_until(memory.recovered, memory.at, now) if memory.at else {},
        faulty=memory.faulty,
        reach=memory.reach,
        heard_again=heard_until(memory, memory.at, now) if memory.at else {},
        batteries={
            name: batteries.moved(battery, now)
            for name, battery in memory.batteries.items()
        },
    )


def held_until(
    held: Mapping[str, Instant], stopped: Instant, now: Instant
) -> dict[str, Instant]:
    """Return since when each channel has held; time that nobody saw does not count."""
    return {name: unseen(since, stopped, now) for name, since in held.items()}


def heard_until(
    memory: Memory, stopped: Instant, now: Instant
) -> dict[str, dict[str, Instant]]:
    """Return since when more people hear each channel of a line, likewise."""
    again = memory.heard_again.items()
    return {line: held_until(held, stopped, now) for line, held in again}


def unseen(since: Instant, stopped: Instant, now: Instant) -> Instant:
    """Return a moment moved later by the time that nobody saw."""
    return now.later(-max(0.0, stopped.since(since)))


def awaits_result(config: Config, memory: Memory, channel: str) -> bool:
    """Tell whether a first result since the start of the channel is still due."""
    probes = config.channels[channel].probes
    return any(probe.required and probe.id in memory.awaited for probe in probes)
