"""Recorded outages played on a plan, and what would fall."""
