"""Makes a `Config` of the sections, and checks their references to each other."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours.config import autonomy
from secours.config.best_evidence import proves_path
from secours.config.reader.document import inside, keys
from secours.config.reader.mistakes import shown
from secours.config.reader.shapes import Record, Wrong
from secours.config.sections import components, notify, plan, receivers, sites
from secours.config.sections.components import Parts
from secours.config.sections.fields import filled, inherited
from secours.config.sections.needs import COMPONENT_NAME, gives_needs
from secours.config.sections.probes import make_probes
from secours.languages import Text
from secours.model.plan import Config
from secours.model.sections.channel import (
    Channel,
    Component,
    MaintenanceWindow,
    Path,
    Probe,
)
from secours.model.sections.line import Purpose, Tier
from secours.model.sections.site import Entrance, Retention, Screen, Site

MOST = {"channels": 2000, "components": 4000, "paths": 100}  # that an engine can watch


class Workshop(Struct, frozen=True):
    """The rest of the file that each part of the plan is made with."""

    probing: Record
    paths: frozenset[str]  # names, also of paths with a mistake
    usual_path: str | None  # for probes without `via`
    parts: Parts
    timezone: str

    @property
    def reportable(self) -> frozenset[str]:
        """Return the components, and their classes."""
        names = self.parts.components.keys()
        return frozenset(names) | {name.partition(":")[0] for name in names}

    def probes(
        self, entries: Iterable[Any], section: str, owner: str
    ) -> tuple[Probe, ...]:
        """Make the probes of an owner."""
        return make_probes(
            entries, section, owner, self.probing, set(self.paths), self.usual_path
        )

    def windows(self, found: Iterable[Record]) -> tuple[MaintenanceWindow, ...]:
        """Make the maintenance windows; without an offset, local time."""
        made = (self._window(record) for record in found)
        return tuple(window for window in made if window)

    def _window(self, record: Record) -> MaintenanceWindow | None:
        start, end = record.get("from"), record.get("until")
        if start is None or end is None:
            return None
        start, end = self._aware(start), self._aware(end)
        if end.timestamp() <= start.timestamp():  # by wall clocks: not in March
            record.at("until").note("plan.maintenance.order")
            return None
        return filled(record, MaintenanceWindow, start=start, end=end)

    def _aware(self, moment: datetime) -> datetime:
        if moment.tzinfo:
            return moment
        from zoneinfo import ZoneInfo  # only a time without an offset needs it

        return moment.replace(tzinfo=ZoneInfo(self.timezone))


def assemble(root: Record, version: str) -> Config:
    """Make the `Config`, noting contradictions."""
    _check_size(root)
    written, probing = root.part("site"), root.part("probing")
    site = filled(
        written,
        Site,
        speaks_to_each="language" not in written.values,
        audiences=receivers.audience_labels(root),
    )
    shop = Workshop(
        probing,
        _names(root, "paths"),
        _usual_path(root, probing),
        components.resolve(root),
        site.timezone,
    )
    if via := probing.get("via"):
        via.is_in(shop.paths, "plan.no-such.path")
    if "channels" in root.values and not _names(root, "channels"):
        root.at("channels").note("plan.no-channel")
    channels = _channels(root, shop)
    spread = {**root.values, **probing.values, **root.part("standby").values}
    return filled(
        Record(root.spot, spread),
        Config,
        site=site,
        screen=filled(root.part("screen"), Screen),
        retention=filled(root.part("retention"), Retention),
        access=filled(root.part("access"), Entrance),
        notify=notify.notify(root.part("notify"), channels, _names(root, "channels")),
        paper=root.get("print"),
        sites=sites.sites(root.get("sites")),
        paths=_paths(root, shop),
        components=autonomy.measured(root, _components(root, shop), channels),
        channels=channels,
        devices=shop.parts.devices,
        audiences=receivers.audiences(root, shop.reportable),
        plan=plan.lines(root.get("plan", ()), *_judgeable(root, channels)),
        version=version,
    )


def _check_size(root: Record) -> None:
    """Raise Wrong for a plan too large for an engine, before anything is made of it."""
    for section, most in MOST.items():
        if (count := len(_names(root, section))) > most:
            at = root.at(section)
            raise Wrong(at, "plan.too-many", count=count, section=section, most=most)


def _names(root: Record, section: str) -> frozenset[str]:
    """Return the names in a section, also of entries with a mistake."""
    return frozenset(keys(inside(root.spot.node, section)))


def _usual_path(root: Record, probing: Record) -> str | None:
    """Return the path for probes without `via`: the first that is not bound."""
    if via := probing.get("via"):
        return str(via.text)
    paths: Mapping[str, Record] = root.get("paths") or {}
    unbound = (
        name
        for name, record in paths.items()
        if record.get("interface") is None and record.get("source") is None
    )
    return next(unbound, None)


def _paths(root: Record, shop: Workshop) -> dict[str, Path]:
    return {
        name: filled(
            record,
            Path,
            name=name,
            references=tuple(
                replace(reference, required=proves_path(reference))
                for reference in shop.probes(
                    record.get("references", ()), "paths", name
                )
            ),
        )
        for name, record in root.get("paths", {}).items()
    }


def _components(root: Record, shop: Workshop) -> dict[str, Component]:
    """Return the components: declared first, in file order, then the others."""
    by_name = {}
    declared: Mapping[str, Record] = root.get("components", {})
    for record in declared.values():
        was = record.get("was")
        if was is not None and not re.match(COMPONENT_NAME, was.text):
            was.spot.note("plan.component.name")
    slugs = "plan.component.was-there", "plan.component.was-twice"
    _check_former_names(declared, frozenset(shop.parts.components), *slugs)
    for name, known in shop.parts.components.items():
        record = declared.get(name) or Record(root.spot)
        by_name[name] = replace(
            known,
            probes=shop.probes(record.get("probes", ()), "components", name),
            maintenance=shop.windows(record.get("maintenance", ())),
        )
    return by_name


def _channels(root: Record, shop: Workshop) -> dict[str, Channel]:
    records: Mapping[str, Record] = root.get("channels", {})
    slugs = "plan.channel.was-there", "plan.channel.was-twice"
    _check_former_names(records, _names(root, "channels"), *slugs)
    kinds = Counter(record.get("kind") for record in records.values())
    purposes = _purposes_asked(root)
    return {
        name: _channel(
            name,
            record,
            shop,
            alone=kinds[record.get("kind")] == 1,
            named_purposes=purposes.get(name, frozenset()),
        )
        for name, record in records.items()
    }


def _purposes_asked(root: Record) -> Mapping[str, Set[Purpose]]:
    """Return for what the lines of the plan name each channel."""
    purposes: dict[str, set[Purpose]] = {}
    for line in root.get("plan", ()):
        for name in (name for tier in Tier for name in line.get(tier.value, ())):
            purposes.setdefault(name.text, set()).add(line.get("purpose"))
    return purposes


def _check_former_names(
    records: Mapping[str, Record], names: frozenset[str], there: str, twice: str
) -> None:
    """Refuse a former name still in use, or given twice."""
    owners: dict[str, str] = {}
    for name, record in records.items():
        if (was := record.get("was")) is None:
            continue
        if was.text in names:
            was.spot.note(there, name=shown(was.text))
        elif was.text in owners:
            facts = {"name": shown(was.text), "other": shown(owners[was.text])}
            was.spot.note(twice, **facts)
        owners[was.text] = name


def _judgeable(
    root: Record, channels: Mapping[str, Channel]
) -> tuple[dict[str, Channel], frozenset[str]]:
    """Return the channels that a line may judge, and the names of all.

    A channel with a mistake in kind, purposes or traits cannot be judged.
    """
    notes = root.spot.context.notes
    doubtful = {
        name
        for name in channels
        for key in ("kind", "purposes", "traits")
        if notes.count and notes.has_mistake(f"channels.{name}.{key}")
    }
    sure = {name: one for name, one in channels.items() if name not in doubtful}
    return sure, _names(root, "channels")


def _channel(
    name: str,
    record: Record,
    shop: Workshop,
    *,
    alone: bool,
    named_purposes: Set[Purpose],
) -> Channel:
    kind = components.kind_of(record)
    serves = inherited(kind, "mind", "purposes", "carries", "uri_scheme")
    former = kind.former_purposes & named_purposes if kind else frozenset()
    if former and record.get("purposes") is None:
        serves["purposes"] |= former
        serves["former_purposes"] = former
    own = record.get("label")
    label = own or (kind.label if kind else Text(name))
    short = kind.short_name if kind and alone and not own else label
    return filled(
        record,
        Channel,
        serves,
        name=name,
        label=label,
        short_name=record.get("short_name", short),
        needs=shop.parts.channels.get(name, ()),
        needs_known=kind is not None or gives_needs(record),
        traits={**(kind.traits if kind else {}), **record.get("traits", {})},
        heard_on=shop.parts.heard_on.get(name),
        probes=shop.probes(record.get("probes", ()), "channels", name),
        test_every_s=record.part("test").get("every"),
        test_on=record.part("test").get("on"),
        maintenance=shop.windows(record.get("maintenance", ())),
    )
