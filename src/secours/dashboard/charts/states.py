"""The timeline of a channel's states as a picture: a cell is a state and its word."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy
import plotly.graph_objects as go

from secours.dashboard.charts.colour_scale import stepped
from secours.model.snapshot import State
from secours.render.wording.localizer import Localizer, zone

CODES = (State.AVAILABLE, State.DEGRADED, State.DOWN, State.UNKNOWN)
COLOURS = ("#3fe3b4", "#ffc942", "#ff8f80", "#3a4856")
HEIGHT = 110


def strip(
    cells: Sequence[State], start: datetime, end: datetime, localizer: Localizer
) -> Any:
    """Draw cells in a row, by the clock of the site."""
    here = zone(localizer.snapshot.site.timezone)
    width = (end - start) / len(cells)
    edges = [(start + width * n).astimezone(here) for n in range(len(cells))]
    words = [localizer.say(f"state.{state}") for state in cells]
    codes = numpy.array([[CODES.index(state) for state in cells]], dtype=numpy.int8)
    figure = go.Figure(
        go.Heatmap(
            x=[edge.replace(tzinfo=None) for edge in edges],
            y=[""],
            z=codes,
            text=[words],
            hovertemplate="%{x|%d/%m %H:%M} · %{text}<extra></extra>",
            colorscale=stepped(COLOURS),
            zmin=-0.5,
            zmax=len(CODES) - 0.5,
            showscale=False,
        )
    )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 6, "b": 30},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": "#c9d3de", "size": 14},
        xaxis={"showgrid": False, "fixedrange": True, "tickformat": "%H:%M\n%d/%m"},
        yaxis={"visible": False, "fixedrange": True},
    )
    return figure
