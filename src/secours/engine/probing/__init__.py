"""When and how the probes run: their times, turns and places, and one run of each."""
