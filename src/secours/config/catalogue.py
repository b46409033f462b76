"""What is known of each kind of channel, from catalogue.yaml beside this file.

It is read only by a plan that names a kind, or a component it does not declare. What is
adequate today may not be in two years: every entry says when it was last reviewed.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from secours.config.reader import document
from secours.config.reader.mistakes import BadConfig, Remarks
from secours.config.reader.secrets import Vault
from secours.config.reader.shapes import (
    Context,
    Record,
    Shape,
    Spot,
    Wrong,
    entries,
    list_of,
    mapping_of,
    one_or_list,
    record,
)
from secours.config.reader.values import (
    DURATION,
    ONE_LINE,
    TEXT,
    checked,
    choice,
    number,
)
from secours.config.sections.needs import NEEDS, bare
from secours.message import Fact, Joined
from secours.model.plan import Carries, Config, Needs, Purpose, Text

FILE = Path(__file__).with_name("catalogue.yaml")
ACCESS, INTERNET, MOBILE = "access", "internet", "mobile"
YEAR = timedelta(days=365)


class Suggestion(Struct, frozen=True, kw_only=True):
    """A probe that suits a kind of channel, with example values of its options."""

    type: str
    options: Mapping[str, Any]

    def __str__(self) -> str:
        """Return it as it would stand under `probes`."""
        entry = {"type": self.type, **self.options}
        written: str = yaml.safe_dump(
            entry, default_flow_style=True, sort_keys=False, width=10**6
        )
        return written.strip()


def _suggestion(spot: Spot) -> Suggestion:
    """Read one without importing the probe type: a test loads them all."""
    found = {key: document.plain(at.node) for key, at in entries(spot).items()}
    if not isinstance(kind := found.pop("type", None), str):
        raise Wrong(spot, "plan.key.missing", key="type")
    return Suggestion(type=kind, options=found)


TRAIT_VALUES = choice(
    *("yes", "no", "optional", "unknown"), aliases={True: "yes", False: "no"}
)
PURPOSES: Shape[tuple[str, ...]] = list_of(choice(*map(str, Purpose)))
CARRIES: Shape[tuple[str, ...]] = one_or_list(choice(*map(str, Carries)))
DATE = checked(date.fromisoformat, "plan.a.date")
LINES: Mapping[str, Shape[Any]] = {"source": ONE_LINE, "reviewed": DATE}
COMPONENT = record(
    {"label": TEXT, "depends_on": NEEDS, "autonomy": DURATION, **LINES},
    ("label", *LINES),
)
KIND = record(
    {
        "label": TEXT,
        "short_name": TEXT,
        "purposes": PURPOSES,
        "carries": CARRIES,
        "needs": NEEDS,
        "autonomy": DURATION,
        "traits": mapping_of(TRAIT_VALUES),
        "gdpr_note": ONE_LINE,
        "mind": TEXT,
        "try": list_of(Shape(_suggestion, {"type": "object"})),
        "people": TEXT,
        "discontinued": TEXT,
        **LINES,
    },
    (
        *("label", "short_name", "purposes", "carries", "needs", "traits"),
        *("gdpr_note", *LINES),
    ),
)
CATALOGUE = record(
    {
        "access": mapping_of(NEEDS),
        "traits": mapping_of(ONE_LINE),
        "priors": mapping_of(number(float, above=0)),
        "components": mapping_of(COMPONENT),
        "kinds": mapping_of(KIND),
    }
)


class KnownComponent(Struct, frozen=True, kw_only=True):
    """What the catalogue says of one component."""

    label: Text
    needs: Needs = ()
    autonomy_s: float | None = None
    source: str
    reviewed: date


class ChannelKind(Struct, frozen=True, kw_only=True):
    """What the catalogue says of one kind of channel."""

    label: Text
    short_name: Text
    purposes: frozenset[Purpose]
    carries: frozenset[Carries]
    needs: Needs  # `access`, `internet` and `mobile` stand for the site's own
    autonomy_s: float | None = None
    traits: Mapping[str, str]
    gdpr_note: str  # what the institution has to settle
    mind: Text  # what its users have to know
    suggestions: tuple[Suggestion, ...]  # the one that proves most comes first
    people: Text | None = None  # how people test what no probe can
    discontinued: Text | None = None  # since when, where it is no more
    source: str
    reviewed: date

    @property
    def advice(self) -> Fact:
        """Say how to probe or test it."""
        first = tuple(map(str, self.suggestions[:1]))
        return Joined((*filter(None, [self.people]), *first), "plan.advice.and")


class Catalogue(Struct, frozen=True, kw_only=True):
    """All that is known."""

    kinds: Mapping[str, ChannelKind]
    components: Mapping[str, KnownComponent]
    traits: Mapping[str, str]  # name and what it means
    priors: Mapping[str, float]  # by class
    access: Mapping[str, tuple[str, ...]]  # of a site that lists none


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """Read the catalogue, once.

    Raises:
        BadConfig: it was edited and is wrong.

    """
    notes = Remarks(str(FILE))
    context = Context(notes, Vault(FILE.parent, {}))
    found = CATALOGUE.read(Spot(document.parse(FILE.read_bytes()), "", context))
    if notes.heard:
        raise BadConfig(notes.mistakes())
    return Catalogue(
        kinds={name: _kind(entry) for name, entry in found.get("kinds").items()},
        components={
            name: _component(entry) for name, entry in found.get("components").items()
        },
        traits=found.get("traits"),
        priors=found.get("priors"),
        access={
            way: tuple(name for group in bare(names) for name in group)
            for way, names in found.get("access").items()
        },
    )


def outdated(on: date) -> tuple[str, ...]:
    """Return the kinds and components that nobody reviewed for a year."""
    return tuple(sorted(name for name, day in _reviews() if on - day > YEAR))


class Aged(Struct, frozen=True, kw_only=True):
    """What a plan takes from the catalogue that may hold no longer."""

    outdated: tuple[str, ...]  # kinds and components
    discontinued: tuple[str, ...]  # channels


def aged(config: Config, on: date) -> Aged:
    """Say what a plan takes from the catalogue that is old, or is no more."""
    kinds = {c.name: c.kind for c in config.channels.values() if c.kind}
    used = {*kinds.values(), *config.components}
    known = load().kinds
    return Aged(
        outdated=tuple(name for name in outdated(on) if name in used),
        discontinued=tuple(n for n, kind in kinds.items() if known[kind].discontinued),
    )


def _reviews() -> Iterator[tuple[str, date]]:
    known = load()
    yield from ((name, kind.reviewed) for name, kind in known.kinds.items())
    yield from ((name, part.reviewed) for name, part in known.components.items())


def _kind(entry: Record) -> ChannelKind:
    return ChannelKind(
        label=entry.get("label"),
        short_name=entry.get("short_name"),
        purposes=frozenset(map(Purpose, entry.get("purposes"))),
        carries=frozenset(map(Carries, entry.get("carries"))),
        needs=bare(entry.get("needs")),
        autonomy_s=entry.get("autonomy"),
        traits=entry.get("traits"),
        gdpr_note=entry.get("gdpr_note"),
        mind=entry.get("mind", Text()),
        suggestions=entry.get("try", ()),
        people=entry.get("people"),
        discontinued=entry.get("discontinued"),
        source=entry.get("source"),
        reviewed=entry.get("reviewed"),
    )


def _component(entry: Record) -> KnownComponent:
    return KnownComponent(
        label=entry.get("label"),
        needs=bare(entry.get("depends_on", ())),
        autonomy_s=entry.get("autonomy"),
        source=entry.get("source"),
        reviewed=entry.get("reviewed"),
    )
