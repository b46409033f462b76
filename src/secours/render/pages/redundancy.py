"""What a plan rests on: its audit, what would fall, and a picture of its needs.

Pure: nothing is decided here, the reasoning is that of the core.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from secours import texts
from secours.model import Config, Recommendation, Snapshot
from secours.render.answers.audit import Answer, labels
from secours.render.badges import Tone, shape
from secours.render.escape import esc, plain
from secours.render.palette import DARK
from secours.render.wording import audit
from secours.render.wording.localizer import Voice

COLUMNS = ("line", "use", "else", "left")
LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One moment of a what-if: what falls and with what, and how things stand then."""

    after_s: float
    falls: tuple[tuple[str, str | None], ...]
    ending: tuple[str, ...]  # channels
    snapshot: Snapshot
    left: tuple[tuple[str, ...], ...]  # channels, for each line of the plan


# ------------------------------------------------------------------ the audit


def audit_html(answer: Answer, voice: Voice) -> str:
    """Draw an audit: a part for each line of the plan, then what holds for all."""
    lines = audit.lines(answer, voice.language)
    world = f"<p>{esc(next(lines))}</p>"
    parts = _parts(lines)
    tones = [*map(_tone, answer["lines"]), *([None] * len(parts))]
    drawn = (
        _part(head, entries, tone)
        for (head, entries), tone in zip(parts, tones, strict=False)
    )
    return _page(world + "".join(drawn), voice)


def _parts(lines: Iterator[str]) -> list[tuple[str, list[str]]]:
    """Gather the lines of words under their heads: what is indented is an entry."""
    parts: list[tuple[str, list[str]]] = []
    for line in filter(None, lines):
        if line.startswith(" "):
            parts[-1][1].append(line)
        else:
            parts.append((line, []))
    return parts


def _tone(line: Answer) -> Tone:
    """Say how a line stands one failure: not, as long as we know or live, or well."""
    if line["single_points"] or not line["channels"]:
        return Tone.DOWN
    doubtful = line["single_points_later"] or line["needs_unknown"]
    return Tone.DEGRADED if doubtful else Tone.OK


def _part(head: str, entries: Sequence[str], tone: Tone | None) -> str:
    """Draw a part; a line of the plan has a shape before it."""
    mark = "" if tone is None else shape(tone)
    listed = "".join(f"<li>{esc(entry, 2000)}</li>" for entry in entries)
    return (
        f'<section class="s-owner"><div class="s-owner-head">{mark}'
        f"<h3>{esc(head, 600)}</h3></div>"
        f'<ul class="s-probes">{listed}</ul></section>'
    )


# ------------------------------------------------------------------ what if


def whatif_html(seen: Sequence[Seen], voice: Voice) -> str:
    """Draw what falls, moment by moment, and what is recommended then."""
    return _page("".join(_moment(each, voice) for each in seen), voice)


def _moment(seen: Seen, voice: Voice) -> str:
    key = "whatif.after" if seen.after_s else "whatif.at_once"
    head = voice.say(key, after_s=seen.after_s)
    said = "".join(f"<p>{esc(text, 2000)}</p>" for text in _said(seen, voice))
    return (
        f'<section class="s-owner"><div class="s-owner-head"><h3>{esc(head)}</h3></div>'
        f"{said}{_answers(seen, voice)}</section>"
    )


def _said(seen: Seen, voice: Voice) -> Iterator[str]:
    colon = voice.say("colon")
    channels_first = sorted(seen.falls, key=lambda fall: not _is_channel(fall[0]))
    if seen.falls:
        names = ", ".join(_fallen(*fall, voice) for fall in channels_first)
        yield f"{voice.say('whatif.falls')}{colon} {names}."
    if seen.ending:
        names = ", ".join(map(voice.short_name, seen.ending))
        yield f"{voice.say('whatif.ending')}{colon} {names}."


def _fallen(name: str, because: str | None, voice: Voice) -> str:
    if because is None:
        return node_name(name, voice)
    component = node_name(because, voice)
    return voice.say("whatif.with", name=node_name(name, voice), component=component)


def _answers(seen: Seen, voice: Voice) -> str:
    lines = zip(seen.snapshot.recommendations, seen.left, strict=True)
    return table_html(
        [voice.say(f"redundancy.{name}") for name in COLUMNS],
        [_answer(line, left, voice) for line, left in lines],
    )


def _answer(
    line: Recommendation, left: Sequence[str], voice: Voice
) -> tuple[str, str, str, str]:
    total = sum(len(names) for _, names in line.tiers)
    spare = voice.short_name(line.backup.channel) if line.backup else "-"
    count = voice.say("nothing.count", n=len(left), of=total)
    purpose = texts.purpose(voice.language, line.purpose, line.audience)
    return purpose, used(line, voice), spare, count


def used(line: Recommendation, voice: Voice) -> str:
    """Say what a line has in use, which choice that is, and how it is."""
    if line.use is None:
        return voice.say("nothing")
    rank = texts.rank(voice.language, line.use.rank)
    words = [voice.short_name(line.use.channel), rank]
    if not line.use.verified:
        words.append(voice.say("unverified"))
    elif line.use.state != "available":
        words.append(texts.state(voice.language, line.use.state))
    return " · ".join(words)


def node_name(name: str, voice: Voice) -> str:
    """Return what people call a component, `channel:NAME` or `path:NAME`."""
    if _is_channel(name):
        return voice.short_name(name.partition(":")[2])
    return voice.component(name)


def _is_channel(name: str) -> bool:
    return name.startswith("channel:")


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table of words."""
    top = "".join(f'<th scope="col">{esc(head)}</th>' for head in heads)
    cells = (
        "".join(
            f'<td data-head="{esc(head)}">{esc(cell, 600)}</td>'
            for head, cell in zip(heads, row, strict=True)
        )
        for row in rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return (
        f'<table class="s-table"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _page(inside: str, voice: Voice) -> str:
    return f'<div class="s-status" lang="{voice.language}">{inside}</div>'


# ------------------------------------------------------------------ the picture


def picture(config: Config, fallen: Collection[str], voice: Voice) -> str:
    """Write what needs what in the language of graphviz; `fallen` bear a cross."""
    needs = {f"channel:{c.name}": c.needs for c in config.channels.values()}
    needs |= {part.name: part.needs for part in config.components.values()}
    names = labels(config, voice.language)
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
    look = ', style="rounded"' if _is_channel(name) else ""
    if name in fallen:
        words = f"✖ {words}"
        look = f', color="{DARK["bad"]}", fontcolor="{DARK["bad"]}"'
    return f"{_quoted(name)} [label={_quoted(words)}{look}];"


def _quoted(text: str) -> str:
    written = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{written}"'
