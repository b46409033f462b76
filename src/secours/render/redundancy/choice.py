"""What somebody lets fail on the page of the plan, and the links that change it."""

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
from secours.render.wording.localizer import Localizer

PAGE: Final = "plan"
FAILS: Final = "fails"
NOW: Final = "now"  # whether what cannot be used now is counted in
APART: Final = "apart"  # it is not
MOST = 40  # things that fail at once
LONGEST = 80  # of what is searched for
ALIKE = 8  # things that are offered where a search fits several, or all are taken

Names = Mapping[str, str]
"""What people call each component and `channel:NAME`."""


class FailureChoice(Struct, frozen=True, kw_only=True):
    """What fails, by name; and what was searched for and fits nothing, or several."""

    fails: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()  # what else the address says

    def link(self, fails: Iterable[str], part: str = "", **others: str) -> str:
        """Return the address at which these fail; `part` of the page is shown first."""
        said = {**dict(self.others), **others}
        asked = [*((FAILS, name) for name in fails), *said.items()]
        query = f"?{urlencode(asked)}" if asked else ""
        return f"{PAGE}{query}{f'#{part}' if part else ''}"

    def counting(self) -> str:
        """Return the address at which what cannot be used now is counted in."""
        others = tuple(each for each in self.others if each[0] != NOW)
        return replace(self, others=others).link(self.fails)

    def without(self, names: Collection[str], part: str = "") -> str:
        """Return the address at which these do not fail."""
        return self.link((n for n in self.fails if n not in names), part)

    def plus(self, names: Iterable[str], part: str = "") -> str:
        """Return the address at which these fail too."""
        return self.link(dict.fromkeys((*self.fails, *names)), part)

    def switched(self, names: Sequence[str], part: str = "") -> str:
        """Return the address at which these fail if not all do, else do not."""
        on = set(names) <= set(self.fails)
        return self.without(names, part) if on else self.plus(names, part)


class PresetButton(Struct, frozen=True):
    """A failure that people ask about first; without an address it means nothing."""

    words: str
    means: str
    address: str = ""
    on: bool = False


class FailLink(Struct, frozen=True):
    """Something that fails, and the address at which it does not."""

    words: str
    address: str


def chosen(
    config: Config,
    names: Names,
    asked: Iterable[str],
    others: Iterable[tuple[str, str]] = (),
) -> FailureChoice:
    """Return what an address asks for: names, or words that fit one thing."""
    known = nodes_of(config)
    fails: dict[str, None] = {}
    unknown: list[str] = []
    alike: list[str] = []
    for words in _first(asked):
        found = _fitting(words, known, names)
        if len(found) == 1 and len(fails) < MOST:
            fails[found[0]] = None
        elif found:
            alike += found[:ALIKE]
        elif words:
            unknown.append(words)
    return FailureChoice(
        fails=tuple(fails),
        unknown=tuple(unknown[:ALIKE]),
        alike=tuple(dict.fromkeys(alike))[:ALIKE],
        others=tuple(others),
    )


def _first(asked: Iterable[str]) -> list[str]:
    """Return what is asked for, each once, and no more than is ever looked up."""
    said = (plain(each, LONGEST).strip() for each in dict.fromkeys(asked))
    return list(dict.fromkeys(islice(said, MOST + ALIKE)))


def _fitting(words: str, known: Sequence[str], names: Names) -> list[str]:
    """Return what is called so; else that whose name holds it."""
    if not words or words in known:
        return [words] if words else []
    wanted = words.casefold()
    called = {node: (names[node], name_in(node)) for node in known}
    for fits in (str.__eq__, str.__contains__):
        found = [
            node
            for node, each in called.items()
            if any(fits(name.casefold(), wanted) for name in each)
        ]
        if found:
            return found
    return []


def buttons(
    config: Config, names: Names, choice: FailureChoice, localizer: Localizer
) -> list[PresetButton]:
    """Return the failures that people ask about first, as far as the plan has them."""
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
) -> PresetButton:
    words = localizer.say(f"redundancy.preset.{preset}")
    if not nodes:
        return PresetButton(words, localizer.say("redundancy.preset.none"))
    means = ", ".join(names[node] for node in nodes)
    on = set(nodes) <= set(choice.fails)
    return PresetButton(words, means, choice.switched(nodes), on)


def chips(choice: FailureChoice, names: Names) -> list[FailLink]:
    """Return what fails, each with the address at which it does not."""
    return [FailLink(names[name], choice.without([name])) for name in choice.fails]


def offers(choice: FailureChoice, names: Names) -> list[FailLink]:
    """Return what a search fits, each with the address at which it fails too."""
    return [FailLink(names[name], choice.plus([name])) for name in choice.alike]


def unusable(config: Config, snapshot: Snapshot) -> tuple[str, ...]:
    """Return what cannot be used as things are now, of what can be said to fail."""
    down = [
        channel_node(view.name)
        for view in snapshot.channels
        if view.standing.state is State.DOWN
        or view.standing.aside is Reason.MAINTENANCE  # a distrust stays in what-if
    ]
    known = {*snapshot.known_down, *down}
    return tuple(name for name in nodes_of(config) if name in known)
