"""Receivers: audiences, their groups and devices, and `heard_on`.

The plan may change a device of the catalogue, service by service, and add its own. A
device named in the plan adds its needs to the plan; one named only by a kind does not.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from secours.config import catalogue
from secours.config.catalogue import MOBILE, KnownDevice
from secours.config.reader import document
from secours.config.reader.mistakes import shown, suggestion
from secours.config.reader.shapes import (
    NAME,
    Name,
    Record,
    Shape,
    Spot,
    Wrong,
    attempt,
    bare,
    items,
    list_of,
    mapping_of,
    note_key,
    read_record,
    said,
)
from secours.config.reader.values import TEXT
from secours.config.sections import orders
from secours.config.sections.access import service_of, ways
from secours.config.sections.fields import filled, inherited, section
from secours.config.sections.needs import (
    NAMES_OF,
    NEED_SCHEMA,
    NamedNeeds,
    joined,
)
from secours.languages import Text
from secours.model.nodes import DATA, VOICE
from secours.model.receivers.audiences import (
    Audience,
    Device,
    DeviceNeeds,
    DeviceService,
    HeardOn,
    PeopleGroup,
)

FAILS_BY = {DeviceService.VOICE: VOICE, DeviceService.DATA: DATA}  # text: the network


class NamedDeviceNeeds(Struct, frozen=True):
    """Like `DeviceNeeds`, each name with its place."""

    needs: NamedNeeds = ()
    split: tuple[Name, ...] = ()

    @property
    def names(self) -> Iterator[Name]:
        """Return every component."""
        for group in (*self.needs, self.split):
            yield from group


def _device_needs(spot: Spot) -> NamedDeviceNeeds:
    is_one = isinstance(spot.node, document.Mapping | document.Scalar)
    needs: list[tuple[Name, ...]] = []
    split: tuple[Name, ...] = ()
    for each in [spot] if is_one else items(spot):
        found = attempt(_NEED, each)
        if found is None:
            continue
        word, names = found
        if word != "split":
            needs.append(names)
        elif split:
            each.note("plan.device.split-twice")
        else:
            split = names
            _check_once(names)
    return NamedDeviceNeeds(tuple(needs), split)


def _check_once(names: Sequence[Name]) -> None:
    """Refuse a repeated name: it may be a slip for another."""
    for place, name in enumerate(names):
        if name.text in {before.text for before in names[:place]}:
            name.spot.note("plan.named-twice", name=name.text)


def _need(spot: Spot) -> tuple[str, tuple[Name, ...]]:
    """Read a need, and the word for several names in it."""
    if not isinstance(spot.node, document.Mapping):
        return "", (NAME.read(spot),)
    record = read_record(spot, {"any_of": NAMES_OF, "split": NAMES_OF}, ())
    pairs = [(word, names) for word, names in record.values.items() if names]
    if len(pairs) > 1:
        raise Wrong(
            spot, "plan.need.two", example="[{any_of: [a, b]}, {split: [c, d]}]"
        )
    if not pairs:
        raise Wrong(spot, "plan.any-of", example="{any_of: [a, b]}, {split: [a, b]}")
    return pairs[0]


_SPLIT_SCHEMA = {
    "type": "object",
    "properties": {
        "split": {
            **NAMES_OF.schema,
            "minItems": 1,
            "description": "Components of which each of the people has one, such as the"
            " networks of two operators.",
        }
    },
    "required": ["split"],
    "additionalProperties": False,
}
_NEED = Shape(_need, {"anyOf": [*NEED_SCHEMA["anyOf"], _SPLIT_SCHEMA]})
DEVICE_NEEDS = Shape(_device_needs, {"anyOf": [_NEED.schema, list_of(_NEED).schema]})
ALL = "all"  # the one group of an audience, until somebody tells them apart
EVERYBODY = Text(
    translations={"fr": "tout le monde", "nl": "iedereen", "de": "alle", "en": "all"}
)
WHERE = "needs where its people are; [] says that it needs none."
DEVICE = section(
    Device,
    label=TEXT,
    services=None,  # each by its name:
    voice=said(f"Components that a call to it {WHERE}", DEVICE_NEEDS),
    text=said(f"Components that a text to it {WHERE}", DEVICE_NEEDS),
    data=said(f"Components that data to it {WHERE}", DEVICE_NEEDS),
)
AUDIENCE = section(
    Audience,
    label=said("Name of the audience, as people read it.", TEXT),
    groups=mapping_of(section(PeopleGroup)),
    when_cut=orders.WHEN_CUT,
    report=mapping_of(TEXT),
)


def written_needs(root: Record) -> Iterator[NamedDeviceNeeds]:
    """List the needs of devices in the file."""
    written: Mapping[str, Record] = root.get("devices", {})
    for one in written.values():
        yield from (one.get(service) for service in DeviceService if one.get(service))


def declared(root: Record) -> tuple[str, ...]:
    """Return the devices named in `devices` or by a group."""
    named = dict.fromkeys(root.get("devices", {}))
    for audience in root.get("audiences", {}).values():
        for group in audience.get("groups", {}).values():
            named |= dict.fromkeys(device.text for device in group.get("devices", ()))
    return tuple(named)


def described(root: Record) -> dict[str, Device]:
    """Describe each device that the plan names or hears a channel on."""
    written: Mapping[str, Record] = root.get("devices", {})
    heard = [*_heard_on(root)]
    given = _known(root) if heard else ()
    devices = (_taken_apart(text, given)[0] for text in heard)
    names = dict.fromkeys([*declared(root), *devices])
    catalogued = catalogue.load().devices if names else {}
    operators = ways(root)[MOBILE] if names else ()
    for name in written.keys() - catalogued.keys():
        if not {*DeviceService} & document.keys(written[name].spot.node).keys():
            services = ", ".join(DeviceService)
            note_key(root.at("devices"), name, "plan.device.no-service", names=services)
    return {
        name: _described(root, name, catalogued.get(name), operators)
        for name in names
        if name in written or name in catalogued
    }


def _described(
    root: Record, name: str, catalogued: KnownDevice | None, operators: Iterable[str]
) -> Device:
    written = root.get("devices", {}).get(name) or Record(root.spot)
    services = dict(catalogued.services) if catalogued else {}
    for service, given in services.items():
        if given.split == (MOBILE,):
            split = tuple(_of_operator(root, each, service) for each in operators)
            services[service] = replace(given, split=split)
    for service in DeviceService:
        if (own := written.get(service)) is not None:
            split = tuple(one.text for one in own.split)
            services[service] = DeviceNeeds(needs=joined(bare(own.needs)), split=split)
    usual = {
        "label": Text(name),
        **inherited(catalogued, "label", "autonomy_s", "workplace"),
    }
    return filled(written, Device, usual, name=name, services=services)


def _of_operator(root: Record, carrier: str, service: DeviceService) -> str:
    by = FAILS_BY.get(service)
    return service_of(root, carrier, by) if by else carrier


def components_of(device: Device) -> list[str]:
    """Return every component that a device needs."""
    return [
        name
        for service in device.services.values()
        for group in (*service.needs, service.split)
        for name in group
    ]


def _heard_on(root: Record) -> Iterator[str]:
    for channel in root.get("channels", {}).values():
        own, kind = channel.get("heard_on"), channel.get("kind")
        if own is not None:
            yield from (name.text for name in own)
        elif kind:
            yield from catalogue.kind_of(kind, root.spot.context.kinds).heard_on


def _known(root: Record) -> list[str]:
    """Return the names of all devices, also with a mistake."""
    written = document.keys(document.inside(root.spot.node, "devices"))
    return [*{**written, **catalogue.load().devices}]


def _taken_apart(text: str, devices: Container[str]) -> tuple[str, str]:
    """Split `device.service`; the service is "" for the name of a device alone."""
    device, _, service = text.rpartition(".")
    is_service = device in devices and service in [*DeviceService]
    is_whole = not (device and service) or (text in devices and not is_service)
    return (text, "") if is_whole else (device, service)


def heard_on(
    channel: Record, root: Record, devices: Mapping[str, Device]
) -> tuple[HeardOn, ...] | None:
    """Return the devices that hear a channel, noting unknown ones."""
    own, kind = channel.get("heard_on"), channel.get("kind")
    if own is None and kind is None:
        return None
    hearing: dict[HeardOn, None] = {}
    kinds = root.spot.context.kinds
    for each in catalogue.kind_of(kind, kinds).heard_on if own is None else own:
        text = each.text if isinstance(each, Name) else each
        device, service = _taken_apart(text, devices)
        services = devices[device].services if device in devices else ()
        offered = [one for one in services if service in ("", one)]
        hearing.update(((device, one), None) for one in offered)
        if isinstance(each, Name) and device not in devices:
            _check_device(each, device, _known(root))
        elif isinstance(each, Name) and services and not offered:
            meant = suggestion(text, [f"{device}.{one}" for one in services])
            each.spot.note("plan.no-such.service", name=shown(service), meant=meant)
    return tuple(hearing)


def _check_device(name: Name, device: str, known: Sequence[str]) -> None:
    if device not in known:
        meant = suggestion(device, known, "device")
        name.spot.note("plan.no-such.device", name=shown(device), meant=meant)


def audiences(root: Record, components: Container[str]) -> dict[str, Audience]:
    """Make the audiences, noting unknown devices, and components of a report."""
    written: Mapping[str, Record] = root.get("audiences", {})
    device_names = _known(root) if written else []
    for one in written.values():
        for key in one.get("report", {}):
            if key not in components:
                note_key(one.at("report"), key, "plan.report.unknown", name=shown(key))
    return {
        name: Audience(
            name=name,
            groups=tuple(
                _group(group, record, device_names)
                for group, record in one.get("groups", {}).items()
            ),
            when_cut=orders.when_cut(one),
            report=one.get("report"),
        )
        for name, one in written.items()
    }


def audience_labels(root: Record) -> dict[str, Text]:
    """Return the labels of audiences that have one."""
    written: Mapping[str, Record] = root.get("audiences", {})
    return {name: one.get("label") for name, one in written.items() if one.get("label")}


def _group(name: str, record: Record, device_names: Sequence[str]) -> PeopleGroup:
    devices: tuple[Name, ...] = record.get("devices", ())
    _check_once(devices)
    for device in devices:
        _check_device(device, device.text, device_names)
    label = EVERYBODY if name == ALL else Text(name)
    return filled(record, PeopleGroup, {"label": label}, name=name)
