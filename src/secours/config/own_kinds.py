"""Kinds of channels of a site's own, in one file that its plan names as `kinds`.

A kind has the keys of an entry of the catalogue, written as in a plan. It has no
`suggestions`: no test comes in with it, and so no secret, no address and no command.

A text of the plan that is kept has them in a comment at its end, so that it is read
alike when the file is another one.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import get_args

from secours.config import catalogue
from secours.config.catalogue import ACCESS, INTERNET, MOBILE, ChannelKind
from secours.config.reader import document
from secours.config.reader.mistakes import BadConfig, nearest, shown, suggestion
from secours.config.reader.one_file import content, read_document
from secours.config.reader.shapes import (
    NAME,
    NOTHING,
    Name,
    Record,
    Spot,
    Wrong,
    bare,
    mapping_of,
    must_be,
    note_key,
    one_or_list,
    record,
    scalar_text,
)
from secours.config.reader.trust import exposed
from secours.config.reader.values import ONE_LINE, TEXT, checked, choice
from secours.config.sections.fields import one_of
from secours.config.sections.keys import TRAIT_TABLE
from secours.config.sections.needs import NEEDS, joined
from secours.config.wall_advice import NAME_LETTERS
from secours.languages import Text
from secours.message import message
from secours.model.sections.channel import Carries, UriScheme
from secours.model.sections.line import Purpose
from secours.outside_text import plain

KEY = "kinds"
WAYS = ACCESS, INTERNET, MOBILE  # each stands for the site's own
KEPT = b"#kinds "  # at the end of a kept text
NAMES = one_or_list(NAME)
KIND_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SOURCED = re.compile(r"\((V|M|A)\)")  # read, not verified, assumed
KIND = record(
    {
        "label": TEXT,
        "short_name": TEXT,
        "purposes": one_or_list(one_of(Purpose)),
        "carries": one_or_list(one_of(Carries)),
        "uri_scheme": choice(*filter(None, get_args(UriScheme))),
        "needs": NEEDS,
        "heard_on": NAMES,
        "traits": TRAIT_TABLE,
        "gdpr_note": ONE_LINE,
        "mind": TEXT,
        "people": TEXT,
        "source": ONE_LINE,
        "reviewed": checked(date.fromisoformat, "plan.a.date"),
        "remark": ONE_LINE,
    },
    (
        *("label", "purposes", "needs", "heard_on", "gdpr_note"),
        *("people", "source", "reviewed"),
    ),
)
KINDS = mapping_of(KIND)


def without(raw: bytes) -> bytes:
    """Return the text of a plan without kinds kept in it: its file has the word."""
    return parted(raw)[0]


def file_beside(plan: bytes, folder: Path) -> Path:
    """Return where the kinds of a plan go beside it, wherever it names their file."""
    root, _ = document.parse_beginning(plan)
    node = document.inside(root, KEY) if root else None
    name = plain(node.text) if isinstance(node, document.Scalar) else ""
    return folder / (Path(name).name or f"{KEY}.yaml")


def read(root: Spot, raw: bytes) -> tuple[Mapping[str, ChannelKind], bytes]:
    """Return a plan's own kinds, and its text with them; raise Wrong or BadConfig."""
    if KEY not in document.keys(root.node):
        return {}, raw
    spot = root.inside(KEY, document.inside(root.node, KEY))
    vault = root.context.vault
    path = vault.folder / scalar_text(spot)
    plan, kept = parted(raw)
    found = kept or _content(spot, str(path))
    make = partial(_kinds, plan=root.node)
    kinds = read_document(found, str(path), vault, make, empty="plan.file.empty")
    return kinds, _kept(plan, found)


def with_file(raw: bytes, file: str) -> bytes:
    """Return the text of a plan with mistakes, with the kinds that can be read."""
    root, _ = document.parse_beginning(raw)
    node = document.inside(root, KEY) if root else None
    if not isinstance(node, document.Scalar) or exposed(file):
        return raw
    with suppress(BadConfig):
        path = Path(file).absolute().parent / node.text
        return _kept(raw, content(str(path), lambda: message("plan.kinds.missing"))[0])
    return raw


def _kept(plan: bytes, kinds: bytes) -> bytes:
    return plan + b"\n" + KEPT + b64encode(kinds)


