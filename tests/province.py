"""Write the plans of an invented province, from a short table.

`python tests/province.py`. The places are where they are; who is there, what they have
and how long their power lasts is invented. They are kept in
`src/secours/outages/province`, for `replay --sites`.
"""

from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

FOLDER = Path(__file__).parents[1] / "src" / "secours" / "outages" / "province"
HEADER = "# Invented: a site of a province. Written by tests/province.py.\n"
HUB = "tls://hub.province.example:4222"
LIEGE, VERVIERS = "Liège", "Verviers"
LINKS = {
    "fibre": ("carrier:fixed", "power:site"),
    "mobile": ("carrier:mobile-b", "power:site"),
    "starlink": ("sat:starlink", "power:site"),
}
CARRIERS = {
    "carrier:mobile-a": {"depends_on": ["power:grid"], "autonomy": "4h"},
    "carrier:mobile-b": {"depends_on": ["power:grid"], "autonomy": "20h"},
}
REFERENCES = ("reference-1.example", "reference-2.example")
Part = dict[str, Any]


class Place(Struct, frozen=True):
    """A row of the table: a site, where it is, what it has, how long it has power."""

    name: str
    label: str
    at: tuple[float, float]
    region: str
    role: str
    battery: str
    links: tuple[str, ...]
    sms: str = "a"  # of which carrier its text messages and mobile telephones are
    more: tuple[str, ...] = ()  # other channels


TABLE = (
    Place("liege", "Liège", (50.645, 5.574), LIEGE, "town", "12h",
          ("fibre", "mobile"), "b", ("radio-astrid", "satphone-iridium")),
    Place("seraing", "Seraing", (50.598, 5.508), LIEGE, "town", "4h",
          ("fibre", "mobile"), "a", ("radio-astrid",)),
    Place("herstal", "Herstal", (50.664, 5.630), LIEGE, "town", "2h",
          ("fibre",)),
    Place("ans", "Ans", (50.662, 5.520), LIEGE, "town", "8h",
          ("fibre", "mobile")),
    Place("huy", "Huy", (50.519, 5.239), LIEGE, "town", "24h",
          ("fibre", "starlink"), "b", ("radio-astrid",)),
    Place("waremme", "Waremme", (50.697, 5.255), LIEGE, "town", "6h",
          ("fibre", "mobile"), "a"),
    Place("aywaille", "Aywaille", (50.474, 5.677), LIEGE, "town",
          "8h", ("fibre", "starlink"), "a", ("analog-radio",)),
    Place("verviers", "Verviers", (50.589, 5.866), VERVIERS, "town",
          "12h", ("fibre", "mobile"), "b", ("radio-astrid",)),
    Place("dison", "Dison", (50.610, 5.853), VERVIERS, "town", "6h",
          ("fibre", "mobile")),
    Place("herve", "Herve", (50.640, 5.793), VERVIERS, "town", "3h",
          ("fibre",), "b"),
    Place("eupen", "Eupen", (50.629, 6.036), VERVIERS, "town", "24h",
          ("fibre", "starlink"), "a"),
    Place("spa", "Spa", (50.492, 5.864), VERVIERS, "town", "8h",
          ("fibre", "mobile"), "a", ("analog-radio",)),
    Place("malmedy", "Malmedy", (50.426, 6.028), VERVIERS, "town",
          "10h", ("fibre", "starlink"), "b"),
    Place("hopital-liege", "Hôpital de Liège", (50.656, 5.579), LIEGE, "hospital",
          "72h", ("fibre", "mobile"), "a", ("satphone-iridium",)),
    Place("hopital-huy", "Hôpital de Huy", (50.526, 5.240), LIEGE, "hospital", "48h",
          ("fibre", "mobile"), "b"),
    Place("hopital-verviers", "Hôpital de Verviers", (50.588, 5.856), VERVIERS,
          "hospital", "48h", ("fibre", "starlink"), "a", ("starlink",)),
    Place("hopital-eupen", "Hôpital d'Eupen", (50.627, 6.031), VERVIERS, "hospital",
          "48h", ("fibre",), "b"),
    Place("pompiers-liege", "Pompiers de Liège", (50.638, 5.590), LIEGE, "fire", "48h",
          ("fibre", "mobile"), "b", ("satphone-iridium",)),
    Place("pompiers-verviers", "Pompiers de Verviers", (50.594, 5.872), VERVIERS,
          "fire", "24h", ("fibre", "mobile"), "b"),
    Place("pompiers-malmedy", "Pompiers de Malmedy", (50.423, 6.026), VERVIERS, "fire",
          "16h", ("fibre", "starlink"), "a", ("analog-radio",)),
)  # fmt: skip
ROLES = {
    "town": (
        ("coordinate", "communes", ("whatsapp", "pstn-fixed", "radio-astrid")),
        ("alert", "personnel", ("sms", "voice-mobile", "analog-radio")),
    ),
    "hospital": (
        ("coordinate", "services", ("mattermost-onprem", "sip-trunk", "starlink")),
        ("alert", "garde", ("pager-astrid", "sms", "satphone-iridium")),
    ),
    "fire": (
        ("coordinate", "dispatching", ("radio-astrid", "pstn-fixed", "analog-radio")),
        ("alert", "volontaires", ("pager-astrid", "sms", "satphone-iridium")),
    ),
}
TIERS = ("primary", "alternate", "contingency")
ALWAYS = {
    "town": ("whatsapp", "pstn-fixed", "sms", "voice-mobile"),
    "hospital": ("mattermost-onprem", "sip-trunk", "pager-astrid", "sms"),
    "fire": ("radio-astrid", "pstn-fixed", "pager-astrid", "sms"),
}


def plan_of(place: Place) -> str:
    """Return the plan of one site, as a file."""
    has = (*ALWAYS[place.role], *place.more)
    document = {
        "site": {"name": place.label, "language": "fr", "timezone": "Europe/Brussels"},
        "sites": {
            "name": place.name,
            "hub": HUB,
            "at": list(place.at),
            "region": place.region,
        },
        "paths": {
            link: {
                "depends_on": [f"internet:{link}"],
                "references": [
                    {"type": "tls", "name": host.partition(".")[0], "host": host}
                    for host in REFERENCES
                ],
            }
            for link in place.links
        },
        "components": {
            **CARRIERS,
            "power:site": {"depends_on": ["power:grid"], "autonomy": place.battery},
            **{f"internet:{n}": {"depends_on": list(LINKS[n])} for n in place.links},
        },
        "channels": {name: _channel(name, place) for name in has},
        "plan": [
            {"purpose": purpose, "audience": audience}
            | dict(zip(TIERS, [n for n in names if n in has], strict=False))
            | {"last_resort": "Envoyer un messager"}
            for purpose, audience, names in ROLES[place.role]
        ],
    }
    text: str = yaml.dump(document, sort_keys=False, allow_unicode=True, width=100)
    return HEADER + text


def _channel(name: str, place: Place) -> Part:
    kind = f"sms-operator-{place.sms}" if name == "sms" else name
    if name == "voice-mobile" and place.sms == "b":
        kind = "voice-mobile-b"
    host = f"{name}.{place.name}.example"
    return {"kind": kind, "probes": [{"type": "tls", "host": host}]}


def write(folder: Path = FOLDER) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in TABLE:
        (folder / f"{place.name}.yaml").write_text(plan_of(place), encoding="utf-8")


if __name__ == "__main__":
    write()
