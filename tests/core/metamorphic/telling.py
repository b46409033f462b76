"""Tell a history to the core, and look at what it publishes after each event."""

from collections.abc import Iterator
from typing import Any

from model.core import Core, published
from model.days.day import Day
from model.model import Answer

Facts = dict[str, Any]
"""What is published, thing by thing, so that a difference has a name."""


def facts(answer: Answer) -> Facts:
    """Return an answer, thing by thing."""
    found: Facts = {"suspects": answer.suspects}
    for about in ("probes", "paths", "states", "aside", "may_need", "lines"):
        table = getattr(answer, about)
        found |= {f"{about} {name}": said for name, said in table.items()}
    for node in answer.states:
        found[f"at_risk {node}"] = node in answer.at_risk
    for name in answer.may_need:
        found[f"own_link {name}"] = name in answer.own_link
    return found


def told(day: Day, core: Core | None = None) -> Iterator[Core]:
    """Tell a history, and yield the core after each event."""
    core = core or Core(day.config)
    for each in day.happens:
        core.happen(each)
        yield core


def differences(one: Facts, other: Facts) -> Iterator[str]:
    """Yield each thing of which two say something else."""
    for about in {**one, **other}:
        if one.get(about) != other.get(about):
            yield f"{about}: {one.get(about)} | {other.get(about)}"


def first_difference(one: Day, other: Day) -> str:
    """Tell two histories event by event; say after which they first differ."""
    pairs = zip(told(one), told(other), strict=True)
    for number, (core, changed) in enumerate(pairs):
        found = [*differences(facts(published(core)), facts(published(changed)))]
        if found:
            return "\n".join([f"after {number}:", *found])
    return ""
