"""Chart of a channel's response times and success rate."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import cycle
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from secours.dashboard.engine.channel_history import Bucket, is_summed
from secours.render.escape import plain
from secours.render.pages.strip import Window
from secours.render.palette import THEMES
from secours.render.wording.localizer import Localizer, zone

HEIGHT = 460
FONT = '"Source Sans", sans-serif'
PASSED_PART, ANSWERED_PART = 0.25, 0.75  # of the height
LOOKS = (("good", "circle"), ("text", "square"), ("soft", "diamond"))
LONGEST_NAME = 40
MARKUP = str.maketrans("<>&", "()+")  # plotly takes some of it in names
DAY_MS = 86_400_000
STOPS = (  # formats of the axis, by the time between two ticks
    ([None, 60_000], "%H:%M:%S\n%d/%m"),
    ([60_000, DAY_MS - 1], "%H:%M\n%d/%m"),
    ([DAY_MS, None], "%d/%m"),
)
Buckets = Mapping[str, Sequence[Bucket]]


def figure(by_probe: Buckets, window: Window, localizer: Localizer, theme: str) -> Any:
    """Draw the answer times of each probe, and how many of its tests passed.

    Summed data have only the mean and the slowest.
    """
    summed = is_summed(window)
    shown = [_by_clock(at, localizer) for at in (window.start, window.end)]
    drawn = make_subplots(
        rows=2,
        shared_xaxes=True,
        vertical_spacing=0.06,
        row_heights=[PASSED_PART, ANSWERED_PART],
    )
    for (probe, buckets), look in zip(by_probe.items(), cycle(LOOKS), strict=False):
        name = plain(probe.translate(MARKUP), LONGEST_NAME)
        passed, *answered = _lines(name, buckets, localizer, summed=summed)
        for row, lines in ((1, [passed]), (2, answered)):
            for place, (words, values) in enumerate(lines):
                line = _line(words, values, buckets, localizer)
                drawn.add_trace(_styled(line, look, theme, dotted=place > 0), row, 1)
    drawn.update_layout(**_layout(theme))
    drawn.update_xaxes(**_axis(theme), tickformatstops=_stops(), nticks=9, range=shown)
    drawn.update_yaxes(**_axis(theme), rangemode="tozero")
    drawn.update_yaxes(ticksuffix=" %", range=[0, 104], fixedrange=True, row=1)
    drawn.update_yaxes(tickformat="~s", ticksuffix="s", row=2)
    return drawn


Line = tuple[str, Sequence[float | None]]


def _lines(
    name: str, buckets: Sequence[Bucket], localizer: Localizer, *, summed: bool
) -> Iterator[Line]:
    """Yield the lines of a probe: success rate, then response times."""
    yield (
        localizer.say("channel.explore.passed", name=name),
        [100 * each.passed / each.judged if each.judged else None for each in buckets],
    )
    usual = "channel.explore.mean" if summed else "channel.explore.half"
    slow = "channel.explore.slowest" if summed else "channel.explore.slow"
    yield localizer.say(usual, name=name), [each.usual_s for each in buckets]
    yield localizer.say(slow, name=name), [each.slow_s for each in buckets]


def _line(
    words: str,
    values: Sequence[float | None],
    buckets: Sequence[Bucket],
    localizer: Localizer,
) -> Any:
    return go.Scatter(
        x=[_by_clock(each.at, localizer) for each in buckets],
        y=list(values),
        name=words,
        mode="lines+markers",
        connectgaps=False,
    )


def _by_clock(at: datetime, localizer: Localizer) -> datetime:
    """Return a moment on the clock of the site: plotly knows no zones."""
    here = zone(localizer.snapshot.site.timezone)
    return at.astimezone(here).replace(tzinfo=None)


def _styled(line: Any, look: tuple[str, str], theme: str, *, dotted: bool) -> Any:
    colour, symbol = THEMES[theme][look[0]], look[1]
    return line.update(
        line={"color": colour, "width": 2, "dash": "dot" if dotted else "solid"},
        marker={"color": colour, "symbol": symbol, "size": 4},
    )


def _layout(theme: str) -> dict[str, Any]:
    colours = THEMES[theme]
    return {
        "height": HEIGHT,
        "margin": {"l": 0, "r": 0, "t": 8, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colours["text"], "size": 14, "family": FONT},
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": colours["panel"],
            "bordercolor": colours["soft"],
            "font": {"color": colours["text"], "size": 14},
        },
        "legend": {"orientation": "h", "y": -0.12, "x": 0},
    }


def _axis(theme: str) -> dict[str, Any]:
    rule = THEMES[theme]["rule"]
    return {"gridcolor": rule, "linecolor": rule, "zeroline": False, "automargin": True}


def _stops() -> list[dict[str, Any]]:
    return [{"dtickrange": span, "value": written} for span, written in STOPS]
