"""Streamlit pages. They draw the published Snapshot and decide nothing."""
