"""Makes a `Config` of the sections, and checks their references to each other."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours.config.best_evidence import proves_path
from secours.config.reader.document import Scalar, inside, keys
from secours.config.reader.mistakes import shown, suggestion
from secours.config.reader.shapes import Record, Wrong
from secours.config.sections import components, notify, plan, publish, receivers, sites
from secours.config.sections.components import Parts
from secours.config.sections.needs import COMPONENT_NAME, bare
from secours.config.sections.probes import make_probes
from secours.model.plan import (
    Carries,
    Channel,
    Component,
    Config,
    Entrance,
    MaintenanceWindow,
    Path,
    Probe,
    Purpose,
    Retention,
    Screen,
    Site,
    Text,
)

FAILBACK_AFTER_S = 600.0
MOST = {"channels": 2000, "components": 4000, "paths": 100}  # that an engine can watch


class Workshop(Struct, frozen=True):
    """The rest of the file that each part of the plan is made with."""

    probing: Record
    paths: frozenset[str]  # names, also of paths with a mistake
    usual_path: str | None  # for probes without `via`
    parts: Parts
    timezone: str

    def probes(
        self, found: Iterable[Any], section: str, owner: str
    ) -> tuple[Probe, ...]:
        """Make the probes of an owner."""
        return make_probes(
            found, section, owner, self.probing, set(self.paths), self.usual_path
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
        if end <= start:
            record.at("until").note("plan.maintenance.order")
            return None
        return MaintenanceWindow(start=start, end=end, why=record.get("why", Text()))

    def _aware(self, moment: datetime) -> datetime:
        if moment.tzinfo:
            return moment
        from zoneinfo import ZoneInfo  # only a time without an offset needs it

        return moment.replace(tzinfo=ZoneInfo(self.timezone))


def assemble(root: Record, version: str) -> Config:
    """Make the `Config`, noting contradictions."""
    _check_size(root)
    labels = receivers.audience_labels(root)
    site = replace(_site(root.get("site")), audiences=labels)
    probing = root.get("probing") or Record(root.spot)
    shop = Workshop(
        probing,
        _names(root, "paths"),
        _usual_path(root, probing),
        components.resolve(root),
        site.timezone,
    )
    _check_default_path(shop)
    if "channels" in root.values and not _names(root, "channels"):
        root.at("channels").note("plan.no-channel")
    channels = _channels(root, shop)
    return Config(
        site=site,
        screen=_screen(root.get("screen")),
        retention=_retention(root.get("retention")),
        access=_access(root.get("access")),
        notify=notify.notify(root.get("notify"), channels, _names(root, "channels")),
        mqtt=publish.mqtt(root.get("publish")),
        sites=sites.sites(root.get("sites")),
        failback_after_s=probing.get("failback_after", FAILBACK_AFTER_S),
        takeover_after_s=_takeover_after_s(root.get("standby")),
        paths=_paths(root, shop),
        components=_components(root, shop),
        channels=channels,
        devices=shop.parts.devices,
        audiences=receivers.audiences(root),
        plan=plan.lines(root.get("plan", ()), *_judgeable(root, channels)),
        example=root.get("example", False),
        version=version,
    )


def _check_size(root: Record) -> None:
    """Refuse a plan too large for an engine, before anything is made of it.

    Raises:
        Wrong: a section has too many entries.

    """
    for section, most in MOST.items():
        if (count := len(_names(root, section))) > most:
            at = root.at(section)
            raise Wrong(at, "plan.too-many", count=count, section=section, most=most)


def _names(root: Record, section: str) -> frozenset[str]:
    """Return the names in a section, also of entries with a mistake."""
    return frozenset(keys(inside(root.spot.node, section)))


def _site(record: Record | None) -> Site:
    if record is None:
        return Site(speaks_to_each=True)
    access = record.get("access")
    lists: Mapping[str, Any] = access.values if access else {}
    return Site(
        name=record.get("name", Site().name),
        language=record.get("language", Site().language),
        speaks_to_each="language" not in record.values,
        timezone=record.get("timezone", Site().timezone),
        contact=record.get("contact", Site().contact),
        public_url=record.get("public_url"),
        access={way: tuple(n.text for n in names) for way, names in lists.items()},
    )


def _screen(record: Record | None) -> Screen:
    values = dict(record.values) if record else {}
    if "max_age" in values:
        values["max_age_s"] = values.pop("max_age")
    return Screen(**values)


def _retention(record: Record | None) -> Retention:
    values = record.values if record else {}
    return Retention(**{f"{key}_s": value for key, value in values.items()})


def _access(record: Record | None) -> Entrance:
    values = record.values if record else {}
    return Entrance(
        loopback_open=values.get("loopback") == "open",
        hosts=tuple(values.get("allowed_hosts", ())),
    )


def _takeover_after_s(record: Record | None) -> float | None:
    return record.get("takeover_after") if record else None


def _check_default_path(shop: Workshop) -> None:
    via = shop.probing.get("via")
    if via and via.text not in shop.paths:
        meant = suggestion(via.text, shop.paths)
        via.spot.note("plan.no-such.path", name=shown(via.text), meant=meant)


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
        name: Path(
            name=name,
            interface=record.get("interface"),
            source=record.get("source"),
            needs=bare(record.get("depends_on", ())),
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
    made = {}
    declared: Mapping[str, Record] = root.get("components", {})
    for record in declared.values():
        was = record.get("was")
        if was is not None and not re.match(COMPONENT_NAME, was.text):
            was.spot.note("plan.component.name")
    slugs = "plan.component.was-there", "plan.component.was-twice"
    _check_former_names(declared, frozenset(shop.parts.components), *slugs)
    for name, known in shop.parts.components.items():
        record = declared.get(name) or Record(root.spot)
        made[name] = Component(
            name=name,
            label=known.label,
            was=_former_name(record),
            needs=known.needs,
            autonomy_s=known.autonomy_s,
            recharge_s=record.get("recharge"),
            prior=known.prior,
            probes=shop.probes(record.get("probes", ()), "components", name),
            maintenance=shop.windows(record.get("maintenance", ())),
        )
    return made


def _channels(root: Record, shop: Workshop) -> dict[str, Channel]:
    found: Mapping[str, Record] = root.get("channels", {})
    slugs = "plan.channel.was-there", "plan.channel.was-twice"
    _check_former_names(found, _names(root, "channels"), *slugs)
    kinds = Counter(record.get("kind") for record in found.values())
    return {
        name: _channel(name, record, shop, alone=kinds[record.get("kind")] == 1)
        for name, record in found.items()
    }


def _former_name(record: Record) -> str | None:
    return was.text if (was := record.get("was")) else None


def _check_former_names(
    found: Mapping[str, Record], names: frozenset[str], there: str, twice: str
) -> None:
    """Refuse a former name still in use, or given twice."""
    taken: dict[str, str] = {}
    for name, record in found.items():
        if (was := record.get("was")) is None:
            continue
        if was.text in names:
            was.spot.note(there, name=shown(was.text))
        elif was.text in taken:
            facts = {"name": shown(was.text), "other": shown(taken[was.text])}
            was.spot.note(twice, **facts)
        taken[was.text] = name


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
        if notes.heard and notes.told(f"channels.{name}.{key}")
    }
    sure = {name: one for name, one in channels.items() if name not in doubtful}
    return sure, _names(root, "channels")


def _says_needs(record: Record) -> bool:
    """Tell whether `depends_on` is given: `[]` is none, empty is unknown."""
    node = record.at("depends_on").node
    left_open = isinstance(node, Scalar) and node.value is None
    return record.get("depends_on") is not None and not left_open


def _channel(name: str, record: Record, shop: Workshop, *, alone: bool) -> Channel:
    kind = components.kind_of(record)
    own = record.get("label")
    label = own or (kind.label if kind else Text(name))
    short = kind.short_name if kind and alone and not own else label
    traits = {**(kind.traits if kind else {}), **record.get("traits", {})}
    purposes = record.get("purposes", kind.purposes if kind else ())
    carries = record.get("carries", kind.carries if kind else Carries)
    test = record.get("test")
    return Channel(
        name=name,
        kind=record.get("kind"),
        was=_former_name(record),
        label=label,
        short_name=record.get("short_name", short),
        how=record.get("how", Text()),
        mind=record.get("mind", kind.mind if kind else Text()),
        purposes=frozenset(map(Purpose, purposes)),
        carries=frozenset(map(Carries, carries)),
        uri_scheme=kind.uri_scheme if kind else "",
        needs=shop.parts.channels.get(name, ()),
        needs_known=kind is not None or _says_needs(record),
        autonomy_s=record.get("autonomy"),
        recharge_s=record.get("recharge"),
        traits=traits,
        heard_on=shop.parts.heard_on.get(name),
        reaches=record.get("reaches", {}),
        probes=shop.probes(record.get("probes", ()), "channels", name),
        test_every_s=test.get("every") if test else None,
        test_on=test.get("on") if test else None,
        maintenance=shop.windows(record.get("maintenance", ())),
    )
