"""Presentation of a Snapshot: wall, pages, paper, and JSON. Pure."""
