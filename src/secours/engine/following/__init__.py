"""Standby: a second Secours that shows the first's snapshot, and may take over."""
