"""Channel of each line over time, in segments without a gap.

The answer at any moment is the segment that holds it.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from secours.core.recommend import choice
from secours.core.replay.whatif import Outlook
from secours.model.observed import Seconds
from secours.model.snapshot import Recommendation, Snapshot, Standing, Use


class Segment(Struct, frozen=True, kw_only=True):
    """A length of time in which a line uses one channel; None where nothing is left."""

    begin_s: Seconds
    end_s: Seconds
    use: Use | None
    standing: Standing | None = None  # of that channel when it begins


Segments = Mapping[str, tuple[Segment, ...]]
"""Segments by line; the first begins at 0, each next where one ends."""

Begun = tuple[float, Use | None, Standing | None]


def followed(outlook: Outlook, until_s: float) -> Segments:
    """Return the segments of each line from the failure until so much later."""
    begun: dict[str, list[Begun]] = {}
    for step in outlook.steps:
        for line in step.snapshot.recommendations:
            use = line.answer
            answer = (step.after_s, use, _standing(step.snapshot, use))
            begun.setdefault(line.name, []).append(answer)
    return {name: tuple(_joined(each, until_s)) for name, each in begun.items()}


def expected(snapshot: Snapshot, until_s: float) -> Segments:
    """Return the segments of each line from now on, as far as forecast."""
    return {
        line.name: tuple(_joined(_foreseen(snapshot, line), until_s))
        for line in snapshot.recommendations
    }


def _foreseen(snapshot: Snapshot, line: Recommendation) -> Iterator[Begun]:
    yield 0.0, line.answer, _standing(snapshot, line.answer)
    for change in snapshot.forecast:
        if (change.purpose, change.audience) == (line.purpose, line.audience):
            after_s = max(0.0, change.at.since(snapshot.at))
            use = _use(snapshot, line, change.use) if change.use else None
            yield after_s, use, _standing(snapshot, use)


def _use(snapshot: Snapshot, line: Recommendation, name: str) -> Use:
    """Return how a channel would be used in its present state and reach."""
    order = [(each, tier) for tier, names in line.tiers for each in names]
    rank = [each for each, _ in order].index(name) + 1
    standing, reach = snapshot.channel(name).standing, line.receivers.get(name)
    unheard, fewer = bool(reach and reach.all_lost), bool(reach and reach.lost)
    proven = choice.proven(standing) and not snapshot.words_lost
    return Use(
        channel=name,
        tier=order[rank - 1][1],
        rank=rank,
        state=choice.as_heard(standing.state, unheard=unheard, weak=fewer),
        verified=proven and not unheard,
        reach=reach,
    )


def _standing(snapshot: Snapshot, use: Use | None) -> Standing | None:
    return snapshot.channel(use.channel).standing if use else None


def _joined(begun: Iterable[Begun], until_s: float) -> Iterator[Segment]:
    """Yield the segments, equal neighbours joined."""
    starts: list[Begun] = []
    for begin_s, use, standing in begun:
        if begin_s >= until_s:
            break
        if starts and starts[-1][0] == begin_s:
            starts.pop()
        if not starts or starts[-1][1] != use:
            starts.append((begin_s, use, standing))
    ends = [*(begin_s for begin_s, _, _ in starts[1:]), until_s]
    for (begin_s, use, standing), end_s in zip(starts, ends, strict=True):
        yield Segment(begin_s=begin_s, end_s=end_s, use=use, standing=standing)
