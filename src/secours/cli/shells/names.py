"""Names that complete an argument: the engine's, else those of the plan.

A person waits for them: only the names of a snapshot are decoded.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from secours import places
from secours.model.plan import Owner
from secours.outside_text import plain

SITES = "sites.json"  # as `engine.published.sites_file`
SNAPSHOT = "snapshot.json"  # as `engine.published.snapshot_file`, which costs more
HEARTBEAT = "heartbeat"


class NameOnly(Struct):
    """Name of something."""

    name: str


class TypeOnly(Struct):
    """Type of a probe."""

    type: str


class ProbedName(NameOnly):
    """A channel or component, and its tests."""

    probes: list[TypeOnly] = []


class LineName(Struct):
    """Line of the plan."""

    purpose: str
    audience: str


class NoticeCode(Struct):
    """Code of a notice, and whether it waits for an acknowledgement."""

    code: str
    asks: bool = False


class KnownSites(Struct):
    """Sites followed."""

    sites: list[NameOnly] = []


class KnownNames(Struct):
    """Names in a snapshot or a plan."""

    channels: list[ProbedName] = []
    components: list[ProbedName] = []
    recommendations: list[LineName] = []
    targets: list[NameOnly] = []
    notices: list[NoticeCode] = []


def of(kind: str, plan: str | None, otherwise: str) -> list[str]:
    """Return the names of a kind, those of `plan` if given; [] on any error.

    Names that cannot be typed on one line are left out.
    """
    try:
        found = list(_of(kind, plan, otherwise))
    except Exception:  # noqa: BLE001 -- a failed completion completes nothing
        return []
    return [name for name in dict.fromkeys(found) if name and plain(name) == name]


def _of(kind: str, plan: str | None, otherwise: str) -> Iterable[str]:
    if kind == "scenarios":
        from secours.config.sections.scenario import recordings

        return recordings()
    if kind == "kinds":
        from secours.config import catalogue

        return catalogue.load().kinds
    if kind in ("troubles", "healed"):
        from secours.demo.troubles import TROUBLES

        return (*TROUBLES, "all") if kind == "healed" else TROUBLES
    if kind == "types":
        from secours import probes

        return probes.names()
    if kind == "sites":
        text = (places.runtime_dir() / SITES).read_bytes()
        return _names(msgspec.json.decode(text, type=KnownSites).sites)
    known = _planned(plan) if plan else _published() or _planned(otherwise)
    return KINDS[kind](known)


def _names(named: Iterable[NameOnly]) -> list[str]:
    return [each.name for each in named]


def _subjects(known: KnownNames) -> list[str]:
    return _names([*known.channels, *known.components])


def _heartbeats(known: KnownNames) -> list[str]:
    return _names(
        owner
        for owner in (*known.channels, *known.components)
        if any(probe.type == HEARTBEAT for probe in owner.probes)
    )


def _lines(known: KnownNames) -> list[str]:
    return [f"{line.purpose}/{line.audience}" for line in known.recommendations]


KINDS: Mapping[str, Callable[[KnownNames], list[str]]] = {
    "channels": lambda known: _names(known.channels),
    "components": lambda known: _names(known.components),
    "subjects": _subjects,
    "heartbeats": _heartbeats,
    "lines": _lines,
    "targets": lambda known: _names(known.targets),
    "codes": lambda known: [each.code for each in known.notices if each.asks],
}


def _published() -> KnownNames | None:
    try:
        text = (places.runtime_dir() / SNAPSHOT).read_bytes()
        return msgspec.json.decode(text, type=KnownNames)
    except (OSError, places.NoPlace, msgspec.MsgspecError):
        return None


def _planned(file: str) -> KnownNames:
    from secours.config import load

    config = load(Path(file))
    return KnownNames(
        channels=_owners(config.channels),
        components=_owners(config.components),
        recommendations=[
            LineName(each.purpose.value, each.audience) for each in config.plan
        ],
        targets=[NameOnly(name) for name in config.notify.targets],
    )


def _owners(owners: Mapping[str, Owner]) -> list[ProbedName]:
    return [
        ProbedName(name, [TypeOnly(probe.type) for probe in owner.probes])
        for name, owner in owners.items()
    ]
