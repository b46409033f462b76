"""A recorded outage played on a plan: one moment of it, its course, and its score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from secours import texts
from secours.model import Scenario, Snapshot, Turn, Verdict
from secours.render.escape import esc
from secours.render.pages.redundancy import table_html, used
from secours.render.wall.card import card
from secours.render.wording import do_not_use, suspects
from secours.render.wording.localizer import Voice

LIKELIEST = 3  # sets of suspects of a group that are written out
MOST_ROWS = 300
DISTRUSTED = "—"  # instead of a line of the plan
SCORE = ("line", "without", "wrong", "changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """How a line of the plan came through; without a purpose it is all of them."""

    purpose: str = ""
    audience: str = ""
    without_min: float
    wrong_min: float
    changes: int


# ------------------------------------------------------------------ one moment


def moment_html(voice: Voice, at_s: float, when: datetime) -> str:
    """Draw what was recommended and suspected so long after the start."""
    time = texts.duration(voice.language, at_s)
    head = voice.say("replay.at", time=time, when=f"{when:%Y-%m-%d %H:%M}")
    cards = "".join(card(each, voice).html for each in voice.snapshot.recommendations)
    heading = esc(voice.say("status.suspects"))
    look = ' class="s-suspects"' if suspects.sentences(voice) else ""
    return _page(
        f'<section class="s-part"><h2>{esc(head)}</h2>'
        f"{do_not_use.band(voice, whole=True)}{cards}</section>"
        f'<section class="s-part"><h2>{heading}</h2>'
        f"<p{look}>{esc(likeliest(voice), 1000)}</p></section>",
        voice,
    )


def likeliest(voice: Voice) -> str:
    """Name the likeliest suspects, and say how many more explain as much."""
    said = "; ".join(suspects.sentences(voice, LIKELIEST))
    return said or voice.say("replay.suspects.none")


# ------------------------------------------------------------------ its course


def course_html(moments: Sequence[tuple[float, Snapshot]], voice: Voice) -> str:
    """Draw for each line of the plan what it used, and from when on.

    What must not be used stands between them, where that changes.
    """
    rows: list[tuple[str, str, str]] = []
    before = {DISTRUSTED: ""}
    for minute, snapshot in moments:
        for name, words in _course(Voice(snapshot, voice.language)):
            if before.get(name) != words:
                rows.append((clock(minute), name, words or DISTRUSTED))
                before[name] = words
    heads = ("replay.from", "redundancy.line", "redundancy.use")
    return _page(table_html(list(map(voice.say, heads)), rows[:MOST_ROWS]), voice)


def _course(voice: Voice) -> Iterator[tuple[str, str]]:
    """Yield what must not be used, and what each line of the plan uses."""
    yield DISTRUSTED, do_not_use.sentence(voice)
    for line in voice.snapshot.recommendations:
        name = texts.purpose(voice.language, line.purpose, line.audience)
        yield name, used(line, voice)


def summary(rows: Sequence[tuple[str, Sequence[Turn]]], voice: Voice) -> str:
    """Name the channels in whose tests the outage shows."""
    if not (found := shows(rows)):
        return voice.say("replay.unseen")
    names = ", ".join(map(voice.short_name, found))
    return voice.say("replay.shows", names=names, n=len(found), of=len(rows))


def shows(rows: Sequence[tuple[str, Sequence[Turn]]]) -> list[str]:
    """Return the channels whose tests see anything but that all is well."""
    return [
        name
        for name, turns in rows
        if any(turn.verdict is not Verdict.OK for turn in turns)
    ]


def seen_html(rows: Sequence[tuple[str, Sequence[Turn]]], voice: Voice) -> str:
    """Draw what the tests of each channel see, as words: the picture's other form."""
    head = [voice.say("channel.choose"), voice.say("replay.seen")]
    written = [(voice.short_name(name), _turns(turns, voice)) for name, turns in rows]
    return _page(table_html(head, written), voice)


def _turns(turns: Sequence[Turn], voice: Voice) -> str:
    return " · ".join(
        f"{clock(turn.at_s / 60)} {voice.say(f'verdict.{turn.verdict}')}"
        for turn in turns
    )


def clock(minute: float) -> str:
    """Write how long after the start: hours and minutes."""
    return f"{int(minute) // 60}:{int(minute) % 60:02}"


# ------------------------------------------------------------------ its score


def score_html(scored: Sequence[Scored], scenario: Scenario, voice: Voice) -> str:
    """Draw how the plan came through, and what the outage teaches."""
    heads = ("redundancy.line", *(f"replay.{name}" for name in SCORE[1:]))
    table = table_html(
        list(map(voice.say, heads)), [_scored(each, voice) for each in scored]
    )
    return _page(f"{table}{_lesson(scenario, voice)}", voice)


def _scored(each: Scored, voice: Voice) -> tuple[str, str, str, str]:
    name = voice.say("replay.all")
    if each.purpose:
        name = texts.purpose(voice.language, each.purpose, each.audience)
    return (
        name,
        texts.duration(voice.language, 60 * each.without_min),
        texts.duration(voice.language, round(60 * each.wrong_min)),
        str(each.changes),
    )


def about(scenario: Scenario, voice: Voice) -> Iterator[tuple[str, str, str]]:
    """Yield the head, the words and the language of what is to be learnt from it.

    What was recorded in no language of its own is in English, like its title.
    """
    colon = voice.say("colon")
    if lesson := voice.in_language(scenario.lesson):
        spoken = voice.language if scenario.lesson.translations else "en"
        yield f"{voice.say('replay.lesson')}{colon}", lesson, spoken
    if scenario.confidence:
        words = voice.say(f"confidence.{scenario.confidence}")
        yield f"{voice.say('replay.confidence')}{colon}", words, voice.language
    if scenario.sources:
        sources = ", ".join(scenario.sources)
        yield f"{voice.say('replay.sources')}{colon}", sources, voice.language


def _lesson(scenario: Scenario, voice: Voice) -> str:
    said = "".join(
        f'<p><b>{esc(head)}</b> <span lang="{lang}">{esc(words, 1000)}</span></p>'
        for head, words, lang in about(scenario, voice)
    )
    return f'<section class="s-part">{said}</section>' if said else ""


def _page(inside: str, voice: Voice) -> str:
    return f'<div class="s-status" lang="{voice.language}">{inside}</div>'
