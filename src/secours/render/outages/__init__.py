"""Recorded outages, played on a plan: as words, tables and strips."""
