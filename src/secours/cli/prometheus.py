"""The text exposition format, for a textfile collector or a push gateway.

Source: Prometheus exposition formats, "Text-based format", version 0.0.4. Samples bear
no timestamp, which a textfile collector refuses; the moment is a value of its own.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from secours.render.answers.check import CheckAnswer, NodeAnswer, ProbeAnswer

if TYPE_CHECKING:  # a check imports none of these
    from secours.render.answers.plan_line import LineAnswer, UseAnswer
    from secours.render.answers.recommend import RecommendAnswer

Sample = tuple[dict[str, str], float]

STATES = ("available", "degraded", "down", "unknown")


def states(answer: CheckAnswer) -> Iterator[str]:
    """Write an answer of `check` or `status`."""
    for kind in ("channel", "component"):
        entries = answer.channels if kind == "channel" else answer.components
        yield from _family(
            f"secours_{kind}_state",
            f"1 for the state the {kind} is in, else 0",
            (
                ({kind: entry.name, "state": state}, float(entry.state == state))
                for entry in entries
                for state in STATES
            ),
        )
        yield from _family(
            f"secours_{kind}_warning",
            f"1 for each warning beside the state of the {kind}",
            (
                ({kind: entry.name, "warning": warning}, 1.0)
                for entry in entries
                for warning in entry.warnings
            ),
        )
        yield from _family(
            f"secours_{kind}_probe_latency_seconds",
            "How long the answer to the probe took",
            (
                (_probe(kind, entry, probe), probe.latency_ms / 1000)
                for entry in entries
                for probe in entry.probes
                if probe.latency_ms is not None
            ),
        )
    yield from _family(
        "secours_trouble",
        "1 for each thing that ails the engine itself",
        (({"trouble": word}, 1.0) for word in answer.troubles),
    )
    yield from _moment(answer.at)


def recommendations(answer: "RecommendAnswer") -> Iterator[str]:
    """Write an answer of `recommend`."""
    lines = answer.recommendations
    yield from _family(
        "secours_line_usable",
        "1 where the line of the plan has a channel to use, else 0",
        ((_line(line), float(line.use is not None)) for line in lines),
    )
    yield from _family(
        "secours_line_use",
        "1 for the channel to use",
        ((_line(line) | _use(line.use), 1.0) for line in lines if line.use),
    )
    yield from _moment(answer.at)


def _moment(at: str) -> Iterator[str]:
    stamp = datetime.fromisoformat(at).timestamp()
    yield from _family("secours_timestamp_seconds", "When this was true", [({}, stamp)])


def _probe(kind: str, entry: NodeAnswer, probe: ProbeAnswer) -> dict[str, str]:
    return {
        kind: entry.name,
        "probe": probe.probe,
        "type": probe.type,
        "path": probe.path or "",
    }


def _line(line: "LineAnswer") -> dict[str, str]:
    return {"purpose": line.purpose, "audience": line.audience}


def _use(use: "UseAnswer") -> dict[str, str]:
    return {"channel": use.channel, "tier": use.tier, "state": use.state}


def _family(name: str, words: str, samples: Iterable[Sample]) -> Iterator[str]:
    head: tuple[str, ...] = (f"# HELP {name} {words}", f"# TYPE {name} gauge")
    for labels, value in samples:
        yield from head
        head = ()
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inner}}} {value:.15g}" if inner else f"{name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
