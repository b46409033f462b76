"""The other end: who is to be reached, by what, and who hears a channel."""
