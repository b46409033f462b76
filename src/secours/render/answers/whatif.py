"""JSON answer of `whatif`: the failures in time, and the recommendations then."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from secours.core.replay.whatif import Fall, Outlook, Step
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.answers.audit import labels
from secours.render.answers.notes import DoNotUse, unsafe
from secours.render.answers.plan_line import LineAnswer, lines
from secours.render.answers.values import SCHEMA, Amount, like
from secours.render.wording.localizer import Localizer


class LeftAnswer(LineAnswer, frozen=True, kw_only=True):
    """Recommendation for one line of the plan, and its channels that are left."""

    left: tuple[str, ...]


class StepAnswer(Struct, frozen=True, kw_only=True):
    """Changes at one moment, and the recommendation from then on."""

    after_s: Amount
    falls: tuple[Fall, ...]
    ending: tuple[str, ...]  # channels whose last minutes begin
    recommendations: tuple[LeftAnswer, ...]


class WhatifAnswer(Struct, frozen=True, kw_only=True):
    """Every step until a moment, what falls only after it, and how all is called."""

    schema: Literal[1]
    site: str
    plan_version: str
    fail: tuple[str, ...]
    at_s: Amount | None  # the moment asked for; null for the end
    steps: tuple[StepAnswer, ...]
    later: tuple[Fall, ...]
    labels: Mapping[str, str]
    do_not_use: tuple[DoNotUse, ...] | UnsetType = UNSET  # if an engine says so


def answer(
    config: Config,
    fails: Sequence[str],
    until_s: float,
    outlook: Outlook,
    running: Snapshot | None,
    language: str,
) -> WhatifAnswer:
    """Return a failure as followed; `running` is the snapshot of an engine."""
    return WhatifAnswer(
        schema=SCHEMA,
        site=config.site.name.in_(language, config.site.language),
        plan_version=config.version,
        fail=tuple(fails),
        at_s=None if until_s == inf else until_s,
        steps=tuple(_step(step, language) for step in outlook.steps),
        later=outlook.later,
        labels=labels(config, language),
        do_not_use=(unsafe(running) if running else ()) or UNSET,
    )


def _step(step: Step, language: str) -> StepAnswer:
    shot = step.snapshot
    pairs = zip(lines(Localizer(shot, language)), shot.recommendations, strict=True)
    left = (like(LeftAnswer, said, left=step.left(line)) for said, line in pairs)
    return like(StepAnswer, step, recommendations=tuple(left))
