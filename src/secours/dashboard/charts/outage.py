"""What the tests of each channel see during an outage, as a picture."""

from collections.abc import Sequence
from typing import Any

import numpy
import plotly.graph_objects as go

from secours.dashboard.charts.colour_scale import stepped
from secours.model.observed import Verdict
from secours.model.recording import Turn
from secours.render.escape import plain
from secours.render.palette import DARK
from secours.render.wording.localizer import Localizer
from secours.render.wording.replay import clock

CODES = (Verdict.OK, Verdict.DEGRADED, Verdict.FAILED, Verdict.UNKNOWN)
COLOURS = (DARK["good"], DARK["warn"], DARK["bad"], DARK["rule"])
ROW = 26  # heights, pixels
AXIS = 60
LONGEST_NAME = 24
MOST_TICKS = 8
MARKUP = str.maketrans("<>&", "()+")  # plotly takes some of it in names

Rows = Sequence[tuple[str, Sequence[Turn]]]
"""Each channel and what its tests see; the first turn is at the start."""


def ladder(rows: Rows, duration_s: float, at_s: float, localizer: Localizer) -> Any:
    """Draw a row a channel, in the order of the plan, and a line at a moment."""
    turning = {turn.at_s for _, turns in rows for turn in turns}
    edges = sorted({0.0, duration_s, *(s for s in turning if 0 < s < duration_s)})
    seen = [[_seen(turns, edge) for edge in edges[:-1]] for _, turns in rows]
    codes = [[CODES.index(verdict) for verdict in row] for row in seen]
    figure = go.Figure(
        go.Heatmap(
            x=[edge / 60 for edge in edges],
            y=list(range(len(rows))),
            z=numpy.array(codes, dtype=numpy.int8),
            customdata=numpy.array(_hover(rows, seen, edges, localizer)),
            hovertemplate="%{customdata}<extra></extra>",
            colorscale=stepped(COLOURS),
            zmin=-0.5,
            zmax=len(CODES) - 0.5,
            ygap=2,
            showscale=False,
        )
    )
    figure.add_vline(x=at_s / 60, line={"color": DARK["text"], "width": 2})
    figure.update_layout(**_layout(rows, duration_s, localizer))
    return figure


def _seen(turns: Sequence[Turn], at_s: float) -> Verdict:
    """Return what is seen from this second on."""
    return [turn.verdict for turn in turns if turn.at_s <= at_s][-1]


def _hover(
    rows: Rows,
    seen: Sequence[Sequence[Verdict]],
    edges: Sequence[float],
    localizer: Localizer,
) -> list[list[str]]:
    """Say of each cell whose it is, from when on, and what is seen."""
    return [
        [
            f"{_name(name, localizer)} · {clock(edge / 60)} · "
            f"{localizer.say(f'verdict.{verdict}')}"
            for verdict, edge in zip(verdicts, edges[:-1], strict=True)
        ]
        for (name, _), verdicts in zip(rows, seen, strict=True)
    ]


def _name(channel: str, localizer: Localizer) -> str:
    return plain(localizer.short_name(channel).translate(MARKUP), LONGEST_NAME)


def _layout(rows: Rows, duration_s: float, localizer: Localizer) -> dict[str, Any]:
    ticks = [duration_s / 60 * n / MOST_TICKS for n in range(MOST_TICKS + 1)]
    return {
        "height": ROW * len(rows) + AXIS,
        "margin": {"l": 0, "r": 10, "t": 6, "b": 30},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": DARK["soft"], "size": 14},
        "xaxis": {
            "showgrid": False,
            "fixedrange": True,
            "tickvals": ticks,
            "ticktext": list(map(clock, ticks)),
        },
        "yaxis": {
            "autorange": "reversed",
            "fixedrange": True,
            "showgrid": False,
            "automargin": True,
            "tickvals": list(range(len(rows))),
            "ticktext": [_name(name, localizer) for name, _ in rows],
        },
    }
