"""Probe entries: the common keys, then the options of the type.

The interval of a probe is that of its entry, else of its type (`DEFAULT_INTERVAL_S`, or
`default_interval_s(settings)` if it depends on the options), else of `probing`, else
the built-in default. One of a type that is shorter than the last forbids no quick
retry, and gives way to a shorter one of `probing`.
"""

import sys
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours import probes
from secours.config import best_evidence, extras
from secours.config.reader.document import Scalar
from secours.config.reader.mistakes import shown, suggestion
from secours.config.reader.shapes import (
    NAME,
    Record,
    Shape,
    Spot,
    Wrong,
    attempt,
    entries,
    seen,
)
from secours.config.reader.values import TEXT
from secours.config.sections.fields import defaults_of, filled, keys
from secours.config.sections.probe_settings import build, read_options
from secours.config.sections.setting_types import options_of
from secours.languages import Text
from secours.message import Fact, Message, message
from secours.model.sections.channel import Probe

COMMON = keys(Probe, name=NAME, says=TEXT)
USUAL = keys(Probe, defaults=True)  # in `probing`, of all probes
REFERENCE_TIMEOUT_S = 3.0  # at most by default: references are urgent
COSTLY_INTERVAL_S = 300.0
MOST_PROBES = 100  # of one owner


class ProbeEntry(Struct, frozen=True):
    """A probe entry as read; `options` is None after a mistake."""

    spot: Spot
    kind: str  # its `type`
    settings: type[Any]
    options: Mapping[str, Any] | None
    common: Record

    @property
    def name(self) -> str:
        """Return its name, else its type."""
        written = self.common.get("name")
        return written.text if written else self.kind

    @property
    def binds_path(self) -> bool:
        """Tell whether such a probe can bind to a path."""
        return bool(self.of_type("BINDS_PATH", True))

    def of_type(self, constant: str, default: Any) -> Any:
        """Return a constant of the module of its type."""
        module = sys.modules.get(self.settings.__module__)
        return getattr(module, constant, default)


def read_entry(spot: Spot) -> ProbeEntry:
    """Read a probe entry, noting every mistake; raise Wrong if of no known type."""
    table = entries(spot)
    values = {
        key: attempt(COMMON[key], inner)
        for key, inner in table.items()
        if key in COMMON
    }
    common = Record(spot, {k: v for k, v in values.items() if v is not None})
    if "type" not in table:
        raise Wrong(spot, "plan.probe.no-type", meant=_listed(""))
    name = _type(table["type"])
    settings = _settings(table["type"], name)
    options = read_options(spot, settings, ("type", *COMMON))
    return ProbeEntry(spot, name, settings, options, common)


ENTRY: Shape[ProbeEntry] = Shape(read_entry, {"$ref": "#/$defs/probe"})


def make_probes(
    probe_entries: Iterable[ProbeEntry],
    section: str,
    owner: str,
    probing: Record,
    paths: set[str],
    usual_path: str | None,
) -> tuple[Probe, ...]:
    """Make the probes of an owner, grouping the paths of each."""
    of_owner: list[Probe] = []
    ways: list[tuple[Probe, str]] = []
    names: set[str] = set()
    for at, entry in enumerate(probe_entries):
        if at == MOST_PROBES:
            entry.spot.note("plan.probe.too-many", owner=owner, most=MOST_PROBES)
            break
        name = _own_name(entry, owner, names)
        names.add(name)
        via = _via(entry, section, owner, paths, usual_path)
        probe = _make(entry, section, owner, name, probing, via)
        if probe:
            of_owner.append(replace(probe, way_of=_first_way(probe, ways)))
    return tuple(of_owner)


def _own_name(entry: ProbeEntry, owner: str, names: set[str]) -> str:
    """Return a name unique to the owner, or note a mistake.

    For a `dns` probe `name` is also the name asked for: on another path, the path is
    added.
    """
    if entry.name not in names:
        return entry.name
    via = entry.common.get("via")
    other = f"{entry.name} {via.text}" if via else entry.name
    if "name" in options_of(entry.settings) and other not in names:  # type: ignore[arg-type]  # classes are hashable
        return other
    at = entry.common.at("name")
    at.note("plan.probe.same-name", owner=owner, name=entry.name)
    return entry.name


def _type(spot: Spot) -> str:
    node = spot.node
    text = node.text if isinstance(node, Scalar) else ""
    if not text.isidentifier() or text.startswith("_"):
        raise _no_such_type(spot, text, seen(node))
    return text


def _settings(spot: Spot, name: str) -> type[Any]:
    try:
        return probes.find(name).settings
    except ModuleNotFoundError as error:
        missing = error.name or ""
    if missing.startswith("secours"):
        raise _no_such_type(spot, name, shown(name))
    extra = f"secours[{extras.of_package(missing)}]"
    raise Wrong(spot, "plan.probe.package", type=name, package=missing, extra=extra)


