"""A plan and a day on it, written so that a person can follow them."""

from collections.abc import Iterator

from plans import BOOT_S

from model.days.day import Day, Happening
from secours.model.observed import RUNTIME, Instant, Result
from secours.model.plan import Config
from secours.model.sections.channel import Needs, Probe
from secours.model.sections.line import Line
from secours.model.statements import Exercise, Mark, Pin, Trial, Withdrawn


def day_text(day: Day) -> str:
    """Return the day as text."""
    happens = [f"{n:3} {_happening(each)}" for n, each in enumerate(day.happens)]
    return "\n".join((*_plan(day.config), *happens))


def _plan(config: Config) -> Iterator[str]:
    yield f"failback_after {config.failback_after_s:g} s"
    for part in config.components.values():
        meter = f" measured by {part.measured_by}" if part.measured_by else ""
        yield f"{part.name}{_needs(part.needs, part.autonomy_s)}{meter}"
        yield from map(_probe, part.probes)
    for path in config.paths.values():
        yield f"path:{path.name}{_needs(path.needs, None)}"
        yield from map(_probe, path.references)
    for each in config.channels.values():
        known = "" if each.needs_known else " (needs unknown)"
        was = f" (was {each.was})" if each.was else ""
        yield f"channel:{each.name}{_needs(each.needs, each.autonomy_s)}{known}{was}"
        yield from map(_probe, each.probes)
        if config.devices and each.heard_on is not None:
            yield f"  heard on {' '.join(f'{d}.{s}' for d, s in each.heard_on)}"
    yield from _people(config)
    yield from map(_line, config.plan)


def _people(config: Config) -> Iterator[str]:
    for device in config.devices.values():
        at = " at the workplace" if device.workplace else ""
        yield f"device {device.name}{_needs((), device.autonomy_s)}{at}"
        for service, each in device.services.items():
            split = f" split over {' '.join(each.split)}" if each.split else ""
            yield f"  {service}{_needs(each.needs, None)}{split}"
    for audience in config.audiences.values():
        for group in audience.groups:
            staffed = " staffed" if group.staffed else ""
            has = " ".join(group.devices)
            yield f"group {audience.name}/{group.name}: {has}{staffed}"


def _line(line: Line) -> str:
    names = " > ".join(name for name, _ in line.order)
    return f"{line.purpose}/{line.audience}: {names} {' '.join(line.require)}"


def _calls(trial: Trial) -> str:
    each = (f"{name} {c.answered}/{c.asked}" for name, c in trial.reached.items())
    return " ".join(("", *each))


def _needs(needs: Needs, autonomy: float | None) -> str:
    clauses = " and ".join(" or ".join(clause) for clause in needs)
    battery = f", battery {autonomy:g} s" if autonomy else ""
    return (f" needs {clauses}" if clauses else "") + battery


def _probe(probe: Probe) -> str:
    words = [
        f"  {probe.id} confirm {probe.confirm} recover {probe.recover}",
        f"stale {probe.stale_after_s} best {probe.best}",
        f"via {probe.via}" if probe.via else "",
        "" if probe.required else "optional",
        "hint" if probe.hint else "",
        f"by {probe.device}" if probe.device else "",
    ]
    return " ".join(filter(None, words))


def _second(at: Instant) -> float:
    return at.steady_s - BOOT_S


def _happening(each: Happening) -> str:
    return f"{each.second:9.3f} s  {_what(each)}"


def _what(each: Happening) -> str:
    match each.what:
        case Result() as result:
            said = result.outcome
            began = each.second - _second(result.at)
            left = f" {said.facts[RUNTIME]} s left" if RUNTIME in said.facts else ""
            verdict = f"{result.probe} {said.verdict} {said.reason}{left}"
            return f"{verdict} {said.evidence} (took {began:.2f} s)"
        case Mark() as mark:
            lasts = f" for {mark.until - mark.at.utc}" if mark.until else ""
            since = f" since {_second(mark.since):.3f} s" if mark.since else ""
            by = f" by {mark.author}" if mark.author else ""
            return f"mark {mark.subject} {mark.says}{lasts}{since}{by}"
        case Trial() as trial:
            worked = "ok" if trial.worked else "failed"
            return f"test {trial.channel} {worked}{_calls(trial)}"
        case Pin() as pin:
            return f"pin {pin.line} {pin.channel}"
        case Exercise() as exercise:
            return f"exercise in which {' and '.join(exercise.fails)} fails"
        case Withdrawn() as word:
            by = f" by {word.author}" if word.author else ""
            return f"withdraw {word.kind} {word.subject} {word.says or ''}{by}"
        case Config():
            return "another plan:\n" + "\n".join(f"      {x}" for x in _plan(each.what))
        case _:
            return str(each.what)
