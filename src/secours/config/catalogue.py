"""The kinds of channels, from catalogue.json beside this file.

A starting point, to be verified by each institution. It is read only by a plan that
names a kind, or a component it does not declare. A channel of that kind takes its
entry; in probes.yaml `depends_on` adds needs, `without` removes some, and any other key
replaces that of the entry. A component declared in probes.yaml takes only label and
prior, never the needs: they are the site's.

Every `source` says where an entry comes from: (V) was read in the source named, (M) was
not verified, (A) is an assumption. Unknown values are `unknown`, never guessed. Entries
age: `reviewed` is the date of the last review.

It is JSON: each check reads it, and YAML is eighty times slower.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import yaml
from msgspec import Meta, Struct

from secours.config.reader.mistakes import BadConfig
from secours.languages import Text
from secours.message import Fact, Message, PlacedMessage, Series, message
from secours.model.plan import Config
from secours.model.receivers.audiences import DeviceNeeds, DeviceService
from secours.model.sections.channel import Carries, Needs, UriScheme
from secours.model.sections.line import Purpose

FILE = Path(__file__).with_name("catalogue.json")
ACCESS, INTERNET, MOBILE = "access", "internet", "mobile"
SITES_OWN = {  # words for the site's own paths
    ACCESS: message("commands.kinds.access"),
    INTERNET: message("commands.kinds.internet"),
    MOBILE: message("commands.kinds.mobile"),
}
NO_NEEDS = message("commands.kinds.nothing")
HEARTBEAT = "heartbeat"  # of something else: it tests no channel
CARRIER = "carrier"  # a class: networks, which fail by what they do
YEAR = timedelta(days=365)
Prior: TypeAlias = Annotated[float, Meta(gt=0)]  # failures of some hours in a year
Trait: TypeAlias = Literal["yes", "no", "optional", "unknown"]


class Suggestion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A probe that suits a kind, with example values of its options."""

    type: str
    options: Mapping[str, Any]

    def __str__(self) -> str:
        """Return the entry as under `probes`."""
        entry = {"type": self.type, **self.options}
        written: str = yaml.safe_dump(
            entry, default_flow_style=True, sort_keys=False, width=10**6
        )
        return written.strip()


class KnownComponent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A component of the catalogue.

    One that is `only_named` is part of a plan that names it, or has a probed channel of
    a kind that does; elsewhere its need replaces it, as no test could tell them apart.
    """

    label: Text
    needs: Needs = ()
    only_named: bool = False  # it needs one component, and no other
    autonomy_s: float | None = None
    suggestions: tuple[Suggestion, ...] = ()  # best evidence first
    source: str
    reviewed: date


class KnownDevice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A type of device, and its needs by service.

    `mobile` in a split stands for the site's operators, as each service needs them.
    """

    label: Text
    services: Mapping[DeviceService, DeviceNeeds]
    autonomy_s: float | None = None
    workplace: bool = False
    source: str
    reviewed: date


