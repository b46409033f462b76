"""Sanitizing of results: one line, short, without our secrets."""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Outcome, Result
from secours.model.plan import Config
from secours.model.secret import SHORTEST, Secret
from secours.outside_text import plain


def tidy(result: Result) -> Result:
    """Return the result with facts that the snapshot and the store can hold."""
    return replace(result, outcome=fit(result.outcome))


def fit(outcome: Outcome) -> Outcome:
    """Return the outcome with facts that the snapshot and the store can hold."""
    return replace(
        outcome,
        facts={plain(str(k), 60): _fact(v) for k, v in _pairs(outcome.facts)},
        latency_s=_seconds(outcome.latency_s),
        retry_after_s=_seconds(outcome.retry_after_s),
    )


def without_secrets(
    outcome: Outcome, settings: Any, grants: set[str], others: frozenset[str]
) -> Outcome:
    """Redact secrets that the peer repeats: sent to it, granted by it, of others.

    One peer may know what we sent another: a server shared by two probes, or a thief.
    """
    if not any(isinstance(fact, str) for fact in outcome.facts.values()):
        return outcome
    own = grants.union(secrets_of(settings))
    if not (own or others):
        return outcome
    from secours.run.redactor import redacted  # loaded where it is needed

    return redacted(outcome, own, others)


@lru_cache(maxsize=2)  # the plan in force, and its successor
def told_apart(config: Config) -> frozenset[str]:
    """Return the secrets of a plan that occur in no text by chance."""
    found = (secret.strip() for secret in secrets_of(config))
    return frozenset(secret for secret in found if len(secret) >= SHORTEST)


def secrets_of(settings: Any) -> Iterator[str]:
    """Find every secret in the options of a probe, and what its type calls one."""
    match settings:
        case Secret():
            yield from settings.parts
        case Struct():
            yield from getattr(settings, "secrets", tuple)()
            for name in settings.__struct_fields__:
                yield from secrets_of(getattr(settings, name))
        case Mapping():
            for value in settings.values():
                yield from secrets_of(value)
        case tuple() | list():
            for value in settings:
                yield from secrets_of(value)


def _pairs(facts: Any) -> Any:
    return facts.items() if isinstance(facts, Mapping) else ()


def _fact(value: Any) -> str | int | float:
    if isinstance(value, bool | int):
        return int(value) if abs(value) < 2**63 else plain(str(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return plain(str(value))


def _seconds(value: float | None) -> float | None:
    """Return a length of time; None for invalid ones."""
    fits = value is not None and math.isfinite(value) and 0 <= value < 1e9
    return float(value) if fits and value is not None else None
