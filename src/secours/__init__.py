"""Secours: which crisis communication channel works right now, and what if it fails."""
