"""Names that complete an argument: the engine's, else those of the plan.

A person waits for them: a snapshot is decoded, but not checked.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from secours import places
from secours.model.sections.channel import Owner
from secours.outside_text import plain

SITES = "sites.json"  # as `engine.published.sites_file`
SNAPSHOT = "snapshot.json"  # as `engine.published.snapshot_file`, which costs more
HEARTBEAT = "heartbeat"


Names = Mapping[str, list[dict[str, Any]]]
"""Named parts of a snapshot or a plan, by their kind."""


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
        from secours.demo.town import TROUBLES

        return (*TROUBLES, "all") if kind == "healed" else TROUBLES
    if kind == "types":
        from secours import probes

        return probes.names()
    if kind == "sites":
        text = (places.runtime_dir() / SITES).read_bytes()
        return _named(msgspec.json.decode(text)["sites"])
    known = _planned(plan) if plan else _published() or _planned(otherwise)
    return KINDS[kind](known)


def _named(named: Iterable[Mapping[str, Any]]) -> list[str]:
    return [each["name"] for each in named]


def _owners(known: Names) -> list[dict[str, Any]]:
    return [*known.get("channels", ()), *known.get("components", ())]


def _heartbeats(known: Names) -> list[str]:
    return _named(
        owner
        for owner in _owners(known)
        if any(probe["type"] == HEARTBEAT for probe in owner["probes"])
    )


KINDS: Mapping[str, Callable[[Names], list[str]]] = {
    "channels": lambda known: _named(known.get("channels", ())),
    "components": lambda known: _named(known.get("components", ())),
    "subjects": lambda known: _named(_owners(known)),
    "heartbeats": _heartbeats,
    "lines": lambda known: [
        f"{each['purpose']}/{each['audience']}" for each in known["recommendations"]
    ],
    "targets": lambda known: _named(known.get("targets", ())),
    "codes": lambda known: [
        each["code"] for each in known.get("notices", ()) if each.get("asks")
    ],
}


def _published() -> Names | None:
    try:
        text = (places.runtime_dir() / SNAPSHOT).read_bytes()
        known: Names = msgspec.json.decode(text)
    except (OSError, places.NoPlace, msgspec.MsgspecError):
        return None
    return known


def _planned(file: str) -> Names:
    from secours.config import load

    config = load(Path(file))
    return {
        "channels": _probed(config.channels),
        "components": _probed(config.components),
        "recommendations": [
            {"purpose": each.purpose.value, "audience": each.audience}
            for each in config.plan
        ],
        "targets": [{"name": name} for name in config.notify.targets],
    }


def _probed(owners: Mapping[str, Owner]) -> list[dict[str, Any]]:
    return [
        {"name": name, "probes": [{"type": probe.type} for probe in owner.probes]}
        for name, owner in owners.items()
    ]
