"""One module per probe type; its file name is the `type` written in probes.yaml.

A probe module defines `Settings`, a frozen keyword-only Struct of the options that
probes.yaml may give; `BEST`, the best evidence an ok can have; and
`async def probe(settings, path) -> Outcome`. It is registered nowhere else. A module
with `HINT = True` reports somebody's word and never decides alone.

A type that can carry a notice to people defines beside them `addressee(settings, to)`,
which returns the address or raises BadValue, and `async def send(settings, path,
notice)`, which yields each Stage as it is reached: `ACCEPTED` first, and `ARRIVED`
where a receipt exists.

What goes wrong in `probe` or `send` they raise, and `run` judges: Stop with an outcome,
OSError and EOFError of the network, SecretMissing of a secret that cannot be read.

A type over whose modem or gateway people may write back has an option `answers`.
"""

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from secours.model.observed import Evidence, Outcome
from secours.model.sections.channel import Path

if TYPE_CHECKING:
    from secours.model.notices import Notice, Stage  # which a check needs not

Probing = Callable[[Any, Path | None], Awaitable[Outcome]]
Sending = Callable[[Any, Path | None, "Notice"], AsyncIterator["Stage"]]
Addressing = Callable[[Any, str], str]


class ProbeType(Struct, frozen=True):
    """Parts of a probe module."""

    settings: type[Any]
    probe: Probing
    best: Evidence
    doc: str
    hint: bool = False  # a provider's own word: never decides alone
    send: Sending | None = None  # where it can carry a notice
    addressee: Addressing | None = None  # as it is written for a notice; "" for its own


def names() -> list[str]:
    """List the probe types, in alphabetical order, without importing them."""
    import pkgutil  # only who lists them has to pay for it

    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def find(name: str) -> ProbeType:
    """Import a probe type; raise ModuleNotFoundError without it, or its package."""
    module = importlib.import_module(f"{__name__}.{name}")
    return ProbeType(
        settings=module.Settings,
        probe=module.probe,
        best=module.BEST,
        doc=module.__doc__ or "",
        hint=getattr(module, "HINT", False),
        send=getattr(module, "send", None),
        addressee=getattr(module, "addressee", None),
    )