def _listed(name: str) -> Message:
    return suggestion(name, probes.names(), "probe-type", listed_by="secours probes")


def _no_such_type(spot: Spot, name: str, quoted: Fact) -> Wrong:
    from secours.config.reader import synonyms, went  # for a mistake only

    if said := went.instead(name):
        meant = said
    elif instead := synonyms.meant("instead", name, probes.names()):
        meant = message("plan.no-such.probe-type.use", names=", ".join(instead))
    else:
        meant = _listed(name)
    return Wrong(spot, "plan.no-such.probe-type", name=quoted, meant=meant)


def _make(
    entry: ProbeEntry,
    section: str,
    owner: str,
    name: str,
    probing: Record,
    via: str | None,
) -> Probe | None:
    if entry.options is None:
        return None
    id_ = f"{section}/{owner}/{name}"
    given = {"owner": id_, "allowed": entry.spot.context.vault.allowance()}
    ours = {k: v for k, v in given.items() if k in entry.settings.__struct_fields__}
    try:
        settings = build(entry.spot, entry.settings, {**entry.options, **ours})
    except Wrong as wrong:
        wrong.spot.note(wrong.message)
        return None
    probe = filled(
        _usual(entry, settings, probing, reference=section == "paths"),
        Probe,
        id=id_,
        owner=owner,
        type=entry.kind,
        name=name,
        settings=settings,
        via=via,
        says=_words(entry.common.get("says") or Text()),
        hint=bool(entry.of_type("HINT", False)),
        best=best_evidence.best(entry.kind, settings),
        device=getattr(settings, "device", ""),
    )
    return replace(probe, portal_proof=best_evidence.is_portal_proof(probe))


def _words(says: Text) -> tuple[tuple[str, str], ...]:
    plain = (("", says.plain),) if says.plain else ()
    return (*plain, *says.translations.items())


def _usual(
    entry: ProbeEntry, settings: Any, probing: Record, *, reference: bool
) -> Record:
    """Return its intervals, timeout and counts: its own, its type's, else the usual."""
    own, typed = entry.common.values, _type_defaults(entry, settings)
    usual = {"timeout": defaults_of(Probe)["timeout_s"], **probing.values}
    values = {**usual, **typed, **own}
    often = typed.get("interval", inf) < defaults_of(Probe)["interval_s"]
    if often and "interval" not in own:
        values["interval"] = min(typed["interval"], probing.get("interval", inf))
    values["interval_written"] = "interval" in own or (
        "interval" in typed and not often
    )
    if values.get("cost") and not values["interval_written"]:
        values["interval"] = COSTLY_INTERVAL_S
    if "timeout" not in own:
        if reference:
            values["timeout"] = min(values["timeout"], REFERENCE_TIMEOUT_S)
        passed_s = probing.get("timeout", values["timeout"])
        if passed_s < values["timeout"]:
            values["timeout_passed"] = passed_s
    return Record(entry.spot, values)


def _type_defaults(entry: ProbeEntry, settings: Any) -> dict[str, Any]:
    """Return the defaults of the probe type."""
    values = {}
    for key, unit in (("interval", "_s"), ("timeout", "_s"), ("cost", "")):
        ask = entry.of_type(f"default_{key}{unit}", None)
        fixed = entry.of_type(f"default_{key}{unit}".upper(), None)
        values[key] = ask(settings) if ask else fixed
    return {key: value for key, value in values.items() if value is not None}


def _via(
    entry: ProbeEntry, section: str, owner: str, paths: set[str], usual_path: str | None
) -> str | None:
    written = entry.common.get("via")
    if written and not entry.binds_path:
        written.spot.note("plan.probe.own-way", type=entry.kind)
        return None
    if section == "paths":
        return _via_itself(entry, owner)
    if written and written.text not in paths:
        meant = suggestion(written.text, paths)
        written.spot.note("plan.no-such.path", name=f"'{written.text}'", meant=meant)
    if written:
        return str(written.text)
    return usual_path if entry.binds_path else None


def _via_itself(entry: ProbeEntry, path: str) -> str:
    if written := entry.common.get("via"):
        written.spot.note("plan.probe.own-path")
    if not entry.binds_path:
        entry.spot.note("plan.probe.no-path", type=entry.kind)
    return path


def _first_way(probe: Probe, ways: list[tuple[Probe, str]]) -> str:
    """Return the id of the owner's first probe that differs only in `via`.

    `ways` are the others so far, without these fields; it is added.
    """
    bare = replace(probe, id="", name="", via=None, way_of="")
    for other, first in ways:
        if bare == other:
            return first
    ways.append((bare, probe.id))
    return probe.id
