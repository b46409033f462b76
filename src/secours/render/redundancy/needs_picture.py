"""Picture of needs: boxes with their words, and lines. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct

from secours.core.replay.whatif import Falls
from secours.model.nodes import channel_node, is_channel
from secours.model.plan import Config
from secours.render import text_width
from secours.render.escape import plain
from secours.render.redundancy import needs_layout
from secours.render.redundancy.choice import FailureChoice, Names
from secours.render.redundancy.needs_layout import WIDE, NeedsLayout, PlacedBox
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer

PART: Final = "s-needs"  # of the page
SIZE = 16
LETTER_WIDTH = 1.12  # of a font wider than the measured one
ROOM = (WIDE - 24) / LETTER_WIDTH
HEAD = 34  # above the boxes
MOST_CHANNELS = 40  # drawn while nothing fails
MOST_BOXES = 120
ZOOMS: Final[Mapping[str, float | None]] = {"fit": None, "1": 1.0, "2": 1.5}
USUAL_ZOOM: Final = "1"


class Thread(Struct, frozen=True):
    """A line as a path of SVG."""

    path: str
    look: str


def picture(
    config: Config,
    falls: Falls,
    choice: FailureChoice,
    names: Names,
    localizer: Localizer,
    zoom: str,
) -> Row:
    """Draw the needs; what falls stands out, the rest is faint."""
    needs = needs_of(config)
    drawn = _drawn(needs, falls)
    few = {n: tuple(x for x in needs[n] if x in drawn) for n in needs if n in drawn}
    layout = needs_layout.arranged(few)
    return {
        "nodes": [_node(box, falls, choice, names, localizer) for box in layout.boxes],
        "threads": list(_threads(config, layout, falls)),
        "heads": [
            (x, localizer.say(f"redundancy.column.{group}"))
            for group, x in layout.groups
        ],
        "width": layout.width,
        "height": layout.height + HEAD,
        "zoom": ZOOMS.get(zoom, ZOOMS[USUAL_ZOOM]),
        "left_out": sum(is_channel(name) for name in needs.keys() - drawn),
    }


def needs_of(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the needs of each channel and component, without unneeded ones."""
    needs = {
        channel_node(c.name): tuple(dict.fromkeys(chain.from_iterable(c.needs)))
        for c in config.channels.values()
    }
    parts = {
        part.name: tuple(dict.fromkeys(chain.from_iterable(part.needs)))
        for part in config.components.values()
    }
    needed = set(chain.from_iterable((*needs.values(), *parts.values())))
    return needs | {n: each for n, each in parts.items() if each or n in needed}


def _drawn(needs: Mapping[str, Sequence[str]], falls: Falls) -> set[str]:
    """Return the nodes that fit: falling ones first, then the most needed."""
    channels = [name for name in needs if is_channel(name)]
    if len(channels) > MOST_CHANNELS:
        channels = [name for name in channels if name in falls][:MOST_CHANNELS]
    needed = list(chain.from_iterable(needs.values()))
    parts = sorted(
        (name for name in needs if not is_channel(name)),
        key=lambda name: (name not in falls, -needed.count(name)),
    )
    return {*channels, *parts[: MOST_BOXES - len(channels)]}


def _node(
    box: PlacedBox,
    falls: Falls,
    choice: FailureChoice,
    names: Names,
    localizer: Localizer,
) -> Row:
    name = plain(names.get(box.name) or box.name)
    look = _look(box.name, falls, choice)
    said = _said(box.name, falls, choice, localizer)
    rows = _rows(name, 1 if said else 2)
    return {
        "x": box.x,
        "y": box.y + HEAD,
        "rows": [*rows, said] if said else rows,
        "name": name,
        "said": said,
        "address": choice.switched([box.name], PART),
        "look": look,
        "channel": is_channel(box.name),
    }


def _look(name: str, falls: Falls, choice: FailureChoice) -> str:
    if name in choice.fails:
        return "fails"
    if name in falls:
        return "later" if falls[name].after_s else "falls"
    return "faint" if choice.fails else "plain"


def _said(name: str, falls: Falls, choice: FailureChoice, localizer: Localizer) -> str:
    """Return when a node falls; "" if it does not."""
    if name in choice.fails:
        return localizer.say("redundancy.node.fails")
    if name not in falls:
        return ""
    after_s = falls[name].after_s
    if not after_s:
        return localizer.say("redundancy.node.at_once")
    return localizer.say("redundancy.node.after", after_s=after_s)


def _rows(name: str, most: int) -> list[str]:
    """Break a name into rows that fit, and cut the rest."""
    if most == 1:
        return [_cut(name)]
    rows = list(_filled(name))
    if len(rows) > most:
        rows = [*rows[: most - 1], _cut(f"{rows[most - 1]}…")]
    return rows


def _filled(name: str) -> Iterator[str]:
    row = ""
    for part in _parts(name):
        if row and not _fits(f"{row}{part}"):
            yield row
            row = part.lstrip()
        else:
            row = f"{row}{part}".lstrip()
    yield row


def _parts(name: str) -> Iterator[str]:
    """Yield the words, each after its space; one too long for a row is split."""
    for word in name.split(" "):
        rest = f" {word}"
        while not _fits(rest.lstrip()):
            most = next(n for n in range(len(rest), 0, -1) if _fits(f"{rest[:n]}-"))
            hyphen = rest.rfind("-", 0, most) + 1
            yield rest[:hyphen] if hyphen else f"{rest[:most]}-"
            rest = rest[hyphen or most :]
        yield rest


def _fits(row: str) -> bool:
    return text_width.width(row, SIZE) <= ROOM


def _cut(word: str) -> str:
    while not _fits(word):
        word = f"{word[:-2]}…"
    return word


def _threads(config: Config, layout: NeedsLayout, falls: Falls) -> Iterator[Thread]:
    """Yield the lines, falling ones last: they lie above the others."""
    either = set(_alternatives(config))
    found = []
    for wire in layout.wires:
        look = "either" if (wire.needing, wire.needed) in either else "plain"
        lit = wire.needing in falls and wire.needed in falls
        looks = f"{look} s-lit" if lit else f"{look} s-unlit" if falls else look
        found.append((lit, Thread(_path(wire.points), looks)))
    for _, thread in sorted(found, key=lambda each: each[0]):
        yield thread


def _alternatives(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the needs that have alternatives."""
    for name, owner in config.owners.items():
        for clause in owner.needs:
            if len(clause) > 1:
                yield from ((name, need) for need in clause)


def _path(points: Sequence[tuple[int, int]]) -> str:
    """Write a line that leaves and reaches each box level."""
    (x, y), *rest = points
    written = [f"M{x} {y + HEAD}"]
    for place, (to_x, to_y) in enumerate(rest):
        if place % 2:
            written.append(f"H{to_x}")
        else:
            half = (x + to_x) // 2
            written.append(
                f"C{half} {y + HEAD} {half} {to_y + HEAD} {to_x} {to_y + HEAD}"
            )
        x, y = to_x, to_y
    return " ".join(written)


def listed(
    config: Config, names: Names, localizer: Localizer
) -> list[tuple[str, Sequence[str]]]:
    """Return the needs in words: the picture's other form."""
    either = localizer.say("channel.needs.or")
    return [
        (
            names[name],
            [
                f" {either} ".join(names[need] for need in clause)
                for clause in owner.needs
            ],
        )
        for name, owner in (
            *((n, o) for n, o in config.owners.items() if is_channel(n)),
            *((n, o) for n, o in config.owners.items() if not is_channel(n)),
        )
        if owner.needs
    ]
