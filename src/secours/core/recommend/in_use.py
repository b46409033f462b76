"""Channel in use for each line, and changes of it."""

from msgspec.structs import replace

from secours.core.audit import switch_times
from secours.core.changes import of_line
from secours.core.graph import independence
from secours.core.memory import Choice, LineUse, Memory
from secours.core.probing import health as probe_health
from secours.core.probing import intervals
from secours.core.probing.health import Health
from secours.core.recommend.backup import shared_with
from secours.core.recommend.failback import first_success
from secours.model.observed import Facts, Instant
from secours.model.plan import Config
from secours.model.sections.line import Line
from secours.model.snapshot import Change, State


def hold(
    config: Config, memory: Memory, at: Instant
) -> tuple[dict[str, LineUse], list[Change]]:
    """Return the channel in use of each line by its choice, and the changes.

    Nothing is decided for a line while it is measuring.
    """
    lines = dict(memory.lines)
    changes: list[Change] = []
    for line in config.plan:
        name = line.name
        choice, before = memory.choices[name], memory.lines.get(name)
        if choice.measuring:
            continue
        used = choice.channel
        held = _held(config, memory, before, choice, at)
        lines[name] = _entangle(config, memory, line, held, at)
        if before is not None and before.channel != used:
            took = _switch(config, memory, before.channel, at)
            changes.append(of_line(name, before.channel, used, at, took))
    return lines, changes


def _held(
    config: Config, memory: Memory, before: LineUse | None, choice: Choice, at: Instant
) -> LineUse:
    """Return the new channel in use of a line."""
    used = choice.channel
    if before is not None and before.channel == used:
        since = (before.better_since or at) if choice.waits else None
        return replace(before, better_since=since)
    use = LineUse(channel=used, since=at)
    if used is None or before is None or before.channel is not None:
        return use
    tested = memory.channels[used].since == at  # else a word, or its hearers, freed it
    worked = first_success(memory, config.channels[used]) if tested else None
    return replace(use, returned=worked or at)


def _entangle(
    config: Config, memory: Memory, line: Line, use: LineUse, at: Instant
) -> LineUse:
    """Remember the shared failures of the channel in use, and recent ones."""
    if use.channel is None:
        return use
    shared = shared_with(config, memory, line, use.channel)
    past = independence.remembered(shared, use.entangled, config.failback_after_s, at)
    return replace(use, entangled=past)


def _switch(config: Config, memory: Memory, channel: str | None, at: Instant) -> Facts:
    """Return how long leaving a failed channel took, and its limit."""
    standing = memory.channels.get(channel or "")
    if channel is None or standing is None or standing.state is not State.DOWN:
        return {}
    failed = []
    for probe in switch_times.deciding(config.channels[channel].probes):
        health = memory.probes.get(probe.id, Health())
        if health.failed_since is not None:
            asked_s = intervals.asked_s(probe, health, probe.watch_every_s)
            tested = replace(
                probe,
                confirm=probe_health.confirmations(health, probe),
                retry_every_s=max(probe.retry_every_s, asked_s),
            )
            failed.append((tested, health.failed_since))
    if not failed:
        return {}
    took_s = max(at.since(began) for _, began in failed)
    limit_s = switch_times.switch_limit_s(channel, [probe for probe, _ in failed])
    return {"took_s": round(took_s, 1), "limit_s": round(limit_s, 1)}
