"""Metric families, and the two text formats that they are written in.

No sample bears a timestamp, which a textfile collector refuses; the moment is a value
of its own.

Source: Prometheus exposition formats, "Text-based format", version 0.0.4; OpenMetrics
1.0, sections "Text format" (suffixes, UNIT, EOF) and "Escaping".
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

Labels = Mapping[str, str]
Sample = tuple[Labels, float]

GAUGE: Literal["gauge"] = "gauge"
COUNTER: Literal["counter"] = "counter"
INFO: Literal["info"] = "info"
SUFFIXES = {COUNTER: "_total", INFO: "_info"}
UNITS = ("seconds",)
END = "# EOF"


class Family(Struct, frozen=True):
    """Meaning and samples of one name; `name` is without the suffix of a kind."""

    name: str
    about: str
    samples: tuple[Sample, ...]
    kind: Literal["gauge", "counter", "info"] = GAUGE

    @property
    def sample_name(self) -> str:
        """Return the name of its samples."""
        return self.name + SUFFIXES.get(self.kind, "")


def gauge(name: str, about: str, samples: Iterable[Sample]) -> Family:
    """Return a family whose values go up and down."""
    return Family(name, about, tuple(samples))


def flag(name: str, about: str, *, holds: bool) -> Family:
    """Return a family of one sample: 1 where it holds, else 0."""
    return gauge(name, f"1 where {about}, else 0", [({}, float(holds))])


def one_of(labels: Labels, name: str, values: Iterable[str], now: str) -> list[Sample]:
    """Return a sample for each value, 1 for the one that holds now."""
    return [({**labels, name: value}, float(value == now)) for value in values]


def prometheus_text(families: Iterable[Family]) -> Iterator[str]:
    """Write lines of the text format 0.0.4; a family without samples is left out."""
    for family in families:
        if family.samples:
            kind = GAUGE if family.kind == INFO else family.kind
            yield f"# HELP {family.sample_name} {family.about}"
            yield f"# TYPE {family.sample_name} {kind}"
            yield from _samples(family)


def openmetrics_text(families: Iterable[Family]) -> Iterator[str]:
    """Write lines of OpenMetrics 1.0; a family without samples is left out."""
    for family in families:
        if family.samples:
            yield f"# TYPE {family.name} {family.kind}"
            unit = family.name.rpartition("_")[2]
            if unit in UNITS:
                yield f"# UNIT {family.name} {unit}"
            yield f"# HELP {family.name} {family.about}"
            yield from _samples(family)
    yield END


def _samples(family: Family) -> Iterator[str]:
    for labels, value in family.samples:
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        where = f"{{{inner}}}" if inner else ""
        yield f"{family.sample_name}{where} {_number(value)}"


def _number(value: float) -> str:
    return "+Inf" if value == float("inf") else f"{value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
