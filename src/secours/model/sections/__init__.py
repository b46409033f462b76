"""Sections of the plan: lines, channels and their needs, site, notifications."""
