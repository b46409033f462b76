"""Autonomy of a component: a length of time, or a probe that measures it."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from secours.config.reader import document
from secours.config.reader.mistakes import shown
from secours.config.reader.shapes import NAME, Name, Record, Shape, Spot, record, said
from secours.config.reader.values import DURATION
from secours.model.sections.channel import Channel, Component, Probe

MEASURED = record(
    {
        "from": said("Name of the probe that measures it, nut or snmp.", NAME),
        "declared": said("Time that counts while nothing measures it.", DURATION),
    },
    ("from", "declared"),
)


def _read(spot: Spot) -> float | Record:
    is_measured = isinstance(spot.node, document.Mapping)
    return MEASURED.read(spot) if is_measured else DURATION.read(spot)


AUTONOMY = Shape(_read, lambda: {"anyOf": [DURATION.schema, MEASURED.schema]})


def declared_s(written: float | Record | None) -> float | None:
    """Return the autonomy that is declared; None without one."""
    return written.get("declared") if isinstance(written, Record) else written


def measured(
    root: Record,
    components: Mapping[str, Component],
    channels: Mapping[str, Channel],
) -> dict[str, Component]:
    """Name the probe that measures each autonomy, noting the names of no such one."""
    owners: tuple[Channel | Component, ...] = (*channels.values(), *components.values())
    probes = [probe for owner in owners for probe in owner.probes]
    with_probes = dict(components)
    for name, part in root.get("components", {}).items():
        written = part.get("autonomy")
        if isinstance(written, Record) and (by := written.get("from")):
            with_probes[name] = replace(
                components[name], measured_by=_measuring(by, probes)
            )
    return with_probes


def _measuring(name: Name, probes: Sequence[Probe]) -> str | None:
    """Return the id of the only probe of that name that measures a battery.

    A probe with a mistake is not among them: it may be the one that is meant.
    """
    able = [p for p in probes if getattr(p.settings, "measures_battery", False)]
    ids = [probe.id for probe in able if probe.name == name.text]
    noted = name.spot.context.notes.mistakes()
    if len(ids) > 1:
        name.spot.note("plan.autonomy.several", name=shown(name.text))
    if ids or any(".probes[" in each.where for each in noted):
        return ids[0] if len(ids) == 1 else None
    if not able or name.text in {probe.name for probe in probes}:
        name.spot.note("plan.autonomy.no-battery", name=shown(name.text))
    else:
        name.is_in({probe.name for probe in able}, "plan.no-such.probe")
    return None
