"""Backup of an engine in one file, and its restoration."""
