"""A picture of what needs what, in the language of graphviz. Pure."""

from collections.abc import Collection, Mapping

from secours.model.nodes import channel_node, is_channel
from secours.model.plan import Config
from secours.render.answers.audit import labels
from secours.render.escape import plain
from secours.render.palette import DARK
from secours.render.wording.localizer import Localizer

LONGEST_LABEL = 60


def picture(config: Config, fallen: Collection[str], localizer: Localizer) -> str:
    """Write what needs what in the language of graphviz; `fallen` bear a cross."""
    needs = {channel_node(c.name): c.needs for c in config.channels.values()}
    needs |= {part.name: part.needs for part in config.components.values()}
    names = labels(config, localizer.language)
    written = [_node(name, names, fallen) for name in needs]
    for name, clauses in needs.items():
        for clause in clauses:
            dashed = " [style=dashed]" if len(clause) > 1 else ""
            written += [f"{_quoted(name)} -> {_quoted(n)}{dashed};" for n in clause]
    soft = DARK["soft"]
    style = (
        f'rankdir=LR; bgcolor="transparent"; node [shape=box, color="{soft}", '
        f'fontcolor="{DARK["text"]}"]; edge [color="{soft}"];'
    )
    return f"digraph {{ {style}\n" + "\n".join(written) + "\n}"


def _node(name: str, names: Mapping[str, str], fallen: Collection[str]) -> str:
    words = plain(names.get(name, name), LONGEST_LABEL)
    look = ', style="rounded"' if is_channel(name) else ""
    if name in fallen:
        words = f"✖ {words}"
        look = f', color="{DARK["bad"]}", fontcolor="{DARK["bad"]}"'
    return f"{_quoted(name)} [label={_quoted(words)}{look}];"


def _quoted(text: str) -> str:
    written = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{written}"'
