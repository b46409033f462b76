"""Recorded outages played on a plan, and what-if falls."""
