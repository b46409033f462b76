"""The other end: who hears each channel of a line, and what that does to the choice."""
