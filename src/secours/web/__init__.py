"""Pages without Streamlit: the plain page, the sheet, the snapshot, heartbeats."""
