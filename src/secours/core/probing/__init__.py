"""What a probe shows: its health, how often it runs, and whether it is us."""
