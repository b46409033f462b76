"""Messages of a site to the hub: its present state, and its events in order."""
