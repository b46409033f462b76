"""Receivers: people who hear each channel of a line, and their weight in the choice."""
