"""What needs no Streamlit: the plain page, the sheet, the snapshot, heartbeats."""
