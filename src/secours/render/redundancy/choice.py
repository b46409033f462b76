"""Failures chosen on the page of the plan, and the links that change them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from secours.core.replay.presets import Preset, presets
from secours.core.replay.whatif import nodes_of
from secours.model.nodes import channel_node, name_in
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.snapshot import Snapshot, State
from secours.outside_text import plain
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer

PAGE: Final = "plan"
FAILS: Final = "fails"
NOW: Final = "now"  # whether nodes out of use now are counted in
APART: Final = "apart"  # they are not
MOST = 40  # failing at once
LONGEST = 80  # search text
ALIKE = 8  # offered where a search fits several, or the choice is full

Names = Mapping[str, str]
"""Label of each component and `channel:NAME`."""


class FailureChoice(Struct, frozen=True, kw_only=True):
    """Chosen failures; and searches without a match, or with several."""

    fails: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()  # other query parameters

    def link(self, fails: Iterable[str], part: str = "", **others: str) -> str:
        """Return the address with these failures; `part` of the page is shown first."""
        said = {**dict(self.others), **others}
        asked = [*((FAILS, name) for name in fails), *said.items()]
        query = f"?{urlencode(asked)}" if asked else ""
        return f"{PAGE}{query}{f'#{part}' if part else ''}"

    def counting(self) -> str:
        """Return the address that counts in nodes out of use now."""
        others = tuple(each for each in self.others if each[0] != NOW)
        return replace(self, others=others).link(self.fails)

    def without(self, names: Collection[str], part: str = "") -> str:
        """Return the address without these failures."""
        return self.link((n for n in self.fails if n not in names), part)

    def plus(self, names: Iterable[str], part: str = "") -> str:
        """Return the address with these failures too."""
        return self.link(dict.fromkeys((*self.fails, *names)), part)

    def switched(self, names: Sequence[str], part: str = "") -> str:
        """Return the address that toggles these failures."""
        on = set(names) <= set(self.fails)
        return self.without(names, part) if on else self.plus(names, part)


FailLink = tuple[str, str]
"""Words of a failure, and the address with it switched."""


def chosen(
    config: Config,
    names: Names,
    queries: Iterable[str],
    others: Iterable[tuple[str, str]] = (),
) -> FailureChoice:
    """Parse an address: names, or words that match one node."""
    nodes = nodes_of(config)
    fails: dict[str, None] = {}
    unknown: list[str] = []
    alike: list[str] = []
    for words in _first(queries):
        matches = _fitting(words, nodes, names)
        if len(matches) == 1 and len(fails) < MOST:
            fails[matches[0]] = None
        elif matches:
            alike += matches[:ALIKE]
        elif words:
            unknown.append(words)
    return FailureChoice(
        fails=tuple(fails),
        unknown=tuple(unknown[:ALIKE]),
        alike=tuple(dict.fromkeys(alike))[:ALIKE],
        others=tuple(others),
    )


def _first(queries: Iterable[str]) -> list[str]:
    """Return the searches, each once, at most as many as are looked up."""
    said = (plain(each, LONGEST).strip() for each in dict.fromkeys(queries))
    return list(dict.fromkeys(islice(said, MOST + ALIKE)))


def _fitting(words: str, nodes: Sequence[str], names: Names) -> list[str]:
    """Return the nodes of that name, else those containing it."""
    if not words or words in nodes:
        return [words] if words else []
    sought = words.casefold()
    called = {node: (names[node], name_in(node)) for node in nodes}
    for fits in (str.__eq__, str.__contains__):
        matches = [
            node
            for node, each in called.items()
            if any(fits(name.casefold(), sought) for name in each)
        ]
        if matches:
            return matches
    return []


def buttons(
    config: Config, names: Names, choice: FailureChoice, localizer: Localizer
) -> list[Row]:
    """Return the usual what-if questions; without an address the plan lacks it."""
    return [
        _button(preset, nodes, names, choice, localizer)
        for preset, nodes in presets(config).items()
    ]


def _button(
    preset: Preset,
    nodes: Sequence[str],
    names: Names,
    choice: FailureChoice,
    localizer: Localizer,
) -> Row:
    words = localizer.say(f"redundancy.preset.{preset}")
    if not nodes:
        none = localizer.say("redundancy.preset.none")
        return {"words": words, "means": none, "address": ""}
    return {
        "words": words,
        "means": ", ".join(names[node] for node in nodes),
        "address": choice.switched(nodes),
        "on": set(nodes) <= set(choice.fails),
    }


def chips(choice: FailureChoice, names: Names) -> list[FailLink]:
    """Return the chosen failures, each with the address without it."""
    return [(names[name], choice.without([name])) for name in choice.fails]


def offers(choice: FailureChoice, names: Names) -> list[FailLink]:
    """Return the matches of a search, each with the address that adds it."""
    return [(names[name], choice.plus([name])) for name in choice.alike]


def unusable(config: Config, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the nodes of the plan that are out of use now."""
    down = [
        channel_node(view.name)
        for view in snapshot.channels
        if view.standing.state is State.DOWN
        or view.standing.aside is Reason.MAINTENANCE  # a distrust stays in what-if
    ]
    known = {*snapshot.known_down, *down}
    return tuple(name for name in nodes_of(config) if name in known)