class ChannelKind(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of channel."""

    label: Text
    short_name: Text
    purposes: frozenset[Purpose]
    former_purposes: frozenset[Purpose] = frozenset()  # for one release more
    carries: frozenset[Carries]  # content to warn people (A)
    uri_scheme: UriScheme = ""
    needs: Needs  # `access`, `internet` and `mobile` stand for the site's own
    heard_on: tuple[str, ...]  # `device.service`, or `device` for all
    traits: Mapping[str, Trait]
    was: tuple[str, ...] = ()  # former names, in plans and recordings
    gdpr_note: str  # for the institution to settle
    mind: Text = Text()  # for its users to know
    suggestions: tuple[Suggestion, ...] = ()  # best evidence first
    people: Text | None = None  # a manual test, if no probe can
    discontinued: Text | None = None  # since when, if it is
    source: str
    reviewed: date
    remark: str = ""  # for who edits the file

    @property
    def advice(self) -> Fact:
        """Return how to test it."""
        first = tuple(map(str, self.suggestions[:1]))
        return Series((*filter(None, [self.people]), *first), "plan.advice.and")


class Catalogue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The catalogue.

    `internet` and `mobile` are the site's own access, `access` is one of both:
    the phones of people have both. A site that lists none gets those of `access`:
    without the need channels would falsely look independent.
    """

    kinds: Mapping[str, ChannelKind]
    components: Mapping[str, KnownComponent]
    devices: Mapping[str, KnownDevice]
    traits: Mapping[str, str]  # that a plan line may require, where `yes`
    priors: Mapping[str, Prior]  # by class; only to order suspects (A)
    access: Mapping[str, tuple[str, ...]]

    def kind_named(self, name: str) -> str | None:
        """Return the name of a kind, by that or a former name."""
        return name if name in self.kinds else self.former.get(name)

    @property
    def former(self) -> Mapping[str, str]:
        """Return the kinds by their former names."""
        return {was: name for name, kind in self.kinds.items() for was in kind.was}


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """Read the catalogue, once; raise BadConfig if it was edited, with a mistake."""
    try:
        return msgspec.json.decode(FILE.read_bytes(), type=Catalogue)
    except msgspec.MsgspecError as error:
        said = message("plan.catalogue", said=str(error))
        raise BadConfig([PlacedMessage(str(FILE), 1, 1, "", said)]) from None


def kind_of(name: str, own: Mapping[str, Any]) -> ChannelKind:
    """Return a kind of the catalogue, or of the site's own ones."""
    found: ChannelKind = own[name] if name in own else load().kinds[name]
    return found


def about(kind: ChannelKind) -> Message:
    """Return a sentence on a kind: label, needs and tests.

    A sign of life of something else is none: people try what has no other.
    """
    types = dict.fromkeys(e.type for e in kind.suggestions if e.type != HEARTBEAT)
    facts: dict[str, Fact] = {"label": kind.label, "needs": _needs(kind)}
    if types:
        facts["types"] = ", ".join(types)
    elif kind.people:
        facts["people"] = kind.people
    if kind.discontinued:
        facts["since"] = kind.discontinued
    return message("commands.kinds.about", **facts)


def _needs(kind: ChannelKind) -> Fact:
    groups = (
        Series(tuple(map(_component, group)), "plan.type.or") for group in kind.needs
    )
    return Series((*groups,), "commands.kinds.comma") if kind.needs else NO_NEEDS


def _component(name: str) -> Fact:
    known = load().components.get(name)
    return SITES_OWN.get(name) or (known.label if known else name)


def outdated(on: date) -> tuple[str, ...]:
    """Return the kinds, components and devices not reviewed for a year."""
    return tuple(sorted({name for name, day in _reviews() if on - day > YEAR}))


class AgedEntries(Struct, frozen=True, kw_only=True):
    """Outdated and discontinued entries that a plan uses."""

    outdated: tuple[str, ...]  # kinds, components and devices
    discontinued: tuple[str, ...]  # channels


def aged(config: Config, on: date) -> AgedEntries:
    """Return the outdated and discontinued entries that a plan uses."""
    kinds = {c.name: c.kind for c in config.channels.values() if c.kind}
    used = {*kinds.values(), *config.components, *config.devices}
    own = config.own_kinds
    old = {*outdated(on), *(n for n, kind in own.items() if on - kind.reviewed > YEAR)}
    return AgedEntries(
        outdated=tuple(sorted(old & used)),
        discontinued=tuple(
            name for name, kind in kinds.items() if kind_of(kind, own).discontinued
        ),
    )


def _reviews() -> Iterator[tuple[str, date]]:
    known = load()
    yield from ((name, kind.reviewed) for name, kind in known.kinds.items())
    yield from ((name, part.reviewed) for name, part in known.components.items())
    yield from ((name, device.reviewed) for name, device in known.devices.items())
