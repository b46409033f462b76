"""Calls of recipients: they ring, and where they can, speak and hear a key."""
