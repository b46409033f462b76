"""The wall: what fits, what it says, and how it is drawn."""
