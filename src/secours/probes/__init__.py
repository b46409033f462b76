"""One module per probe type; its file name is the `type` written in probes.yaml.

A probe module defines `Settings`, a frozen keyword-only Struct of the options that
probes.yaml may give; `BEST`, the best evidence an ok can have; and
`async def probe(settings, path) -> Outcome`. It is registered nowhere else. A module
with `HINT = True` reports somebody's word and never decides alone.
"""

import importlib
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from secours.model.observed import Evidence, Outcome
from secours.model.plan import Path

Probing = Callable[[Any, Path | None], Awaitable[Outcome]]


class ProbeType(Struct, frozen=True):
    """What a probe module offers."""

    settings: type[Any]
    probe: Probing
    best: Evidence
    doc: str
    hint: bool = False  # a provider's own word: never decides alone


def names() -> list[str]:
    """List the probe types, in alphabetical order, without importing them."""
    import pkgutil  # only who lists them has to pay for it

    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def find(name: str) -> ProbeType:
    """Import a probe type.

    Raises:
        ModuleNotFoundError: no type has this name, or a package it needs is missing.

    """
    module = importlib.import_module(f"{__name__}.{name}")
    return ProbeType(
        settings=module.Settings,
        probe=module.probe,
        best=module.BEST,
        doc=module.__doc__ or "",
        hint=getattr(module, "HINT", False),
    )
