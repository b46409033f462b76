"""A case as a test makes it, and what a look says of it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from plans import channel, plan, probe
from servers.scripted import closed_port

from secours.doctor.finding import Case, MachineFinding
from secours.model.plan import Config


def case(folder: Path, **more: Any) -> Case:
    facts: dict[str, Any] = {"data": folder / "state", "address": "127.0.0.1"}
    return Case(**{**facts, "port": closed_port(), **more})


def with_probe(kind: str, settings: object) -> Config:
    """Return a plan with one channel and one probe."""
    one = probe(kind, type=kind, settings=settings)
    return plan(channel("a", probes=(one,)))


def said(findings: Iterable[MachineFinding]) -> list[tuple[str, str]]:
    """Return how well each thing stands, and which words say it."""
    return [
        (each.level.value, each.message.slug.removeprefix("commands.doctor."))
        for each in findings
    ]
