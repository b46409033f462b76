"""Which recommendation will change by itself, and when?

A channel that lives on without its power is demoted before its end, and falls at it;
one that works again is taken back when it has held. Nothing else is foreseen: neither
that something fails, nor that it is repaired.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from msgspec.structs import replace

from secours.core import states
from secours.core.memory import Held, Memory
from secours.core.recommend import choice
from secours.model.observed import Instant, Reason
from secours.model.plan import Config, Line
from secours.model.snapshot import Forecast, Standing, State


def forecast(config: Config, memory: Memory, at: Instant) -> tuple[Forecast, ...]:
    """Return the changes of what people are told to use that will come, in order."""
    moments = sorted(_moments(config, memory, at), key=lambda moment: moment.steady_s)
    if not moments:
        return ()
    found = (_of_line(config, memory, line, at, moments) for line in config.plan)
    coming = [each for changes in found for each in changes]
    return tuple(sorted(coming, key=lambda change: change.at.steady_s))


def _moments(config: Config, memory: Memory, at: Instant) -> Iterator[Instant]:
    """Yield when a channel is demoted or falls, or has held for long enough."""
    found: dict[float, Instant] = {}
    for standing in memory.channels.values():
        if standing.until is not None and standing.state is not State.DOWN:
            for left_s in (states.LAST_MINUTES_S, 0.0):
                moment = _later(standing.until, -left_s)
                found[moment.steady_s] = moment
    waits = (held.better_since for held in memory.lines.values())
    for since in (*memory.recovered.values(), *filter(None, waits)):
        moment = _later(since, config.failback_after_s)
        found[moment.steady_s] = moment
    return (found[steady_s] for steady_s in found if steady_s > at.steady_s)


def _of_line(
    config: Config,
    memory: Memory,
    line: Line,
    at: Instant,
    moments: list[Instant],
) -> Iterator[Forecast]:
    if memory.choices[line.name].measuring:
        return
    used = memory.choices[line.name].channel
    for moment in moments:
        held = memory.lines.get(line.name)
        if held is None or held.channel != used:
            held = Held(channel=used, since=at)
        memory = replace(
            memory,
            channels=_then(memory.channels, moment),
            lines={**memory.lines, line.name: held},
        )
        then = choice.choose(config, memory, line, moment).channel
        if then != used:
            used = then
            yield Forecast(
                at=moment, purpose=line.purpose, audience=line.audience, use=used
            )


def _then(channels: Mapping[str, Standing], at: Instant) -> dict[str, Standing]:
    """Say how the channels will stand then, if nothing but time passes."""
    return {name: _aged(standing, at) for name, standing in channels.items()}


def _aged(standing: Standing, at: Instant) -> Standing:
    if standing.until is None or standing.state is State.DOWN:
        return standing
    left_s = standing.until.since(at)
    if left_s <= 0:
        return replace(standing, state=State.DOWN, reason=Reason.NEEDS)
    if left_s <= states.LAST_MINUTES_S and standing.state is State.AVAILABLE:
        return replace(standing, state=State.DEGRADED, reason=Reason.ENDING)
    return standing


def _later(instant: Instant, seconds: float) -> Instant:
    return Instant(instant.utc + timedelta(seconds=seconds), instant.steady_s + seconds)