def parted(raw: bytes) -> tuple[bytes, bytes]:
    """Return a plan and the kinds kept at its end, b"" where that is not ours."""
    plan, mark, kept = raw.rpartition(b"\n" + KEPT)
    try:
        kinds = b64decode(kept.strip(), validate=True) if mark else b""
    except ValueError:  # a comment of people
        kinds = b""
    return (plan, kinds) if kinds else (raw, b"")


def _content(spot: Spot, path: str) -> bytes:
    """Read the file, unless others may write the plan, and so choose which it is."""
    vault = spot.context.vault
    if vault.exposed:
        raise Wrong(spot, vault.exposed.said)
    vault.files.add(path)
    return content(path, lambda: message("plan.kinds.missing"))[0]


def _kinds(spot: Spot, plan: document.Node) -> dict[str, ChannelKind]:
    kinds = {}
    known = catalogue.load()
    for name, written in KINDS.read(spot).items():
        if known.kind_named(name):
            note_key(spot, name, "plan.kinds.taken", name=shown(name))
        elif not KIND_NAME.fullmatch(name):
            note_key(spot, name, "plan.kinds.name")
        _check_needs(written, plan)
        _check_names(written, plan)
        _check_words(written)
        if not spot.context.notes.count:
            kinds[name] = _kind(written)
    return kinds


def _kind(written: Record) -> ChannelKind:
    values = {key: bare(value) for key, value in written.values.items()}
    traits = {**dict.fromkeys(catalogue.load().traits, "unknown")}
    usual = {"short_name": values["label"], "carries": Carries}
    sets = {key: frozenset({**usual, **values}[key]) for key in ("purposes", "carries")}
    own = {
        "traits": traits | values.get("traits", {}),
        "needs": joined(values["needs"]),
    }
    return ChannelKind(**{**usual, **values, **sets, **own})


def _check_needs(written: Record, plan: document.Node) -> None:
    """Note components that neither the catalogue nor the plan has."""
    declared = document.keys(document.inside(plan, "components"))
    parts = [*declared, *catalogue.load().components]
    for group in written.get("needs", ()):
        for name in (each for each in group[1:] + group[:-1] if each.text in WAYS):
            name.spot.note("plan.kinds.access", name=name.text)
    for name in chain.from_iterable(written.get("needs", ())):
        if name.text not in {*parts, *WAYS}:
            meant = nearest(name.text, parts) or message("plan.component.add")
            facts = {"name": shown(name.text), "meant": meant}
            name.spot.note("plan.component.unknown", **facts)


def _check_names(written: Record, plan: document.Node) -> None:
    """Note devices and traits that there are not."""
    for name, valid in _devices(written, plan):
        if name.text not in valid:
            meant = suggestion(name.text, valid, "device")
            name.spot.note("plan.no-such.device", name=shown(name.text), meant=meant)
    traits = catalogue.load().traits
    for trait in written.get("traits", {}):
        if trait not in traits:
            meant = suggestion(trait, traits)
            said = message("plan.no-such.trait", name=shown(trait), meant=meant)
            note_key(written.at("traits"), trait, said)


def _devices(written: Record, plan: document.Node) -> Iterator[tuple[Name, list[str]]]:
    """Yield each device that hears it, and how devices may be named."""
    devices = catalogue.load().devices
    own = document.keys(document.inside(plan, "devices"))
    services = [f"{name}.{each}" for name in devices for each in devices[name].services]
    for name in written.get("heard_on", ()):
        mine = [name.text] if name.text.partition(".")[0] in own else []
        yield name, [*devices, *services, *own, *mine]


def _check_words(written: Record) -> None:
    if "purposes" in written.values and not written.get("purposes"):
        wanted = message("plan.a.list", example="[alert, coordinate]")
        spot = written.at("purposes")
        spot.note(must_be(spot, wanted, NOTHING).message)
    key = "short_name" if written.get("short_name") else "label"
    label: Text = written.get(key, Text())
    longest = max(map(len, (label.plain, *label.translations.values())))
    if longest > NAME_LETTERS:
        facts = {"n": longest, "limit": NAME_LETTERS}
        written.at(key).note("plan.kinds.short-name", **facts)
    if (source := written.get("source")) and not SOURCED.search(source):
        written.at("source").note("plan.kinds.source")
    reviewed = written.get("reviewed")
    if reviewed and reviewed > datetime.now(UTC).date():
        written.at("reviewed").note("plan.kinds.future")
