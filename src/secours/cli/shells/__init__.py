"""Completion in each shell, and the names that are completed."""
