"""Probing: health of each probe, its next run, and the state of our own paths."""
