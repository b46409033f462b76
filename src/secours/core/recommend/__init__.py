"""Recommendation for each line: the channel, its backup, and why no other."""
