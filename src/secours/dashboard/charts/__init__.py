"""Pictures for the pages, drawn by plotly."""
