"""The process that probes: schedule, store, lock, snapshot, requests, hot reload."""
