"""Report of this site upwards: what is lost, used, missed and needed.

In the words of the plan, as one page, as one text message, and as JSON.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.model.nodes import channel_node, kind_of
from secours.model.snapshot import Link, State
from secours.outside_text import plain
from secours.render.answers.values import SCHEMA, Time, iso, iso_or_null
from secours.render.section import Section
from secours.render.wall.rungs import answered
from secours.render.wording import sms_length
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses
from secours.render.wording.silence import orders

LONGEST, LONGEST_NAME = 160, 60  # characters of a need, and of a name
MOST = 6  # of each part in a text message
PARTS = ("lost", "used", "missed", "needed")


class LostAnswer(Struct, frozen=True, kw_only=True):
    """A component, channel or our own link lost; `sure` is false for a likely cause."""

    name: str
    label: str
    since: Time | None
    sure: bool = True


class ReportAnswer(Struct, frozen=True, kw_only=True):
    """Report to an audience, and the same as one text message."""

    schema: Literal[1] = SCHEMA
    site: str
    at: Time
    audience: str
    lost: tuple[LostAnswer, ...]
    used: tuple[str, ...]
    missed: tuple[str, ...]
    needed: tuple[str, ...]
    text: str = ""


def answer(localizer: Localizer, audience: str) -> ReportAnswer:
    """Return the report of a snapshot."""
    shot = localizer.snapshot
    lost = tuple(_lost(localizer))
    names = {each.name for each in lost}
    names |= names.union(map(kind_of, names))
    found = ReportAnswer(
        site=localizer.site,
        at=iso(shot.at),
        audience=audience,
        lost=lost,
        used=tuple(_used(localizer)),
        missed=tuple(_missed(localizer)),
        needed=tuple(
            plain(localizer.in_language(need), LONGEST)
            for name, need in shot.reports.get(audience, {}).items()
            if name in names
        ),
    )
    return replace(found, text=_text(found, localizer))


def _lost(localizer: Localizer) -> Iterator[LostAnswer]:
    """Yield our own link, what is known down, then what probably failed."""
    shot = localizer.snapshot
    if shot.own_link is Link.DOWN:
        label = localizer.say("topics.own_link")
        yield LostAnswer(name="own-link", label=label, since=None)
    standings = {view.name: view.standing for view in shot.components}
    standings |= {channel_node(view.name): view.standing for view in shot.channels}
    likely = [e.likeliest[0] for e in shot.explanations if len(e.likeliest) == 1]
    down = [n for n, each in standings.items() if each.state is State.DOWN]
    sure = dict.fromkeys((*shot.known_down, *down))
    for name in dict.fromkeys((*sure, *(name for names in likely for name in names))):
        standing = standings.get(name)
        since = (standing.failed_at or standing.since) if standing else None
        yield LostAnswer(
            name=name,
            label=plain(localizer.subject(name), LONGEST_NAME),
            since=iso_or_null(since),
            sure=name in sure,
        )


def _used(localizer: Localizer) -> Iterator[str]:
    """Yield what lines use, or that they are measured."""
    for line in localizer.snapshot.recommendations:
        use = answered(line)
        if use is None and not line.measuring:
            continue  # missed
        name = localizer.short_name(use.channel) if use else localizer.say("measuring")
        weak = use is not None and not use.verified
        doubt = f" ({localizer.say('unverified.word')})" if weak else ""
        name = plain(name, LONGEST_NAME) + doubt
        yield f"{localizer.heading(line)}{localizer.say('colon')} {name}"


def _missed(localizer: Localizer) -> Iterator[str]:
    """Yield audiences out of reach, lines without a channel, then groups."""
    held = orders.in_force(localizer)
    cut = {view.audience for view in held if view.all_cut}
    yield from (orders.head(view, localizer) for view in held)
    for line in localizer.snapshot.recommendations:
        told = misses.sentence(line, localizer)
        if not answered(line) and not line.measuring and line.audience not in cut:
            told = localizer.say("nothing.rank")
        if told:
            yield f"{localizer.heading(line)}{localizer.say('colon')} {told}"


def sections(found: ReportAnswer, localizer: Localizer) -> list[Section]:
    """Return the report as one page: the text message first."""
    none = dict.fromkeys(PARTS, localizer.say("report.none"))
    if found.lost:
        none["needed"] = localizer.say("report.needed.none")
    said = {key: _words(found, key, localizer) or [none[key]] for key in PARTS}
    return [
        Section("", [found.text]),
        *(Section(localizer.say(f"report.{key}"), said[key]) for key in PARTS),
    ]


def _words(found: ReportAnswer, key: str, localizer: Localizer) -> list[str]:
    if key != "lost":
        return list(getattr(found, key))
    return [
        localizer.say(
            "report.lost.one",
            what=each.label,
            probably=None if each.sure else localizer.say("report.probably"),
            time=localizer.time(datetime.fromisoformat(each.since))
            if each.since
            else None,
        )
        for each in found.lost
    ]


def _text(found: ReportAnswer, localizer: Localizer) -> str:
    """Return the report as one text message: fewer of each part, then cut.

    What is used comes last, and is cut first.
    """
    colon, time = (
        localizer.say("colon"),
        f"{localizer.local(localizer.snapshot.at):%H:%M}",
    )
    heads = f"{plain(localizer.site, 40)} {time}", time
    text = ""
    for most, head in product(range(MOST, 0, -1), heads):
        said = [head]
        for key in ("lost", "needed", "missed", "used"):
            if words := _words(found, key, localizer):
                few = texts.first_of(localizer.language, words, most)
                said.append(f"{localizer.say(f'report.{key}')}{colon} {few}")
        text = sms_length.transliterated(". ".join(said))
        if sms_length.fits(text):
            return text
    return sms_length.cut(text)
