"""One line for a monitoring system: state, words, and performance data.

Source: Monitoring Plugins Development Guidelines, "Plugin Output for Nagios",
"Performance data": 'label'=value[UOM];[warn];[crit];[min];[max], a point as decimal
sign whatever the locale, single quotes doubled within a label.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from secours import texts
from secours.model.snapshot import State
from secours.render.answers.check import CheckAnswer, NodeAnswer, exit_code
from secours.render.wording import trouble

if TYPE_CHECKING:  # a check imports none of these
    from secours.render.answers.plan_line import LineAnswer
    from secours.render.answers.recommend import RecommendAnswer
    from secours.render.answers.self_check import SelfCheckAnswer
    from secours.render.wording.localizer import Localizer

WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")  # by exit code
LONGEST = 1000  # characters of the words; old agents cut the line at 1024 bytes


def states(answer: CheckAnswer, language: str, *, stale: bool = False) -> str:
    """Write an answer of `check` or `status`; of a stale one nothing is known."""
    if stale:
        channels = tuple(
            replace(each, state=State.UNKNOWN, probes=()) for each in answer.channels
        )
        performance = _performance(replace(answer, channels=channels, components=()))
        return line(exit_code(answer), texts.say(language, "stale"), performance)
    entries = (*answer.channels, *answer.components)
    ill = [_ill(entry, language) for entry in entries if _is_ill(entry)]
    fine = sum(entry.state == "available" for entry in answer.channels)
    count = f"{fine}/{len(answer.channels)} {texts.state(language, 'available')}"
    ailing = [trouble.note(word, language) for word in answer.troubles]
    head = f"{answer.site}{texts.say(language, 'colon')} {count}"
    said = texts.series(language, [head, *ailing, *ill])
    return line(exit_code(answer), said, _performance(answer))


def recommendations(
    answer: "RecommendAnswer", localizer: "Localizer", code: int, *, fresh: bool
) -> str:
    """Write an answer of `recommend`."""
    language = localizer.language
    text = texts.series(
        language, (_use(line, localizer) for line in answer.recommendations)
    )
    if not fresh:
        text = texts.series(language, (texts.say(language, "stale"), text))
    lines = answer.recommendations
    without = sum(line.is_lost for line in localizer.snapshot.recommendations)
    performance = [datum("lines without a channel", f"{without};;;0;{len(lines)}")]
    performance += _people(lines)
    if answer.age_s is not None:
        performance.append(datum("age", f"{answer.age_s:.1f}s;;;0;"))
    return line(code, text, performance)


def _people(lines: "Iterable[LineAnswer]") -> Iterator[str]:
    """Yield the number of hearers of each line's channel, where counted."""
    for line in lines:
        reach = line.use.reach if line.use else None
        if reach is not None and reach.people is not None:
            label = f"people reached {line.purpose}/{line.audience}"
            yield datum(label, f"{reach.people};;;0;{reach.of}")


def of_itself(answer: "SelfCheckAnswer", well: str, language: str) -> str:
    """Write an answer of `self-check`; `well` is the text without findings."""
    from secours.render.answers import self_check

    details = [each.detail for each in answer.findings] or [well]
    age = "U" if answer.age_s is None else f"{answer.age_s:.1f}s"
    limit = "" if answer.max_age_s is None else f"{answer.max_age_s:g}"
    performance = [
        datum("age", f"{age};;{limit};0;"),
        datum("findings", f"{len(answer.findings)};;;0;"),
    ]
    if answer.cpu_s is not None:
        performance.append(datum("engine cpu", f"{answer.cpu_s:.2f}c;;;0;"))
    code = self_check.EXIT_CODES[answer.state]
    return line(code, texts.series(language, details), performance)


def line(code: int, said: str, performance: list[str]) -> str:
    """Return the line."""
    return f"SECOURS {WORDS[code]} - {_safe(said)[:LONGEST]}|{' '.join(performance)}"


def _safe(said: str) -> str:
    """Remove what would end the text: bars and line ends."""
    return " ".join(said.replace("|", "/").split())


def _is_ill(entry: NodeAnswer) -> bool:
    """Return whether to list it; untested ones are left out."""
    if entry.reason == "not-probed":
        return False
    return entry.state != "available" or bool(entry.warnings)


def _ill(entry: NodeAnswer, language: str) -> str:
    detail = f" ({entry.detail})" if entry.detail else ""
    return f"{entry.name} {texts.state(language, entry.state)}{detail}"


def _use(line: "LineAnswer", localizer: "Localizer") -> str:
    language = localizer.language
    head = localizer.line(line.purpose, line.audience)
    used = line.use.label if line.use else texts.say(language, "nothing")
    if line.use and line.use.state == "down":  # only a pin keeps it
        used = f"{used}, {texts.state(language, line.use.state)}"
    if line.measuring:
        words = [texts.say(language, "measuring"), *([used] if line.use else [])]
        used = texts.series(language, words)
    reach = line.use.reach if line.use else None
    missed = [e.label for e in reach.missed if e.state != "never"] if reach else []
    if missed:
        used = f"{used} ({texts.say(language, 'heard.not')} {', '.join(missed)})"
    return f"{head}{texts.say(language, 'colon')} {used}"


def _performance(answer: CheckAnswer) -> list[str]:
    channels = answer.channels
    states = ("available", "degraded", "down", "unknown")
    return [*_latencies(answer), *counts("channels", states, channels)]


def _latencies(answer: CheckAnswer) -> Iterator[str]:
    """Yield the latency of each probe; a single one bears its owner's name."""
    for entry in (*answer.channels, *answer.components):
        owner = entry.name
        for probe in entry.probes:
            if probe.latency_ms is None:
                continue
            label = owner
            if len(entry.probes) > 1:
                label = "/".join(filter(None, (owner, probe.probe, probe.path)))
            yield datum(label, f"{probe.latency_ms / 1000:.4f}s;;;0;")


def counts(what: str, states: Iterable[str], entries: Sequence[Any]) -> Iterator[str]:
    """Yield the number of entries in each state, of all."""
    for state in states:
        number = sum(entry.state == state for entry in entries)
        yield datum(f"{what} {state}", f"{number};;;0;{len(entries)}")


def datum(label: str, value: str) -> str:
    """Return a datum of its performance data."""
    clean = _safe(label).replace("=", "-").replace("'", "''")
    return f"'{clean}'={value}"
