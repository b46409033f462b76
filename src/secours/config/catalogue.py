"""What is known of each kind of channel, from catalogue.yaml beside this file.

It is read only by a plan that names a kind, or a component it does not declare.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from secours.config import document
from secours.config.mistakes import BadConfig, Notes
from secours.config.needs import NEEDS, bare
from secours.config.secrets import Vault
from secours.config.shapes import (
    Context,
    Record,
    Shape,
    Spot,
    list_of,
    mapping_of,
    record,
)
from secours.config.values import DURATION, ONE_LINE, TEXT, choice, number
from secours.model import Needs, Purpose, Text

FILE = Path(__file__).with_name("catalogue.yaml")
ACCESS, INTERNET, MOBILE = "access", "internet", "mobile"

TRAIT_VALUES = choice(
    *("yes", "no", "optional", "unknown"), aliases={True: "yes", False: "no"}
)
PURPOSES: Shape[tuple[str, ...]] = list_of(choice(*map(str, Purpose)))
LINES = {"source": ONE_LINE, "reviewed": ONE_LINE}
COMPONENT = record(
    {"label": TEXT, "depends_on": NEEDS, "autonomy": DURATION, **LINES},
    ("label", *LINES),
)
KIND = record(
    {
        "label": TEXT,
        "short_name": TEXT,
        "purposes": PURPOSES,
        "needs": NEEDS,
        "autonomy": DURATION,
        "traits": mapping_of(TRAIT_VALUES),
        "try": ONE_LINE,
        **LINES,
    },
    ("label", "short_name", "purposes", "needs", "traits", "try", *LINES),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownComponent:
    """What the catalogue says of one component."""

    label: Text
    needs: Needs = ()
    autonomy_s: float | None = None
    source: str
    reviewed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What the catalogue says of one kind of channel."""

    label: Text
    short_name: Text
    purposes: frozenset[Purpose]
    needs: Needs  # `access`, `internet` and `mobile` stand for the site's own
    autonomy_s: float | None = None
    traits: Mapping[str, str]
    advice: str  # how to probe or test it
    source: str
    reviewed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All that is known."""

    kinds: Mapping[str, Kind]
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
    notes = Notes(str(FILE))
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


def _kind(entry: Record) -> Kind:
    return Kind(
        label=entry.get("label"),
        short_name=entry.get("short_name"),
        purposes=frozenset(map(Purpose, entry.get("purposes"))),
        needs=bare(entry.get("needs")),
        autonomy_s=entry.get("autonomy"),
        traits=entry.get("traits"),
        advice=entry.get("try"),
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
