"""A recorded outage as strips: recommendations, and results of tests."""

from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from itertools import pairwise

from markupsafe import Markup
from msgspec import Struct

from secours.core.probing.aggregate import STATES
from secours.core.replay.score import Replay
from secours.model.observed import Verdict
from secours.model.recording import Turn
from secours.model.snapshot import Recommendation, State
from secours.render import ticks, times
from secours.render.pages import strip
from secours.render.pages.strip import TimeBox, Window
from secours.render.wording import replay
from secours.render.wording.localizer import Localizer
from secours.render.wording.whatif import used

Tests = Sequence[tuple[str, Sequence[Turn]]]
"""Each channel and its results; the first turn is at the start."""


class _Turn(Struct, frozen=True):
    """Look that begins at this second."""

    at_s: float
    look: str
    word: str
    said: str  # the word, and more


def ladder_html(
    played: Replay, tests: Tests, at_s: float, localizer: Localizer
) -> Markup:
    """Draw an outage from its start to its end, with a line at a moment.

    A row for each line of the plan, then one for each channel, over one axis.
    """
    start, lasted_s = played.scenario.start.astimezone(UTC), played.scenario.duration_s
    window = Window(start, start + timedelta(seconds=lasted_s))
    moment = start + timedelta(seconds=at_s)
    marks = ticks.elapsed(window.start, window.end)
    hours = times.zone_name(start, localizer.snapshot.site.timezone)
    rows = [
        ("", strip.axis_of(marks, window, localizer)),
        (hours, strip.axis(window, localizer)),
        ("", strip.moment(moment, window, localizer)),
        (localizer.say("replay.answers"), Markup()),
        *(_row(*row, window, localizer, True) for row in _answers(played, localizer)),
        (localizer.say("replay.ladder"), Markup()),
        *(_row(*row, window, localizer, False) for row in _tests(tests, localizer)),
    ]
    return strip.timelines(rows, localizer)


def _answers(
    played: Replay, localizer: Localizer
) -> Iterator[tuple[str, Sequence[_Turn]]]:
    """Yield each line of the plan, with its recommendations."""
    for place, line in enumerate(played.timeline[0].snapshot.recommendations):
        turns = [
            _answer(60 * each.minute, each.snapshot.recommendations[place], localizer)
            for each in played.timeline
        ]
        name = localizer.line(line.purpose, line.audience)
        yield name, _turned(turns)


def _answer(at_s: float, line: Recommendation, localizer: Localizer) -> _Turn:
    sentence = used(line, localizer)
    if line.use is None and line.measuring:
        return _Turn(at_s, State.UNKNOWN, localizer.say("measuring"), sentence)
    if line.use is None:
        return _Turn(at_s, State.DOWN, localizer.say("nothing.rank"), sentence)
    state, name = line.use.state, localizer.short_name(line.use.channel)
    if state is State.AVAILABLE and not line.use.verified:
        state = State.UNKNOWN
    return _Turn(at_s, state, name, sentence)


def _tests(tests: Tests, localizer: Localizer) -> Iterator[tuple[str, Sequence[_Turn]]]:
    """Yield each channel with its results; first those with any failure."""
    for name, turns in sorted(tests, key=lambda row: not shows([row])):
        yield localizer.short_name(name), [_test(each, localizer) for each in turns]


def shows(tests: Tests) -> list[str]:
    """Return the channels whose tests see any failure."""
    return [
        name
        for name, turns in tests
        if any(turn.verdict is not Verdict.OK for turn in turns)
    ]


def _test(turn: Turn, localizer: Localizer) -> _Turn:
    word = localizer.say(f"verdict.{turn.verdict}")
    return _Turn(turn.at_s, STATES[turn.verdict], word, word)


def _turned(turns: Sequence[_Turn]) -> list[_Turn]:
    """Drop turns that repeat the one before."""
    return [
        *turns[:1],
        *(
            other
            for one, other in pairwise(turns)
            if (one.look, one.said) != (other.look, other.said)
        ),
    ]


def _row(
    name: str,
    turns: Sequence[_Turn],
    window: Window,
    localizer: Localizer,
    named: bool,
) -> tuple[str, Markup]:
    """Draw a row, from each turn to the next."""
    lasted_s = window.length.total_seconds()
    ends = [*(each.at_s for each in turns[1:]), lasted_s]
    boxes = [
        _box(each, min(end_s, lasted_s), window, localizer)
        for each, end_s in zip(turns, ends, strict=True)
        if each.at_s < min(end_s, lasted_s)
    ]
    said = " · ".join(f"{replay.clock(each.at_s / 60)} {each.said}" for each in turns)
    label = f"{name}{localizer.say('colon')} {said}"
    return name, strip.boxes_html(boxes, window, localizer, label=label, named=named)


def _box(turn: _Turn, end_s: float, window: Window, localizer: Localizer) -> TimeBox:
    start, end = (replay.clock(at_s / 60) for at_s in (turn.at_s, end_s))
    return TimeBox(
        start=window.start + timedelta(seconds=turn.at_s),
        end=window.start + timedelta(seconds=end_s),
        look=turn.look,
        word=turn.word,
        title=localizer.say("strip.box", word=turn.said, start=start, end=end),
    )
