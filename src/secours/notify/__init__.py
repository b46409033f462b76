"""Notices out: who is told, over what, in which order, and what became of it."""
