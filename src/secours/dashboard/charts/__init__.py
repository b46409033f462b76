"""Charts for the pages, drawn by plotly."""
