"""A recorded outage played on a plan: one moment of it, its course, and its score."""

from collections.abc import Callable, Sequence
from datetime import datetime

from markupsafe import Markup

from secours import texts
from secours.core.replay.score import LineScore, Replay
from secours.model.observed import Verdict
from secours.model.recording import Turn
from secours.render import templates, times
from secours.render.wall import card, unsafe_band
from secours.render.wall.card_fit import card_text
from secours.render.wording import replay, suspects
from secours.render.wording.localizer import Localizer, zone

MOST_ROWS = 300
MOST_NAMES = 8  # of channels, in a sentence
SCORE = ("without", "wrong", "changes")


# ------------------------------------------------------------------ one moment


def moment_html(localizer: Localizer, at_s: float, when: datetime) -> Markup:
    """Draw the recommendations and suspects so long after the start."""
    time, timezone = (
        texts.duration(localizer.language, at_s),
        localizer.snapshot.site.timezone,
    )
    here = when.astimezone(zone(timezone))
    day = texts.written_date(localizer.language, here)
    hour = f"{here:%H:%M} {times.zone_name(when, timezone)}"
    lines = localizer.snapshot.recommendations
    return templates.part(
        "outage.html",
        "moment",
        localizer.language,
        head=localizer.say("replay.at", time=time, when=f"{day} {hour}"),
        unsafe=unsafe_band.band(localizer),
        cards=[card.column_html(card_text(line, localizer)) for line in lines],
        likeliest=replay.likeliest(localizer),
        suspected=bool(suspects.sentences(localizer)),
    )


# ------------------------------------------------------------------ its course


def course_html(
    played: Replay, language: str, address: Callable[[float], str]
) -> Markup:
    """Draw the moves of each line of the plan, each with a link to its minute."""
    heads = ("replay.from", "redundancy.line", "redundancy.use")
    rows = [
        (_minute(each.minute, address, language), each.line, each.words)
        for each in replay.course(played, language)[:MOST_ROWS]
    ]
    titles = [texts.say(language, head) for head in heads]
    return _table(titles, rows, language)


def _minute(minute: float, address: Callable[[float], str], language: str) -> Markup:
    return templates.part(
        "outage.html",
        "minute",
        language,
        address=address(minute),
        words=replay.clock(minute),
    )


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], language: str
) -> Markup:
    return templates.part("base/tables.html", "table", language, heads=heads, rows=rows)


def summary(rows: Sequence[tuple[str, Sequence[Turn]]], localizer: Localizer) -> str:
    """Name the channels in whose tests the outage shows."""
    if not (found := shows(rows)):
        return localizer.say("replay.unseen")
    names = ", ".join(map(localizer.short_name, found[:MOST_NAMES]))
    names += "…" if found[MOST_NAMES:] else ""
    return localizer.say("replay.shows", names=names, n=len(found), of=len(rows))


def shows(rows: Sequence[tuple[str, Sequence[Turn]]]) -> list[str]:
    """Return the channels whose tests see any failure."""
    return [
        name
        for name, turns in rows
        if any(turn.verdict is not Verdict.OK for turn in turns)
    ]


def seen_html(
    rows: Sequence[tuple[str, Sequence[Turn]]], localizer: Localizer
) -> Markup:
    """Draw the results of each channel as words: the picture's other form."""
    head = [localizer.say("channel.choose"), localizer.say("replay.seen")]
    written = [
        (localizer.short_name(name), _turns(turns, localizer)) for name, turns in rows
    ]
    return _table(head, written, localizer.language)


def _turns(turns: Sequence[Turn], localizer: Localizer) -> str:
    return " · ".join(
        f"{replay.clock(turn.at_s / 60)} {localizer.say(f'verdict.{turn.verdict}')}"
        for turn in turns
    )


# ------------------------------------------------------------------ its score


def score_html(played: Replay, localizer: Localizer) -> Markup:
    """Draw the score of the plan, and the lesson of the outage."""
    heads = ("redundancy.line", *(f"replay.{name}" for name in SCORE))
    return templates.part(
        "outage.html",
        "score",
        localizer.language,
        heads=[localizer.say(head) for head in heads],
        rows=[_scored(each, localizer) for each in (*played.lines, played.total)],
        lessons=list(replay.about(played.scenario, localizer)),
    )


def _scored(each: LineScore, localizer: Localizer) -> tuple[str, str, str, str]:
    wrong_s = round(60 * each.minutes_on_a_channel_down)
    return (
        replay.name_of(each, localizer),
        texts.duration(localizer.language, 60 * each.minutes_without_channel),
        texts.duration(localizer.language, wrong_s),
        str(each.changes),
    )
