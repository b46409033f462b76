"""Formats that other programs read, and pages without script."""
