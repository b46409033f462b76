"""Runs of the probes: times, turns and places."""
