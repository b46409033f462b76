"""Picture of needs: boxes with their names, and lines. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from secours.core.replay.whatif import Falls
from secours.model.nodes import channel_node, is_channel
from secours.model.plan import Config
from secours.render.escape import plain
from secours.render.redundancy import needs_layout
from secours.render.redundancy.choice import FailureChoice, Names
from secours.render.redundancy.needs_layout import NeedsLayout, PlacedBox
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer

PART: Final = "s-needs"  # of the page
HEAD = 34  # above the boxes
MOST_CHANNELS = 40  # drawn while nothing fails
MOST_BOXES = 120
ZOOMS: Final[Mapping[str, float | None]] = {"fit": None, "1": 1.0, "2": 1.5}
USUAL_ZOOM: Final = "1"


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
        "top": -HEAD,
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
    return {
        "x": box.x,
        "y": box.y,
        "name": plain(names.get(box.name) or box.name),
        "said": _said(box.name, falls, choice, localizer),
        "address": choice.switched([box.name], PART),
        "look": _look(box.name, falls, choice),
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


def _threads(config: Config, layout: NeedsLayout, falls: Falls) -> Iterator[Row]:
    """Yield the lines, falling ones last: they lie above the others."""
    either = {
        (name, need)
        for name, owner in config.owners.items()
        for clause in owner.needs
        for need in clause
        if len(clause) > 1
    }
    threads = []
    for wire in layout.wires:
        look = "either" if (wire.needing, wire.needed) in either else "plain"
        lit = wire.needing in falls and wire.needed in falls
        looks = f"{look} s-lit" if lit else f"{look} s-unlit" if falls else look
        threads.append((lit, {"path": _path(wire.points), "look": looks}))
    for _, thread in sorted(threads, key=lambda each: each[0]):
        yield thread


def _path(points: Sequence[tuple[int, int]]) -> str:
    """Write a line that leaves and reaches each box level."""
    (x, y), *rest = points
    written = [f"M{x} {y}"]
    for place, (to_x, to_y) in enumerate(rest):
        if place % 2:
            written.append(f"H{to_x}")
        else:
            half = (x + to_x) // 2
            written.append(f"C{half} {y} {half} {to_y} {to_x} {to_y}")
        x, y = to_x, to_y
    return " ".join(written)


def listed(
    config: Config, names: Names, localizer: Localizer
) -> list[tuple[str, Sequence[str]]]:
    """Return the needs in words: the picture's other form."""
    either = localizer.say("channel.needs.or")
    owners = sorted(config.owners.items(), key=lambda each: not is_channel(each[0]))
    return [
        (names[name], [f" {either} ".join(names[n] for n in x) for x in owner.needs])
        for name, owner in owners
        if owner.needs
    ]
