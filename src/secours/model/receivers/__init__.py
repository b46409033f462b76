"""Receivers: people to reach, their devices, and who hears a channel."""
