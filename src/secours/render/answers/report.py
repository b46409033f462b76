"""Report of this site upwards: what is lost, used, missed and needed.

In the words of the plan, as one page, as one text message, and as JSON.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.core.notices.matters import own_link
from secours.model.nodes import channel_node, kind_of
from secours.model.observed import Reason
from secours.model.snapshot import Link, State
from secours.outside_text import plain
from secours.render.answers.values import SCHEMA, Time, iso, iso_or_null
from secours.render.section import Section
from secours.render.wording import sms_length
from secours.render.wording.localizer import Localizer, hour
from secours.render.wording.receivers import misses
from secours.render.wording.silence import orders

LONGEST, LONGEST_NAME = 160, 60  # characters of a need, and of a name
STEPS = (  # what is lost, letters of a name, and of each other part; in a text message
    *((6, LONGEST_NAME, 6), (2, LONGEST_NAME, 6)),
    *((lost, longest, 6) for lost in (1, 0, None) for longest in (60, 30, 20, 12)),
    (None, 8, 6),
    *((None, longest, most) for most in (2, 1) for longest in (30, 20, 12, 8)),
)
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
    names = {name for each in lost for name in (each.name, kind_of(each.name))}
    report = ReportAnswer(
        site=localizer.site,
        at=iso(shot.at),
        audience=audience,
        lost=lost,
        used=tuple(_used(localizer)),
        missed=tuple(whole for whole, *_ in _missed(localizer)),
        needed=tuple(
            plain(localizer.in_language(need), LONGEST)
            for name, need in shot.reports.get(audience, {}).items()
            if name in names
        ),
    )
    return replace(report, text=_text(report, localizer))


def _lost(localizer: Localizer) -> Iterator[LostAnswer]:
    """Yield our own link, what is known down, then what probably failed.

    What is in maintenance is not lost.
    """
    shot = localizer.snapshot
    if shot.own_link is Link.DOWN:
        label, (cut,) = localizer.say("topics.own_link"), own_link(shot)
        yield LostAnswer(name=cut.key, label=label, since=iso_or_null(cut.since))
    standings = {view.name: view.standing for view in shot.components}
    standings |= {channel_node(view.name): view.standing for view in shot.channels}
    likely = [e.likeliest[0] for e in shot.explanations if len(e.likeliest) == 1]
    down = [n for n, each in standings.items() if each.state is State.DOWN]
    sure = dict.fromkeys((*shot.known_down, *down))
    for name in dict.fromkeys((*sure, *(name for names in likely for name in names))):
        standing = standings.get(name)
        if standing and standing.aside is Reason.MAINTENANCE:
            continue
        since = (standing.failed_at or standing.since) if standing else None
        yield LostAnswer(
            name=name,
            label=plain(localizer.subject(name), LONGEST_NAME),
            since=iso_or_null(since),
            sure=name in sure,
        )


def _used(localizer: Localizer, longest: int = LONGEST_NAME) -> Iterator[str]:
    """Yield what lines use, or that they are measured."""
    for line in localizer.snapshot.recommendations:
        use = line.answer
        if use is None and not line.measuring:
            continue  # missed
        name = localizer.short_name(use.channel) if use else localizer.say("measuring")
        weak = use is not None and not use.verified
        doubt = f" ({localizer.say('unverified.word')})" if weak else ""
        heads = (_short(e, longest) for e in localizer.purpose(line) if e)
        head = f"{' '.join(heads)}{localizer.say('colon')}"
        yield f"{head} {_short(name, longest)}{doubt}"


def _missed(localizer: Localizer) -> Iterator[tuple[str, Sequence[str], str]]:
    """Yield audiences out of reach, lines without a channel, then groups.

    Each is a sentence, short names, and the duration after them.
    """
    held = orders.in_force(localizer)
    cut = {view.audience for view in held if view.all_cut}
    silent = {view.audience for view in held}
    for view in held:
        since_s = localizer.age_s(view.since) if view.since else 0.0
        lasts = texts.duration(localizer.language, since_s)
        who = orders.audience(view, localizer)
        yield orders.head(view, localizer), [who], f" {lasts}"
    lines = [line.answered for line in localizer.snapshot.recommendations]
    for line in sorted(lines, key=lambda each: each.answer is not None):
        head, missed = localizer.heading(line), misses.sentence(line, localizer)
        reach = line.answer.reach if line.answer else None
        names = [misses.label(e, localizer) for e in (reach.missed if reach else ())]
        if not line.answer and not line.measuring and line.audience not in cut:
            verb, audience = localizer.purpose(line)
            missed = localizer.say("nothing.rank")
            names = [] if line.audience in silent else [audience or verb]
        if missed:
            yield f"{head}{localizer.say('colon')} {missed}", names, ""


def sections(report: ReportAnswer, localizer: Localizer) -> list[Section]:
    """Return the report as one page: the text message first."""
    none = dict.fromkeys(PARTS, localizer.say("report.none"))
    if report.lost:
        none["needed"] = localizer.say("report.needed.none")
    words = {key: list(getattr(report, key)) or [none[key]] for key in PARTS}
    words["lost"] = [*_lost_words(report, localizer)] or [none["lost"]]
    titled = (Section(localizer.say(f"report.{key}"), words[key]) for key in PARTS)
    return [Section("", [report.text]), *titled]


def _lost_words(
    report: ReportAnswer, localizer: Localizer, longest: int = LONGEST_NAME
) -> Iterator[str]:
    for each in report.lost:
        since = each.since and localizer.time(datetime.fromisoformat(each.since))
        probably = None if each.sure else localizer.say("report.probably")
        what = _short(each.label, longest)
        yield localizer.say("report.lost.one", what=what, probably=probably, time=since)


def _text(report: ReportAnswer, localizer: Localizer) -> str:
    """Return the report as one text message, in which no part is left out.

    What is lost gives way first, down to its number, then names get shorter, then each
    part counts others, whose names may be longer again; at last the need is cut.
    """
    colon, say = localizer.say("colon"), localizer.say
    time, text = hour(localizer.local(localizer.snapshot.at)), ""
    heads = f"{plain(localizer.site, 40)} {time}", time
    for (lost, longest, most), head in product(STEPS, heads):
        missed = (
            f"{_short(name, longest)}{lasts}"
            for _, names, lasts in _missed(localizer)
            for name in names
        )
        words = {
            "lost": ([*_lost_words(report, localizer, longest)], lost),
            "used": ([*_used(localizer, longest)], most),
            "missed": ([*dict.fromkeys(missed)], most),
            "needed": (report.needed, most),
        }
        few = {
            key: texts.first_of(localizer.language, each, n) if n else f"{len(each)}"
            for key, (each, n) in words.items()
            if each and n is not None
        }
        parts = (f"{say(f'report.{key}')}{colon} {each}" for key, each in few.items())
        whole = ". ".join(each.rstrip(".") for each in (head, *parts))
        text = sms_length.transliterated(whole)
        if sms_length.fits(text):
            return text
    return sms_length.cut(text)


def _short(name: str, longest: int) -> str:
    """Shorten a name."""
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}."
